"""Streams: the two directions of a connection, read and written in large pieces and never slower than a set pace."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_PIECE = 256 << 10  # bytes taken or given in one go
_WINDOW = 120  # seconds in which a waiting thread must see so many bytes:
_PACE = 64 << 10


class Reader:
    """What a client sends. `buffer` holds what came and was not asked for yet."""

    def __init__(self, sock: Any) -> None:
        self._socket = sock
        self.buffer = bytearray()
        self.closed = False
        self.bytes_read = 0
        self._waited = 0.0
        self._came = 0

    def has_data(self) -> bool:
        """Whether something can be read that the socket will not announce any more."""
        pending = getattr(self._socket, "pending", None)
        return bool(self.buffer) or (pending is not None and pending() > 0)

    def fill(self) -> bool:
        """Take into the buffer what has come. False at the end. Raises OSError, also when nothing has come."""
        data = self._receive(1 << 16)
        self.buffer += data
        return bool(data)

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; none at the end. Raises OSError, TimeoutError for who is far too slow."""
        return self._take(size) if self.buffer else self._receive(min(size, _PIECE))

    def readline(self, size: int) -> bytes:
        """The next line, or its first `size` bytes. Raises as `read`."""
        while (end := self.buffer.find(b"\n", 0, size) + 1) == 0 and len(self.buffer) < size and self.fill():
            pass
        return self._take(end or size)

    @contextmanager
    def hurry(self, seconds: float) -> Iterator[None]:
        """Wait no longer than that for anything meanwhile."""
        before = self._socket.gettimeout()
        self._socket.settimeout(seconds)
        try:
            yield
        finally:
            self._socket.settimeout(before)

    def close(self) -> None:
        """Forget what was not read."""
        self.closed = True
        self.buffer.clear()

    def _take(self, size: int) -> bytes:
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def _receive(self, size: int) -> bytes:
        started = time.monotonic()
        data: bytes = self._socket.recv(size)
        self._waited += time.monotonic() - started
        self._came += len(data)
        self.bytes_read += len(data)
        if self._waited > _WINDOW:
            if self._came < _PACE:
                raise TimeoutError(f"Fewer than {_PACE} bytes came in {_WINDOW} seconds")
            self._waited, self._came = 0.0, 0
        return data


class Writer:
    """What a client is sent."""

    def __init__(self, sock: Any) -> None:
        self._socket = sock
        self.bytes_written = 0

    def write(self, data: bytes) -> int:
        """Send everything. Raises OSError, TimeoutError for who takes a piece far too slowly."""
        view = memoryview(data)
        while view:
            piece, view = view[:_PIECE], view[_PIECE:]
            deadline = time.monotonic() + _WINDOW
            while piece:
                piece = piece[self._socket.send(piece) :]
                if piece and time.monotonic() > deadline:
                    raise TimeoutError(f"{_PIECE} bytes were not taken in {_WINDOW} seconds")
        self.bytes_written += len(data)
        return len(data)
