"""Read copies: an item as the index tells of it, with the bytes of whichever store was proven to hold them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from chalicelib.domain.content import ContentId, Stored
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import StoreDown, Unavailable
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Index, Stores


@dataclass(frozen=True)
class ReadCopies:
    """What is read while the primary store cannot tell all that there is."""

    stores: Stores
    index: Index

    def item(self, space: SpaceId, content_id: ContentId) -> Item | None:
        """The record of an item that exists for members, or None."""
        item = self.index.item(space, content_id)
        return item if item is not None and item.live else None

    def ids(self, space: SpaceId, prefix: str, after: str, limit: int) -> list[ContentId]:
        """One page of the ids of all items, in UTF-8 byte order."""
        return [item.id for item in self.index.items(space, prefix, after, limit)]

    @contextmanager
    def open(self, item: Item, first: int, last: int | None, policies: Policies) -> Iterator[Iterator[bytes]]:
        """The bytes `first` to `last` of a proven copy, the best first.

        Raises StoreDown, naming the primary, when no other store gives one.
        """
        problems = [f"Store {self.stores.primary_id} is {policies.mode(self.stores.primary_id)}"]
        with ExitStack() as stack:
            for store in self._proven(item, policies):
                try:
                    opened = stack.enter_context(self.stores.providers[store].open(item.space, item.id, first, last))
                except Unavailable as error:
                    problems.append(str(error))
                    continue
                if opened is not None and _right(item, opened.stored):
                    yield opened.chunks
                    return
            problems.append(f"no other store gives {item.id!r} in {item.space!r}")
            raise StoreDown("; ".join(problems), self.stores.primary_id)

    def _proven(self, item: Item, policies: Policies) -> list[StoreId]:
        """Stores last proven to hold the right bytes: those that were found intact first, the primary among them."""
        held = {s: c for s in policies.readable(self.stores.ids) if (c := item.copies.get(s)) and c.made}
        right = [s for s, c in held.items() if c.held.agrees(item.checksums) and c.state is not CopyState.DAMAGED]
        return sorted(right, key=lambda store: held[store].state is not CopyState.INTACT)


def _right(item: Item, stored: Stored) -> bool:
    """Whether an object is not plainly another one than the record speaks of."""
    known = stored.checksums.known and item.checksums.known
    return stored.size == item.size and (not known or item.checksums.agrees(stored.checksums))
