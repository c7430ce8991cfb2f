"""DynamoDB rows: how what the index keeps is found in a row, and under which keys the rows lie."""

import hashlib
from typing import Any

from chalicelib.adapters.codec import decode_item, decode_policies, decode_space
from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import Space, SpaceId


def space_of(row: Any) -> Space:
    """The space that a row holds; rows of earlier releases have no revision."""
    return decode_space(row["body"]["S"], int(row["revision"]["N"]) if "revision" in row else 0)


def item_of(row: Any) -> Item:
    """The record of an item that a row holds."""
    return decode_item(row["body"]["S"], int(row["revision"]["N"]))


def policies_of(row: Any) -> Policies:
    """The policies that a row holds."""
    return decode_policies(row["body"]["S"], int(row["revision"]["N"]))


def item_key(space: SpaceId, item: ContentId) -> Any:
    """Where the record of an item lies."""
    return {"space": {"S": space}, "id": {"S": item}}


def subject(space: SpaceId, item: ContentId | None) -> str:
    """Under which key the events of an item, or of a space itself, lie."""
    return f"{space}/{item or ''}"


def digest(body: str) -> str:
    """A short mark of what an event says."""
    return hashlib.sha256(body.encode()).hexdigest()[:8]
