"""Chunks: large files that were deposited in pieces, and the manifest that says how they fit together (contract 5)."""

import re
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from chalicelib.domain.content import DEFAULT_CONTENT_TYPE, ContentId, parse_content_id
from chalicelib.domain.errors import Invalid

MAX_MANIFEST_BYTES = 16 << 20  # room for the most chunks there may be, each with the longest id there may be
MAX_CHUNKS = 10_000  # contract 5.2

_MANIFEST = ".dura-manifest"
_CHUNK = ".dura-chunk-"
_ROOT = "duracloud.org chunksManifest"
_MD5 = re.compile(r"[0-9a-f]{32}")
_CONTENT_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)


def manifest_id(whole: ContentId) -> ContentId:
    """The id of the manifest of a chunked item."""
    return ContentId(whole + _MANIFEST)


def chunks_prefix(whole: ContentId) -> str:
    """What the ids of all chunks of an item, orphans included, begin with; others' ids may do so too."""
    return whole + _CHUNK


def chunk_number(whole: ContentId, chunk: str) -> int | None:
    """The number in a chunk's name: `<whole>.dura-chunk-` and at least four digits; None for any other id."""
    digits = chunk.removeprefix(chunks_prefix(whole))
    named = chunk != digits and re.fullmatch(r"[0-9]{4,9}", digits)
    return int(digits) if named else None


@dataclass(frozen=True)
class Chunk:
    """One piece of a chunked item; `md5` is None in manifests that were written without (contract 5.6, option -x)."""

    id: ContentId
    size: int
    md5: str | None

    def __post_init__(self) -> None:
        if self.md5 is not None and not _MD5.fullmatch(self.md5):
            raise Invalid(f"The chunks manifest gives {self.md5!r} as MD5 of {self.id!r}: not 32 hexadecimal digits")


@dataclass(frozen=True)
class ChunksManifest:
    """What a chunked item is when it is whole, and its chunks in order. Raises Invalid when it contradicts itself.

    | rule (contract 5.1, 5.3)                                                              |
    |---------------------------------------------------------------------------------------|
    | 1 to 10,000 chunks, each named `<content id>.dura-chunk-NNNN`, at least four digits   |
    | their numbers, taken from the names, are 0, 1, 2 … without gap or repetition          |
    | their sizes add up to the size of the whole                                           |
    | the MD5 of the whole is given; those of the chunks may be missing                     |
    """

    content_id: ContentId
    content_type: str
    size: int
    md5: str
    chunks: tuple[Chunk, ...]

    def __post_init__(self) -> None:
        parse_content_id(self.content_id)
        if not _MD5.fullmatch(self.md5):
            raise Invalid(f"The chunks manifest gives {self.md5!r} as MD5 of the whole: not 32 hexadecimal digits")
        if not 1 <= len(self.chunks) <= MAX_CHUNKS:
            raise Invalid(f"The chunks manifest names {len(self.chunks)} chunks: there must be 1 to {MAX_CHUNKS}")
        for expected, chunk in enumerate(self.chunks):
            number = chunk_number(self.content_id, chunk.id)
            if number is None:
                raise Invalid(f"The chunks manifest of {self.content_id!r} names {chunk.id!r}, which is no chunk of it")
            if number != expected:
                raise Invalid(f"The chunks manifest has chunk {number} where chunk {expected} is expected")
        total = sum(chunk.size for chunk in self.chunks)
        if total != self.size:
            raise Invalid(f"The chunks manifest says {self.size} bytes, but its chunks have {total}")

    @property
    def id(self) -> ContentId:
        """The manifest's own id."""
        return manifest_id(self.content_id)


def parse_manifest(data: bytes) -> ChunksManifest:
    """Read a manifest of schema 0.2. Chunks are put in the order of the numbers in their names, as clients do.

    Only the root is in the namespace `duracloud.org`. A document type is refused, and with it every entity. A source
    MIME type that is none becomes `application/octet-stream`. Raises Invalid.
    """
    if len(data) > MAX_MANIFEST_BYTES:
        raise Invalid(f"The chunks manifest has {len(data)} bytes: at most {MAX_MANIFEST_BYTES} are read")
    reader = _Reader()
    try:
        reader.read(data)
    except expat.ExpatError as error:
        raise Invalid(f"The chunks manifest is not well-formed XML: {error}") from None
    except (LookupError, ValueError) as error:  # an encoding that nobody knows, or bytes that are not in it
        raise Invalid(f"The chunks manifest cannot be decoded: {error}") from None
    return reader.manifest()


@dataclass
class _Reader:
    """Collects the few elements that the schema knows, by their paths; whatever else there is does not count."""

    path: list[str] = field(default_factory=list)
    version: str | None = None
    source: dict[str, str] | None = None
    chunks: list[dict[str, str]] = field(default_factory=list)
    open: dict[str, str] | None = None  # the element that the leaves belong to

    def read(self, data: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.CharacterDataHandler = self._text
        parser.EndElementHandler = self._end
        parser.Parse(data, True)

    def _refuse_doctype(self, *_: Any) -> None:
        raise Invalid("The chunks manifest has a document type declaration, which is not read")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.path and name != _ROOT:
            raise Invalid(
                "The XML is no chunks manifest: its root is not chunksManifest in the namespace duracloud.org"
            )
        self.path.append(name)
        match self.path[1:]:
            case ["header"]:
                self.version = attributes.get("schemaVersion")
            case ["header", "sourceContent"]:
                if self.source is not None:
                    raise Invalid("The chunks manifest has two sourceContent elements")
                self.open = self.source = {"id": attributes.get("contentId", "")}
            case ["chunks", "chunk"]:
                if len(self.chunks) == MAX_CHUNKS:
                    raise Invalid(f"The chunks manifest names more than {MAX_CHUNKS} chunks")
                self.open = {"id": attributes.get("chunkId", "")}
                self.chunks.append(self.open)

    def _text(self, text: str) -> None:
        leaf = self.path[-1]
        if self.open is not None and len(self.path) == 4 and leaf in ("mimetype", "byteSize", "md5"):
            self.open[leaf] = self.open.get(leaf, "") + text

    def _end(self, name: str) -> None:
        self.path.pop()
        if len(self.path) == 2:
            self.open = None

    def manifest(self) -> ChunksManifest:
        if self.version != "0.2":
            raise Invalid(f"The chunks manifest has schema version {self.version!r}: only '0.2' is read")
        if self.source is None:
            raise Invalid("The chunks manifest does not say what the whole is: it has no sourceContent")
        whole = ContentId(self.source["id"])
        chunks = [Chunk(ContentId(c["id"]), _size(c), _md5(c) or None) for c in self.chunks]
        chunks.sort(key=lambda chunk: chunk_number(whole, chunk.id) or 0)
        content_type = self.source.get("mimetype", "").strip()
        if not _CONTENT_TYPE.fullmatch(content_type):
            content_type = DEFAULT_CONTENT_TYPE
        return ChunksManifest(whole, content_type, _size(self.source), _md5(self.source), tuple(chunks))


def _size(found: dict[str, str]) -> int:
    text = found.get("byteSize", "").strip()
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise Invalid(f"The chunks manifest gives {text!r} as byteSize of {found['id']!r}: not a number of bytes")
    return int(text)


def _md5(found: dict[str, str]) -> str:
    return found.get("md5", "").strip().lower()
