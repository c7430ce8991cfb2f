"""Aside: where the bytes of a deleted item wait that no other store holds, until its hold is over.

They are objects of the system space in the primary store, and no items: nobody registers, copies or checks them.
Their names begin with the end of the hold, so that a listing tells first what may go.
"""

import base64
import hashlib
from datetime import datetime

from chalicelib.domain.content import About, ContentId, Stored, format_time
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import SYSTEM_SPACE, SpaceId

PREFIX = "deleted/"


def aside_name(item: Item, until: datetime) -> ContentId:
    """The name in the system space; every deletion has one of its own."""
    name = hashlib.sha256(item.id.encode()).hexdigest()[:32]
    return ContentId(f"{PREFIX}{format_time(until)}/{item.space}/{name}/{item.generation}")


def is_aside(space: SpaceId, item: ContentId) -> bool:
    """Whether an object is one of these."""
    return space == SYSTEM_SPACE and item.startswith(PREFIX)


def aside_about(item: Item, now: datetime, by: str) -> About:
    """What such an object says of itself; ids may hold what no header may, so they go as base64."""
    whose = {"deleted-space": item.space, "deleted-id-base64": base64.b64encode(item.id.encode()).decode()}
    return About(item.about.content_type, now, by, properties=whose)


def aside_of(stored: Stored) -> tuple[SpaceId, ContentId] | None:
    """The space and id of the item whose bytes these are; None when the object does not tell."""
    try:
        whose = stored.metadata["deleted-space"], base64.b64decode(stored.metadata["deleted-id-base64"]).decode()
    except (KeyError, ValueError):
        return None
    return SpaceId(whose[0]), ContentId(whose[1])
