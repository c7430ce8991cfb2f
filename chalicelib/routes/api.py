"""API: what the portal and the client ask beside content itself: spaces, items with their copies, history, checks."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.access import Access, require_admin, require_user
from chalicelib.domain.content import MAX_ID_BYTES, ContentId, format_time
from chalicelib.domain.errors import Invalid
from chalicelib.domain.journal import Event
from chalicelib.domain.records import Item
from chalicelib.edge import Response, current_request
from chalicelib.routes.http import as_json, caller
from chalicelib.wiring import instance

api = Blueprint(__name__)

_PAGE = 100


@api.route("/api/me", methods=["GET"])
def me() -> Response:
    """Who is signed in."""
    who = caller()
    require_user(who)
    return as_json(200, {"username": who.username, "roles": sorted(who.roles)})


@api.route("/api/spaces", methods=["GET"])
def spaces() -> Response:
    """The spaces that the caller may read, with what he may do there."""
    visible = instance().spaces.visible(caller())
    return as_json(200, {"spaces": [{"id": space.id, "access": access.value} for space, access in visible]})


@api.route("/api/spaces/{space}", methods=["PUT"])
def put_api_space(space: str) -> Response:
    """Create a space; one that exists is left as it is. For administrators."""
    return as_json(201, {"id": instance().spaces.create(caller(), space).id, "access": Access.WRITE.value})


@api.route("/api/spaces/{space}/items", methods=["GET"])
def items(space: str) -> Response:
    """Registered items in the order of their ids: `prefix`, `after` (exclusive), `limit` (1 to 1000)."""
    request = current_request()
    found = instance().spaces.readable(caller(), space)
    given = request.parameter("limit") or str(_PAGE)
    if not given.isdecimal() or len(given) > 4 or not 1 <= int(given) <= 1000:
        raise Invalid(f"limit {given!r} must be a whole number from 1 to 1000")
    for name in ("prefix", "after"):
        if len((request.parameter(name) or "").encode()) > MAX_ID_BYTES:
            raise Invalid(f"{name} is longer than any content id: at most {MAX_ID_BYTES} bytes")
    limit = int(given)
    page = instance().index.items(found.id, request.parameter("prefix") or "", request.parameter("after") or "", limit)
    return as_json(200, {"items": [_item(item) for item in page], "next": page[-1].id if len(page) == limit else None})


@api.route("/api/spaces/{space}/items/{content+}", methods=["GET"])
def item(space: str, content: str) -> Response:
    """One item: its checksums of record and the state of every copy."""
    found = instance().spaces.readable(caller(), space)
    return as_json(200, _item(instance().retrieve.item(found, ContentId(content))))


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


def _item(item: Item) -> dict[str, Any]:
    return {
        "space": item.space,
        "id": item.id,
        "size": item.size,
        "content_type": item.about.content_type,
        "md5": item.checksums.md5,
        "sha256": item.checksums.sha256,
        "checksum_origin": item.origin.value,
        "deposited_at": format_time(item.about.deposited_at),
        "deposited_by": item.about.deposited_by,
        "copies": [
            {
                "store": store,
                "state": copy.state.value,
                "checked_at": format_time(copy.checked_at) if copy.checked_at else None,
                "verified_at": format_time(copy.verified_at) if copy.verified_at else None,
            }
            for store, copy in sorted(item.copies.items(), key=lambda pair: int(pair[0]))
        ],
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "at": format_time(event.at),
        "kind": event.kind.value,
        "store": event.store,
        "agent": event.agent,
        "detail": dict(event.detail),
    }
