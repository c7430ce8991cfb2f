"""JSON bodies: what a request to the JSON API says, field by field."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from chalicelib.domain.errors import Invalid
from chalicelib.edge import current_request
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
