"""Sign in: who is behind a request, by password, token or session, and how guessing is slowed down."""

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from math import ceil
from threading import Lock

from chalicelib.domain.access import Caller, Role, held
from chalicelib.domain.accounts import SESSION, Account, parse_token
from chalicelib.domain.errors import Denied, Unauthenticated
from chalicelib.domain.guessing import KNOWN_FOR, OF_ADDRESS, OF_NAME, OF_PAIR, Keys
from chalicelib.ports import Clock
from chalicelib.ports_accounts import Accounts, Attempts, PasswordHasher

_REMEMBERED_FOR = timedelta(minutes=5)  # since its last use
_REMEMBERED = 1000
_WRONG = "Unknown user or wrong password"  # for whatever is wrong, so that nobody learns which names there are

_OVER = "This session is over: sign in again"


@dataclass(frozen=True)
class Memory:
    """What a slow hash said of some passwords, for a short time: only their HMACs under a key of this process."""

    key: bytes
    _known: dict[bytes, tuple[str, datetime]] = field(default_factory=dict)

    def has(self, username: str, password: str, encoded: str, now: datetime) -> bool:
        """Whether this password was noted lately for this very hash; noted anew, if so."""
        known = self._known.get(self._digest(username, password))
        if known is None or not hmac.compare_digest(known[0], encoded) or now >= known[1]:
            return False
        self.note(username, password, encoded, now)
        return True

    def note(self, username: str, password: str, encoded: str, now: datetime) -> None:
        """Keep it in mind."""
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[self._digest(username, password)] = encoded, now + _REMEMBERED_FOR

    def _digest(self, username: str, password: str) -> bytes:
        text = f"{username}\0{password}".encode("utf-8", "surrogatepass")
        return hmac.digest(self.key, text, hashlib.sha256)


@dataclass(frozen=True)
class SignIn:
    """Basic credentials come with every request: a slow hash is asked once, then remembered while it is in use.

    The account is read for every request, so whatever is changed there counts at once. A right password that is
    remembered costs no other call, and no wait stands in its way (domain/guessing.py has the waits). A wrong one that
    is sent again and again, as forgotten scripts do, counts as one guess.
    """

    accounts: Accounts
    attempts: Attempts
    hasher: PasswordHasher
    clock: Clock
    process_key: bytes
    _locks: tuple[Lock, ...] = field(default_factory=lambda: tuple(Lock() for _ in range(64)))

    @cached_property
    def right(self) -> Memory:
        """Passwords that were right."""
        return Memory(hmac.digest(self.process_key, b"right", hashlib.sha256))

    @cached_property
    def wrong(self) -> Memory:
        """Passwords that were wrong."""
        return Memory(hmac.digest(self.process_key, b"wrong", hashlib.sha256))

    @cached_property
    def decoy(self) -> str:
        """A hash that no password belongs to, so that unknown names cost the same time."""
        return self.hasher.hash(self.process_key.hex())

    def authenticate(self, username: str, password: str, address: str = "") -> Caller:
        """The caller behind a user name and a password or token. Raises Unauthenticated, Denied (address).

        Unknown names take the same time, give the same error and are counted as known ones are.
        """
        if token := parse_token(password):
            if token[0] != username:
                raise Unauthenticated(_WRONG)
            return self.by_token(password, address)
        account = self.accounts.account(username)
        encoded = account.password_hash if account and account.enabled else self.decoy
        if not self._belongs(username, password, encoded, address) or account is None:
            raise Unauthenticated(_WRONG)
        return _caller(account, address)

    def by_token(self, text: str, address: str = "") -> Caller:
        """The caller behind a token; notes the day of its use. Raises Unauthenticated, Denied (address)."""
        username, secret = parse_token(text) or ("", "")
        account, now = self.accounts.account(username), self.clock()
        tokens = account.tokens if account and account.enabled else ()
        found = next((token for token in tokens if token.opens(secret, now)), None)
        if account is None or found is None:
            raise Unauthenticated("Unknown, expired or revoked token")
        caller = replace(_caller(account, address), token=found.name)
        if found.last_used != now.date():
            used = tuple(replace(token, last_used=now.date()) if token is found else token for token in tokens)
            self.accounts.save(replace(account, tokens=used))  # if it was changed meanwhile, the next use is noted
        return caller

    def by_session(self, text: str, address: str = "") -> Caller:
        """The caller behind a session, which began with a password. Raises Unauthenticated, Denied (address)."""
        username, secret = parse_token(text, SESSION) or ("", "")
        account, now = self.accounts.account(username), self.clock()
        if account is None or not account.enabled:
            raise Unauthenticated(_OVER)
        if not any(session.opens(secret, account.password_hash, now) for session in account.sessions):
            raise Unauthenticated(_OVER)
        return _caller(account, address)

    def _belongs(self, username: str, password: str, encoded: str, address: str) -> bool:
        now = self.clock()
        if self.right.has(username, password, encoded, now):
            return True
        if self.wrong.has(username, password, encoded, now):
            return False
        # Of many requests with the same password one asks, and the others know.
        with self._locks[hash((username, password)) % len(self._locks)]:
            if self.right.has(username, password, encoded, now):
                return True
            right = self._look(Keys(username, address), encoded, password)
            (self.right if right else self.wrong).note(username, password, encoded, now)
            return right

    def _look(self, keys: Keys, encoded: str, password: str) -> bool:
        """Look at one more password, if it is its turn. Raises Unauthenticated when it is not.

        While free guesses are left, failures are counted behind the look; after that, whoever counts first looks: of
        any number of guesses at once there is one for each wait.
        """
        now = self.clock()
        counted = self.attempts.counted((keys.pair, keys.name, keys.place, keys.known), now)
        patience = {keys.pair: OF_PAIR}
        if keys.known not in counted:
            patience |= {keys.name: OF_NAME, keys.place: OF_ADDRESS}
        waits = [free_at for key, kind in patience.items() if (free_at := kind.free_at(counted.get(key)))]
        if waits and now < max(waits):
            left = ceil((max(waits) - now).total_seconds())
            raise Unauthenticated(f"Too many wrong passwords: wait {left} s, then try again")
        suspicious = {key for key, kind in patience.items() if kind.suspicious(counted.get(key))}
        for key in suspicious:
            if not self.attempts.count(key, now, now + patience[key].forgotten_after, expected=counted[key].count):
                raise Unauthenticated("Too many wrong passwords: wait a little, then try again")
        if self.hasher.verify(encoded, password):
            if keys.pair in counted:
                self.attempts.forget(keys.pair)
            if keys.known not in counted or counted[keys.known].last < now - timedelta(days=1):
                self.attempts.count(keys.known, now, now + KNOWN_FOR)
            return True
        for key in patience.keys() - suspicious:
            self.attempts.count(key, now, now + patience[key].forgotten_after)
        return False


def _caller(account: Account, address: str) -> Caller:
    if account.allowed_from.networks and address not in account.allowed_from:
        raise Denied(f"User {account.username!r} may not sign in from address {address or 'unknown'}")
    return Caller(account.username, account.roles or held(Role.USER), account.groups)
