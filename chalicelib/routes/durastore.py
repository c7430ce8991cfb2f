"""DuraStore: the original service's REST API for stores, spaces and access rules (contract 1.1 to 1.5)."""

from xml.sax.saxutils import escape, quoteattr

from chalice.app import Blueprint

from chalicelib.domain.access import require_admin
from chalicelib.domain.errors import Invalid, NotFound
from chalicelib.domain.spaces import Space
from chalicelib.domain.stores import StoreId
from chalicelib.edge import Response, current_request
from chalicelib.routes.asked import asked_store, require_primary
from chalicelib.routes.http import Fault, attempting, caller, text
from chalicelib.wiring import instance

durastore = Blueprint(__name__)

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\r\n'
_ANY = ["*/*"]
_ACL = "x-dura-meta-acl-"


@durastore.route("/durastore/stores", methods=["GET", "HEAD"], content_types=_ANY)
def stores() -> Response:
    """GET /stores: the stores and which one is primary (contract 1.1); HEAD is open to anybody (contract 0.6)."""
    lines = ["<storageProviderAccounts>"]
    for store in instance().stores.described:
        lines += [
            f'  <storageAcct ownerId="0" isPrimary="{int(store.primary)}">',
            f"    <id>{store.id}</id>",
            f"    <storageProviderType>{store.type}</storageProviderType>",
            *_options(writable=store.primary),
            "  </storageAcct>",
        ]
    return _xml("\r\n".join([*lines, "</storageProviderAccounts>"]))


def _options(writable: bool) -> list[str]:
    if not writable:
        return ["    <storageProviderOptions />"]
    option = '      <option name="WRITABLE" value="true" />'
    return ["    <storageProviderOptions>", option, "    </storageProviderOptions>"]


@durastore.route("/durastore/spaces", methods=["GET", "HEAD"], content_types=_ANY)
def spaces() -> Response:
    """GET /spaces: the ids of the spaces that the caller may read; open to anybody (contract 1.2)."""
    asked_store(unknown=Fault)
    visible = instance().spaces.visible(caller())
    if not visible:
        return _xml("<spaces />")
    return _xml("<spaces>" + "".join(f"<space id={quoteattr(space.id)} />" for space, _ in visible) + "</spaces>")


@durastore.route("/durastore/{space}", methods=["GET"], content_types=_ANY)
@attempting("build space XML for '{space}'")
def list_space(space: str) -> Response:
    """GET /{space}: one page of content ids, and the space's properties (contract 1.3)."""
    request = current_request()
    found = instance().spaces.readable(caller(), space)
    store = asked_store()
    prefix, marker = request.parameter("prefix") or "", request.parameter("marker") or ""
    page = instance().retrieve.listing(found, prefix, marker, _page_size(), store)
    items = "".join(f"<item>{escape(_xml_text(content_id))}</item>" for content_id in page)
    body = f"<space id={quoteattr(space)}>{items}</space>" if page else f"<space id={quoteattr(space)} />"
    return _xml(body, *_properties(found, store, len(page)))


@durastore.route("/durastore/{space}", methods=["HEAD"], content_types=_ANY)
@attempting("retrieve space properties for '{space}'")
def head_space(space: str) -> Response:
    """HEAD /{space}: the space's properties."""
    found = instance().spaces.readable(caller(), space)
    return Response(200, tuple(_properties(found, asked_store())))


@durastore.route("/durastore/{space}", methods=["PUT"], content_types=_ANY)
@attempting("add space '{space}'")
def create_space(space: str) -> Response:
    """PUT /{space}: create it; 201 also when it exists (contract 1.3)."""
    request = current_request()
    who = caller()
    require_admin(who)
    asked_store(unknown=Invalid)
    instance().spaces.create(who, space)
    return Response(201, (("Location", f"{request.origin}{request.path}"),))


@durastore.route("/durastore/{space}", methods=["DELETE"], content_types=_ANY)
@attempting("delete space '{space}'")
def delete_space(space: str) -> Response:
    """DELETE /{space}: accepted at once; the items go in the background (contract 1.3)."""
    who = caller()
    require_admin(who)
    require_primary()
    instance().spaces.remove(who, space)
    return text(200, f"Space {space} deleted successfully")


@durastore.route("/durastore/acl/{space}", methods=["HEAD"], content_types=_ANY)
@attempting("retrieve space ACLs for '{space}'")
def head_acl(space: str) -> Response:
    """HEAD /acl/{space}: the access rules, open to anybody: clients use it to see that a space exists (contract 12)."""
    caller()  # only to refuse wrong credentials, as everywhere
    asked_store()
    rules = instance().spaces.access_rules(space)
    return Response(200, tuple((f"{_ACL}{name}", value) for name, value in sorted(rules.items())))


@durastore.route("/durastore/acl/{space}", methods=["POST"], content_types=_ANY)
@attempting("update space ACLs for '{space}'")
def post_acl(space: str) -> Response:
    """POST /acl/{space}: replace all access rules (contract 1.5)."""
    request = current_request()
    who = caller()
    require_admin(who)
    asked_store()
    given = {
        _as_sent(request.sent_names.get(name, name)): value
        for name, value in request.headers.items()
        if name.startswith(_ACL)
    }
    instance().spaces.replace_access_rules(who, space, given)
    return text(200, f"Space {space} ACLs updated successfully")


def _as_sent(header: str) -> str:
    """The user or group that a header names, in the case of the client (contract 15.1.9).

    A client that changes the case of the prefix changes that of names as well: then lower case is the best guess.
    """
    return header.removeprefix(_ACL) if header.startswith(_ACL) else header.lower().removeprefix(_ACL)


def _page_size() -> int:
    given = current_request().parameter("maxResults")
    if not given:
        return 1000
    try:
        size = int(given)
    except ValueError:
        raise NotFound(f"maxResults {given!r} is not a number") from None  # the original's framework: 404
    return size if size > 0 else 1000


def _properties(space: Space, store: StoreId, seen: int = 0) -> list[tuple[str, str]]:
    created = space.created_at.strftime("%Y-%m-%dT%H:%M:%S")
    properties = [
        ("x-dura-meta-space-created", created),
        ("x-dura-meta-space-count", instance().retrieve.count(space, store, seen)),
    ]
    return [*properties, ("x-dura-meta-is-delete", "true")] if space.removing else properties


def _xml(body: str, *headers: tuple[str, str]) -> Response:
    return Response(200, (("Content-Type", "application/xml"), *headers), f"{_DECLARATION}{body}\r\n".encode())


def _xml_text(text: str) -> str:
    """Characters that XML 1.0 cannot carry, which only other S3 clients can put into an id, become U+FFFD."""
    return "".join(c if (c >= " " and c not in "\ufffe\uffff") or c in "\t\n" else "\ufffd" for c in text)
