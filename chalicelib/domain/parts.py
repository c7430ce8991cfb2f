"""Parts: how an item is cut, so that a piece of any item can be sent, proven and repaired on its own.

S3 takes 1 to 10,000 parts of at most 5 GiB, each but the last of at least 5 MiB, and 5 TiB in all.
"""

import base64
import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby

from chalicelib.domain.checksums import Checksums, Tally
from chalicelib.domain.errors import Invalid, TooLarge, Unavailable

PART = 16 << 20
MAX_PARTS = 10_000
LARGEST_PART = 5 << 30
LARGEST_ITEM = 5 << 40

_MIB = 1 << 20
_MOST_NAMED = 20
_DOUBLES_EVERY = 1000
_RUN = struct.Struct(">IQ")  # so many parts of such a size


def part_size(size: int, smallest: int = PART) -> int:
    """The size of each part but the last of an item: `smallest`, or the whole MiB that make 10,000 of them enough.

    Raises TooLarge.
    """
    if size > LARGEST_ITEM:
        raise TooLarge(f"{size} bytes are more than the 5 TiB that a store takes as one item")
    needed = -(-size // MAX_PARTS)
    return smallest if needed <= smallest else -(-needed // _MIB) * _MIB


def listed(numbers: Sequence[int]) -> str:
    """The numbers of some parts in words; the first twenty."""
    return ", ".join(map(str, numbers[:_MOST_NAMED])) + (", ..." if len(numbers) > _MOST_NAMED else "")


def part_sizes(size: int | None, smallest: int = PART) -> Iterator[int]:
    """The size of each part; those of an item of unknown size double every 1,000 parts.

    Raises TooLarge when the size is, and Unavailable when an unknown one turns out to be.
    """
    if size is not None:
        part = part_size(size, smallest)
        while True:
            yield part
    for number in range(MAX_PARTS):
        yield min(smallest << (number // _DOUBLES_EVERY), LARGEST_PART)
    raise Unavailable("A body of unknown size does not end")


def pieces(chunks: Iterable[bytes], sizes: Iterator[int]) -> Iterator[bytes]:
    """Cut a stream into pieces of the given sizes; the last one may be shorter."""
    piece: list[bytes | memoryview] = []
    room = next(sizes)
    for chunk in chunks:
        view = memoryview(chunk)
        while len(view) >= room:
            piece.append(view[:room])
            view = view[room:]
            whole = b"".join(piece)
            piece.clear()
            yield whole
            room = next(sizes)
        if view:
            piece.append(view)
            room -= len(view)
    if piece:
        yield b"".join(piece)


@dataclass(frozen=True)
class Part:
    """One part of an item: `number` counts from 1; `first` and `last` are offsets of bytes, the last one included."""

    number: int
    first: int
    last: int
    sha256: str  # 64 lower-case hexadecimal digits

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class PartList:
    """The parts of an item of record: the size and the SHA-256 (32 bytes) of each.

    Bytes whose parts have these are, as far as SHA-256 goes, the bytes of the whole: no other proof of it is needed.
    """

    sizes: tuple[int, ...]
    digests: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if len(self.sizes) != len(self.digests) or not 1 <= len(self.sizes) <= MAX_PARTS or min(self.sizes) < 1:
            raise Invalid("A list of parts has 1 to 10,000 parts, each with a size and a checksum")

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts in order."""
        ends = accumulate(self.sizes)
        cut = zip(self.sizes, ends, self.digests, strict=True)
        return tuple(Part(n, end - size, end - 1, sha256.hex()) for n, (size, end, sha256) in enumerate(cut, 1))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.sizes)

    @property
    def size(self) -> int:
        """The bytes of the whole."""
        return sum(self.sizes)

    @property
    def composite(self) -> str:
        """What S3 tells of a completed upload: the SHA-256 of all parts' SHA-256, and how many there are."""
        return f"{base64.b64encode(hashlib.sha256(b''.join(self.digests)).digest()).decode()}-{len(self.digests)}"

    def encode(self) -> bytes:
        """As it is kept: runs of parts of one size, then all checksums; 10,000 parts have 320 KB."""
        runs = [(len(list(same)), size) for size, same in groupby(self.sizes)]
        head = b"".join(_RUN.pack(count, size) for count, size in runs)
        return struct.pack(">I", len(runs)) + head + b"".join(self.digests)

    @classmethod
    def decode(cls, body: bytes) -> "PartList":
        """The reverse of `encode`."""
        (runs,) = struct.unpack_from(">I", body)
        start = 4 + runs * _RUN.size
        sizes = [size for count, size in _RUN.iter_unpack(body[4:start]) for _ in range(count)]
        digests = (body[at : at + 32] for at in range(start, len(body), 32))
        return cls(tuple(sizes), tuple(digests))


class PartTally:
    """Hashes an item and each of its parts in one pass, without keeping more than its checksums."""

    def __init__(self, size: int | None, smallest: int = PART) -> None:
        self._cuts = part_sizes(size, smallest)
        self._whole = Tally()
        self._sizes: list[int] = []
        self._digests: list[bytes] = []
        self._begin()

    def _begin(self) -> None:
        self._part, self._left, self._room = hashlib.sha256(), 0, next(self._cuts)

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass every chunk on unchanged, counting it in."""
        for chunk in chunks:
            self.add(chunk)
            yield chunk

    def add(self, chunk: bytes) -> None:
        """Count in one more piece."""
        self._whole.add(chunk)
        view = memoryview(chunk)
        while len(view):
            taken = view[: self._room - self._left]
            self._part.update(taken)
            self._left += len(taken)
            view = view[len(taken) :]
            if self._left == self._room:
                self._end()

    def _end(self) -> None:
        self._sizes.append(self._left)
        self._digests.append(self._part.digest())
        self._begin()

    @property
    def size(self) -> int:
        """The bytes so far."""
        return self._whole.size

    @property
    def checksums(self) -> Checksums:
        """Both checksums of everything seen so far."""
        return self._whole.checksums

    def parts(self) -> PartList | None:
        """The parts, when everything was seen; None when there is but one."""
        sizes, digests = self._sizes, self._digests
        if self._left:
            sizes, digests = [*sizes, self._left], [*digests, self._part.digest()]
        return PartList(tuple(sizes), tuple(digests)) if len(sizes) > 1 else None
