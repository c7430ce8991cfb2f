"""Examined: how far a large copy was read part by part, and which parts were not as they should be."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

_FRESH = timedelta(days=1)


@dataclass(frozen=True)
class Examined:
    """One object (`etag`) of an item (`sha256` of the whole): parts up to `through` were read, `bad` ones differ."""

    etag: str
    sha256: str
    begun: datetime
    through: int = 0
    bad: tuple[int, ...] = ()

    def serves(self, etag: str, sha256: str | None, now: datetime) -> bool:
        """Whether it is this object, read for this record, and not long ago."""
        return (self.etag, self.sha256) == (etag, sha256) and abs(now - self.begun) < _FRESH

    def further(self, through: int, bad: tuple[int, ...]) -> "Examined":
        """After some more parts."""
        return replace(self, through=through, bad=self.bad + bad)

    def encode(self) -> bytes:
        """As it is noted."""
        return json.dumps({**asdict(self), "begun": self.begun.isoformat()}).encode()

    @classmethod
    def decode(cls, body: bytes) -> "Examined":
        """The reverse of `encode`."""
        given: dict[str, Any] = json.loads(body)
        return cls(**{**given, "begun": datetime.fromisoformat(given["begun"]), "bad": tuple(given["bad"])})
