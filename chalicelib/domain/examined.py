"""Examined: how far a large copy was read part by part, and which parts were not as they should be."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

_FRESH = timedelta(hours=6)


@dataclass(frozen=True)
class Examined:
    """One object (`etag`) of an item (`sha256` of the whole): parts up to `through` were read, `bad` ones differ.

    `at`: when the last of them was read · `judged`: a check has used it, which a repair still may.
    """

    etag: str
    sha256: str
    at: datetime
    through: int = 0
    bad: tuple[int, ...] = ()
    judged: bool = False

    def serves(self, etag: str, sha256: str | None, now: datetime) -> bool:
        """Whether it is this object, read for this record, and not long ago."""
        return (self.etag, self.sha256) == (etag, sha256) and abs(now - self.at) < _FRESH

    def further(self, through: int, bad: tuple[int, ...], now: datetime) -> "Examined":
        """After some more parts."""
        return replace(self, through=through, bad=self.bad + bad, at=now)

    def encode(self) -> bytes:
        """As it is noted."""
        return json.dumps({**asdict(self), "at": self.at.isoformat()}).encode()

    @classmethod
    def decode(cls, body: bytes) -> "Examined":
        """The reverse of `encode`."""
        given: dict[str, Any] = json.loads(body)
        return cls(**{**given, "at": datetime.fromisoformat(given["at"]), "bad": tuple(given["bad"])})
