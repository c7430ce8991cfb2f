"""Prove copy: record a copy as intact once its bytes are proven, whatever happened to the item meanwhile."""

from dataclasses import dataclass, replace

from chalicelib.domain import jobs
from chalicelib.domain.journal import SYSTEM, Event, Kind
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.registration import GRACE
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.services.change_record import Change, change_record
from chalicelib.services.keep_incidents import KeepIncidents


@dataclass(frozen=True)
class ProveCopy:
    """The last step of every copy."""

    stores: Stores
    index: Index
    jobs: JobQueue
    clock: Clock
    incidents: KeepIncidents

    def prove(
        self,
        item: Item,
        store: StoreId,
        kind: Kind,
        how: str,
        etag: str,
        wrote: bool = False,
        seen: Item | None = None,
        untold: bool = False,
    ) -> None:
        """Record the copy as intact, if the record still speaks of the same deposit.

        If it does not and we `wrote`, a newer copy may have been replaced by ours: it is to be made again. `seen` is
        the record as it was a moment ago. `untold`: nobody told of it, even if a check was faster to find it intact.
        """

        def decide(current: Item | None) -> Change | None:
            if current is None:
                return None
            if not same_deposit(current, item):
                return (self._overwritten(current, item, store, etag), []) if wrote else None
            rewritten = current.writes != item.writes  # perhaps by us: the event of our own write was faster
            if rewritten and not wrote:
                return None
            # Wanted no more since this began, it may have left the record: what was made is a copy all the same.
            copy = current.copies.get(store, Copy())
            if copy.state is CopyState.INTACT and not rewritten and not untold:
                return None  # the same job ran twice at once, and the other one told of it
            now = self.clock()
            detail = {"how": how, "md5": str(item.checksums.md5), "sha256": str(item.checksums.sha256)}
            event = Event(kind, now, SYSTEM, item.space, item.id, store, detail)
            if rewritten:  # what we made was proven, and is told; what is there now is read again before it counts
                return self._overwritten(current, item, store, etag), [event]
            after = current.with_copy(store, copy.intact(now, item.checksums))
            if store == self.stores.primary_id:
                after = replace(after, etag=etag, modified=None)
            return after, [event]

        current = change_record(self.index, item.space, item.id, decide, seen)
        self.incidents.follow(item, current)
        if not wrote:
            return
        if current is None or not current.live:
            self._take_back(item, store, etag)
        elif (current.writes, True) != (item.writes, same_deposit(current, item)):
            self.jobs.send([jobs.Register(item.space, item.id)])

    def _overwritten(self, current: Item, item: Item, store: StoreId, etag: str) -> Item:
        """The record of what was replaced, described anew or deleted, while an earlier copy was written in `store`."""
        copy = replace(current.copies.get(store, Copy()), state=CopyState.PENDING, held=item.checksums)
        if not current.live:
            elsewhere = store != self.stores.primary_id
            return replace(current.with_copy(store, copy), next_check=current.held_until) if elsewhere else current
        again = replace(current.with_copy(store, copy), next_check=self.clock() + GRACE)
        there = self.stores.primary.head(item.space, item.id) if store == self.stores.primary_id else None
        if there is None or there.etag != etag:
            return again
        if not current.checksums.agrees(item.checksums):
            return again
        # Ours went over an object of the same bytes: what was said of them since is in the record alone.
        return replace(again, etag=etag, modified=there.modified, described_at=self.clock())

    def _take_back(self, item: Item, store: StoreId, etag: str) -> None:
        """Remove what was written while its item was being deleted: elsewhere when the hold is over, in the primary
        at once, where that outdates looks at it.
        """
        primary = self.stores.primary
        if store != self.stores.primary_id:
            self.jobs.send([jobs.RemoveCopy(item.space, item.id, store)])
            return
        there = primary.head(item.space, item.id)
        if there is not None and there.etag == etag:
            primary.delete(item.space, item.id)
            change_record(self.index, item.space, item.id, lambda now: (now, []) if now and not now.live else None)


def same_deposit(current: Item, item: Item) -> bool:
    """Whether the record still speaks of the same deposit, described alike."""
    return current.live and current.generation == item.generation and current.about.described_as(item.about)
