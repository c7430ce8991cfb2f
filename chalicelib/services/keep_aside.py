"""Keep aside: what no other store holds of a deleted item waits in the system space until its hold is over."""

from dataclasses import dataclass, replace
from datetime import timedelta

from chalicelib.domain import jobs
from chalicelib.domain.aside import PREFIX, aside_about, aside_name, aside_of
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import ContentId, format_time
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journal import SYSTEM, Event, Kind
from chalicelib.domain.records import CopyState, Item, Origin
from chalicelib.domain.spaces import SYSTEM_SPACE, SpaceId
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.services.change_record import Change, change_record

_PAGE = 200


@dataclass(frozen=True)
class Kept:
    """What was put aside: the mark of the object that it was read from, and the checksums of its bytes."""

    etag: str
    checksums: Checksums


@dataclass(frozen=True)
class KeepAside:
    """Bytes are put aside before their item goes, and removed when nothing can need them any more."""

    stores: Stores
    index: Index
    jobs: JobQueue
    clock: Clock

    def name(self, item: Item, hold: timedelta) -> ContentId | None:
        """Where its bytes are to be put aside; None when they are not: a store holds them, or there is no hold."""
        others = (copy for store, copy in item.copies.items() if store in self.stores.ids[1:])
        if not hold or any(copy.state is CopyState.INTACT for copy in others):
            return None
        return aside_name(item, self.clock() + hold)

    def keep(self, item: Item) -> Kept | None:
        """Put the bytes of the primary's object aside, if the record says so. Repeatable. Raises Unavailable.

        They may be the last ones: the store's word alone does not count, they have to be seen there.
        """
        if item.aside is None:
            return None
        with self.stores.primary.open(item.space, item.id) as opened:
            if opened is None:
                return None
            about = aside_about(item, self.clock(), str(item.deleted_by))
            written = self.stores.primary.put(SYSTEM_SPACE, item.aside, opened.chunks, about, opened.stored.size)
            there = self.stores.primary.head(SYSTEM_SPACE, item.aside)
            if there is None or (there.etag, there.size) != (written.etag, opened.stored.size):
                raise Unavailable(f"The primary store did not put {item.id!r} of {item.space!r} aside as it said")
            return Kept(opened.stored.etag, written.checksums)

    def with_checksums(self, item: Item, found: Checksums) -> Change:
        """The record of what was put aside; a deleted item that nobody had read until then gets its checksums now."""
        if item.checksums.complete or (item.checksums.known and not item.checksums.agrees(found)):
            return item, []
        detail = {"md5": str(found.md5), "sha256": str(found.sha256)}
        store = self.stores.primary_id
        event = Event(Kind.CHECKSUMS_FIXED, self.clock(), SYSTEM, item.space, item.id, store, detail)
        origin = item.origin if item.checksums.known else Origin.FIRST_READ
        return replace(item, about=item.about.with_checksums(found), origin=origin), [event]

    def remove_old(self, after: str = "") -> None:
        """Remove one page of what is not needed any more, and ask for the next. Safe twice and late.

        That is everything whose date has come, except for items that are being brought back, and in spaces in which
        nothing may be removed: it is looked at again the next day.
        """
        if not self.index.policies().mode(self.stores.primary_id).written:
            return
        page = self.stores.primary.list(SYSTEM_SPACE, PREFIX, after, _PAGE)
        now = format_time(self.clock())
        over = [entry.id for entry in page if entry.id.split("/")[1] <= now]
        for name in over:
            self._remove(name)
        if len(over) == _PAGE:
            self.jobs.send([jobs.RemoveAside(over[-1])])

    def _remove(self, name: ContentId) -> None:
        stored = self.stores.primary.head(SYSTEM_SPACE, name)
        whose = aside_of(stored) if stored else None
        if whose is None or self._may_go(*whose, name):
            self.stores.primary.delete(SYSTEM_SPACE, name)

    def _may_go(self, space: SpaceId, content_id: ContentId, name: ContentId) -> bool:
        """Whether nobody needs it; says in the record, before, that the item cannot be brought back any more."""
        found = self.index.space(space)
        if found is not None and found.held_fast(self.clock()):
            return False

        def decide(item: Item | None) -> Change | None:
            over = item is not None and item.held_until is not None and item.held_until <= self.clock()
            if item is None or item.aside != name or not over:
                return None
            return replace(item, hold_over=True, aside=None), []

        item = change_record(self.index, space, content_id, decide)
        return item is None or item.aside != name
