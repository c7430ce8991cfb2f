"""Delete: take an item away from members, at once and for all of them."""

from dataclasses import dataclass
from datetime import timedelta

from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId, format_time
from chalicelib.domain.errors import NotFound
from chalicelib.domain.journal import Event, Kind
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import Space
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.services.change_record import Change, change_record
from chalicelib.services.register import Register


@dataclass(frozen=True)
class Delete:
    """Deleting removes the item from the primary store; copies in other stores follow after the `hold`."""

    stores: Stores
    index: Index
    jobs: JobQueue
    register: Register
    clock: Clock
    hold: timedelta

    def delete(self, space: Space, content_id: ContentId, agent: str) -> None:
        """Mark the item deleted, then remove its object: a crash in between leaves a deletion to finish, no ghost.

        Raises NotFound when there is none (clients rely on it, contract 1.6). Safe to repeat after a failure.
        """
        stored = self.stores.primary.head(space.id, content_id)
        if stored is not None:
            self.register.record(space.id, content_id)  # its event may still be on its way
        before = self.index.item(space.id, content_id)
        if stored is None and (before is None or not before.live):
            raise NotFound(f"Content {content_id!r} does not exist in space {space.id!r}")

        def mark(item: Item | None) -> Change | None:
            return None if item is None or not item.live else self._deleted(item, agent)

        def settle(item: Item | None) -> Change | None:
            if item is None or self.stores.primary.head(space.id, content_id) is not None:
                return None  # deposited anew meanwhile
            # Whoever looked between mark and removal may take the object for a new deposit. If that is recorded
            # already, it is undone here; if it is about to be, this save makes its revision stale.
            return self._deleted(item, agent) if item.live else (item, [])

        change_record(self.index, space.id, content_id, mark)
        self.stores.primary.delete(space.id, content_id)
        item = change_record(self.index, space.id, content_id, settle)
        if item is not None and not self.hold:
            others = [store for store in item.copies if store != self.stores.primary_id]
            self.jobs.send([jobs.RemoveCopy(space.id, content_id, store) for store in others])

    def _deleted(self, item: Item, agent: str) -> Change:
        now = self.clock()
        detail = {"copies-held-until": format_time(now + self.hold)}
        event = Event(Kind.DELETED, now, agent, item.space, item.id, self.stores.primary_id, detail)
        return item.deleted(now, self.hold, self.stores.primary_id), [event]
