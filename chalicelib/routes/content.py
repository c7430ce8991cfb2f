"""Content: the original service's REST API for content items: reading and deleting them (contract 1.6)."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

from chalice.app import Blueprint

from chalicelib.domain.content import DEFAULT_CONTENT_TYPE, ContentId, parse_content_type
from chalicelib.domain.downloads import as_attachment
from chalicelib.domain.errors import Invalid, OutOfRange
from chalicelib.domain.spaces import Space
from chalicelib.domain.stores import StoreId
from chalicelib.edge import Response, current_request
from chalicelib.routes.asked import asked_store, require_primary
from chalicelib.routes.http import attempting, caller, text
from chalicelib.services.retrieve import Description
from chalicelib.wiring import instance

content_routes = Blueprint(__name__)

CONTENT_PATH = "/durastore/{space}/{content+}"
_ANY = ["*/*"]

# Items are whatever members deposit: no browser may run one on the service's own origin.
_HARMLESS = (("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "sandbox; default-src 'none'"))


@content_routes.route(CONTENT_PATH, methods=["GET"], content_types=_ANY)
@attempting("get content '{content}' in '{space}'")
def get_content(space: str, content: str) -> Response:
    """GET: the bytes, or the part that a Range header asks for."""
    return served(space, content)


def served(space: str, content: str) -> Response:
    """The bytes of an item as a response, whole or the part that is asked for, for whoever may read the space."""
    found = instance().spaces.readable(caller(), space)
    attachment = as_attachment(content) if current_request().parameter("attachment") == "true" else None
    return sent(found, ContentId(content), asked_store(), attachment)


def sent(space: Space, content_id: ContentId, store: StoreId | None, disposition: str | None) -> Response:
    """The same where somebody looked before who may read the space."""
    asked, retrieve = current_request().headers.get("range"), instance().retrieve
    first, last = 0, None
    if asked:
        first, last = _range(asked, retrieve.describe(space, content_id, store).size)
    # The connection to the store outlives this call: whoever sends the body closes it.
    with ExitStack() as stack:
        description, chunks = stack.enter_context(retrieve.open(space, content_id, first, last, store))
        headers = _headers(description)
        length = description.size
        if last is not None:
            headers.append(("Content-Range", f"bytes {first}-{last}/{description.size}"))
            length = last - first + 1
        if disposition:
            headers.append(("Content-Disposition", disposition))
        return Response(206 if asked else 200, tuple(headers), _bytes(chunks), length, stack.pop_all().close)


def _bytes(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield from chunks


@content_routes.route(CONTENT_PATH, methods=["HEAD"], content_types=_ANY)
@attempting("get properties for content '{content}' in '{space}'")
def head_content(space: str, content: str) -> Response:
    """HEAD: the same headers, without the bytes."""
    found = instance().spaces.readable(caller(), space)
    description = instance().retrieve.describe(found, ContentId(content), asked_store())
    return Response(200, tuple(_headers(description)), length=description.size)


@content_routes.route(CONTENT_PATH, methods=["DELETE"], content_types=_ANY)
@attempting("delete content '{content}' in '{space}'")
def delete_content(space: str, content: str) -> Response:
    """DELETE: 404 when there is none, which several clients rely on."""
    who = caller()
    found = instance().spaces.writable(who, space)
    require_primary()
    instance().delete.delete(found, ContentId(content), str(who.username))
    return text(200, f"Content {content} deleted successfully")


def _headers(description: Description) -> list[tuple[str, str]]:
    about = description.about
    headers = [
        ("Accept-Ranges", "bytes"),
        ("Content-Type", _content_type(about.content_type)),
        ("Last-Modified", description.modified.strftime("%Y-%m-%dT%H:%M:%S")),
    ]
    if about.content_encoding:
        headers.append(("Content-Encoding", about.content_encoding))
    if about.checksums.md5:
        headers += [("Content-MD5", about.checksums.md5), ("ETag", about.checksums.md5)]
    headers += [(f"x-dura-meta-{name}", value) for name, value in sorted(about.properties.items())]
    return [*headers, *_HARMLESS]


def _content_type(stored: str) -> str:
    """What was stored, as it was stored; other S3 clients may have stored what no header may say."""
    try:
        return parse_content_type(stored)
    except Invalid:
        return DEFAULT_CONTENT_TYPE


def _range(given: str, size: int) -> tuple[int, int]:
    """First and last byte of `bytes=X-Y` or `bytes=X-`; the first of a list counts. Raises Invalid, OutOfRange."""
    found = re.fullmatch(r"bytes=(\d{1,1000})-(\d{0,1000})", given.split(",")[0].strip(), re.ASCII)
    if not found or (found[2] and int(found[2]) < int(found[1])):
        raise Invalid(f"Range {given!r} is not of the form bytes=<first>-<last> or bytes=<first>-")
    first = int(found[1])
    if first >= size:
        raise OutOfRange(f"Range {given!r} starts behind the last of {size} bytes")
    return first, min(int(found[2]), size - 1) if found[2] else size - 1
