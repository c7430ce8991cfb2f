"""API of spaces as a whole: which there are, how much they hold, who may do what there; made and removed."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.access import PUBLIC, Access, access
from chalicelib.domain.content import format_time
from chalicelib.domain.errors import Invalid
from chalicelib.domain.spaces import Space
from chalicelib.domain.statistics import Measurement
from chalicelib.edge import Response
from chalicelib.routes.http import as_json, caller
from chalicelib.routes.json_body import JSON, fields, revision_read, with_etag
from chalicelib.wiring import instance

api_shares = Blueprint(__name__)


@api_shares.route("/api/spaces", methods=["GET"])
def spaces() -> Response:
    """The spaces that the caller may read, with what he may do there and what they held when they were measured."""
    visible, measured = instance().spaces.visible(caller()), instance().measure.latest()
    return as_json(200, {"spaces": [_summary(space, may, measured.get(space.id)) for space, may in visible]})


@api_shares.route("/api/spaces/{space}", methods=["GET"])
def space(space: str) -> Response:
    """One space with its access rules; ETag is its revision."""
    return _whole(instance().spaces.readable(caller(), space))


@api_shares.route("/api/spaces/{space}", methods=["PUT"])
def put_api_space(space: str) -> Response:
    """Create a space; one that exists is left as it is. For administrators."""
    return _whole(instance().spaces.create(caller(), space), 201)


@api_shares.route("/api/spaces/{space}", methods=["DELETE"])
def delete_api_space(space: str) -> Response:
    """Remove a space with all that is in it, in the background. For administrators."""
    instance().spaces.remove(caller(), space)
    return as_json(202, {"space": space, "asked": "its items are removed one after another, then the space"})


@api_shares.route("/api/spaces/{space}/access", methods=["PUT"], content_types=JSON)
def put_access(space: str) -> Response:
    """Replace all access `rules`; 412 when If-Match names another revision than the present one."""
    who, given = caller(), fields("rules").get("rules")
    match given:
        case dict() if all(isinstance(value, str) for value in given.values()):
            return _whole(instance().spaces.replace_access_rules(who, space, given, revision_read()))
    raise Invalid('rules are a JSON object such as {"jane": "WRITE", "group-public": "READ"}')


def _whole(found: Space, status: int = 200) -> Response:
    measured = instance().measure.latest(found).get(found.id)
    body = {
        **_summary(found, access(caller(), found), measured),
        "created_at": format_time(found.created_at),
        "created_by": found.created_by,
        "removing": found.removing,
        "rules": dict(found.acl),
    }
    return with_etag(as_json(status, body), str(found.revision))


def _summary(found: Space, may: Access, measured: Measurement | None) -> dict[str, Any]:
    return {
        "id": found.id,
        "access": may.value,
        "public": any(name.lower() == PUBLIC for name in found.acl),
        "items": measured.objects if measured else None,
        "bytes": measured.bytes if measured else None,
        "measured_at": format_time(measured.at) if measured else None,
    }
