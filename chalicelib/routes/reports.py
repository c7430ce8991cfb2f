"""Reports: the original service's manifests and audit logs over HTTP (contract 1.7 and 1.8)."""

from collections.abc import Iterator
from itertools import chain
from urllib.parse import quote

from chalice.app import Blueprint

from chalicelib.domain.access import require_write
from chalicelib.domain.errors import DuraCloudError, Invalid, NotFound
from chalicelib.domain.manifest import parse_format
from chalicelib.domain.spaces import SYSTEM_SPACE
from chalicelib.domain.stores import Store
from chalicelib.edge import Response, current_request
from chalicelib.routes.asked import asked_store
from chalicelib.routes.http import Fault, caller, text
from chalicelib.wiring import instance

report_routes = Blueprint(__name__)

_ANY = ["*/*"]
_MANIFEST = "/durastore/manifest/{space}"


@report_routes.route(_MANIFEST, methods=["GET", "HEAD"], content_types=_ANY)
def get_manifest(space: str) -> Response:
    """GET /manifest/{space}: its items with their MD5, streamed; `format` is TSV, EXTENDED_TSV or BAGIT."""
    found = instance().spaces.readable(caller(), space)
    if "manifest" in instance().config.disabled:
        return text(501, "This endpoint is currently disabled.")
    form = parse_format(current_request().parameter("format"))
    store = _store(unknown=Invalid)
    pages = instance().manifests.pages(found.id, store, form)
    return streamed(form.content_type, pages, "POST to this path has it written into a file, and tells where")


@report_routes.route(_MANIFEST, methods=["POST"], content_types=_ANY)
def post_manifest(space: str) -> Response:
    """POST /manifest/{space}: 202 and the address at which the manifest will be, compressed."""
    who = caller()
    found = instance().index.space(space)
    require_write(who, found, space)
    if "manifest" in instance().config.disabled:
        return text(501, "This endpoint is currently disabled.")
    if found is None:
        raise NotFound(f"Space {space!r} does not exist")
    form = parse_format(current_request().parameter("format"))
    store = _store(unknown=Fault)
    name = instance().manifests.ask(found, store, form)
    address = f"{current_request().origin}/durastore/{SYSTEM_SPACE}/{quote(name)}"
    return text(202, f"The manifest is being generated. It will be at {address}", ("Location", address))


@report_routes.route("/durastore/audit/{space}", methods=["GET", "HEAD"], content_types=_ANY)
def get_audit(space: str) -> Response:
    """GET /audit/{space}: everything that was written there, oldest first; administrators only."""
    found = instance().spaces.readable(caller(), space)
    if "audit" in instance().config.disabled:
        return text(501, "This endpoint is currently disabled")
    store = _store(unknown=NotFound)
    return streamed("text/plain", instance().audit.pages(found.id, store.id), "use the gateway, which streams")


def _store(unknown: type[DuraCloudError]) -> Store:
    wanted = asked_store(unknown)
    return next(store for store in instance().stores.described if store.id == wanted)


def streamed(content_type: str, chunks: Iterator[bytes], instead: str) -> Response:
    """An answer of unknown length; its first piece is made now, so that what fails at once has its own status."""
    body = iter(()) if current_request().method == "HEAD" else chain([next(chunks)], chunks)
    return Response(200, (("Content-Type", content_type),), body, instead=instead)
