"""Instance: a world of three unlike stores in which anything may go wrong, and whose index is watched."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from chalicelib.adapters.memory import MemoryIndex, MemoryStore
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journal import Event
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.transfers import Sizes
from chalicelib.ports import Over, Written
from chalicelib.ports_parts import Completed, SentPart, Upload
from tests.services.world import Fuse, World

from .faults import Fate


@dataclass
class LateStore(MemoryStore):
    """Cannot compare and write in one step: looks as late as it can, and then something may still happen."""

    fuse: Fuse = field(default_factory=Fuse)

    def put(
        self,
        space: SpaceId,
        item: ContentId,
        body: Iterable[bytes],
        about: About,
        size: int | None = None,
        only_over: Over | None = None,
    ) -> Written:
        whole = list(body)
        there = self.head(space, item)
        if only_over is not None and only_over.etag != (there.etag if there else None):
            raise Unavailable("changed by others")
        self.fuse.burn()
        return super().put(space, item, whole, about, size)

    def complete(self, upload: Upload, parts: Sequence[SentPart], only_over: Over | None = None) -> Completed:
        there = self.head(upload.space, upload.item)
        if only_over is not None and only_over.etag != (there.etag if there else None):
            raise Unavailable("changed by others")
        self.fuse.burn()
        return super().complete(upload, parts)

    def delete(self, space: SpaceId, item: ContentId, only: str | None = None) -> None:
        there = self.head(space, item)
        if only is not None and there is not None and there.etag != only:
            raise Unavailable("changed by others")
        self.fuse.burn()
        super().delete(space, item)


@dataclass
class WatchedIndex(MemoryIndex):
    """The checksum of record of one deposit never changes once it is known, were its row lost in between."""

    lost: dict[tuple[SpaceId, ContentId], Item] = field(default_factory=dict)

    def save(self, item: Item, events: Iterable[Event] = ()) -> bool:
        key = (item.space, item.id)
        before, lost = self.records.get(key), self.lost.get(key)
        saved = super().save(item, events)
        if saved and before and before.generation == item.generation:
            _assert_kept(before, item)
        if saved and lost and item.generation == 1 and item.etag == lost.etag:
            if item.checksums.known:  # an object without facts is read first
                _assert_kept(lost, item)
        elif saved and lost:
            del self.lost[key]  # something else was deposited since
        return saved

    def lose(self, space: SpaceId, item: ContentId) -> None:
        """Forget a record, as no index should."""
        self.lost[space, item] = self.records.pop((space, item))


def _assert_kept(before: Item, after: Item) -> None:
    old, new = before.checksums, after.checksums
    assert old.md5 in (None, new.md5), f"{after.id!r} was given another checksum of record"
    assert old.sha256 in (None, new.sha256), f"{after.id!r} was given another checksum of record"


class Instance(World):
    """The primary knows conditions and tells of changes, the second knows no conditions, the third does."""

    index: WatchedIndex
    fuse: Fate

    def __init__(self, sizes: Sizes) -> None:
        fate = Fate()
        stores = {"second": LateStore(fuse=fate), "third": MemoryStore(confirms_sha256=True)}
        super().__init__(index=WatchedIndex(), fuse=fate, sizes=sizes, **stores)
        fate.names = {id(store): name for name, store in self.stores.items()}
        fate.names |= {id(self.index): "index", id(self.queue): "queue", id(self.notes): "notes"}
