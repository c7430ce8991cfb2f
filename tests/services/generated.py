"""A space of 200,000 items that nobody keeps: an index that makes its pages when they are asked for."""

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from chalicelib.adapters.memory import MemoryIndex
from chalicelib.domain.content import ContentId
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import SpaceId

MANY = 200_000


@dataclass
class GeneratedIndex(MemoryIndex):
    """Its pages are watched: more than three of them alive at once means that somebody collects them."""

    make: Callable[[int], Item] = field(kw_only=True)
    pages: "Pages" = field(default_factory=lambda: Pages())

    def items(self, space: SpaceId, prefix: str = "", after: str = "", limit: int = 1000) -> list[Item]:
        """See Index."""
        first = int(after) + 1 if after else 0
        page = [self.make(n) for n in range(first, min(first + limit, MANY))]
        self.pages.watch(page)
        return page


@dataclass
class Pages:
    """How many pages are in memory."""

    alive: list[weakref.ref[object]] = field(default_factory=list)

    def watch(self, page: Sequence[object]) -> None:
        """Count one more."""
        self.alive = [ref for ref in self.alive if ref() is not None]
        assert len(self.alive) < 3, "pages are being collected"
        self.alive += [weakref.ref(one) for one in page[:1]]


def numbered(n: int) -> ContentId:
    """Ids whose order is that of their numbers."""
    return ContentId(f"{n:06}")
