"""Deadlines: when a run has to be over."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Deadline:
    """The time by which a run has to hand on what it has not done; None: it takes the time it needs."""

    at: datetime | None = None

    def passed(self, now: datetime) -> bool:
        """Whether there is no time left."""
        return self.at is not None and now >= self.at
