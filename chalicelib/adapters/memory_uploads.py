"""Memory uploads: large objects in parts, kept in plain dictionaries, for tests."""

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About, ContentId, Stored
from chalicelib.domain.errors import Gone, NoSpace, Overtaken, StoreDown, Unavailable
from chalicelib.domain.parts import PART, PartList
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Clock
from chalicelib.ports_parts import Address, Completed, Over, SentPart, Upload

Objects = dict[SpaceId, dict[ContentId, tuple[bytes, Stored]]]

_numbers = itertools.count(1)


@dataclass
class MemoryUploads:
    """See PartUploads. `part` is the size from which bodies are cut; `neighbours` are stores that it can copy from."""

    contents: Objects = field(default_factory=dict)
    down: bool = False
    clock: Clock = lambda: datetime.now(UTC)
    part: int = PART
    confirms_sha256: bool = False
    neighbours: dict[str, Objects] | None = None
    archive: dict[tuple[SpaceId, ContentId], bool | None] = field(default_factory=dict)  # True: restored, None: soon
    asked: list[tuple[ContentId, str, int]] = field(default_factory=list)  # for restores
    begun: dict[str, tuple[Upload, About, dict[int, bytes]]] = field(default_factory=dict)

    def begin(self, space: SpaceId, item: ContentId, about: About) -> Upload:
        """See PartUploads."""
        self._answer()
        self._require(space)
        upload = Upload(space, item, str(next(_numbers)))
        self.begun[upload.id] = (upload, about, {})
        return upload

    def send(self, upload: Upload, number: int, data: bytes, sha256: str) -> SentPart:
        """See PartUploads."""
        self._answer()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Unavailable(f"Part {number} of {upload.item!r} arrived damaged")
        return self._sent(self._begun(upload), number, data)

    def copy_part(self, upload: Upload, number: int, source: Address, first: int, last: int) -> SentPart:
        """See PartUploads."""
        self._answer()
        store, _, space = source.bucket.partition("/")
        held = (self.neighbours or {})[store].get(SpaceId(space), {}).get(source.item)
        if held is None or held[1].etag != source.etag:
            raise Overtaken(f"{source.item!r} was changed by others")
        return self._sent(self._begun(upload), number, held[0][first : last + 1])

    def parts(self, upload: Upload) -> list[SentPart] | None:
        """See PartUploads."""
        self._answer()
        if upload.id not in self.begun:
            return None
        sent = self.begun[upload.id][2]
        return [self._part(number, sent[number]) for number in sorted(sent)]

    def complete(self, upload: Upload, parts: Sequence[SentPart], only_over: Over | None = None) -> Completed:
        """See PartUploads."""
        self._answer()
        sent = self._begun(upload)
        chosen = [sent[part.number] for part in parts]
        about = self.begun[upload.id][1]
        marks = b"".join(_md5(data).digest() for data in chosen)
        etag = f"{_md5(marks).hexdigest()}-{len(chosen)}"
        told = PartList(tuple(map(len, chosen)), tuple(hashlib.sha256(data).digest() for data in chosen))
        composite = told.composite if self.confirms_sha256 else None
        self._keep(upload.space, upload.item, b"".join(chosen), about, etag, only_over, composite)
        del self.begun[upload.id]
        return Completed(etag, composite)

    def abandon(self, upload: Upload) -> None:
        """See PartUploads."""
        self._answer()
        self.begun.pop(upload.id, None)

    def uploads(self, space: SpaceId, item: ContentId) -> list[Upload]:
        """See PartUploads."""
        self._answer()
        return [u for u, _, _ in self.begun.values() if u.space == space and u.item.startswith(item)]

    def address(self, space: SpaceId, item: ContentId, etag: str) -> Address | None:
        """See PartUploads."""
        for name, objects in (self.neighbours or {}).items():
            if objects is self.contents:
                return Address(str(id(self.neighbours)), f"{name}/{space}", item, etag)
        return None

    def _keep(
        self,
        space: SpaceId,
        item: ContentId,
        data: bytes,
        about: About,
        etag: str,
        only_over: Over | None,
        composite: str | None = None,
    ) -> None:
        self._require(space)
        there = self.contents[space].get(item)
        if only_over is not None and only_over.etag != (there[1].etag if there else None):
            raise Overtaken(f"{item!r} in {space!r} was changed by others")
        own = Checksums(None if "-" in etag else etag)
        described = (about.content_type, about.content_encoding, about.metadata())
        stored = Stored(len(data), etag, self.clock(), *described, own)
        self.contents[space][item] = (data, replace(stored, composite=composite))
        self.archive.pop((space, item), None)

    def _begun(self, upload: Upload) -> dict[int, bytes]:
        if upload.id not in self.begun:
            raise Gone(f"There is no such upload of {upload.item!r} any more")
        return self.begun[upload.id][2]

    def _sent(self, sent: dict[int, bytes], number: int, data: bytes) -> SentPart:
        sent[number] = data
        return self._part(number, data)

    def _part(self, number: int, data: bytes) -> SentPart:
        sha256 = hashlib.sha256(data).hexdigest() if self.confirms_sha256 else None
        return SentPart(number, len(data), _md5(data).hexdigest(), sha256)

    def _require(self, space: SpaceId) -> None:
        if space not in self.contents:
            raise NoSpace(f"Space {space!r} does not exist in this store")

    def _answer(self) -> None:
        if self.down:
            raise StoreDown("this store is down")


def _md5(data: bytes) -> "hashlib._Hash":
    return hashlib.md5(data, usedforsecurity=False)
