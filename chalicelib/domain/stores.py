"""Stores: the places that keep copies, one of which is primary."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from chalicelib.domain.errors import Invalid

StoreId = NewType("StoreId", str)

# An unknown type makes the original Java client fail (contract 1.1).
TYPES = frozenset({"AMAZON_S3", "AMAZON_GLACIER", "SWIFT_S3", "CHRONOPOLIS"})


class Mode(StrEnum):
    """What the service does with a store; an owner says so, and it counts for whatever begins afterwards.

    | mode           | jobs and checks read it | it is written | members read from it, where it is the primary      |
    |----------------|-------------------------|---------------|----------------------------------------------------|
    | in-service     | yes                     | yes           | yes                                                |
    | filling        | yes                     | yes           | where it has the item; lists come from the index   |
    | read-only      | yes                     | no            | yes                                                |
    | out-of-service | no                      | no            | no: from the index, and another store's proven copy |

    A primary store that was lost and replaced by an empty one is `filling` until it has everything again.
    """

    IN_SERVICE = "in-service"
    FILLING = "filling"
    READ_ONLY = "read-only"
    OUT_OF_SERVICE = "out-of-service"

    @property
    def read(self) -> bool:
        """Whether jobs and checks may ask the store."""
        return self is not Mode.OUT_OF_SERVICE

    @property
    def written(self) -> bool:
        """Whether anything may be written to the store, or deleted there."""
        return self in (Mode.IN_SERVICE, Mode.FILLING)

    @property
    def complete(self) -> bool:
        """Whether what the primary store shows is all that there is."""
        return self in (Mode.IN_SERVICE, Mode.READ_ONLY)


def parse_mode(text: str) -> Mode:
    """The mode of that name. Raises Invalid."""
    try:
        return Mode(text)
    except ValueError:
        raise Invalid(f"{text!r} is no mode of a store: there are {', '.join(Mode)}") from None


@dataclass(frozen=True)
class Store:
    """One store as members see it: `id` is a small integer as text (contract 0.3)."""

    id: StoreId
    type: str
    primary: bool

    def __post_init__(self) -> None:
        if not self.id.isdecimal() or int(self.id) > 2**31 - 1:
            raise Invalid(f"StoreId [{self.id}] is not valid: it must be a 32-bit integer in decimal digits")
        if self.type not in TYPES:
            raise Invalid(f"Store {self.id} has type {self.type!r}; known types are {', '.join(sorted(TYPES))}")


@dataclass(frozen=True)
class Failing:
    """That a store does not answer: since when, what went wrong first, and whether the operators were told."""

    since: datetime
    reason: str
    told: bool = False
