"""Faults: a server that says what a test wants it to say, and closes the connection after each answer."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from tests.adapters.rigs import Server


@dataclass(frozen=True)
class Request:
    """The first line of a request and its headers, their names in lower case."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)


Answers = Callable[[Request], bytes]
"""The whole answer to a request, as it goes over the wire; empty: the connection is closed without one."""


def http(status: int, body: bytes = b"", length: int | None = None, **headers: str) -> bytes:
    """An answer; `length` is what it claims to be long, where that is a lie."""
    claimed = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Content-Length: {claimed}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def error(status: int, code: str) -> Answers:
    """An S3 error for every request; answers to HEAD have no body."""
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    return lambda request: http(status, b"" if request.method == "HEAD" else body, content_type="application/xml")


@contextmanager
def serving(answers: Answers) -> Iterator[Server]:
    """A server on a free port of this machine, for as long as the block lasts."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            method, target, _ = self.rfile.readline().decode().split(" ", 2)
            headers = {}
            while line := self.rfile.readline().decode().strip():
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            if headers.get("expect"):
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.rfile.read(int(headers.get("content-length", 0)))
            self.wfile.write(answers(Request(method, target, headers)))

    class Threaded(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Threaded(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield Server(server.server_address[1], "key", "secret")
        server.shutdown()
        thread.join()
