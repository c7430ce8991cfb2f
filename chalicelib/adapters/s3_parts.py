"""S3 parts: how a stream is cut into the parts of an upload."""

from collections.abc import Iterable, Iterator

from chalicelib.domain.errors import Unavailable

PART = 16 << 20  # S3 takes 5 MiB to 5 GiB in each of at most 10,000 parts
_MAX_PARTS = 10_000
_LARGEST = 5 << 30


def part_sizes(size: int | None) -> Iterator[int]:
    """The size of each part: 16 MiB, or what a known size needs to fit 10,000; unknown sizes double every 1,000."""
    if size is not None:
        part = max(PART, -(-size // (_MAX_PARTS - 1)))
        while True:
            yield part
    for number in range(_MAX_PARTS):
        yield min(PART << (number // 1000), _LARGEST)
    raise Unavailable("A body of unknown size does not end")


def pieces(chunks: Iterable[bytes], sizes: Iterator[int]) -> Iterator[bytearray]:
    """Cut a stream into pieces of the given sizes; the last one may be shorter."""
    piece, size = bytearray(), next(sizes)
    for chunk in chunks:
        view = memoryview(chunk)
        while len(piece) + len(view) >= size:
            room = size - len(piece)
            piece += view[:room]
            view = view[room:]
            yield piece
            piece, size = bytearray(), next(sizes)
        piece += view
    if piece:
        yield piece
