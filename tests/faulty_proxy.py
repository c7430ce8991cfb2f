"""A faulty proxy: stands in front of an HTTP server and does to requests and answers what bad networks and stores do.

It handles one request on each connection, with raw sockets, so that it can stop anywhere.
"""

import hashlib
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType

_BLOCK = 1 << 16


class Fault(StrEnum):
    """What may happen to one request."""

    CUT_BEFORE = "cut before the request arrived"
    CUT_BODY = "cut in the middle of the request's body"
    CUT_ANSWER = "cut after the store acted, before its answer"
    TRUNCATED = "cut in the middle of the answer"
    BLACK_HOLE = "never answered"
    TRICKLE = "answered byte by byte"
    SLOW_DOWN = "503 SlowDown"
    BUSY = "503 without a body"
    BROKEN = "500 InternalError"
    FORBIDDEN = "403 AccessDenied"
    FLIP_REQUEST = "a byte of the request's body changed"
    FLIP_ANSWER = "a byte of the answer's body changed"
    SWALLOWED = "200 without doing anything"


_ERRORS = {
    Fault.SLOW_DOWN: (503, "SlowDown"),
    Fault.BUSY: (503, ""),
    Fault.BROKEN: (500, "InternalError"),
    Fault.FORBIDDEN: (403, "AccessDenied"),
}
_WITH_BODY = frozenset({Fault.CUT_BODY, Fault.FLIP_REQUEST})
_OF_OBJECTS = frozenset({Fault.FLIP_ANSWER, Fault.TRUNCATED, Fault.TRICKLE})


@dataclass(frozen=True)
class Asked:
    """The head of a request; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]

    @property
    def length(self) -> int:
        """The bytes of the body."""
        return int(self.headers.get("content-length", 0))

    def fits(self, fault: Fault) -> bool:
        """Whether the fault can show itself with this request."""
        if fault in _WITH_BODY:
            return self.length > 0
        if fault is Fault.SWALLOWED:
            return self.method == "PUT" and self.target.count("/") > 1
        return self.method == "GET" and "?" not in self.target if fault in _OF_OBJECTS else True


@dataclass
class FaultyProxy:
    """Listens on `port` of this machine for as long as its `with` block lasts, in front of the port `upstream`.

    Without a fault it passes everything on. `happened` counts what it did.
    """

    upstream: int
    port: int = 0
    happened: Counter[Fault] = field(default_factory=Counter)
    _planned: list[Fault] = field(default_factory=list)
    _chance: tuple[random.Random, float] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _healed: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "FaultyProxy":
        self._healed.set()
        self._listening = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.heal()
        self._listening.close()

    def fail(self, *faults: Fault) -> None:
        """Have each of these happen once, in this order for requests that fit several, until all did or `heal`."""
        with self._lock:
            self._healed.clear()
            self._planned += faults

    def fail_at_random(self, seed: int, share: float) -> None:
        """Have any fault happen to that share of the requests, until `heal`."""
        with self._lock:
            self._healed.clear()
            self._chance = random.Random(seed), share

    def heal(self) -> None:
        """No more faults; who waits in a black hole is let go without an answer, and what trickled runs."""
        with self._lock:
            self._planned.clear()
            self._chance = None
            self._healed.set()

    def _next(self, asked: Asked) -> Fault | None:
        with self._lock:
            fault = next((fault for fault in self._planned if asked.fits(fault)), None)
            if fault is not None:
                self._planned.remove(fault)
            elif self._chance and self._chance[0].random() < self._chance[1]:
                fault = self._chance[0].choice([fault for fault in Fault if asked.fits(fault)])
            if fault is not None:
                self.happened[fault] += 1
            return fault

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                head, rest = _head(client)
                if head:
                    self._handle(client, _parsed(head), rest)
            except OSError:
                pass  # either side went away, which is what this is all about

    def _handle(self, client: socket.socket, asked: Asked, rest: bytes) -> None:
        fault = self._next(asked)
        if fault is Fault.CUT_BEFORE:
            return
        if "expect" in asked.headers:
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = _body(client, asked.length, rest)
        if fault in _ERRORS or fault in (Fault.BLACK_HOLE, Fault.SWALLOWED):
            digest = hashlib.md5()
            for block in body:
                digest.update(block)
            if fault is Fault.BLACK_HOLE:
                self._healed.wait()
            elif fault is Fault.SWALLOWED:
                client.sendall(_answer(200, b"", f'ETag: "{digest.hexdigest()}"\r\n'))
            else:
                client.sendall(_error(*_ERRORS[fault], asked))
            return
        with socket.create_connection(("127.0.0.1", self.upstream)) as server:
            server.sendall(_passed_on(asked))
            sent = 0
            for block in body:
                if fault is Fault.CUT_BODY and sent + len(block) > asked.length // 2:
                    return
                flips = fault is Fault.FLIP_REQUEST and sent <= asked.length // 2 < sent + len(block)
                server.sendall(_flipped(block, asked.length // 2 - sent) if flips else block)
                sent += len(block)
            self._answer(client, server, fault)

    def _answer(self, client: socket.socket, server: socket.socket, fault: Fault | None) -> None:
        head, rest = _head(server)
        if fault is Fault.CUT_ANSWER:
            while server.recv(_BLOCK):
                pass
            return
        length = int(_parsed(head).headers.get("content-length", 0))
        client.sendall(head)
        sent = 0
        while block := rest or server.recv(_BLOCK):
            rest = b""
            middle = length // 2 - sent
            if fault is Fault.FLIP_ANSWER and 0 <= middle < len(block):
                block = _flipped(block, middle)
            if fault is Fault.TRUNCATED and middle < len(block):
                client.sendall(block[: max(0, middle)])
                return
            if fault is Fault.TRICKLE:
                block = self._trickle(client, block)
            client.sendall(block)
            sent += len(block)

    def _trickle(self, client: socket.socket, block: bytes) -> bytes:
        """Send byte by byte until that is over; returns the rest."""
        for n in range(len(block)):
            if self._healed.is_set():
                return block[n:]
            client.sendall(block[n : n + 1])
            time.sleep(0.02)
        return b""


def _head(side: socket.socket) -> tuple[bytes, bytes]:
    """The first line and headers, to the empty line, and what came with them; empty when the other side went away."""
    data = b""
    while b"\r\n\r\n" not in data:
        block = side.recv(_BLOCK)
        if not block:
            return b"", b""
        data += block
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def _parsed(head: bytes) -> Asked:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    method, target, _ = first.split(" ", 2)
    return Asked(method, target, {name.lower(): value.strip() for name, _, value in pairs})


def _passed_on(asked: Asked) -> bytes:
    """The head as the server gets it: it is to close the connection, and the client was told to go on."""
    kept = [f"{name}: {value}" for name, value in asked.headers.items() if name not in ("connection", "expect")]
    return "\r\n".join([f"{asked.method} {asked.target} HTTP/1.1", *kept, "connection: close", "", ""]).encode(
        "latin-1"
    )


def _body(side: socket.socket, length: int, rest: bytes) -> Iterator[bytes]:
    while length > 0:
        block = rest or side.recv(min(_BLOCK, length))
        rest = b""
        if not block:
            raise ConnectionError("the sender went away")
        yield block
        length -= len(block)


def _flipped(block: bytes, at: int) -> bytes:
    return block[:at] + bytes([block[at] ^ 1]) + block[at + 1 :]


def _answer(status: int, body: bytes, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{more}\r\n"
    return head.encode() + body


def _error(status: int, code: str, asked: Asked) -> bytes:
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode() if code else b""
    return _answer(status, b"" if asked.method == "HEAD" else body)
