"""Delete: take an item away from members, at once and for all of them."""

from dataclasses import dataclass, replace

from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import NotFound
from chalicelib.domain.journal import Event, Kind
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import Space
from chalicelib.ports import Clock, Index, Stores
from chalicelib.services.change_record import Change, change_record
from chalicelib.services.register import Register


@dataclass(frozen=True)
class Delete:
    """Deleting removes the item from the primary store; copies in other stores are kept."""

    stores: Stores
    index: Index
    register: Register
    clock: Clock

    def delete(self, space: Space, content_id: ContentId, agent: str) -> None:
        """Mark the item deleted, then remove its object: a crash in between leaves a deletion to finish, no ghost.

        Raises NotFound when there is none (clients rely on it, contract 1.6). Safe to repeat after a failure.
        """
        stored = self.stores.primary.head(space.id, content_id)
        if stored is not None:
            self.register.record(space.id, content_id)  # its event may still be on its way

        def decide(item: Item | None) -> Change | None:
            if item is None or not item.live:
                return None
            now = self.clock()
            event = Event(Kind.DELETED, now, agent, item.space, item.id, self.stores.primary_id)
            return replace(item, deleted_at=now, next_check=None), [event]

        before = self.index.item(space.id, content_id)
        if stored is None and (before is None or not before.live):
            raise NotFound(f"Content {content_id!r} does not exist in space {space.id!r}")
        change_record(self.index, space.id, content_id, decide)
        self.stores.primary.delete(space.id, content_id)
