"""Deposits: the original service's REST API for storing, copying and describing content items (contract 1.6)."""

from chalice.app import Blueprint

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import DEFAULT_CONTENT_TYPE, ContentId, parse_content_type
from chalicelib.domain.errors import Invalid
from chalicelib.edge import Request, Response, current_request
from chalicelib.ports import Written
from chalicelib.routes.asked import asked_store, configured, require_primary
from chalicelib.routes.content import CONTENT_PATH
from chalicelib.routes.form_data import first_file, is_form
from chalicelib.routes.http import Fault, attempting, caller, text
from chalicelib.services.deposit import NewContent
from chalicelib.services.describe import NewDescription
from chalicelib.wiring import instance

deposits = Blueprint(__name__)

_ANY = ["*/*"]
_META = "x-dura-meta-"
_SOURCE, _SOURCE_STORE = f"{_META}copy-source", f"{_META}copy-source-store"


@deposits.route(CONTENT_PATH, methods=["PUT"], content_types=_ANY)
def put_content(space: str, content: str) -> Response:
    """PUT: store the body, or a copy of the item that a header names."""
    source = current_request().headers.get(_SOURCE)
    if source is None:
        return _store(space=space, content=content)
    return _copy(space=space, content=content, source=_wire_text(source).lstrip("/"))


@attempting("add content '{content}' in '{space}'")
def _store(space: str, content: str) -> Response:
    """201 with the hex MD5 of the stored bytes; 409 and nothing stored on a mismatch."""
    request = current_request()
    who = caller()
    found = instance().spaces.writable(who, space)
    store = asked_store()
    headers = request.headers
    body, content_type, length = request.chunks(), headers.get("content-type"), request.length
    if is_form(content_type):
        body, content_type = first_file(body, str(content_type))
        length = None
    content_type = headers.get(f"{_META}content-mimetype") or content_type
    promised = headers.get("content-md5")
    new = NewContent(
        id=content,
        body=body,
        depositor=str(who.username),
        size=length,
        promised=Checksums(md5=promised.strip().lower() if promised else None),
        content_type=parse_content_type(content_type) if content_type else None,
        content_encoding=headers.get("content-encoding"),
        properties=_properties(request),
    )
    return _stored(instance().deposit.deposit_into(store, found, new))


@attempting("copy content '{source}' to '{space} / {content}'")
def _copy(space: str, content: str, source: str) -> Response:
    """201 as for a body; the source must be readable for the caller, which the original did not check (0.6)."""
    request = current_request()
    who = caller()
    found = instance().spaces.writable(who, space)
    from_space, slash, name = source.partition("/")
    if not (from_space and slash and name):
        raise Invalid(f"x-dura-meta-copy-source {source!r} is not of the form <space>/<content id>")
    if request.length or (request.length is None and any(request.chunks())):
        raise Invalid("A copy takes no body")
    source_space = instance().spaces.readable(who, from_space)
    into = asked_store(unknown=Fault)
    given = request.headers.get(_SOURCE_STORE)
    store = configured(given, unknown=Fault) if given else instance().stores.primary_id
    copying = instance().copy_content
    return _stored(copying.copy(copying.find(source_space, name, store), found, content, str(who.username), into))


@deposits.route(CONTENT_PATH, methods=["POST"], content_types=_ANY)
@attempting("update properties for content '{content}' in '{space}'")
def post_content(space: str, content: str) -> Response:
    """POST: replace all custom properties; the type only where one is sent, the encoding always."""
    request = current_request()
    who = caller()
    found = instance().spaces.writable(who, space)
    require_primary()
    headers = request.headers
    content_type = headers.get("content-type")
    if content_type == "application/x-www-form-urlencoded" or is_form(content_type):
        content_type = None  # said of the body: of none by curl -d '', of a form with the store by the PHP client
    new = NewDescription(
        headers.get(f"{_META}content-mimetype") or content_type, headers.get("content-encoding"), _properties(request)
    )
    instance().describe.describe(found, ContentId(content), new, str(who.username))
    return text(200, f"Content {content} updated successfully")


def _stored(written: Written) -> Response:
    request = current_request()
    return Response(
        201,
        (
            ("Location", f"{request.origin}{request.path}"),
            ("Content-MD5", str(written.checksums.md5)),
            ("ETag", str(written.checksums.md5)),
            ("Accept-Ranges", "bytes"),
            ("Content-Type", DEFAULT_CONTENT_TYPE),
        ),
    )


def _properties(request: Request) -> dict[str, str]:
    return {name.removeprefix(_META): value for name, value in request.headers.items() if name.startswith(_META)}


def _wire_text(value: str) -> str:
    """A header that may hold UTF-8, which servers hand over byte by byte."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
