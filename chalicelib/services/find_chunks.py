"""Find chunks: the manifest of a chunked item, and the chunks of its name that the primary store holds."""

from dataclasses import dataclass

from chalicelib.domain.checksums import tally
from chalicelib.domain.chunks import (
    MAX_CHUNKS,
    MAX_MANIFEST_BYTES,
    ChunksManifest,
    chunk_number,
    chunks_prefix,
    manifest_id,
    parse_manifest,
)
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Entry, Stores

_PAGE = 1000


@dataclass(frozen=True)
class Found:
    """A manifest and the MD5 of its own bytes."""

    manifest: ChunksManifest
    md5: str


@dataclass(frozen=True)
class FindChunks:
    """Reads only."""

    stores: Stores

    def manifest(self, space: SpaceId, whole: ContentId) -> Found:
        """The manifest of a chunked item, as the primary holds it now. Raises NotFound, Invalid."""
        content_id = manifest_id(whole)
        with self.stores.primary.open(space, content_id) as opened:
            if opened is None:
                raise NotFound(f"There is no chunks manifest {content_id!r} in space {space!r}")
            if opened.stored.size > MAX_MANIFEST_BYTES:
                raise Invalid(f"{content_id!r} has {opened.stored.size} bytes: at most {MAX_MANIFEST_BYTES} are read")
            data = b"".join(opened.chunks)
        manifest = parse_manifest(data)
        if manifest.content_id != whole:
            raise Invalid(f"{content_id!r} is the manifest of {manifest.content_id!r}, whose name differs from its own")
        return Found(manifest, str(tally([data]).checksums.md5))

    def chunks(self, space: SpaceId, whole: ContentId) -> dict[ContentId, Entry]:
        """Every chunk of that name in the primary, orphans included, in order. Raises Conflict: more than may be."""
        found: dict[ContentId, Entry] = {}
        after = ""
        while page := self.stores.primary.list(space, chunks_prefix(whole), after, _PAGE):
            found |= {entry.id: entry for entry in page if chunk_number(whole, entry.id) is not None}
            after = page[-1].id
            if len(found) > MAX_CHUNKS:
                raise Conflict(f"{whole!r} has more than {MAX_CHUNKS} chunks")
        return found
