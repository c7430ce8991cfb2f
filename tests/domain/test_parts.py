"""Parts: any size fits what S3 takes, and a list of parts says the same of the bytes as they do."""

import hashlib
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.checksums import tally
from chalicelib.domain.errors import Invalid, TooLarge, Unavailable
from chalicelib.domain.parts import (
    LARGEST_ITEM,
    LARGEST_PART,
    MAX_PARTS,
    PART,
    PartList,
    PartTally,
    part_size,
    part_sizes,
    pieces,
)

sizes = st.integers(1, LARGEST_ITEM) | st.sampled_from(
    [PART, PART + 1, PART * MAX_PARTS, PART * MAX_PARTS + 1, LARGEST_ITEM]
)


@given(sizes)
def test_every_size_up_to_5_tib_fits_the_limits(size: int) -> None:
    part = part_size(size)
    assert PART <= part <= LARGEST_PART
    assert -(-size // part) <= MAX_PARTS
    assert part == PART or -(-size // (part - (1 << 20))) > MAX_PARTS, "no larger than needed"


def test_more_is_refused() -> None:
    with pytest.raises(TooLarge, match="5 TiB"):
        part_size(LARGEST_ITEM + 1)


def test_an_unknown_size_may_grow_to_5_tib_and_has_an_end() -> None:
    cut = list(islice(part_sizes(None), MAX_PARTS))
    assert sum(cut) >= LARGEST_ITEM
    assert max(cut) <= LARGEST_PART
    with pytest.raises(Unavailable):
        list(part_sizes(None))


@given(st.lists(st.binary(max_size=9)), st.integers(1, 5), st.booleans())
def test_the_parts_of_a_stream_are_those_of_its_bytes(chunks: list[bytes], smallest: int, known: bool) -> None:
    data = b"".join(chunks)
    watched = PartTally(len(data) if known else None, smallest)
    assert b"".join(watched.watch(chunks)) == data
    assert (watched.size, watched.checksums) == (len(data), tally([data]).checksums)
    cut = [bytes(piece) for piece in pieces([data], part_sizes(len(data), smallest))]
    found = watched.parts()
    if found is None:
        assert len(cut) <= 1
        return
    assert [data[part.first : part.last + 1] for part in found.parts] == cut
    assert [part.sha256 for part in found.parts] == [hashlib.sha256(piece).hexdigest() for piece in cut]
    assert [part.number for part in found.parts] == list(range(1, len(cut) + 1))
    assert found.size == len(data)


lists = st.lists(st.tuples(st.integers(1, LARGEST_PART), st.binary(min_size=32, max_size=32)), min_size=1).map(
    lambda given: PartList(tuple(size for size, _ in given), tuple(digest for _, digest in given))
)


@given(lists)
def test_a_list_is_kept_and_read_again(parts: PartList) -> None:
    assert PartList.decode(parts.encode()) == parts


@pytest.mark.parametrize("size", [None, LARGEST_ITEM])
def test_the_longest_list_fits_a_note(size: int | None) -> None:
    cut = tuple(islice(part_sizes(size), MAX_PARTS))
    assert len(PartList(cut, (bytes(32),) * MAX_PARTS).encode()) < 350_000


@pytest.mark.parametrize(("sizes", "digests"), [((), ()), ((1,), ()), ((0,), (bytes(32),))])
def test_what_is_no_list_of_parts_is_refused(sizes: tuple[int, ...], digests: tuple[bytes, ...]) -> None:
    with pytest.raises(Invalid):
        PartList(sizes, digests)
