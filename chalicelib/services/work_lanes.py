"""Work lanes: several pieces of one job done at once, in bounded memory, their results in order."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_lanes(lanes: int, work: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
    """The result of each piece, in their order; as many as there are lanes are at work at once.

    The next piece is taken only when there is a lane for it. The first error is raised once all lanes have ended.
    """
    if lanes == 1:
        yield from map(work, pieces)
        return
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(lanes) as pool:
        for piece in pieces:
            waiting.append(pool.submit(work, piece))
            if len(waiting) == lanes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Room:
    """So many bytes of memory, for all who work in one process; whoever needs more than is free waits."""

    def __init__(self, size: int) -> None:
        self._size = self._free = size
        self._changed = threading.Condition()

    @contextmanager
    def take(self, size: int) -> Iterator[None]:
        """Hold `size` bytes; more than there are at all: all of them."""
        size = min(size, self._size)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= size)
            self._free -= size
        try:
            yield
        finally:
            with self._changed:
                self._free += size
                self._changed.notify_all()
