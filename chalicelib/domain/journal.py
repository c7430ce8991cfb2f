"""Provenance events: one line for each thing that happened to an item or a space."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.content import ContentId
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId

SYSTEM = "duracloud"  # the agent of what nobody asked for: events and schedules


class Kind(StrEnum):
    """What happened."""

    SPACE_CREATED = "space created"
    SPACE_REMOVAL_ASKED = "space removal asked"
    SPACE_REMOVED = "space removed"
    ACCESS_CHANGED = "access changed"
    DEPOSITED = "deposited"
    DESCRIBED = "properties replaced"
    CHECKSUMS_FIXED = "checksums fixed by first read"
    REPLICATED = "replicated"
    CHECKED = "checked"
    EVIDENCE_KEPT = "evidence kept"
    REPAIRED = "repaired"
    LOST = "lost"
    DELETED = "deleted"


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
