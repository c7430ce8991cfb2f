"""The two directions of a connection: who is far too slow is given up, who is only slow is not."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from gateway import streams
from gateway.streams import Reader, Writer

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        yield ours, theirs


@pytest.fixture
def meanwhile(pair: Pair) -> Iterator[Callable[[Callable[[], object]], None]]:
    """Runs something beside the test until the connection is closed behind it."""
    threads: list[threading.Thread] = []

    def start(work: Callable[[], object]) -> None:
        def run() -> None:
            with suppress(OSError):
                work()

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    yield start
    for end in pair:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
    for thread in threads:
        thread.join(10)


def drip(sock: socket.socket, data: bytes, pause: float) -> None:
    """Send something again and again."""
    while not threading.Event().wait(pause):
        sock.sendall(data)


def test_a_sender_that_drips_is_given_up(pair: Pair, meanwhile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_WINDOW", 0.3)
    ours, theirs = pair
    meanwhile(lambda: drip(theirs, b"x", 0.02))
    reader = Reader(ours)
    with pytest.raises(TimeoutError, match="Fewer than"):
        all(reader.read(1 << 16) for _ in range(1000))


def test_a_sender_that_keeps_the_pace_is_read_for_as_long_as_it_takes(
    pair: Pair, meanwhile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_WINDOW", 0.1)
    monkeypatch.setattr(streams, "_PACE", 10)
    ours, theirs = pair
    meanwhile(lambda: drip(theirs, b"x" * 100, 0.02))
    reader = Reader(ours)
    assert sum(len(reader.read(1 << 16)) for _ in range(40)) >= 4000


def test_time_in_which_nobody_reads_does_not_count(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_WINDOW", 0.2)
    ours, theirs = pair
    reader = Reader(ours)
    for _ in range(3):
        theirs.sendall(b"x")
        assert not threading.Event().wait(0.15)
        assert reader.read(10) == b"x"


def test_a_receiver_that_takes_nothing_is_given_up(pair: Pair, meanwhile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_WINDOW", 0.2)
    ours, theirs = pair

    def sip() -> None:
        while theirs.recv(100):
            threading.Event().wait(0.05)

    meanwhile(sip)
    with pytest.raises(TimeoutError):
        Writer(ours).write(bytes(100 << 20))


@pytest.mark.parametrize("size", [1, 4, 5, 100])
def test_lines_and_bodies_follow_each_other_exactly(pair: Pair, size: int) -> None:
    ours, theirs = pair
    theirs.sendall(b"one\r\ntwo\r\n\r\nbody")
    theirs.shutdown(socket.SHUT_WR)
    reader = Reader(ours)
    assert reader.readline(4) == b"one\r"
    assert reader.readline(100) == b"\n"
    assert [reader.readline(100) for _ in range(2)] == [b"two\r\n", b"\r\n"]
    assert reader.has_data()
    assert b"".join(iter(lambda: reader.read(size), b"")) == b"body"
    assert not reader.has_data()
    assert reader.readline(100) == b""
