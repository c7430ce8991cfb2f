"""JSON bodies: what a request to the JSON API says, field by field, and of which version of what it speaks."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from chalicelib.domain.content import MAX_ID_BYTES
from chalicelib.domain.errors import Invalid
from chalicelib.edge import Response, current_request
from chalicelib.routes.http import small_body

JSON = ["application/json"]
_LARGEST = 64 << 10  # bytes
T = TypeVar("T")


def fields(*known: str, most: int = _LARGEST) -> Mapping[str, Any]:
    """The JSON object of the request, with no other fields than these. Raises Invalid, TooLarge.

    Its type has to be said: no form on another site can, so a browser cannot be made to send one by stealth.
    """
    request = current_request()
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Invalid("The body must be JSON, with Content-Type application/json")
    data = small_body(most)
    try:
        body = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        raise Invalid("The body is not JSON") from None
    if not isinstance(body, dict):
        raise Invalid("The body must be a JSON object")
    for name in body.keys() - set(known):
        raise Invalid(f"There is no field {name!r} here; there is {', '.join(known) or 'none'}")
    return body


def text_in(given: Mapping[str, Any], name: str) -> str | None:
    """A text, None when it is not given. Raises Invalid."""
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise Invalid(f"{name} must be a text")
    return value


def required(given: Mapping[str, Any], name: str) -> str:
    """A text that must be given. Raises Invalid."""
    value = text_in(given, name)
    if value is None:
        raise Invalid(f"{name} is missing")
    return value


def one_of(given: Mapping[str, Any], name: str, values: Mapping[Any, T]) -> T | None:
    """What a text or a truth value stands for, None when it is not given. Raises Invalid."""
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, str | bool) or value not in values:
        raise Invalid(f"{name} must be one of {', '.join(str(v).lower() for v in values)}")
    return values[value]


def moment_in(given: Mapping[str, Any], name: str) -> datetime | None:
    """A time, in UTC where no zone is said; None when it is not given. Raises Invalid."""
    text = text_in(given, name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Invalid(f"{name} {text!r} is not a date and time such as 2030-12-31T00:00:00Z") from None


def texts_in(given: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """A list of texts, None when it is not given. Raises Invalid."""
    value = given.get(name)
    if value is not None and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
        raise Invalid(f"{name} must be a list of texts")
    return None if value is None else tuple(value)


def mark_read() -> str | None:
    """What If-Match says was read; None without it, and for `*`. Raises Invalid for what is no ETag of this API."""
    condition = current_request().headers.get("if-match", "*").strip()
    if condition == "*":
        return None
    found = re.fullmatch(r'"([0-9a-f]{1,64})"', condition, re.ASCII)
    if not found:
        raise Invalid(f"If-Match {condition!r} is not an ETag that was given here")
    return found[1]


def revision_read() -> int | None:
    """The same where an ETag is a number."""
    read = mark_read()
    if read is not None and not re.fullmatch(r"\d{1,18}", read, re.ASCII):
        raise Invalid(f'If-Match "{read}" is not an ETag of this, such as "3"')
    return None if read is None else int(read)


def with_etag(answer: Response, mark: str) -> Response:
    """The answer with the mark by which a change can say what was read."""
    return replace(answer, headers=(*answer.headers, ("ETag", f'"{mark}"')))


def page_size(most: int, usual: int = 100) -> int:
    """The `limit` of the query. Raises Invalid."""
    given = current_request().parameter("limit") or str(usual)
    if not (given.isascii() and given.isdecimal()) or len(given) > 4 or not 1 <= int(given) <= most:
        raise Invalid(f"limit {given!r} must be a whole number from 1 to {most}")
    return int(given)


def id_in_query(name: str) -> str:
    """A part of a content id in the query, empty without it. Raises Invalid."""
    given = current_request().parameter(name) or ""
    if len(given.encode()) > MAX_ID_BYTES:
        raise Invalid(f"{name} is longer than any content id: at most {MAX_ID_BYTES} bytes")
    return given


def ids_in(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The content ids that are listed as `ids`. Raises Invalid."""
    ids = texts_in(given, "ids") or ()
    for name in ids:
        if not 1 <= len(name.encode("utf-8", "surrogatepass")) <= MAX_ID_BYTES or re.search("[\ud800-\udfff]", name):
            raise Invalid(f"{name!r} is no content id: 1 to {MAX_ID_BYTES} bytes of UTF-8")
    return ids
