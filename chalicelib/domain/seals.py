"""Seals: what an address allows, written so that nobody without the key of this instance can make or change it."""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from chalicelib.domain.errors import Denied

_SEPARATOR = "."


def seal(purpose: str, said: list[Any], expires: int, key: bytes) -> str:
    """What is said, as JSON can say it, as a part of an address; `expires` in seconds since 1970."""
    data = json.dumps([*said, expires]).encode()
    return f"{as_text(data)}{_SEPARATOR}{as_text(_mac(purpose, key, data))}"


def unseal(purpose: str, text: str, key: bytes, now: datetime) -> list[Any]:
    """The reverse of `seal`, with `expires` at its end.

    Raises Denied for what was not sealed with this key for this purpose, and for what has expired.
    """
    said, _, mac = text.partition(_SEPARATOR)
    try:
        data, right = as_bytes(said), hmac.compare_digest(as_bytes(mac), _mac(purpose, key, as_bytes(said)))
    except ValueError:
        right = False
    if not right:
        raise Denied("This address was not signed here: ask for it to be signed")
    found: list[Any] = json.loads(data)
    if now.timestamp() >= found[-1]:
        raise Denied("This address has expired: ask for it to be signed anew")
    return found


def as_text(data: bytes) -> str:
    """Bytes as a part of an address."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def as_bytes(text: str) -> bytes:
    """The reverse of `as_text`. Raises ValueError for what it never writes."""
    data = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if as_text(data) != text:
        raise ValueError("not as it was written")
    return data


def _mac(purpose: str, key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + said, hashlib.sha256)
