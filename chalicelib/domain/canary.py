"""Canary: damage that the service makes itself, in a space of its own, to see that it is found and repaired.

| trial   | what is done to one small item                    | what must follow within the promise        |
|---------|---------------------------------------------------|--------------------------------------------|
| damaged | other bytes in one store                          | an incident, and the right bytes again     |
| missing | one store's copy is deleted                       | the same                                   |
| untold  | other bytes in the primary, of which nobody tells | the sweep finds them, they are registered  |
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.content import ContentId
from chalicelib.domain.stores import StoreId

PROMISE = timedelta(hours=20)  # a little less than a day: schedules do not strike to the second
LATE = timedelta(days=3)
DAMAGED, MISSING, UNTOLD = ContentId("damaged"), ContentId("missing"), ContentId("untold")
ITEMS = (DAMAGED, MISSING, UNTOLD)
RIGHT = b"These bytes are damaged on purpose, again and again, and must always come back.\n"
WRONG = b"These bytes are wrong.\n"


class Song(StrEnum):
    """What the canary tells: nothing yet; all was found; something was not; nobody looked for days; it is off."""

    WAITING = "waiting"
    FOUND = "found"
    SILENT = "silent"
    LATE = "late"
    OFF = "off"


@dataclass(frozen=True)
class Flight:
    """One round of trials: where what was done, since when; None where a trial was not possible.

    `found_at` is when the last round ended in which everything was found, `missed` what was not in the last one.
    """

    number: int
    started: datetime
    first: datetime  # when the first of all rounds began
    damaged_in: StoreId | None = None
    missing_in: StoreId | None = None
    untold: str | None = None  # the SHA-256 of the bytes that nobody told of
    acted: bool = False
    found_at: datetime | None = None
    missed: tuple[str, ...] = ()
    missed_of: int = 0  # how many trials there were in the round that missed something

    def running(self, now: datetime) -> bool:
        """Whether its time is not over; one of the future was begun by a clock that was wrong."""
        return timedelta() <= now - self.started < PROMISE

    @property
    def tried(self) -> int:
        """How many trials there are."""
        return sum(map(bool, (self.damaged_in, self.missing_in, self.untold)))

    def judged(self, missed: tuple[str, ...], sure: bool, now: datetime) -> "Flight":
        """The flight at its end; not `sure`: a store gave nothing, so that nobody can tell.

        What an earlier one missed stands until one of as many trials misses nothing.
        """
        if missed:
            return replace(self, missed=missed, missed_of=self.tried)
        if sure and self.tried >= max(1, self.missed_of):
            return replace(self, missed=(), missed_of=0, found_at=now)
        return self

    def song(self, now: datetime) -> Song:
        """What it tells now."""
        if self.missed:
            return Song.SILENT
        if abs(now - (self.found_at or self.first)) > LATE:
            return Song.LATE
        return Song.FOUND if self.found_at else Song.WAITING


def bytes_of(started: datetime) -> bytes:
    """What is put without a word, other bytes in each round."""
    return f"Nobody told of these bytes of {started.isoformat()}.\n".encode()
