"""Provenance events: one line for each thing that happened to an item or a space."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.content import About, ContentId
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId

SYSTEM = "duracloud"  # the agent of what nobody asked for: events and schedules


class Kind(StrEnum):
    """What happened."""

    SPACE_CREATED = "space created"
    SPACE_REMOVAL_ASKED = "space removal asked"
    SPACE_REMOVED = "space removed"
    ACCESS_CHANGED = "access changed"
    SETTINGS_CHANGED = "settings changed"
    PAUSED = "paused"
    RELEASED = "released"
    DEPOSITED = "deposited"
    DESCRIBED = "properties replaced"
    CHECKSUMS_FIXED = "checksums fixed by first read"
    REPLICATED = "replicated"
    CHECKED = "checked"
    EVIDENCE_KEPT = "evidence kept"
    REPAIRED = "repaired"
    LOST = "lost"
    DELETED = "deleted"
    UNDELETED = "undeleted"
    COPY_REMOVED = "copy removed"
    COPY_LEFT = "copy left in place"
    POLICIES_CHANGED = "policies changed"
    STORE_MODE_CHANGED = "store mode changed"
    STITCHING_ASKED = "stitching asked"
    STITCHED = "stitched"
    STITCHING_FAILED = "stitching failed"
    CHUNKS_REMOVED = "chunks removed"
    GIVEN_UP = "work given up"
    RETRIED = "work asked for again"
    DISMISSED = "work dismissed"
    INCIDENT_CLOSED = "incident closed"


@dataclass(frozen=True)
class Event:
    """One provenance event; `item` is None for what happens to a whole space."""

    kind: Kind
    at: datetime
    agent: str
    space: SpaceId
    item: ContentId | None = None
    store: StoreId | None = None
    detail: Mapping[str, str] = field(default_factory=dict)


def described(about: About) -> dict[str, str]:
    """How an item was described, for the detail of an event; `properties` is a JSON object."""
    detail = {"content-type": about.content_type}
    if about.content_encoding:
        detail["content-encoding"] = about.content_encoding
    if about.properties:
        detail["properties"] = json.dumps(dict(about.properties), ensure_ascii=False, sort_keys=True)
    return detail
