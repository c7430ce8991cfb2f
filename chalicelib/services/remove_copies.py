"""Remove copies: what other stores hold of a deleted item goes when its hold is over, and not before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chalicelib.domain import jobs
from chalicelib.domain.checksums import Checksums, tally
from chalicelib.domain.content import ContentId, Stored
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journal import SYSTEM, Event, Kind
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.registration import GRACE
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.services.change_record import Change, change_record
from chalicelib.services.follow_space import FollowSpace
from chalicelib.services.keep_as_it_is import was_deposited


@dataclass(frozen=True)
class RemoveCopies:
    """Looks at one copy of a deleted item; whoever deposits it anew meanwhile keeps everything, or gets it again."""

    stores: Stores
    index: Index
    jobs: JobQueue
    follow_space: FollowSpace
    clock: Clock

    def remove_copy(self, space: SpaceId, content_id: ContentId, store: StoreId) -> None:
        """Remove the copy if the item is deleted, its hold is over, and the bytes are some that were deposited here.

        Other bytes are left where they are, and told of. With the last copy of a space that is gone, the space goes.
        Safe twice, late, and after a crash at any point. Raises Unavailable.
        """
        item = self.index.item(space, content_id)
        if item is None or store == self.stores.primary_id or store not in self.stores.providers:
            return
        if not self.index.policies().mode(store).written:
            return  # the plan asks again every day
        if item.live:
            self._look_after(item, store)  # an earlier run may have been cut off while it was deposited anew
            return
        found = self.index.space(space)
        if found is not None and found.held_fast(self.clock()):
            return  # the record keeps it due
        item = self._from_now_on_for_good(item)
        if item is not None and not item.live and item.hold_over:
            self._remove(item, store)
            if self.index.space(space) is None:  # perhaps since just now: then the copy was in its way until now
                self.follow_space.follow(space, store)

    def _from_now_on_for_good(self, item: Item) -> Item | None:
        """Say in the record that the hold is over, if it is: then nobody brings back what is about to go."""

        def decide(current: Item | None) -> Change | None:
            if current is None or current.live or current.hold_over or current.held_until is None:
                return None
            return (replace(current, hold_over=True), []) if current.held_until <= self.clock() else None

        return change_record(self.index, item.space, item.id, decide)

    def _remove(self, item: Item, store: StoreId) -> None:
        provider = self.stores.providers[store]
        there = provider.head(item.space, item.id)
        if there is None:
            made = store in item.copies and item.copies[store].held.known
            event = self._event(Kind.COPY_REMOVED, item, store, {"how": "it was gone already"}) if made else None
        elif found := self._foreign(item, store, there):
            detail = {
                "md5": str(found.md5),
                "sha256": str(found.sha256),
                "why": "these bytes were never deposited here",
            }
            event = self._event(Kind.COPY_LEFT, item, store, detail) if store in item.copies else None
        else:
            provider.delete(item.space, item.id, there.etag)
            left = provider.head(item.space, item.id)
            if left is not None and left.etag == there.etag:
                raise Unavailable(f"Store {store} did not remove {item.id!r} of {item.space!r} as it said")
            event = self._event(Kind.COPY_REMOVED, item, store, {"how": "the hold was over"})

        def decide(current: Item | None) -> Change | None:
            if current is None or current.live or (event is None and store not in current.copies):
                return None
            copies = {s: copy for s, copy in current.copies.items() if s != store}
            more = current.next_check if len(copies) > 1 else None
            return replace(current, copies=copies, next_check=more), [event] if event else []

        current = change_record(self.index, item.space, item.id, decide)
        if current is not None and current.live:
            self._look_after(current, store)

    def _look_after(self, item: Item, store: StoreId) -> None:
        """If the copy of an item that was deposited anew is not there, have it made again, and nothing believed that
        was read of it before.
        """
        if store not in item.copies or self.stores.providers[store].head(item.space, item.id) is not None:
            return

        def decide(current: Item | None) -> Change | None:
            if current is None or not current.live or store not in current.copies:
                return None
            copy = current.copies[store]
            lost = copy.found(CopyState.MISSING, self.clock()) if copy.state is CopyState.INTACT else copy
            again = replace(current.with_copy(store, lost), writes=current.writes + 1, next_check=self.clock() + GRACE)
            return again, []

        change_record(self.index, item.space, item.id, decide)
        self.jobs.send([jobs.Register(item.space, item.id)])

    def _foreign(self, item: Item, store: StoreId, there: Stored) -> Checksums | None:
        """The checksums of bytes that were never deposited under this id; None when they were.

        What the object says of itself was written together with its bytes; one that says nothing is read.
        """
        found = there.checksums
        if not found.known:
            with self.stores.providers[store].open(item.space, item.id) as opened:
                if opened is not None:
                    found = tally(opened.chunks).checksums
        return None if was_deposited(self.index, item, found) else found

    def _event(self, kind: Kind, item: Item, store: StoreId, detail: Mapping[str, str]) -> Event:
        return Event(kind, self.clock(), SYSTEM, item.space, item.id, store, detail)
