"""Manage accounts: who is behind a request."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from chalicelib.domain.access import Caller, Role
from chalicelib.domain.errors import Unauthenticated
from chalicelib.ports import Account, Accounts, Clock, PasswordHasher

_REMEMBERED_FOR = timedelta(minutes=5)
_REMEMBERED = 1000


@dataclass(frozen=True)
class ManageAccounts:
    """Basic credentials come with every request; a slow hash is checked once, then remembered for a short time.

    What is remembered is an HMAC under `process_key`, which lives and dies with this process.
    """

    accounts: Accounts
    hasher: PasswordHasher
    clock: Clock
    process_key: bytes
    _remembered: dict[bytes, tuple[str, datetime]] = field(default_factory=dict)

    @cached_property
    def decoy(self) -> str:
        """A hash that no password belongs to, so that unknown names cost the same time."""
        return self.hasher.hash(self.process_key.hex())

    def authenticate(self, username: str, password: str) -> Caller:
        """The caller behind a user name and password. Raises Unauthenticated, in equal time for unknown names."""
        account = self.accounts.account(username)
        if account is None:
            self.hasher.verify(self.decoy, password)
            raise Unauthenticated("Unknown user or wrong password")
        if not self._remembers(account, password):
            if not self.hasher.verify(account.password_hash, password):
                raise Unauthenticated("Unknown user or wrong password")
            self._remember(account, password)
        return Caller(account.username, account.roles)

    def set_password(self, username: str, password: str, roles: frozenset[Role]) -> None:
        """Create an account, or give it a new password and roles. Repeatable."""
        self.accounts.save(Account(username, self.hasher.hash(password), roles))

    def _key(self, account: Account, password: str) -> bytes:
        return hmac.digest(self.process_key, f"{account.username}\0{password}".encode(), hashlib.sha256)

    def _remembers(self, account: Account, password: str) -> bool:
        known = self._remembered.get(self._key(account, password))
        if known is None:
            return False
        encoded, until = known
        return hmac.compare_digest(encoded, account.password_hash) and self.clock() < until

    def _remember(self, account: Account, password: str) -> None:
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[self._key(account, password)] = (account.password_hash, self.clock() + _REMEMBERED_FOR)
