"""Delete: take an item away from members, at once and for all of them, and keep it for the space's hold."""

from dataclasses import dataclass
from datetime import timedelta

from chalicelib.domain import jobs
from chalicelib.domain.brake import Loss
from chalicelib.domain.content import ContentId, format_time
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.journal import Event, Kind
from chalicelib.domain.records import Item
from chalicelib.domain.retention import require_not_retained
from chalicelib.domain.spaces import Space
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.services.change_record import Change, change_record
from chalicelib.services.keep_aside import KeepAside
from chalicelib.services.register import Register


@dataclass(frozen=True)
class Delete:
    """Deleting removes the item from the primary store; copies in other stores follow after the hold.

    `hold` is that of spaces without one of their own.
    """

    stores: Stores
    index: Index
    jobs: JobQueue
    register: Register
    aside: KeepAside
    clock: Clock
    hold: timedelta

    def delete(self, space: Space, content_id: ContentId, agent: str, loss: bool = True) -> None:
        """Mark the item deleted, then remove its object: a crash in between leaves a deletion to finish, no ghost.

        `loss`: whether the brake counts it; not where another item is proven to hold the same bytes.
        When no other store is known to hold the item, its bytes are put aside before. Raises Conflict (retention),
        StoreDown, and NotFound when there is none (clients rely on it, contract 1.6). Safe to repeat after a failure.
        """
        require_not_retained(space, self.clock(), f"{content_id!r} cannot be deleted")
        self.index.policies().require_writable(self.stores.primary_id)
        stored = self.stores.primary.head(space.id, content_id)
        if stored is not None:
            self.register.record(space.id, content_id)  # its event may still be on its way
        before = self.index.item(space.id, content_id)
        if stored is None and (before is None or not before.live):
            raise NotFound(f"Content {content_id!r} does not exist in space {space.id!r}")
        hold = space.hold_or(self.hold)
        if loss:  # counted before it happens: what cannot be counted is not deleted
            self.register.losses.lost(space.id, Loss.DELETED)

        def mark(item: Item | None) -> Change | None:
            if item is None or not item.live:
                return None
            # What is only being brought back may be aside and nowhere else.
            aside = self.aside.name(item, hold) if stored else None
            return self._deleted(item, agent, hold, aside or item.aside)

        item = change_record(self.index, space.id, content_id, mark)
        kept = self.aside.keep(item) if item is not None and not item.live and stored else None
        # Keeping many bytes aside takes its time: what was put there meanwhile is not what was kept.
        self.stores.primary.delete(space.id, content_id, *([kept.etag] if kept else []))

        def settle(now: Item | None) -> Change | None:
            there = self.stores.primary.head(space.id, content_id)
            if there and stored and (there.etag, there.modified) == (stored.etag, stored.modified):
                raise Unavailable(f"The primary store did not remove {content_id!r} of {space.id!r} as it said")
            if now is None or there is not None:
                return None  # deposited anew meanwhile
            # Whoever looked between mark and removal may take the object for a new deposit. If that is recorded
            # already, it is undone here; if it is about to be, this save makes its revision stale.
            if now.live:
                return self._deleted(now, agent, hold, item.aside if item else now.aside)
            return self.aside.with_checksums(now, kept.checksums) if kept else (now, [])

        item = change_record(self.index, space.id, content_id, settle)
        if item is not None and not hold:
            others = [store for store in item.copies if store != self.stores.primary_id]
            self.jobs.send([jobs.RemoveCopy(space.id, content_id, store) for store in others])

    def _deleted(self, item: Item, agent: str, hold: timedelta, aside: ContentId | None) -> Change:
        now = self.clock()
        detail = {"copies-held-until": format_time(now + hold)}
        event = Event(Kind.DELETED, now, agent, item.space, item.id, self.stores.primary_id, detail)
        return item.deleted(now, agent, hold, aside), [event]
