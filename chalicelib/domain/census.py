"""Census: that a store was asked to compute the checksums of all it holds of a space, and how far that is."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId


@dataclass(frozen=True)
class Census:
    """Begun at a time; `job` is the store's name of it, once it has one; `done`: its results were handed on."""

    begun: datetime
    job: str = ""
    done: bool = False

    def over(self, now: datetime, period: timedelta) -> bool:
        """Whether it is time for another one."""
        return self.done and now - self.begun >= period

    def token(self, space: SpaceId, store: StoreId) -> str:
        """By which the store knows a second request for the same."""
        return hashlib.sha256(f"{store}/{space} {self.begun.isoformat()}".encode()).hexdigest()

    def encode(self) -> bytes:
        """As it is noted."""
        return json.dumps({"begun": self.begun.isoformat(), "job": self.job, "done": self.done}).encode()

    @classmethod
    def decode(cls, body: bytes) -> "Census":
        """The reverse of `encode`."""
        given: dict[str, Any] = json.loads(body)
        return cls(datetime.fromisoformat(given["begun"]), given["job"], given["done"])
