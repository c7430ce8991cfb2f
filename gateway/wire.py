"""Wire: what cheroot takes too lightly: where a head and a body end, who waits to be asked, how headers are named."""

import re
from contextlib import AbstractContextManager, suppress
from typing import Any

from cheroot.server import HeaderReader, HTTPRequest
from cheroot.wsgi import Gateway_10

from chalicelib.domain.errors import Incomplete, Invalid
from gateway import connections

# Keys of the WSGI environment: WSGI's own names of headers tell neither `_` from `-` nor the case of letters.
HEADERS = "duracloud.headers"  # values by names in lower case
SENT_NAMES = "duracloud.sent-names"  # names as they were sent, by names in lower case

_LINE = 4096  # bytes: the longest line between two chunks
_TRAILERS = 100
_SLASHES = re.compile(rb"\A([A-Z]+ )//+")
_NAME = re.compile(rb"[^\x00-\x20\x7f]+")
_VALUE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")
_LISTS = {b"Accept", b"Accept-Encoding", b"Connection", b"Expect", b"If-Match", b"If-None-Match", b"Te", b"Via"}


class HeaderName(bytes):
    """A header's name in the spelling by which cheroot knows it, and as it was `sent`."""

    sent: bytes

    def __new__(cls, sent: bytes) -> "HeaderName":
        """The name of a header in the spelling of a request."""
        name = super().__new__(cls, sent.title())
        name.sent = sent
        return name


class StrictHeaders(HeaderReader):
    """Header fields without control characters, without folding, and without doubts about where a body ends."""

    def __call__(self, rfile: Any, hdict: Any = None) -> Any:
        """The fields of one request, by name. Raises ValueError, which cheroot answers with 400 before it hangs up."""
        headers: dict[bytes, bytes] = {} if hdict is None else hdict
        while (line := rfile.readline()) != b"\r\n":
            name, colon, value = line.partition(b":")
            value = value.strip(b" \t\r\n")
            if not (line.endswith(b"\r\n") and colon and _NAME.fullmatch(name) and _VALUE.fullmatch(value)):
                raise ValueError("A header is a name, a colon and a value on one line, without control characters")
            name = HeaderName(name)
            if name in _LISTS and name in headers:
                value = headers[name] + b", " + value
            elif headers.get(name, value) != value:
                raise ValueError(f"Header {name.decode('latin-1')} is given twice with different values")
            headers[name] = value
        _require_clear_end(headers)
        if b"close" in headers.get(b"Connection", b"").lower().replace(b" ", b"").split(b","):
            headers[b"Connection"] = b"close"
        if b"Expect" in headers:
            # cheroot asks for the body at once when it finds the usual spelling; Body asks when somebody wants it.
            headers[b"Expect"] = headers[b"Expect"].upper()
        return headers


def _require_clear_end(headers: dict[bytes, bytes]) -> None:
    if not headers.get(b"Content-Length", b"0").isdigit():
        raise ValueError("Content-Length must be a number")
    if headers.get(b"Transfer-Encoding", b"chunked").lower() != b"chunked":
        raise ValueError("The only Transfer-Encoding taken here is 'chunked'")
    if b"Content-Length" in headers and b"Transfer-Encoding" in headers:
        raise ValueError("Content-Length and Transfer-Encoding exclude each other")


class FirstLine:
    """A connection as the first line of a request is read from it.

    The PHP client asks for `//durastore/…`, which cheroot takes for the address of another host.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readline(self) -> bytes:
        """The next line, with one slash at the start of its path."""
        return _SLASHES.sub(rb"\1/", self._stream.readline())


class StrictRequest(HTTPRequest):
    """A request with strict headers; its first line may hold anything."""

    header_reader = StrictHeaders()

    def read_request_line(self) -> Any:
        """Whether there is a request. What Python's own parser of addresses cannot take is answered with 400."""
        stream, self.rfile = self.rfile, FirstLine(self.rfile)
        try:
            return super().read_request_line()  # type: ignore[no-untyped-call]  # cheroot's stubs are partial
        except ValueError:
            self.simple_response("400 Bad Request", "Malformed Request-URI")
            return False
        finally:
            self.rfile = stream

    def read_request_headers(self) -> Any:
        """Whether they are whole. Chunks came with HTTP/1.1; before, nobody knows where such a body ends."""
        whole = super().read_request_headers()  # type: ignore[no-untyped-call]  # as above
        if whole and b"Transfer-Encoding" in self.inheaders and not self.chunked_read:
            self.simple_response("400 Bad Request", "HTTP/1.0 has no Transfer-Encoding")
            return False
        return whole

    def simple_response(self, status: Any, msg: Any = "") -> None:
        """Refuse a request before anybody has seen it; behind the answer, which says so, the connection is closed."""
        self.conn.unread = True
        body = "" if getattr(self, "method", b"") == b"HEAD" else msg
        head = f"{self.server.protocol} {status}\r\nContent-Length: {len(msg)}\r\nContent-Type: text/plain\r\n"
        with suppress(OSError):  # whoever has gone away hears nothing
            self.conn.wfile.write(f"{head}Connection: close\r\n\r\n{body}".encode("latin-1"))


