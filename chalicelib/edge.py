"""Edge: Chalice made fit for DuraCloud's paths and bodies.

Chalice matches one segment for each parameter, reads whole bodies and answers text. Content ids contain slashes and
percent signs, bodies are streams, and the same routes serve Lambda and the streaming gateway. So routes are declared
the Chalice way (packaging reads them), and dispatched here: on the raw path, percent-decoded exactly once.
"""

import base64
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote

from chalice.app import Chalice

from chalicelib.domain.errors import DuraCloudError, Incomplete, Invalid, NotFound, TooLarge

log = logging.getLogger(__name__)

_PARAMETER = re.compile(r"{(\w+)(\+?)}")
_CHUNK = 1 << 20
_LAMBDA_ANSWER = 4_500_000  # bytes: Lambda's 6 MB less base64 and headers (6 * 3/4)


class Body(Protocol):
    """A request body to be read once; `read` gives at most `size` bytes, none at the end."""

    def read(self, size: int) -> bytes:
        """The next bytes."""


@dataclass(frozen=True)
class Request:
    """One HTTP request, whichever way it came in. `path` is raw; `length` is None for a body of unknown size."""

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: Body = field(default_factory=BytesIO)
    length: int | None = 0
    origin: str = ""  # scheme and host, for Location
    sent_names: Mapping[str, str] = field(default_factory=dict)  # names of headers as sent, by those in lower case
    peer: str = ""  # address of whoever opened the connection: the client, or a proxy

    def parameter(self, name: str) -> str | None:
        """The last value of a query parameter."""
        return self.query.get(name, [None])[-1]

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces. Raises Incomplete when it ends before its announced length."""
        left = self.length
        while left is None or left > 0:
            chunk = self.body.read(_CHUNK if left is None else min(_CHUNK, left))
            if not chunk:
                break
            if left is not None:
                left -= len(chunk)
            yield chunk
        if left:
            raise Incomplete(f"The request body ended {left} bytes before its announced length of {self.length}")


@dataclass(frozen=True)
class Response:
    """One HTTP answer: header names go out exactly as written here.

    `length` is of a `body` that is a stream, if known; without it, HTTP/1.1 callers get chunks. `instead` is what
    callers read whose way in cannot carry the answer.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | Iterable[bytes] = b""
    length: int | None = None
    close: Callable[[], object] = lambda: None  # called once, after the body was sent or given up
    instead: str = "use the gateway, which streams"

    def header_list(self) -> list[tuple[str, str]]:
        """All headers, Content-Length included, made safe: no value can start another header."""
        size = len(self.body) if isinstance(self.body, bytes) and self.length is None else self.length
        length = [] if size is None else [("Content-Length", str(size))]
        return [(name, _safe(value)) for name, value in [*self.headers, *length]]


def _safe(value: str) -> str:
    printable = "".join(c if c.isprintable() or c == "\t" else "?" for c in value)
    return printable.encode("latin-1", "replace").decode("latin-1")


_current: ContextVar[Request] = ContextVar("request")


def current_request() -> Request:
    """The request that this thread is answering."""
    return _current.get()


@contextmanager
def answering(request: Request) -> Iterator[None]:
    """Within this, the thread answers that request."""
    token = _current.set(request)
    try:
        yield
    finally:
        _current.reset(token)


