"""Reading ahead: the same bytes, a bounded number of them at once, and errors where they belong."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from chalicelib.domain.content import Stored
from chalicelib.domain.errors import StoreDown
from chalicelib.ports import Opened
from chalicelib.services.read_ahead import read_ahead

LARGE = Stored(100 << 20, "e", datetime.now(UTC))


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "read-ahead"]


def test_every_piece_comes_once_and_in_order() -> None:
    pieces = [bytes([n]) for n in range(100)]
    with read_ahead(Opened(LARGE, iter(pieces))) as chunks:
        assert list(chunks) == pieces
    assert readers() == []


def test_no_more_than_ten_are_in_memory() -> None:
    given, most = [0], 0

    def count() -> Iterator[bytes]:
        for _ in range(200):
            given[0] += 1
            yield b"x"

    with read_ahead(Opened(LARGE, count())) as chunks:
        for used, _ in enumerate(chunks, 1):
            most = max(most, given[0] - used)
    assert 0 < most <= 10


def test_an_error_is_raised_after_the_bytes_before_it() -> None:
    def broken() -> Iterator[bytes]:
        yield b"half of"
        raise StoreDown("reset")

    with read_ahead(Opened(LARGE, broken())) as chunks:
        assert next(chunks) == b"half of"
        with pytest.raises(StoreDown):
            next(chunks)
    assert readers() == []


def test_whoever_stops_early_leaves_no_thread_behind() -> None:
    with read_ahead(Opened(LARGE, iter([b"x"] * 1000))) as chunks:
        assert next(iter(chunks)) == b"x"
    assert readers() == []


def test_a_small_item_is_read_as_it_is() -> None:
    small = Stored(3, "e", datetime.now(UTC))
    with read_ahead(Opened(small, iter([b"abc"]))) as chunks:
        assert readers() == []
        assert list(chunks) == [b"abc"]
