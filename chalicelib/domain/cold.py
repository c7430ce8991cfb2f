"""Cold copies: which of those in an archive are brought back to be read, and what was asked for already."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.records import Item
from chalicelib.domain.stores import StoreId

_CIRCLE = 1 << 32
_SOON = timedelta(hours=1)


@dataclass(frozen=True)
class Sample:
    """A share (0 to 1) of the copies in archives, chosen anew in each period of checks.

    Copies have fixed places on a circle, by the `seed`; each period takes the part of it behind that of the period
    before. So everybody who knows the seed finds the same copies, and after 1 / share periods each was chosen.
    """

    share: float = 0.0
    seed: str = ""

    def takes(self, item: Item, store: StoreId, period: timedelta, now: datetime) -> bool:
        """Whether a copy is to be read in the period of now, and was not read in it yet."""
        turn, read = now.timestamp() // period.total_seconds(), item.copies[store].verified_at
        if read is not None and read.timestamp() // period.total_seconds() == turn:
            return False
        name = f"{self.seed}\n{store}\n{item.space}\n{item.id}".encode()
        place, width = int.from_bytes(hashlib.sha256(name).digest()[:4], "big"), round(self.share * _CIRCLE)
        return (place - int(turn) * width) % _CIRCLE < width


@dataclass(frozen=True)
class Wish:
    """That a copy of a deposit is to be brought back, and when the store was last asked for it."""

    asked_at: datetime
    generation: int

    def fresh(self, now: datetime) -> bool:
        """Whether it was asked for so lately that whoever did may not have told the store yet."""
        return abs(now - self.asked_at) < _SOON

    def encode(self) -> bytes:
        """As it is noted."""
        return json.dumps({"asked_at": self.asked_at.isoformat(), "generation": self.generation}).encode()

    @classmethod
    def decode(cls, body: bytes) -> "Wish":
        """The reverse of `encode`."""
        given: dict[str, Any] = json.loads(body)
        return cls(datetime.fromisoformat(given["asked_at"]), given["generation"])
