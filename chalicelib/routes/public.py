"""Public: what the site asks for its visitors, who need no account: the status of the service, and enquiries."""

from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl

from chalice.app import Blueprint

from chalicelib.domain.content import format_time
from chalicelib.domain.enquiries import FIELDS, parse_enquiry
from chalicelib.domain.errors import DuraCloudError, Invalid
from chalicelib.edge import Response, current_request
from chalicelib.routes.http import as_json, client_address, retry_after, small_body, status_of
from chalicelib.services.tell_status import KEPT_FOR
from chalicelib.wiring import instance

public_routes = Blueprint(__name__)

_FORM = "application/x-www-form-urlencoded"
_LARGEST = 64 << 10  # bytes of a form: the longest message, percent-encoded
_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{title}</title>
<link rel="icon" href="/assets/favicon.svg">
<link rel="stylesheet" href="/assets/css/answer.css">
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
<p>{further}</p>
</main>
</body>
</html>
"""
_THANKS = "Your enquiry has arrived and is kept where only the administrators of this service can read it."


@public_routes.route("/api/status", methods=["GET"])
def get_status() -> Response:
    """Public spaces, their items, and how the latest reads found their copies; caches may keep it for five minutes."""
    status = instance().status.status()
    verdicts, measured = status.verdicts, status.measured_at
    told = {
        "public_spaces": status.spaces,
        "items": status.items,
        "measured_at": format_time(measured) if measured else None,
        "last_check": format_time(verdicts.last) if verdicts.last else None,
        "self_test": {"state": status.song, "at": format_time(status.found_at) if status.found_at else None},
        "copies": {"intact": verdicts.intact, "bad": verdicts.bad, "unread": verdicts.unread},
    }
    return as_json(200, told, kept=KEPT_FOR)


@public_routes.route("/api/enquiries", methods=["POST"], content_types=[_FORM])
def post_enquiry() -> Response:
    """Keep an enquiry. Browsers that sent the form themselves get a page; who asks for JSON gets that."""
    in_page = "application/json" in current_request().headers.get("accept", "")
    try:
        instance().enquire.enquire(parse_enquiry(_fields()), client_address())
    except DuraCloudError as error:
        if in_page:
            raise
        back = "Use the Back button of your browser: what you typed is still there."
        return _page(status_of(error), "Your enquiry was not sent", f"{error}.", back, *retry_after(error))
    return (
        as_json(200, {"received": _THANKS}) if in_page else _page(200, "Thank you", _THANKS, "You may close this page.")
    )


def _fields() -> Mapping[str, str]:
    """The fields of the form. Raises Invalid, TooLarge."""
    if current_request().headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Invalid(f"The body must be a form, with Content-Type {_FORM}")
    try:
        pairs = parse_qsl(
            small_body(_LARGEST).decode(), keep_blank_values=True, errors="strict", max_num_fields=2 * len(FIELDS)
        )
    except ValueError:
        raise Invalid("The body is not a form of UTF-8 texts with few fields") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Invalid("A field was sent twice")
    return fields


def _page(status: int, title: str, text: str, further: str, *headers: tuple[str, str]) -> Response:
    """A page that needs neither the site nor scripts; whatever a visitor wrote is text in it."""
    common = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", _POLICY),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
    )
    body = _PAGE.format(title=title, text=escape(text), further=further)
    return Response(status, (*common, *headers), body.encode())
