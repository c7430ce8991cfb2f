"""Memory accounts: the ports of accounts kept in plain dictionaries, for tests."""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.domain.accounts import Account, Invitation
from chalicelib.domain.guessing import Guesses
from chalicelib.ports_accounts import Message


@dataclass
class MemoryAccounts:
    """Accounts in memory."""

    kept: dict[str, Account] = field(default_factory=dict)
    invited: dict[str, Invitation] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def account(self, username: str) -> Account | None:
        """See Accounts."""
        return self.kept.get(username)

    def accounts(self) -> list[Account]:
        """See Accounts."""
        return [self.kept[name] for name in sorted(self.kept)]

    def save(self, account: Account, beside: Account | None = None) -> bool:
        """See Accounts."""
        with self._lock:
            if any(self._revision(known.username) != known.revision for known in (account, beside or account)):
                return False
            self.kept[account.username] = replace(account, revision=account.revision + 1)
            return True

    def invite(self, invitation: Invitation) -> None:
        """See Accounts."""
        self.invited[invitation.digest] = invitation

    def invitation(self, digest: str) -> Invitation | None:
        """See Accounts."""
        return self.invited.get(digest)

    def invitations(self) -> list[Invitation]:
        """See Accounts."""
        return sorted(self.invited.values(), key=lambda invitation: invitation.created_at)

    def withdraw(self, digest: str) -> None:
        """See Accounts."""
        self.invited.pop(digest, None)

    def redeem(self, digest: str, account: Account) -> bool:
        """See Accounts."""
        with self._lock:
            if digest not in self.invited or not self.save(account):
                return False
            del self.invited[digest]
            return True

    def _revision(self, username: str) -> int:
        found = self.kept.get(username)
        return found.revision if found else 0


@dataclass
class MemoryAttempts:
    """Wrong passwords in memory; `calls` counts how often the port was asked anything."""

    guesses: dict[str, tuple[Guesses, datetime]] = field(default_factory=dict)
    calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def counted(self, keys: Collection[str], now: datetime) -> Mapping[str, Guesses]:
        """See Attempts."""
        self.calls += 1
        return {key: self.guesses[key][0] for key in keys if key in self.guesses and now < self.guesses[key][1]}

    def count(self, key: str, now: datetime, forgotten_at: datetime, expected: int | None = None) -> bool:
        """See Attempts."""
        self.calls += 1
        with self._lock:
            guesses, forgotten = self.guesses.get(key, (Guesses(0, now), now))
            so_far = guesses.count if now < forgotten else 0
            if expected is not None and so_far != expected:
                return False
            self.guesses[key] = Guesses(so_far + 1, now), forgotten_at
            return True

    def forget(self, key: str) -> None:
        """See Attempts."""
        self.calls += 1
        self.guesses.pop(key, None)


@dataclass
class MemoryNotifier:
    """Messages in memory."""

    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> None:
        """See Notifier."""
        self.sent.append(message)
