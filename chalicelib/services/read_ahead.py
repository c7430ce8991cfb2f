"""Read ahead: the next bytes of a copy arrive while those before are hashed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue

from chalicelib.ports import Opened

_AHEAD = 8  # pieces that wait, each of at most 1 MiB as stores give them
_SMALL = 1 << 20  # what comes in one piece is read as it is
_LOOK = 0.1  # seconds after which a full or empty queue is looked at again


@contextmanager
def read_ahead(opened: Opened) -> Iterator[Iterator[bytes]]:
    """The pieces of an object, read by a thread of their own; at most ten of them are in memory.

    What reading raises is raised where the pieces are used. The thread has ended when the block is left.
    """
    if opened.stored.size <= _SMALL:
        yield opened.chunks
        return
    waiting: Queue[bytes | BaseException | None] = Queue(_AHEAD)
    over = threading.Event()

    def hand(piece: bytes | BaseException | None) -> bool:
        while not over.is_set():
            try:
                waiting.put(piece, timeout=_LOOK)
                return True
            except Full:
                continue
        return False

    def read() -> None:
        try:
            for chunk in opened.chunks:
                if not hand(chunk):
                    return
            hand(None)
        except BaseException as error:  # noqa: BLE001 - raised again where the bytes are used
            hand(error)

    reader = threading.Thread(target=read, name="read-ahead", daemon=True)
    reader.start()
    try:
        yield _pieces(waiting, reader)
    finally:
        over.set()
        reader.join()


def _pieces(waiting: "Queue[bytes | BaseException | None]", reader: threading.Thread) -> Iterator[bytes]:
    while True:
        try:
            piece = waiting.get(timeout=_LOOK)
        except Empty:
            if reader.is_alive() or not waiting.empty():
                continue
            return
        if isinstance(piece, BaseException):
            raise piece
        if piece is None:
            return
        yield piece
