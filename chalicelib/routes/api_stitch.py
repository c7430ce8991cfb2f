"""API of stitching: have a chunked item made whole, and see how far that is."""

import json
from dataclasses import replace
from urllib.parse import quote

from chalice.app import Blueprint

from chalicelib.domain.content import ContentId, format_time
from chalicelib.domain.errors import Invalid, TooLarge
from chalicelib.domain.spaces import Space
from chalicelib.domain.stitching import Stitching
from chalicelib.edge import Response, current_request
from chalicelib.routes.http import as_json, caller
from chalicelib.wiring import instance

api_stitch = Blueprint(__name__)

_MOST = 16 << 10  # bytes: the longest id, escaped, and two flags


@api_stitch.route("/api/spaces/{space}/stitch", methods=["POST"])
def ask_to_stitch(space: str) -> Response:
    """Ask for an item to be made whole: 202, and in Location where to look; whoever may write in the space."""
    who = caller()
    found = instance().spaces.writable(who, space)
    whole, remove_chunks, replaces = _asked()
    state = instance().stitch.ask(found, whole, str(who.username), remove_chunks, replaces)
    answer = _answer(202, found, whole, state)
    return replace(answer, headers=(*answer.headers, ("Location", f"{current_request().path}/{quote(whole)}")))


@api_stitch.route("/api/spaces/{space}/stitch/{content+}", methods=["GET"])
def stitching(space: str, content: str) -> Response:
    """How far the latest asking has come, by the id of the whole."""
    found = instance().spaces.readable(caller(), space)
    return _answer(200, found, content, instance().stitch.state(found, ContentId(content)))


def _asked() -> tuple[str, bool, bool]:
    data = b""
    for chunk in current_request().chunks():
        data += chunk
        if len(data) > _MOST:
            raise TooLarge(f"What to stitch is said in {_MOST} bytes at most")
    try:
        given = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"What to stitch is not JSON: {error}") from None
    match {"remove_chunks": False, "replace": False, **given} if isinstance(given, dict) else None:
        case {"id": str(whole), "remove_chunks": bool(remove_chunks), "replace": bool(replaces), **rest} if not rest:
            return whole, remove_chunks, replaces
    raise Invalid(
        'What to stitch is said as {"id": "…", "remove_chunks": false, "replace": false}, the last two if wanted'
    )


def _answer(status: int, space: Space, whole: str, found: Stitching) -> Response:
    return as_json(
        status,
        {
            "space": space.id,
            "id": whole,
            "state": found.state.value,
            "asked_at": format_time(found.asked_at),
            "asked_by": found.asked_by,
            "remove_chunks": found.remove_chunks,
            "changed_at": format_time(found.changed_at),
            "waiting_for": list(found.waiting_for),
            "reason": found.reason,
        },
    )
