"""Backlog: the work that waits, how long it has waited, and which promises are broken by that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.content import ContentId, format_time
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Waiting:
    """What waits in one queue, about, and what is being worked on or put off."""

    queue: str
    waiting: int
    in_flight: int


@dataclass(frozen=True)
class Unreplicated:
    """The item that has been without a proven copy for the longest time, and in which stores it lacks one."""

    space: SpaceId
    item: ContentId
    since: datetime
    stores: tuple[StoreId, ...]


@dataclass(frozen=True)
class Stuck:
    """The oldest message that a queue handed out late: when it was sent, and when it was last seen."""

    queue: str
    sent: datetime
    seen: datetime
    message: str


@dataclass(frozen=True)
class Promises:
    """How long an item may be without a copy, and a check overdue."""

    copies: timedelta
    checks: timedelta

    def of(self, queue: str) -> timedelta:
        """How old a message may become in a queue."""
        others: Mapping[str, timedelta] = {"stored": _HOUR, "replicate": self.copies, "check": self.checks}
        return others.get(queue, 24 * _HOUR)


@dataclass(frozen=True)
class Backlog:
    """All that waits. `overdue` checks and `dead` letters are counted up to a thousand."""

    oldest: Unreplicated | None
    overdue: int
    overdue_since: datetime | None
    dead: int
    stuck: tuple[Stuck, ...]

    def broken(self, promises: Promises, now: datetime) -> list[str]:
        """What a person has to look at, a sentence each; nothing when every promise is kept."""
        told = []
        if self.oldest and now - self.oldest.since > promises.copies:
            where = f"{self.oldest.item!r} in {self.oldest.space!r}"
            stores = ", ".join(self.oldest.stores)
            told.append(f"{where} is without its copy in store {stores} since {format_time(self.oldest.since)}")
        if self.overdue_since and now - self.overdue_since > promises.checks:
            told.append(f"{_count(self.overdue)} checks are overdue, the first since {format_time(self.overdue_since)}")
        for stuck in self.stuck:
            told.append(f"Work from {format_time(stuck.sent)} still waits in the queue {stuck.queue}: {stuck.message}")
        if self.dead:
            told.append(f"{_count(self.dead)} dead letters wait for somebody to retry or dismiss them")
        return told


def _count(number: int) -> str:
    return f"{number}" if number < 1000 else "1000 or more"
