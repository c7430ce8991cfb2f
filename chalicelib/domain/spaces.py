"""Spaces: named containers of content, and the rules for their names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Address
from typing import NewType

from chalicelib.domain.errors import Invalid

SpaceId = NewType("SpaceId", str)

SYSTEM_SPACE = SpaceId("x-duracloud-admin")
CANARY_SPACE = SpaceId("x-duracloud-canary")  # in which the service damages what it should find

# First path segments of the content API, and words that the original's documentation reserves (contract 2.1).
RESERVED = frozenset(
    "init stores spaces security task acl manifest audit bit-integrity report aux".split()  # noqa: SIM905 - reads as a list of words
)


@dataclass(frozen=True)
class Pause:
    """Why nothing that other stores hold of a space is overwritten or removed, until an owner releases it."""

    since: datetime
    why: str
    told: bool = False  # the alarm and the letter to the owners have gone out


@dataclass(frozen=True)
class Space:
    """One space as the index knows it; `acl` maps a user name or `group-<name>` to READ or WRITE.

    `revision` counts its saves; 0 means never saved.
    """

    id: SpaceId
    created_at: datetime
    created_by: str
    acl: Mapping[str, str] = field(default_factory=dict)
    removing: bool = False  # a DELETE was accepted and its items are still being removed
    hold: timedelta | None = None  # how long its deleted items can be brought back; None: as long as the instance says
    retained_until: date | None = None  # (UTC) before this day nothing is deleted, and no bytes are replaced
    paused: Pause | None = None  # by the brake
    pauses: int = 0  # how often it was paused: losses are counted anew after each
    removal_released: bool = False  # an owner wants it removed: that is no loss
    revision: int = 0

    def hold_or(self, default: timedelta) -> timedelta:
        """The time from a deletion to its end here; the default is the instance's."""
        return default if self.hold is None else self.hold

    def versions_for(self, default: timedelta) -> timedelta | None:
        """How long stores that can keep what was replaced or deleted; None: as long as they were told to before.

        With a retention, at least until it ends, whenever since the space was made something was replaced.
        """
        if self.paused is not None:
            return None
        until = self.retained_until
        kept = timedelta(days=(until - self.created_at.date()).days) if until else timedelta()
        return max(self.hold_or(default), kept)

    def retained(self, now: datetime) -> bool:
        """Whether its retention is in force."""
        return self.retained_until is not None and now.astimezone(UTC).date() < self.retained_until

    def held_fast(self, now: datetime) -> bool:
        """Whether what other stores hold must stay as it is."""
        return self.paused is not None or self.retained(now)


def parse_space_id(text: str) -> SpaceId:
    """Check a name for a new space (contract 2.1; the first broken rule gives the message). Raises Invalid."""
    if not 3 <= len(text.strip()) <= 42:
        raise Invalid("Space ID must be between 3 and 42 characters long")
    if not re.fullmatch(r"[a-z0-9.-]+", text):
        raise Invalid("Only lowercase letters, numbers, periods, and dashes may be used in a Space ID")
    if not text[0].isalpha():
        raise Invalid("A Space ID must begin with a lowercase letter.")
    if re.search(r"\.\d[^.]*$", text):
        raise Invalid("The last period in a Space ID may not be immediately followed by a number.")
    if text.endswith("-"):
        raise Invalid("A Space ID must end with a lowercase letter, number, or period")
    if any(pair in text for pair in ("..", "-.", ".-")):
        raise Invalid("A Space ID must not contain '..' '-.' or '.-'")
    if _is_ip_address(text):
        raise Invalid("A Space ID must not be formatted as an IP address")
    if text.endswith("."):
        # The original accepted the name here and then failed with 500: no S3 bucket may end in a period.
        raise Invalid(f"Space ID {text!r} must end with a lowercase letter or number: stores refuse a final period")
    if text in RESERVED:
        raise Invalid(f"Space ID {text!r} is reserved: it is a path of the content API")
    return SpaceId(text)


def _is_ip_address(text: str) -> bool:
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True
