"""People: an instance's users in memory, with a clock to set and a hasher that is none and counts."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from chalicelib.adapters.memory_accounts import MemoryAccounts, MemoryAttempts, MemoryNotifier
from chalicelib.domain.access import Caller, Role, held
from chalicelib.domain.accounts import Account
from chalicelib.services.invite import Invite
from chalicelib.services.manage_accounts import ManageAccounts
from chalicelib.services.sign_in import SignIn

HOME, ELSEWHERE = "192.0.2.1", "203.0.113.5"
PASSWORD = "a long enough one"


@dataclass
class CountingHasher:
    """It counts how often it was asked."""

    verified: list[str] = field(default_factory=list)

    def hash(self, password: str) -> str:
        return f"hash of {password}"

    def verify(self, encoded: str, password: str) -> bool:
        self.verified.append(password)
        time.sleep(0.01)  # slow enough for others to come in
        return encoded == f"hash of {password}"


class People:
    """Users `root`, `owner`, `admin` and `user`, named by their roles."""

    def __init__(self) -> None:
        self.hasher, self.notifier = CountingHasher(), MemoryNotifier()
        self.kept, self.attempts = MemoryAccounts(), MemoryAttempts()
        self.now = datetime(2026, 1, 1, 12, tzinfo=UTC)
        numbers = count(1)
        self.sign_in = SignIn(self.kept, self.attempts, self.hasher, lambda: self.now, b"key")
        self.accounts = ManageAccounts(
            self.kept, self.hasher, self.sign_in, lambda: self.now, lambda: f"secret-{next(numbers)}"
        )
        self.invite = Invite(
            self.kept,
            self.attempts,
            self.hasher,
            self.notifier,
            lambda: self.now,
            lambda: f"code-{next(numbers)}",
            "acme",
            "https://acme.example.org",
        )
        for role in Role:
            self.accounts.set_password(role.value, PASSWORD, held(role))

    def account(self, username: str = "user") -> Account:
        found = self.kept.account(username)
        assert found is not None
        return found

    def caller(self, username: str, password: str = PASSWORD, address: str = HOME) -> Caller:
        return self.sign_in.authenticate(username, password, address)

    def wait(self, **given: float) -> None:
        self.now += timedelta(**given)
