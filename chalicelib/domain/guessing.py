"""Guessing: how long whoever sent wrong passwords has to wait before another one is looked at.

| counted by            | free | then                         | protects                                           |
|-----------------------|------|------------------------------|----------------------------------------------------|
| user name and address | 5    | 1 s, doubling, to 15 minutes | one user against one guesser                       |
| user name             | 20   | 1 s, doubling, to 1 minute   | one user against guessers with many addresses      |
| address               | 50   | 1 s, doubling, to 5 minutes  | all users against one guesser who tries many names |

The last two do not count at an address from which the user has signed in during the last 90 days: nobody can keep a
user out from somewhere else, nor can a stranger behind the same door. Who asks for forgotten passwords of many users
waits like one who guesses at many. During a wait no password is looked at, so that a
right one is refused as well: otherwise guessing would go on at full speed. Names that do not exist are counted alike.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.addresses import neighbourhood

KNOWN_FOR = timedelta(days=90)  # how long an address stays known from which a user signed in


@dataclass(frozen=True)
class Guesses:
    """How many wrong ones there were, and when the last one was."""

    count: int
    last: datetime


@dataclass(frozen=True)
class Patience:
    """How many guesses are free, how long the longest wait is, and after how long a silence all is forgotten."""

    free: int
    longest: timedelta
    forgotten_after: timedelta

    def suspicious(self, guesses: Guesses | None) -> bool:
        """Whether the free guesses are used up: from here on, one is looked at for each wait."""
        return guesses is not None and guesses.count >= self.free

    def free_at(self, guesses: Guesses | None) -> datetime | None:
        """When the next guess may be looked at; None: now."""
        if guesses is None or guesses.count < self.free:
            return None
        doubled = min(guesses.count - self.free, 30)  # a larger power would only be cut off, after it overflowed
        return guesses.last + min(timedelta(seconds=2**doubled), self.longest)


OF_PAIR = Patience(5, timedelta(minutes=15), timedelta(days=1))
OF_NAME = Patience(20, timedelta(minutes=1), timedelta(hours=1))
OF_ADDRESS = Patience(50, timedelta(minutes=5), timedelta(hours=1))
OF_RESET = Patience(3, timedelta(hours=1), timedelta(days=1))  # messages about a forgotten password, for each user


@dataclass(frozen=True)
class Keys:
    """Under which keys the guesses at one user from one address are counted; no key tells a name or an address."""

    username: str
    address: str

    @property
    def pair(self) -> str:
        """Of the user at the address."""
        return _key("pair", self.username, neighbourhood(self.address))

    @property
    def name(self) -> str:
        """Of the user, wherever the guesses came from."""
        return _key("name", self.username)

    @property
    def place(self) -> str:
        """Of the address, whoever was guessed at."""
        return _key("address", neighbourhood(self.address))

    @property
    def known(self) -> str:
        """Of the mark that the user has signed in from the address."""
        return _key("known", self.username, neighbourhood(self.address))

    @property
    def reset(self) -> str:
        """Of the user's forgotten passwords."""
        return _key("reset", self.username)

    @property
    def resets(self) -> str:
        """Of the forgotten passwords that were told from the address, whoever's."""
        return _key("resets", neighbourhood(self.address))

    @property
    def enquiries(self) -> str:
        """Of the enquiries that came from the address."""
        return _key("enquiries", neighbourhood(self.address))


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
