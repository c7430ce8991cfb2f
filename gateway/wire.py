"""Wire: what cheroot takes too lightly: silent connections, where a body ends, how headers are named."""

import re
from typing import Any

from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest
from cheroot.wsgi import Gateway_10, Server

from chalicelib.domain.errors import Incomplete, Invalid

# Keys of the WSGI environment: WSGI's own names of headers tell neither `_` from `-` nor the case of letters.
HEADERS = "duracloud.headers"  # values by names in lower case
SENT_NAMES = "duracloud.sent-names"  # names as they were sent, by names in lower case

_LINE = 4096  # bytes: the longest line between two chunks
_TRAILERS = 100
_NAME = re.compile(rb"[^\x00-\x20\x7f]+")
_VALUE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")


class PatientServer(Server):
    """A server whose threads meet a connection only when there is something to read (Java clients open hundreds)."""

    def process_conn(self, conn: Any) -> None:
        """Hand a connection to a thread; a new one, which may stay silent, waits with the idle ones."""
        if conn.last_used is None:
            self.put_conn(conn)
        else:
            super().process_conn(conn)


class HeaderName(bytes):
    """A header's name in the spelling by which cheroot knows it, and as it was `sent`."""

    sent: bytes


class StrictHeaders(HeaderReader):
    """Header fields without control characters, and without doubts about where a body ends."""

    def __call__(self, rfile: Any, hdict: Any = None) -> Any:
        """The fields of one request, by name. Raises ValueError, which cheroot answers with 400 before it hangs up."""
        headers = super().__call__(rfile, hdict)
        if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers.items()):
            raise ValueError("Headers may not hold control characters")
        if not headers.get(b"Content-Length", b"0").isdigit():
            raise ValueError("Content-Length must be a number")
        if b"Content-Length" in headers and b"Transfer-Encoding" in headers:
            raise ValueError("Content-Length and Transfer-Encoding exclude each other")
        return headers

    def _transform_key(self, key_name: bytes) -> HeaderName:
        name = HeaderName(super()._transform_key(key_name))  # type: ignore[misc]  # cheroot's stubs lack it
        name.sent = key_name.strip()
        return name


class StrictRequest(HTTPRequest):
    """A request with strict headers; its first line may hold anything."""

    header_reader = StrictHeaders()

    def read_request_line(self) -> Any:
        """Whether there is a request. What Python's own parser of addresses cannot take is answered with 400."""
        try:
            return super().read_request_line()  # type: ignore[no-untyped-call]  # cheroot's stubs are partial
        except ValueError:
            self.simple_response("400 Bad Request", "Malformed Request-URI")
            return False


class Connection(HTTPConnection):
    """A connection that carries strict requests."""

    RequestHandlerClass = StrictRequest


class Gateway(Gateway_10):
    """WSGI's environment, and what WSGI loses: header names with their underscores."""

    def get_environ(self) -> Any:
        """The environment of one request."""
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]  # cheroot's stubs are partial
        headers = self.req.inheaders
        environ[HEADERS] = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in headers.items()}
        environ[SENT_NAMES] = {k.decode("latin-1").lower(): k.sent.decode("latin-1") for k in headers}
        if self.req.chunked_read:
            environ["wsgi.input"] = Chunks(self.req.conn.rfile)
        return environ


class Chunks:
    """A chunked body: however long a chunk is said to be, no more of it is held than was asked for."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._left = 0
        self._ended = False

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; none at the end. Raises Invalid (no chunks) and Incomplete (too few)."""
        if not self._left and not self._ended:
            self._left = self._announced()
            self._ended = not self._left
        if self._ended:
            return b""
        data = bytes(self._stream.read(min(size, self._left)))
        if not data:
            raise Incomplete(f"The request body ended {self._left} bytes before the end of a chunk")
        self._left -= len(data)
        if not self._left and self._line() != b"\r\n":
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
        return line
