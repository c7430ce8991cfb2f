"""Content: the original service's REST API for content items (contract 1.6)."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import quote

from chalice.app import Blueprint

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import DEFAULT_CONTENT_TYPE, ContentId
from chalicelib.domain.errors import Invalid, OutOfRange
from chalicelib.edge import Response, current_request
from chalicelib.routes.durastore import only_primary
from chalicelib.routes.http import attempting, caller, text
from chalicelib.services.deposit import NewContent
from chalicelib.services.retrieve import Description
from chalicelib.wiring import instance

content_routes = Blueprint(__name__)

_PATH = "/durastore/{space}/{content+}"
_ANY = ["*/*"]
_META = "x-dura-meta-"
_MEDIA_TYPE = re.compile(
    r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(\s*;\s*[\w!#$&^.+-]+=([\w!#$&^.+:-]+|\"[^\"\\]*\"))*\s*;?", re.ASCII
)

# Items are whatever members deposit: no browser may run one on the service's own origin.
_HARMLESS = (("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "sandbox; default-src 'none'"))


@content_routes.route(_PATH, methods=["GET"], content_types=_ANY)
@attempting("get content '{content}' in '{space}'")
def get_content(space: str, content: str) -> Response:
    """GET: the bytes, or the part that a Range header asks for."""
    only_primary()
    request = current_request()
    found = instance().spaces.readable(caller(), space)
    asked = request.headers.get("range")
    first, last = 0, None
    if asked:
        first, last = _range(asked, instance().retrieve.describe(found, ContentId(content)).size)
    # The connection to the store outlives this call: whoever sends the body closes it.
    with ExitStack() as stack:
        description, chunks = stack.enter_context(instance().retrieve.open(found, ContentId(content), first, last))
        headers = _headers(description)
        length = description.size
        if last is not None:
            headers.append(("Content-Range", f"bytes {first}-{last}/{description.size}"))
            length = last - first + 1
        if request.parameter("attachment") == "true":
            headers.append(("Content-Disposition", _attachment(content)))
        return Response(206 if asked else 200, tuple(headers), _bytes(chunks), length, stack.pop_all().close)


def _bytes(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield from chunks


@content_routes.route(_PATH, methods=["HEAD"], content_types=_ANY)
@attempting("get properties for content '{content}' in '{space}'")
def head_content(space: str, content: str) -> Response:
    """HEAD: the same headers, without the bytes."""
    only_primary()
    found = instance().spaces.readable(caller(), space)
    description = instance().retrieve.describe(found, ContentId(content))
    return Response(200, tuple(_headers(description)), length=description.size)


@content_routes.route(_PATH, methods=["PUT"], content_types=_ANY)
@attempting("add content '{content}' in '{space}'")
def put_content(space: str, content: str) -> Response:
    """PUT: store the body. 201 with the hex MD5 of the stored bytes; 409 and nothing stored on a mismatch."""
    only_primary()
    request = current_request()
    who = caller()
    found = instance().spaces.writable(who, space)
    headers = request.headers
    if f"{_META}copy-source" in headers:
        raise Invalid("Copying with x-dura-meta-copy-source is not offered by this release")
    content_type = headers.get(f"{_META}content-mimetype") or headers.get("content-type")
    if content_type and not _MEDIA_TYPE.fullmatch(content_type):
        raise Invalid(f"Content-Type {content_type!r} is not a media type")
    if headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Invalid("Bodies of type multipart/form-data are not taken apart by this release; send the bytes alone")
    promised = headers.get("content-md5")
    new = NewContent(
        id=content,
        body=request.chunks(),
        depositor=str(who.username),
        size=request.length,
        promised=Checksums(md5=promised.strip().lower() if promised else None),
        content_type=content_type,
        content_encoding=headers.get("content-encoding"),
        properties={name.removeprefix(_META): value for name, value in headers.items() if name.startswith(_META)},
    )
    written = instance().deposit.deposit(found, new)
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


@content_routes.route(_PATH, methods=["DELETE"], content_types=_ANY)
@attempting("delete content '{content}' in '{space}'")
def delete_content(space: str, content: str) -> Response:
    """DELETE: 404 when there is none, which several clients rely on."""
    only_primary()
    who = caller()
    found = instance().spaces.writable(who, space)
    instance().delete.delete(found, ContentId(content), str(who.username))
    return text(200, f"Content {content} deleted successfully")


def _headers(description: Description) -> list[tuple[str, str]]:
    about = description.about
    headers = [
        ("Accept-Ranges", "bytes"),
        ("Content-Type", about.content_type if _MEDIA_TYPE.fullmatch(about.content_type) else DEFAULT_CONTENT_TYPE),
        ("Last-Modified", description.modified.strftime("%Y-%m-%dT%H:%M:%S")),
    ]
    if about.content_encoding:
        headers.append(("Content-Encoding", about.content_encoding))
    if about.checksums.md5:
        headers += [("Content-MD5", about.checksums.md5), ("ETag", about.checksums.md5)]
    headers += [(f"{_META}{name}", value) for name, value in sorted(about.properties.items())]
    return [*headers, *_HARMLESS]


def _range(given: str, size: int) -> tuple[int, int]:
    """First and last byte of `bytes=X-Y` or `bytes=X-`; the first of a list counts. Raises Invalid, OutOfRange."""
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", given.split(",")[0].strip(), re.ASCII)
    if not found or (found[2] and int(found[2]) < int(found[1])):
        raise Invalid(f"Range {given!r} is not of the form bytes=<first>-<last> or bytes=<first>-")
    first = int(found[1])
    if first >= size:
        raise OutOfRange(f"Range {given!r} starts behind the last of {size} bytes")
    return first, min(int(found[2]), size - 1) if found[2] else size - 1


def _attachment(content: str) -> str:
    """The whole id as a file name; what a header cannot carry is also given in the form of RFC 6266."""
    plain = "".join("_" if c in '"\\' or not c.isprintable() else c for c in content)
    if plain.isascii():
        return f'attachment;filename="{plain}"'
    fallback = plain.encode("ascii", "replace").decode()
    return f"attachment;filename=\"{fallback}\";filename*=UTF-8''{quote(content, safe='')}"