class EdgeChalice(Chalice):
    """A Chalice application whose HTTP side takes `Request` and gives `Response`."""

    def __init__(
        self,
        app_name: str,
        admit: Callable[[Request], None],
        on_error: Callable[[Request, DuraCloudError], Response],
        once: Callable[[Request, Callable[[], Response]], Response],
    ) -> None:
        super().__init__(app_name=app_name)
        self._admit = admit
        self.api.binary_types = ["*/*"]  # so that API Gateway hands over and takes back every body as it is
        self._on_error, self._once = on_error, once
        self._table: list[tuple[re.Pattern[str], str]] | None = None

    def _register_route(self, name: str, user_handler: Any, kwargs: Any, **rest: Any) -> None:
        """Let greedy parameters appear in the packaged API description, which Chalice's own pattern overlooks."""
        super()._register_route(name=name, user_handler=user_handler, kwargs=kwargs, **rest)
        for entries in self.routes.values():
            for entry in entries.values():
                entry.view_args = [found[0] for found in _PARAMETER.findall(entry.uri_pattern)]

    def serve(self, request: Request) -> Response:
        """Answer one request. Errors of the service become answers; anything else is a bug: logged, and a bare 500."""
        with answering(request):
            try:
                return self._dispatch(request)
            except DuraCloudError as error:
                return self._on_error(request, error)
            except Exception:  # the outermost frame: whoever asked gets an answer without internals, the log gets them
                log.exception("%s %s failed", request.method, request.path)
                return Response(500, (("Content-Type", "text/plain"),), b"Internal error")

    def _dispatch(self, request: Request) -> Response:
        self._admit(request)
        pattern, parameters = self.match(request.path)
        if pattern is None:
            raise NotFound("Nothing is served under this path")
        entry = self.routes[pattern].get(request.method)
        if entry is None:
            allowed = ", ".join(sorted(self.routes[pattern]))
            return Response(405, (("Content-Type", "text/plain"), ("Allow", allowed)), b"Method not allowed")
        response = self._once(request, lambda: entry.view_function(**parameters))
        assert isinstance(response, Response)
        return response

    def match(self, path: str) -> tuple[str | None, dict[str, str]]:
        """The route of a raw path, literal segments before parameters, and its decoded parameters. Raises Invalid."""
        if self._table is None:
            self._table = [(_compiled(pattern), pattern) for pattern in sorted(self.routes, key=_precedence)]
        for expression, pattern in self._table:
            if found := expression.fullmatch(path):
                return pattern, {name: decode(value) for name, value in found.groupdict().items()}
        return None, {}

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Lambda's way in: an API Gateway REST (v1) proxy event."""
        response = self.serve(from_event(event))
        try:
            return to_result(response, event["httpMethod"])
        except TooLarge as error:
            return to_result(self._on_error(from_event(event), error), event["httpMethod"])
        finally:
            response.close()


def decode(text: str) -> str:
    """Percent-decode once; `+` is a plus (contract 0.7). Raises Invalid when the bytes are not UTF-8."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise Invalid(f"{text!r} is not percent-encoded UTF-8") from None


def _compiled(pattern: str) -> re.Pattern[str]:
    """A route as an expression; a trailing slash belongs to a greedy parameter, and is ignored elsewhere."""
    expression = _PARAMETER.sub(lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", pattern)
    return re.compile(expression if pattern.endswith("+}") else expression + "/?", re.DOTALL)


def _precedence(pattern: str) -> tuple[int, ...]:
    return tuple(2 if s.endswith("+}") else 1 if s.startswith("{") else 0 for s in pattern.split("/"))


def from_event(event: Mapping[str, Any]) -> Request:
    """A REST (v1) proxy event as a request. `path` keeps the wire's encoding there; the query is decoded."""
    body = event.get("body") or ""
    data = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    sent = event.get("headers") or {}
    headers = {name.lower(): value for name, value in sent.items()}
    identity = (event.get("requestContext") or {}).get("identity") or {}
    host = headers.get("host", "")
    return Request(
        method=event["httpMethod"],
        path=event["path"],
        query=event.get("multiValueQueryStringParameters") or {},
        headers=headers,
        body=BytesIO(data),
        length=len(data),
        origin=f"https://{host}" if host else "",
        sent_names={name.lower(): name for name in sent},
        peer=identity.get("sourceIp") or "",
    )


def parse_query(text: str) -> dict[str, list[str]]:
    """A raw query string, `+` meaning a space (contract 0.7)."""
    return parse_qs(text, keep_blank_values=True)


def to_result(response: Response, method: str) -> dict[str, Any]:
    """An answer as Lambda returns it, always base64. Raises TooLarge when it does not fit."""
    data = b"" if method == "HEAD" else _whole(response)
    headers: dict[str, list[str]] = {}
    for name, value in response.header_list():
        headers.setdefault(name, []).append(value)
    return {
        "statusCode": response.status,
        "multiValueHeaders": headers,
        "isBase64Encoded": True,
        "body": base64.b64encode(data).decode(),
    }


def _whole(response: Response) -> bytes:
    """The body of an answer in one piece. Raises TooLarge before there is more of it than Lambda can carry."""
    chunks = [response.body] if isinstance(response.body, bytes) else response.body
    data, size = [], 0
    for chunk in chain([b""], chunks):
        data.append(chunk)
        size += len(chunk)
        if max(size, response.length or 0) > _LAMBDA_ANSWER:
            raise TooLarge(f"More than {_LAMBDA_ANSWER} bytes do not fit into this answer; {response.instead}")
    return b"".join(data)
