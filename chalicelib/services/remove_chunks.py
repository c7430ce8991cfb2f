"""Remove chunks: once every copy of the whole item is proven, and only those that it was made of."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from chalicelib.domain.chunks import ChunksManifest, chunks_prefix, manifest_id
from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import kept
from chalicelib.domain.errors import Conflict, NotFound, Unavailable
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.spaces import Space
from chalicelib.domain.stitching import Stitching
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Entry, Index, Stores
from chalicelib.services.delete import Delete
from chalicelib.services.find_chunks import FindChunks
from chalicelib.services.place_copies import wanted_stores

_PAGE = 1000
_AT_ONCE = 200


@dataclass(frozen=True)
class RemoveChunks:
    """The manifest goes last: until then, what is left can be told from what others put there."""

    stores: Stores
    index: Index
    find: FindChunks
    delete: Delete

    def remove(self, space: Space, whole: ContentId, stitched: Stitching) -> bool:
        """Remove up to 200 chunks, or with none left the manifest; True when there is nothing left to remove.

        Repeatable. Raises Conflict, and removes nothing (more), when the whole, the manifest or any chunk is no longer
        the one that was stitched, or a chunk is there that the manifest does not name. To be called while
        `unproven_stores` names none.
        """
        held = self.find.chunks(space.id, whole)
        if self.stores.primary.head(space.id, manifest_id(whole)) is None:
            if held:
                raise Conflict(f"{manifest_id(whole)!r} was deleted by others: {len(held)} chunks are kept")
            return True
        found = self.find.manifest(space.id, whole)
        if found.md5 != stitched.manifest_md5:
            raise Conflict(f"{manifest_id(whole)!r} was replaced since it was stitched: nothing more is removed")
        self._require_same(space, found.manifest, held)
        for content_id in list(held)[:_AT_ONCE] or [found.manifest.id]:
            with suppress(NotFound):  # somebody else was faster
                self.delete.delete(space, content_id, stitched.asked_by, loss=False)
        return not held

    def unproven_stores(self, space: Space, whole: ContentId, stitched: Stitching) -> tuple[StoreId, ...]:
        """The stores whose copy of the whole our own read has not proven yet. Raises Conflict when it is another."""
        item, there = self.index.item(space.id, whole), self.stores.primary.head(space.id, whole)
        if item is None or not item.live or there is None or item.checksums.md5 != stitched.md5:
            raise Conflict(f"{whole!r} was replaced or deleted since it was stitched: the chunks are kept")
        return self.unproven(item) or (() if there.etag == item.etag else (self.stores.primary_id,))

    def unproven(self, item: Item) -> tuple[StoreId, ...]:
        """The stores in which an item is to be kept, and whose copy is not known to be intact."""
        copies = kept(item.copies, wanted_stores(self.stores, self.index, item.space))
        return tuple(s for s in self.stores.ids if s in copies and copies[s].state is not CopyState.INTACT)

    def _require_same(self, space: Space, manifest: ChunksManifest, held: Mapping[ContentId, Entry]) -> None:
        """Raise Conflict unless every chunk that is still there is the one that the manifest describes."""
        wanted = {chunk.id: chunk for chunk in manifest.chunks}
        records = self._records(space, manifest.content_id) if held else {}
        for content_id, entry in held.items():
            if content_id not in wanted:
                raise Conflict(f"Chunk {content_id!r} is not of this manifest: an upload may be under way")
            record = records.get(content_id)
            if record is None or record.etag != entry.etag:
                record = self.delete.register.record(space.id, content_id)  # its event may still be on its way
            if record is None:
                continue  # removed by others meanwhile
            if record.checksums.md5 is None:
                raise Unavailable(f"Chunk {content_id!r} was put by another S3 client and not read yet")
            chunk = wanted[content_id]
            if (record.checksums.md5, record.size) != (chunk.md5, chunk.size):
                raise Conflict(f"Chunk {content_id!r} was replaced since it was stitched: nothing more is removed")

    def _records(self, space: Space, whole: ContentId) -> dict[ContentId, Item]:
        found: dict[ContentId, Item] = {}
        after = ""
        while page := self.index.items(space.id, chunks_prefix(whole), after, _PAGE):
            found |= {item.id: item for item in page}
            after = page[-1].id
        return found
