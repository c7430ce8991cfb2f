"""API of receipts: what was deposited together, kept for good and read again."""

from dataclasses import asdict
from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.access import require_user
from chalicelib.domain.content import format_time
from chalicelib.domain.downloads import as_attachment
from chalicelib.domain.errors import Invalid
from chalicelib.domain.receipts import Receipted, as_manifest, as_table
from chalicelib.domain.spaces import Space
from chalicelib.edge import Response, current_request
from chalicelib.routes.http import as_json, caller
from chalicelib.routes.json_body import JSON, fields, id_in_query, ids_in, page_size
from chalicelib.services.keep_receipts import Receipt
from chalicelib.wiring import instance

api_receipts = Blueprint(__name__)

_RECEIPTS = "/api/spaces/{space}/receipts"
_LARGEST = 2 << 20  # bytes of a body: a thousand long ids
_FORMS = ("json", "csv", "md5", "sha256")


@api_receipts.route(_RECEIPTS, methods=["GET"])
def list_receipts(space: str) -> Response:
    """The receipts of a space, in the order of their names: `after` (exclusive), `limit` (1 to 1000)."""
    receipts, following = instance().keep_receipts.page(_read(space), id_in_query("after"), page_size(1000))
    return as_json(200, {"receipts": [_told(receipt) for receipt in receipts], "next": following})


@api_receipts.route(_RECEIPTS, methods=["POST"], content_types=JSON)
def write_receipt(space: str) -> Response:
    """Write a receipt of at most 1,000 `ids`; the same items have one receipt, however often it is asked for."""
    who = caller()
    found = instance().spaces.writable(who, space)
    receipt, missing = instance().keep_receipts.write(found, ids_in(fields("ids", most=_LARGEST)), str(who.username))
    return as_json(201, _told(receipt) | {"missing": missing})


@api_receipts.route(_RECEIPTS + "/{receipt}", methods=["GET"])
def get_receipt(space: str, receipt: str) -> Response:
    """One receipt with how each item stands now; as a table or a BagIt manifest with `form` csv, md5 or sha256."""
    found, form = _read(space), current_request().parameter("form") or "json"
    if form not in _FORMS:
        raise Invalid(f"form {form!r} must be one of {', '.join(_FORMS)}")
    head, lines = instance().keep_receipts.read(found, receipt)
    if form == "json":
        return as_json(200, _told(head) | {"files": [_line(each) for each in lines]})
    if form == "csv":
        return _document(f"{found.id} {receipt}.csv", "text/csv", as_table(lines, instance().stores.ids))
    return _document(f"manifest-{form}.txt", "text/plain", as_manifest([each.line for each in lines], form))


def _read(space: str) -> Space:
    """The space, for those who may read it and signed in: a receipt names people."""
    who = caller()
    found = instance().spaces.readable(who, space)
    require_user(who)
    return found


def _document(name: str, content_type: str, data: bytes) -> Response:
    headers = (
        ("Content-Type", f"{content_type}; charset=utf-8"),
        ("Content-Disposition", as_attachment(name)),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    )
    return Response(200, headers, data)


def _told(receipt: Receipt) -> dict[str, Any]:
    told = asdict(receipt)
    return {"receipt": told.pop("name"), **told, "at": format_time(receipt.at)}


def _line(each: Receipted) -> dict[str, Any]:
    line = each.line
    return {
        "id": line.id,
        "size": line.size,
        "md5": line.md5,
        "sha256": line.sha256,
        "deposited_at": line.at,
        "deposited_by": line.by,
        "state": each.standing,
        "copies": [
            {"store": store, "verified_at": format_time(at) if at else None}
            for store, at in sorted(each.verified.items(), key=lambda pair: int(pair[0]))
        ],
    }