class Connection(connections.Connection):
    """A connection that carries strict requests."""

    RequestHandlerClass = StrictRequest


class Gateway(Gateway_10):
    """WSGI's environment, and what WSGI loses: header names with their underscores, and how far a body was read."""

    def get_environ(self) -> Any:
        """The environment of one request."""
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]  # cheroot's stubs are partial
        headers = self.req.inheaders
        environ[HEADERS] = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in headers.items()}
        environ[SENT_NAMES] = {k.decode("latin-1").lower(): k.sent.decode("latin-1") for k in headers}
        invitation = None
        if self.req.inheaders.get(b"Expect") == b"100-CONTINUE" and self.req.response_protocol == "HTTP/1.1":
            invitation = self.req.conn.wfile
        if self.req.chunked_read:
            self._body: Body = Chunks(self.req.conn.rfile, invitation)
        else:
            self._body = Measured(self.req.conn.rfile, invitation, int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = self.req.rfile = self._body
        return environ

    def start_response(self, status: str, headers: Any, exc_info: Any = None) -> Any:
        """Take the head of the answer; a connection that it gives up is given up, and one that has to be says so."""
        if not self._body.ended and ("Connection", "close") not in headers:
            headers.append(("Connection", "close"))  # the site's files read no body
        if ("Connection", "close") in headers:
            self.req.close_connection = True
        return super().start_response(status, headers, exc_info)

    def respond(self) -> None:
        """Answer, and go on with the next request only where it begins."""
        try:
            super().respond()
        finally:
            if not self._body.ended:
                self.req.close_connection = self.req.conn.unread = True


class Body:
    """The body of a request. A client that waits to be asked (`Expect: 100-continue`) is asked at the first `read`."""

    ended = False
    left = 0  # bytes that are known to come

    def __init__(self, stream: Any, invitation: Any) -> None:
        self._stream = stream
        self._invitation = invitation

    @property
    def awaited(self) -> bool:
        """Whether the client still waits to be asked."""
        return self._invitation is not None

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; none at the end. Raises Invalid (no chunks) and Incomplete (too few)."""
        if self.ended:
            return b""
        if self._invitation is not None:
            self._invitation.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._invitation = None
        return self._next(size)

    def hurry(self, seconds: float) -> AbstractContextManager[None]:
        """Give the client that long at most for each piece meanwhile."""
        hurried: AbstractContextManager[None] = self._stream.hurry(seconds)
        return hurried

    def _next(self, size: int) -> bytes:
        raise NotImplementedError


class Measured(Body):
    """A body of announced length; none for a length of 0."""

    def __init__(self, stream: Any, invitation: Any, length: int) -> None:
        super().__init__(stream, invitation)
        self.left = length
        self.ended = not length

    def _next(self, size: int) -> bytes:
        data = bytes(self._stream.read(min(size, self.left)))
        if not data:
            raise Incomplete(f"The request body ended {self.left} bytes before its announced length")
        self.left -= len(data)
        self.ended = not self.left
        return data


class Chunks(Body):
    """A chunked body: however long a chunk is said to be, no more of it is held than was asked for."""

    def _next(self, size: int) -> bytes:
        if not self.left:
            self.left = self._announced()
            self.ended = not self.left
        if self.ended:
            return b""
        data = bytes(self._stream.read(min(size, self.left)))
        if not data:
            raise Incomplete(f"The request body ended {self.left} bytes before the end of a chunk")
        self.left -= len(data)
        if not self.left and self._line() != b"\r\n":
            raise Invalid("A chunk of the request body is longer than announced")
        return data

    def _announced(self) -> int:
        """The size of the next chunk; the last one is 0, and its trailers are read and ignored."""
        digits = self._line().partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", digits):
            raise Invalid(f"{digits[:20].decode('latin-1')!r} is not the size of a chunk")
        size = int(digits, 16)
        if not size and all(self._line() != b"\r\n" for _ in range(_TRAILERS)):
            raise Invalid(f"The request body has more than {_TRAILERS} trailers")
        return size

    def _line(self) -> bytes:
        line = bytes(self._stream.readline(_LINE))
        if not line.endswith(b"\n"):
            raise Incomplete("The request body ended between two chunks")
        if line.find(b"\r") != len(line) - 2:  # others, a proxy in front among them, may see other lines there
            raise Invalid("A line between two chunks ends in CR and LF, and has neither before")
        return line
