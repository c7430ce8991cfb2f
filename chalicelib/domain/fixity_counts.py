"""Counts of fixity: how many copies were found in which state, and how many were read on a day."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta

from chalicelib.domain.records import Copy, CopyState

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Fixity:
    """Copies by their states; `unread` were never read. Those that are intact are counted elsewhere.

    `due` are to be read now, `late` for longer than a day. `read` and `read_bytes` are of copies whose last read was on
    the day (UTC) of the count, `read_before` and `read_bytes_before` of those that were last read on the day before.
    """

    damaged: int = 0
    missing: int = 0
    unreadable: int = 0
    unread: int = 0
    due: int = 0
    late: int = 0
    read: int = 0
    read_bytes: int = 0
    read_before: int = 0
    read_bytes_before: int = 0

    def __add__(self, other: "Fixity") -> "Fixity":
        return Fixity(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def counting(self, copy: Copy, size: int, now: datetime, due: datetime | None) -> "Fixity":
        """With one copy more, which is `due` at that time."""
        day, read = now.astimezone(UTC).date(), copy.read_at and copy.read_at.astimezone(UTC).date()
        today, before = read == day, read == day - _DAY
        return replace(
            self,
            damaged=self.damaged + (copy.state is CopyState.DAMAGED),
            missing=self.missing + (copy.state is CopyState.MISSING),
            unreadable=self.unreadable + (copy.state is CopyState.UNREADABLE),
            unread=self.unread + (copy.state is CopyState.PENDING),
            due=self.due + (due is not None and due <= now),
            late=self.late + (due is not None and due <= now - _DAY),
            read=self.read + today,
            read_bytes=self.read_bytes + today * size,
            read_before=self.read_before + before,
            read_bytes_before=self.read_bytes_before + before * size,
        )
