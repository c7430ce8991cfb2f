"""API of downloads: addresses at which browsers save items, signed for a few minutes."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.content import format_time
from chalicelib.domain.downloads import as_attachment, file_name
from chalicelib.domain.errors import NotFound
from chalicelib.edge import Response
from chalicelib.routes.content import sent
from chalicelib.routes.http import as_json, caller
from chalicelib.routes.json_body import JSON, fields, ids_in
from chalicelib.wiring import instance

api_downloads = Blueprint(__name__)

_LARGEST = 1 << 20  # bytes of a body
_ANY = ["*/*"]


@api_downloads.route("/api/spaces/{space}/downloads", methods=["POST"], content_types=JSON)
def sign_downloads(space: str) -> Response:
    """Sign an address for each of at most 100 `ids`."""
    found = instance().spaces.readable(caller(), space)
    expires, signed = instance().sign_downloads.sign(found, ids_in(fields("ids", most=_LARGEST)))
    return as_json(200, {"expires_at": format_time(expires), "items": [_told(name, url) for name, url in signed]})


@api_downloads.route("/api/downloads/{ticket}", methods=["GET"], content_types=_ANY)
def get_download(ticket: str) -> Response:
    """The bytes of the item that the address was signed for, to be saved; no other credentials are needed."""
    leave = instance().sign_downloads.read(ticket)
    space = instance().index.space(leave.space)
    if space is None:
        raise NotFound(f"Space {leave.space!r} does not exist any more")
    return sent(space, leave.item, None, as_attachment(file_name(leave.item)))


def _told(name: str, url: str | None) -> dict[str, Any]:
    return {"id": name, "state": "signed", "url": url} if url else {"id": name, "state": "missing"}
