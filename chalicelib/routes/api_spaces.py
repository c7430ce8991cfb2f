"""API of spaces: what is set of one, what was deleted in it, and how that comes back."""

import json
from datetime import date, timedelta
from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.content import ContentId, format_time
from chalicelib.domain.errors import Invalid
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.spaces import Space
from chalicelib.edge import Response
from chalicelib.routes.http import as_json, caller, small_body
from chalicelib.routes.json_body import id_in_query, page_size, revision_read, with_etag
from chalicelib.services.edit_space import SpaceSettings
from chalicelib.wiring import instance

api_spaces = Blueprint(__name__)

_MOST = 4 << 10
_SET = {"hold_days", "retained_until"}


@api_spaces.route("/api/spaces/{space}/settings", methods=["GET"])
def space_settings(space: str) -> Response:
    """Hold, retention and pause of a space, for its readers; ETag is its revision."""
    return _answer(instance().spaces.readable(caller(), space))


@api_spaces.route("/api/spaces/{space}/settings", methods=["PUT"])
def put_space_settings(space: str) -> Response:
    """Replace hold and retention; 412 when If-Match names another revision than the present one."""
    who = caller()
    instance().spaces.readable(who, space)
    wanted = _settings(small_body(_MOST))
    return _answer(instance().edit_space.replace(who, space, wanted, revision_read()))


@api_spaces.route("/api/spaces/{space}/release", methods=["POST"])
def release_space(space: str) -> Response:
    """Other stores follow a paused space again; for owners."""
    return _answer(instance().edit_space.release(caller(), space))


@api_spaces.route("/api/spaces/{space}/deleted", methods=["GET"])
def deleted_items(space: str) -> Response:
    """What can be brought back, in the order of ids, for those who may write: `after` (exclusive), `limit`."""
    found = instance().spaces.writable(caller(), space)
    page, following = instance().undelete.deleted(found, id_in_query("after"), page_size(1000))
    return as_json(200, {"items": [_deleted(item) for item in page], "next": following})


@api_spaces.route("/api/spaces/{space}/deleted/{content+}", methods=["POST"])
def undelete_item(space: str, content: str) -> Response:
    """Bring an item back: 200 when its bytes are in the primary store again, 202 when they soon will be."""
    who = caller()
    found = instance().spaces.writable(who, space)
    item = instance().undelete.undelete(found, ContentId(content), str(who.username))
    copy = item.copies.get(instance().stores.primary_id)
    # The store's event of our own write may have come already: then it is being read once more.
    there = item.live and copy is not None and copy.state is not CopyState.MISSING
    return as_json(200 if there else 202, {"space": item.space, "id": item.id, "readable": there})


def _deleted(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "size": item.size,
        "content_type": item.about.content_type,
        "md5": item.checksums.md5,
        "deleted_at": format_time(item.deleted_at) if item.deleted_at else None,
        "deleted_by": item.deleted_by,
        "held_until": format_time(item.held_until) if item.held_until else None,
        "from": list(instance().undelete.sources(item)),
    }


def _settings(data: bytes) -> SpaceSettings:
    try:
        given = json.loads(data)
        if set(given) != _SET:
            raise Invalid(f"The settings of a space are {' and '.join(sorted(_SET))}: send all of them")
        hold, until = given["hold_days"], given["retained_until"]
        if hold is not None and (type(hold) is not int or not 0 <= hold <= 36500):
            raise Invalid(f"hold_days {hold!r} must be a whole number from 0 to 36500, or null for the default")
        return SpaceSettings(
            None if hold is None else timedelta(days=hold), None if until is None else date.fromisoformat(until)
        )
    except (ValueError, TypeError, RecursionError) as error:
        raise Invalid(
            f'Settings are a JSON object such as {{"hold_days": 30, "retained_until": null}}: {error}'
        ) from None


def _answer(space: Space) -> Response:
    default, paused = instance().config.hold, space.paused
    answer = as_json(
        200,
        {
            "space": space.id,
            "hold_days": None if space.hold is None else space.hold.days,
            "hold_days_in_force": space.hold_or(default).days,
            "retained_until": space.retained_until.isoformat() if space.retained_until else None,
            "paused": {"since": format_time(paused.since), "why": paused.why} if paused else None,
        },
    )
    return with_etag(answer, str(space.revision))
