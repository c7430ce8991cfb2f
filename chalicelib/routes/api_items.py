"""API of items: found, described, changed and deleted, one or many, with the state of every copy."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.content import ContentId, format_time
from chalicelib.domain.descriptions import TAGS, Patch, mark, tags_of
from chalicelib.domain.errors import Invalid
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.searching import Wanted
from chalicelib.domain.stores import StoreId
from chalicelib.edge import Response, current_request
from chalicelib.routes.content import served
from chalicelib.routes.http import as_json, caller
from chalicelib.routes.json_body import (
    JSON,
    fields,
    id_in_query,
    ids_in,
    mark_read,
    page_size,
    text_in,
    texts_in,
    with_etag,
)
from chalicelib.services.edit_items import Edited
from chalicelib.services.find_items import Found
from chalicelib.wiring import instance

api_items = Blueprint(__name__)

_ITEM = "/api/spaces/{space}/items/{content+}"
_LARGEST = 1 << 20  # bytes of a body: a hundred of the longest ids, escaped
_PATCH = ("content_type", "properties", "tags", "add_tags", "remove_tags")
_SEARCH = ("name", "format", "tag", "property", "checksum", "state", "store")


@api_items.route("/api/spaces/{space}/items", methods=["GET"])
def items(space: str) -> Response:
    """Registered items in the order of their ids: `prefix`, `after` (exclusive), `limit` (1 to 1000).

    With `delimiter=/` folders are told instead of what is in them; with any of `name`, `format`, `tag`, `property`,
    `checksum`, `state` and `store` only items that fit.
    """
    request, find = current_request(), instance().find_items
    found = instance().spaces.readable(caller(), space)
    where = (found.id, id_in_query("prefix"), id_in_query("after"), page_size(1000))
    wanted, delimiter = _wanted(), request.parameter("delimiter") or ""
    if delimiter not in ("", "/"):
        raise Invalid(f"delimiter {delimiter!r} must be /")
    if delimiter and wanted:
        raise Invalid("A search looks into all folders: send either delimiter or what to search for")
    if wanted:
        return _page(find.search(found.id, wanted, *where[1:]))
    return _page(find.folder(*where) if delimiter else find.page(*where))


@api_items.route(_ITEM, methods=["GET"])
def item(space: str, content: str) -> Response:
    """One item: its checksums of record, its description and the state of every copy."""
    found = instance().spaces.readable(caller(), space)
    return _one(instance().retrieve.item(found, ContentId(content)))


@api_items.route("/api/spaces/{space}/content/{content+}", methods=["GET"])
def item_content(space: str, content: str) -> Response:
    """The bytes of an item as the content API gives them, for those who signed in by a session."""
    return served(space, content)


@api_items.route(_ITEM, methods=["PATCH"], content_types=JSON)
def patch_item(space: str, content: str) -> Response:
    """Change a part of its description; 412 when If-Match names another one than the present."""
    who = caller()
    found = instance().spaces.writable(who, space)
    patch = _patch(fields(*_PATCH, most=_LARGEST))
    return _one(instance().describe.patch(found, ContentId(content), patch, str(who.username), mark_read()))


@api_items.route("/api/spaces/{space}/items", methods=["PATCH"], content_types=JSON)
def patch_items(space: str) -> Response:
    """The same change of each of at most 100 `ids`, and what became of each."""
    who = caller()
    found = instance().spaces.writable(who, space)
    given = fields("ids", *_PATCH, most=_LARGEST)
    edited = instance().edit_items.patch_all(found, ids_in(given), _patch(given), str(who.username))
    return as_json(200, {"items": [_edited(each) for each in edited]})


@api_items.route("/api/spaces/{space}/deletions", methods=["POST"], content_types=JSON)
def delete_items(space: str) -> Response:
    """Delete each of at most 100 `ids`, and say what became of each."""
    who = caller()
    found = instance().spaces.writable(who, space)
    edited = instance().edit_items.delete_all(found, ids_in(fields("ids", most=_LARGEST)), str(who.username))
    return as_json(200, {"items": [_edited(each) for each in edited]})


def _wanted() -> Wanted | None:
    """What to search for; None when nothing is said. Raises Invalid."""
    query = current_request().query
    if not any(value for name in _SEARCH for value in query.get(name, [])):
        return None
    if any(len(value) > 1024 for name in _SEARCH for value in query.get(name, [])):
        raise Invalid("What to search for has at most 1024 characters")
    pairs = (given.partition(":") for given in query.get("property", []) if given)
    last = {name: query.get(name, [""])[-1] for name in _SEARCH}
    if last["state"] and last["state"] not in list(CopyState):
        raise Invalid(f"state {last['state']!r} must be one of {', '.join(CopyState)}")
    return Wanted(
        last["name"],
        last["format"],
        tuple(filter(None, query.get("tag", []))),
        {name: value if colon else None for name, colon, value in pairs},
        last["checksum"],
        CopyState(last["state"]) if last["state"] else None,
        StoreId(last["store"]) if last["store"] else None,
    )


def _patch(given: Mapping[str, Any]) -> Patch:
    properties = given.get("properties") or {}
    match properties:
        case dict() if all(value is None or isinstance(value, str) for value in properties.values()):
            return Patch(
                text_in(given, "content_type"),
                properties,
                texts_in(given, "tags"),
                texts_in(given, "add_tags") or (),
                texts_in(given, "remove_tags") or (),
            )
    raise Invalid('properties are a JSON object such as {"creator": "Ada", "draft": null}: null takes one away')


def _page(found: Found) -> Response:
    body = {"items": [_item(item) for item in found.items], "folders": list(found.folders), "next": found.next}
    return as_json(200, body)


def _one(item: Item) -> Response:
    return with_etag(as_json(200, _item(item)), mark(item))


def _edited(edited: Edited) -> dict[str, Any]:
    failed = {"reason": edited.reason, "again": edited.again} if edited.reason else {}
    return {"id": edited.id, "state": edited.state, **failed}


def _item(item: Item) -> dict[str, Any]:
    return {
        "space": item.space,
        "id": item.id,
        "size": item.size,
        "content_type": item.about.content_type,
        "content_encoding": item.about.content_encoding,
        "md5": item.checksums.md5,
        "sha256": item.checksums.sha256,
        "checksum_origin": item.origin.value,
        "deposited_at": format_time(item.about.deposited_at),
        "deposited_by": item.about.deposited_by,
        "properties": {name: value for name, value in item.about.properties.items() if name != TAGS},
        "tags": list(tags_of(item.about)),
        "next_check": format_time(item.next_check) if item.next_check else None,
        "copies": [
            {
                "store": store,
                "state": copy.state.value,
                "checked_at": format_time(copy.checked_at) if copy.checked_at else None,
                "verified_at": format_time(copy.verified_at) if copy.verified_at else None,
                "by_word": copy.by_word,
            }
            for store, copy in sorted(item.copies.items(), key=lambda pair: int(pair[0]))
        ],
    }
