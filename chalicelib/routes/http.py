"""HTTP: credentials in, errors out; the only module that knows which error has which status."""

import base64
import json
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec

from chalicelib.domain import access, addresses, errors
from chalicelib.domain.access import ANONYMOUS, Caller
from chalicelib.domain.accounts import SESSION
from chalicelib.domain.errors import Denied, DuraCloudError, TooLarge, Unauthenticated
from chalicelib.edge import Request, Response, current_request, decode
from chalicelib.wiring import instance

P = ParamSpec("P")


class Fault(DuraCloudError):
    """What the original service answered with 500 although the request was wrong, as the wire contract still asks."""


_STATUS: dict[type[DuraCloudError], int] = {
    errors.Invalid: 400,
    errors.Unauthenticated: 401,
    errors.Denied: 403,
    errors.NotFound: 404,
    errors.ChecksumMismatch: 409,
    errors.Conflict: 409,
    errors.Outdated: 412,
    errors.TooLarge: 413,
    errors.OutOfRange: 416,
    errors.TooOften: 429,
    errors.Incomplete: 500,
    Fault: 500,
    errors.Unavailable: 503,
    errors.Archived: 409,
}
_TITLES = {
    400: "Invalid request",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    409: "Conflict",
    412: "Changed meanwhile",
    413: "Too large for this way in",
    416: "Range not satisfiable",
    429: "Too many requests",
    500: "Internal error",
    503: "Temporarily unavailable",
}
SESSION_COOKIE = "duracloud-session"
_CHALLENGE = ("WWW-Authenticate", 'Basic realm="DuraCloud:DuraStore"')


_known: ContextVar[tuple[Request, Caller] | None] = ContextVar("known", default=None)


def caller() -> Caller:
    """Who sent the current request, found out once. Raises Unauthenticated for wrong or unreadable credentials."""
    request, known = current_request(), _known.get()
    if known is None or known[0] is not request:
        known = request, _caller(request)
        _known.set(known)
    return known[1]


def _caller(request: Request) -> Caller:
    header = request.headers.get("authorization")
    sessions_count = request.path.startswith("/api/")  # the content API is that of the original: it knows none
    if header is None:
        session = session_of(request) if sessions_count else None
        return instance().sign_in.by_session(session, client_address()) if session else ANONYMOUS
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() == "bearer":
        shown, sign_in = encoded.strip(), instance().sign_in
        known = sign_in.by_session if sessions_count and shown.startswith(SESSION) else sign_in.by_token
        return known(shown, client_address())
    if scheme.lower() != "basic":
        raise Unauthenticated("The ways to authenticate here are HTTP Basic and Bearer with an API token")
    try:
        given = base64.b64decode(encoded, validate=True)
    except ValueError:  # also for characters outside ASCII
        raise Unauthenticated("The credentials are not base64") from None
    try:
        text = given.decode()
    except UnicodeDecodeError:
        text = given.decode("latin-1")  # what older clients send for names outside ASCII
    username, separator, password = text.partition(":")
    if not separator:
        raise Unauthenticated("The credentials have no colon between user name and password")
    return instance().sign_in.authenticate(username, password, client_address())


def session_of(request: Request) -> str | None:
    """The session that a browser's cookie holds, None without one."""
    pairs = (pair.strip().partition("=") for pair in request.headers.get("cookie", "").split(";"))
    return next((value for name, _, value in pairs if name == SESSION_COOKIE and value), None)


def admit(request: Request) -> None:
    """Refuse what a page of another site sent, and what verb and path alone rule out for this caller (contract 0.6).

    The latter below /durastore; /api asks by itself.
    """
    if request.method not in ("GET", "HEAD") and _foreign(request):
        raise Denied("A page of another site may not change anything here")
    path = request.path.removeprefix("/durastore")
    if path != request.path:
        access.admit(caller(), request.method, decode(path))


def _foreign(request: Request) -> bool:
    """Whether a browser sent it for a page of another site, with the credentials that it remembers for this one.

    Browsers tell by Sec-Fetch-Site, on plain HTTP and before 2023 by Origin alone; other clients send neither.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site not in ("same-origin", "none")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


def client_address() -> str:
    """Where the current request comes from, as far as that can be believed (contract 0.4)."""
    request = current_request()
    forwarded = request.headers.get("x-forwarded-for", "")
    return addresses.client_address(request.peer, forwarded, instance().config.trusted_proxies)


def status_of(error: DuraCloudError) -> int:
    """The status of an error, by its nearest known class."""
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def text(status: int, message: str, *headers: tuple[str, str]) -> Response:
    """A plain-text answer."""
    return Response(status, (("Content-Type", "text/plain"), *headers), message.encode())


def as_json(status: int, body: Any, content_type: str = "application/json", kept: timedelta | None = None) -> Response:
    """A JSON answer; everybody's caches keep it as long as is said, otherwise none does."""
    caching = f"public, max-age={kept // timedelta(seconds=1)}" if kept else "no-store"
    return Response(
        status,
        (("Content-Type", content_type), ("Cache-Control", caching), ("X-Content-Type-Options", "nosniff")),
        json.dumps(body, ensure_ascii=False).encode(),
    )


def answer_error(request: Request, error: DuraCloudError) -> Response:
    """An error as the caller's side of the API expects it: problem details (RFC 9457) or plain text."""
    status = status_of(error)
    if request.path.startswith("/api/"):
        # No challenge: it would make browsers open their own dialog over the portal's.
        problem = {"type": "about:blank", "title": _TITLES[status], "status": status, "detail": str(error)}
        answer = as_json(status, problem, "application/problem+json")
        return replace(answer, headers=(*answer.headers, *retry_after(error)))
    # The portal's own requests say so in a header, for the same reason.
    challenged = status == 401 and "x-requested-with" not in request.headers
    return text(status, str(error), *([_CHALLENGE] if challenged else []))


def retry_after(error: DuraCloudError) -> tuple[tuple[str, str], ...]:
    """The header that tells how long to wait, where that is known."""
    return (("Retry-After", str(error.wait)),) if isinstance(error, errors.TooOften) else ()


def small_body(most: int) -> bytes:
    """The whole body of the current request. Raises TooLarge when its length is larger, or not known.

    Nothing is read then: a stranger whose body does not come must not be waited for.
    """
    request = current_request()
    if request.length is None or request.length > most:
        raise TooLarge(f"A body here has a Content-Length of at most {most} bytes")
    return b"".join(request.chunks())


def attempting(phrase: str) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
    """Word a view's errors as the original service did (contract 4): `Error attempting to <phrase> due to: <cause>`.

    `phrase` names the view's parameters in braces.
    """

    def decorate(view: Callable[P, Response]) -> Callable[P, Response]:
        @wraps(view)
        def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
            try:
                return view(*args, **kwargs)
            except DuraCloudError as error:
                return answer_error(current_request(), _worded(error, phrase.format(**kwargs)))

        return answer

    return decorate


def _worded(error: DuraCloudError, doing: str) -> DuraCloudError:
    return type(error)(f"Error attempting to {doing} due to: {error}")
