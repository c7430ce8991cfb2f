"""Records: what the index knows of one item, its checksum of record and each of its copies."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId


class CopyState(StrEnum):
    """What is known of one copy.

    pending: not there yet, or there and not read yet · intact: our own read gave the checksum of record ·
    damaged: it was read and differs · missing: it was there and is not · unreadable: the store did not give it.
    """

    PENDING = "pending"
    INTACT = "intact"
    DAMAGED = "damaged"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Copy:
    """One item in one store; `held` are the checksums that this store was last proven to hold.

    `by_word`: when it was last checked, its bytes were in an archive, and only the store's own checksum was looked at.
    """

    state: CopyState = CopyState.PENDING
    checked_at: datetime | None = None
    verified_at: datetime | None = None
    held: Checksums = field(default_factory=Checksums)
    by_word: bool = False

    @property
    def read_at(self) -> datetime | None:
        """When its bytes were last read, as far as it is known."""
        return self.verified_at if self.by_word else self.checked_at

    @property
    def doubtful(self) -> bool:
        """Whether the store itself said that it may not hold the right bytes, and they were not read since."""
        return self.by_word and self.state is CopyState.UNREADABLE

    @property
    def made(self) -> bool:
        """Whether the store was once proven to hold the item, and is not known to have lost it."""
        return self.held.known and self.state is not CopyState.MISSING

    def intact(self, now: datetime, held: Checksums) -> "Copy":
        """The copy after a read that gave the checksum of record."""
        return Copy(CopyState.INTACT, now, now, held)

    def found(self, state: CopyState, now: datetime) -> "Copy":
        """The copy after a check that did not prove it intact."""
        return replace(self, state=state, checked_at=now, by_word=False)

    def told(self, now: datetime, differs: bool, agrees: bool) -> "Copy":
        """The copy after a check that found it in an archive, where the store's own checksum `differs` from the record,
        `agrees` with it, or neither: it is not told.

        Nothing new is known of its bytes. One that may be another is looked at until it can be read; one that could
        not be reached for a while, and was proven before, is what it was.
        """
        state = self.state
        if differs and state is CopyState.INTACT:
            state = CopyState.UNREADABLE
        if agrees and state is CopyState.UNREADABLE and not self.doubtful and self.verified_at is not None:
            state = CopyState.INTACT
        return replace(self, state=state, checked_at=now, by_word=True)


class Origin(StrEnum):
    """Where the checksum of record comes from."""

    DEPOSIT = "deposit"  # sent by the depositor, or computed while the bytes passed through the service
    FIRST_READ = "first-read"  # the first full read of an object that another S3 client put


@dataclass(frozen=True)
class Item:
    """The index's record of one content item. `revision` counts its saves; 0 means never saved.

    `generation` counts the deposits under this id: bytes that were overwritten belong to an earlier one.
    """

    space: SpaceId
    id: ContentId
    size: int
    about: About  # about.checksums is the checksum of record
    etag: str  # the primary's mark of the object that this record describes
    copies: Mapping[StoreId, Copy]
    modified: datetime | None = None  # the primary's time of that object; None after a repair, until it is seen again
    origin: Origin = Origin.DEPOSIT
    generation: int = 1
    writes: int = 0  # how often the same bytes were written again: what was read before does not count for them
    next_check: datetime | None = None  # when it is looked at: read, or, once deleted, removed from other stores
    described_at: datetime | None = None  # when its properties were last replaced: the record tells them since
    deleted_at: datetime | None = None
    held_until: datetime | None = None  # of a deleted item: until then its copies stay, and it can be brought back
    deleted_by: str | None = None
    aside: ContentId | None = (
        None  # in the system space: its bytes, of a deleted item or one that is being brought back
    )
    hold_over: bool = False  # somebody began to remove what was held of a deleted item: it cannot come back any more
    revision: int = 0
    waiting_since: datetime | None = field(default=None, compare=False)  # since when a copy of it is unproven, as saved

    @property
    def checksums(self) -> Checksums:
        """The checksum of record."""
        return self.about.checksums

    @property
    def live(self) -> bool:
        """Whether the item exists for members."""
        return self.deleted_at is None

    def stamped(self, now: datetime) -> "Item":
        """The record as an index saves it now: with the time since when a copy of it is to be made or proven."""
        since = (self.waiting_since or now) if self.live and self.unproven() else None
        return replace(self, waiting_since=since)

    def with_copy(self, store: StoreId, copy: Copy) -> "Item":
        """The record with one copy replaced."""
        return replace(self, copies={**self.copies, store: copy})

    @property
    def held(self) -> bool:
        """Whether it was deleted and may come back, as far as the record tells: the clock may say that it is late."""
        return (
            not self.live and not self.hold_over and self.held_until is not None and self.held_until != self.deleted_at
        )

    def deleted(self, now: datetime, by: str, hold: timedelta, aside: ContentId | None = None) -> "Item":
        """The record after its deletion; what is held of it is looked at when the hold is over."""
        until = now + hold
        return replace(self, deleted_at=now, deleted_by=by, held_until=until, next_check=until, aside=aside)

    def brought_back(self, look_at: datetime, primary: StoreId) -> "Item":
        """The record of a deleted item that lives again, as it was; its primary copy is still to be made.

        What was read, or asked for, before it was deleted does not count any more.
        """
        there = self.copies.get(primary, Copy())
        live = replace(self, deleted_at=None, deleted_by=None, held_until=None, next_check=look_at)
        return replace(live, writes=self.writes + 1).with_copy(primary, replace(there, state=CopyState.MISSING))

    def unproven(self) -> list[StoreId]:
        """The stores whose copy is not known to be intact, in order of their ids."""
        return sorted((s for s, c in self.copies.items() if c.state is not CopyState.INTACT), key=int)
