"""Stores: the places that keep copies, one of which is primary."""

from dataclasses import dataclass
from typing import NewType

from chalicelib.domain.errors import Invalid

StoreId = NewType("StoreId", str)

# An unknown type makes the original Java client fail (contract 1.1).
TYPES = frozenset({"AMAZON_S3", "AMAZON_GLACIER", "SWIFT_S3", "CHRONOPOLIS"})


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
