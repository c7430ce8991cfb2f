"""WSGI: the service's routes with bodies of any size, streamed both ways; header names go out exactly as written."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from chalicelib.domain.errors import DuraCloudError, Incomplete
from chalicelib.edge import EdgeChalice, Request, Response, parse_query
from gateway.wire import HEADERS, SENT_NAMES

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Wsgi = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

# Seconds, and bytes, that a body which nobody read may still take before the answer goes out; more would let strangers
# hold the threads.
_PATIENCE = 0.4
_DRAIN = 1 << 20  # of a larger one the rest is read over behind the answer, and its connection ends


class RequestBody:
    """The body as the server gives it; a connection that breaks is a body that ended early."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.taken = 0

    def read(self, size: int) -> bytes:
        """The next bytes. Raises Incomplete when the sender stops or falls silent, Invalid for what are no chunks."""
        try:
            data: bytes = self._stream.read(size)
        except OSError as error:
            raise Incomplete(f"The connection broke after {self.taken} bytes of the request body") from error
        self.taken += len(data)
        return data

    def drained(self) -> bool:
        """Read a little that is left, so that the next request can begin. False: it cannot."""
        if self._stream.ended:
            return True
        deadline, most = time.monotonic() + _PATIENCE, self.taken + _DRAIN
        with self._stream.hurry(_PATIENCE), suppress(DuraCloudError):
            while not self._stream.ended and not self._stream.awaited and self.taken + self._stream.left <= most:
                self.read(1 << 16)
                if time.monotonic() > deadline:
                    break
        return bool(self._stream.ended)


class Answer:
    """The body of an answer on its way out; closing it releases the connection to the store."""

    def __init__(self, chunks: Iterable[bytes], close: Callable[[], object]) -> None:
        self._chunks, self._close = chunks, close

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)

    def close(self) -> None:
        """Called by the server at the end, however it came."""
        self._close()


def service(app: EdgeChalice) -> Wsgi:
    """The WSGI application of the content API and the JSON API."""

    def answer(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        body = RequestBody(environ["wsgi.input"])
        request = to_request(environ, body)
        response = app.serve(request)
        headers = response.header_list()
        if not body.drained():
            headers.append(("Connection", "close"))
        start_response(_status_line(response), headers)
        if request.method == "HEAD":
            response.close()
            return Answer([], lambda: None)
        chunks = [response.body] if isinstance(response.body, bytes) else response.body
        return Answer(chunks, response.close)

    return answer


def to_request(environ: dict[str, Any], body: RequestBody) -> Request:
    """A WSGI environment as a request; the path is taken as it was on the wire."""
    target = environ.get("REQUEST_URI") or quote(environ.get("PATH_INFO", ""))
    path, _, query = target.partition("?")
    headers = environ[HEADERS]
    chunked = "chunked" in headers.get("transfer-encoding", "").lower()
    # Neither a length nor chunks: no body (contract 15.1.18). Ruby and curl send PUT and POST so.
    length = None if chunked else int(environ.get("CONTENT_LENGTH") or 0)
    return Request(
        method=environ["REQUEST_METHOD"],
        path=path,
        query=parse_query(query),
        headers=headers,
        body=body,
        length=length,
        sent_names=environ[SENT_NAMES],
        peer=environ.get("REMOTE_ADDR") or "",
        origin=f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST') or environ['SERVER_NAME']}",
    )


def _status_line(response: Response) -> str:
    return f"{response.status} {HTTPStatus(response.status).phrase}"
