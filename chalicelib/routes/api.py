"""API: what the portal and the client ask beside content itself: who they are, histories, checks."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.access import require_admin, require_user
from chalicelib.domain.content import ContentId, format_time
from chalicelib.domain.journal import Event
from chalicelib.edge import Response
from chalicelib.routes.http import as_json, caller
from chalicelib.wiring import instance

api = Blueprint(__name__)


@api.route("/api/me", methods=["GET"])
def me() -> Response:
    """Who is signed in."""
    who = caller()
    require_user(who)
    return as_json(200, {"username": who.username, "roles": sorted(who.roles)})


@api.route("/api/spaces/{space}/history/{content+}", methods=["GET"])
def history(space: str, content: str) -> Response:
    """Everything that ever happened to an item, oldest first; also of one that was deleted."""
    found = instance().spaces.readable(caller(), space)
    events = instance().retrieve.history(found, ContentId(content))
    return as_json(200, {"events": [_event(event) for event in events]})


@api.route("/api/spaces/{space}/checks", methods=["POST"])
def ask_for_checks(space: str) -> Response:
    """Ask for a fixity check of every item of a space, soon; administrators only, since reading everything costs."""
    who = caller()
    found = instance().spaces.readable(who, space)
    require_admin(who)
    instance().ask_checks.space(who, found.id)
    return as_json(202, {"space": found.id, "asked": "every copy of every item is read and judged"})


def _event(event: Event) -> dict[str, Any]:
    return {
        "at": format_time(event.at),
        "kind": event.kind.value,
        "store": event.store,
        "agent": event.agent,
        "detail": dict(event.detail),
    }
