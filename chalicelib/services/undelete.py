"""Undelete: bring a deleted item back as it was, while its hold lasts."""

from contextlib import suppress
from dataclasses import dataclass, replace

from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import ChecksumMismatch, Conflict, NotFound, Unavailable
from chalicelib.domain.journal import Event, Kind
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.registration import GRACE
from chalicelib.domain.spaces import SYSTEM_SPACE, Space, SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Over, Stores
from chalicelib.services.change_record import Change, change_record
from chalicelib.services.register import Register
from chalicelib.services.replicate import Replicate

_AT_ONCE = 32 << 20  # bytes: what is brought back while the caller waits; the rest follows by a job


@dataclass(frozen=True)
class Undelete:
    """The record lives again at once; the primary's object is made from another copy, and proven, right after."""

    stores: Stores
    index: Index
    jobs: JobQueue
    register: Register
    replicate: Replicate
    clock: Clock

    def deleted(self, space: Space, after: str = "", limit: int = 1000) -> tuple[list[Item], str | None]:
        """One page of the deleted items that can be brought back, in order of their ids, and where the next begins."""
        page = self.index.held(space.id, after, limit)
        now = self.clock()
        return [i for i in page if i.held_until and i.held_until > now], page[-1].id if len(page) == limit else None

    def sources(self, item: Item) -> tuple[StoreId, ...]:
        """The stores that an item can come back from; the primary, when its bytes were put aside there."""
        held = [s for s in self.stores.ids[1:] if s in item.copies and item.copies[s].held.agrees(item.checksums)]
        return (*([self.stores.primary_id] if item.aside else []), *held)

    def undelete(self, space: Space, content_id: ContentId, agent: str) -> Item:
        """Make the item live again with its properties, checksums and history; returns its record as it is then.

        The copy of the primary is `missing` in it until the bytes are there and were read: soon, for a large item; else
        mostly at once. Raises NotFound when there is nothing to bring back (any more), Conflict when an item with that
        id lives, StoreDown. Safe to repeat after a failure: the second answer may be that Conflict.
        """
        if space.removing:
            raise NotFound(f"Space {space.id!r} is being deleted")
        self.index.policies().require_writable(self.stores.primary_id)
        if self.stores.primary.head(space.id, content_id) is not None:
            self.register.record(space.id, content_id)  # deposited anew, and its event is still on its way

        def decide(item: Item | None) -> Change | None:
            if item is None:
                raise NotFound(f"Nothing is known of {content_id!r} in space {space.id!r}")
            primary = item.copies.get(self.stores.primary_id)
            if item.live and primary is not None and primary.state is CopyState.MISSING:
                return None  # asked for already: the answer, or the job, may have been lost
            if item.live:
                raise Conflict(f"{content_id!r} in space {space.id!r} is not deleted")
            now = self.clock()
            if not item.held or item.held_until is None or item.held_until <= now:
                raise NotFound(f"The hold of {content_id!r} in space {space.id!r} is over: it cannot be brought back")
            event = Event(Kind.UNDELETED, now, agent, space.id, content_id, self.stores.primary_id)
            return item.brought_back(now + GRACE, self.stores.primary_id), [event]

        item = change_record(self.index, space.id, content_id, decide)
        assert item is not None  # `decide` refuses what is not there
        if item.size <= _AT_ONCE:
            with suppress(Unavailable):
                self.bring_back(space.id, content_id)
                return self.index.item(space.id, content_id) or item
        self.jobs.send([jobs.BringBack(space.id, content_id)])
        return item

    def bring_back(self, space: SpaceId, content_id: ContentId) -> None:
        """Have the primary hold a live item that it lacks: from what was put aside, else from another store.

        Safe twice and late. Raises Unavailable.
        """
        item = self.index.item(space, content_id)
        if item is None or not item.live or not self.index.policies().mode(self.stores.primary_id).written:
            return
        if item.aside is not None and not self._put_back(item, item.aside):
            self._done_with(item, item.aside)  # first: no other store may hold it, and a check has to say so
        self.replicate.replicate(space, content_id, self.stores.primary_id)
        if item.aside is not None:
            self._done_with(item, item.aside)

    def _put_back(self, item: Item, aside: ContentId) -> bool:
        """Whether the primary holds something now, to be proven; False when what was put aside is gone or damaged."""
        primary = self.stores.primary
        if primary.head(item.space, item.id) is not None:
            return True
        with primary.open(SYSTEM_SPACE, aside) as opened:
            if opened is None:
                return False
            try:
                written = primary.put(item.space, item.id, opened.chunks, item.about, item.size, Over(None))
            except ChecksumMismatch:
                return False
        now = self.index.item(item.space, item.id)
        there = primary.head(item.space, item.id)
        if now is not None and not now.live and there is not None and there.etag == written.etag:
            primary.delete(item.space, item.id)  # it was deleted again meanwhile
            change_record(self.index, item.space, item.id, lambda now: (now, []) if now and not now.live else None)
        return True

    def _done_with(self, item: Item, aside: ContentId) -> None:
        """Once the primary's copy was proven, or cannot be, what was put aside may go."""

        def decide(now: Item | None) -> Change | None:
            return None if now is None or not now.live or now.aside != aside else (replace(now, aside=None), [])

        now = change_record(self.index, item.space, item.id, decide)
        if now is not None and now.live and now.copies[self.stores.primary_id].state is not CopyState.INTACT:
            self.jobs.send([jobs.Register(item.space, item.id)])
