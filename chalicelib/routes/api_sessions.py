"""API of sessions: sign in once in a browser, and out again."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.access import Caller, highest
from chalicelib.domain.accounts import SESSION_LASTS
from chalicelib.domain.content import format_time
from chalicelib.domain.errors import Unauthenticated
from chalicelib.edge import Response, current_request
from chalicelib.routes.http import SESSION_COOKIE, as_json, caller, client_address, session_of
from chalicelib.routes.json_body import JSON, fields, one_of, required
from chalicelib.wiring import instance

api_sessions = Blueprint(__name__)

_SECONDS = int(SESSION_LASTS.total_seconds())


@api_sessions.route("/api/session", methods=["POST"], content_types=JSON)
def post_session() -> Response:
    """Sign in: `username`, `password`; 201 and a cookie. With `bearer`: true the answer also holds it, as `token`."""
    given = fields("username", "password", "bearer")
    name, password = required(given, "username"), required(given, "password")
    bearer = one_of(given, "bearer", {True: True, False: False})
    text, session, who = instance().accounts.begin_session(name, password, client_address())
    body: dict[str, Any] = {
        **_signed_in(who),
        "expires_at": format_time(session.expires_at),
        **({"token": text} if bearer else {}),
    }
    return _with_cookie(as_json(201, body), text)


@api_sessions.route("/api/session", methods=["GET"])
def get_session() -> Response:
    """Who is signed in, also for a page that was just opened; 204 when nobody is, which is no error there."""
    try:
        who = caller()
    except Unauthenticated:
        return _with_cookie(Response(204), "")
    return Response(204) if who.anonymous else as_json(200, _signed_in(who))


@api_sessions.route("/api/session", methods=["DELETE"])
def delete_session() -> Response:
    """Sign out, here or as the bearer; 204 also when the session was over already."""
    request = current_request()
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    for text in (session_of(request), shown.strip() if scheme.lower() == "bearer" else None):
        if text:
            instance().accounts.end_session(text)
    return _with_cookie(Response(204), "")


def _signed_in(who: Caller) -> dict[str, Any]:
    return {"username": who.username, "role": highest(who.roles).value}


def _with_cookie(answer: Response, text: str) -> Response:
    """The answer that has a browser keep a session out of the reach of scripts, or (no text) forget it."""
    request = current_request()
    encrypted = request.origin.startswith("https:") or request.headers.get("x-forwarded-proto") == "https"
    lasts = f"Max-Age={_SECONDS if text else 0}"
    cookie = f"{SESSION_COOKIE}={text}; Path=/; {lasts}; HttpOnly; SameSite=Strict{'; Secure' if encrypted else ''}"
    return Response(answer.status, (*answer.headers, ("Set-Cookie", cookie)), answer.body)
