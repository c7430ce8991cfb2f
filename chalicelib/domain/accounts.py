"""Accounts: users with roles, groups and tokens, invitations, and the rules for names (contract 0.4, 0.5 and 7)."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.domain.access import GROUP, PUBLIC, Caller, Role, require_role
from chalicelib.domain.addresses import ANYWHERE, Ranges
from chalicelib.domain.errors import Invalid
from chalicelib.domain.journal import SYSTEM

VALID_FOR = timedelta(days=14)  # an invitation, and so a password reset (contract 7)
MOST_TOKENS = 50  # of one user
MOST_SESSIONS = 20  # of one user: with another one the oldest ends
SESSION_LASTS = timedelta(hours=12)
TOKEN, SESSION = "dct", "dcs"  # what their texts begin with
_PASSWORD = range(12, 1025)  # characters
_MAY_GRANT = {Role.USER: Role.ADMIN, Role.ADMIN: Role.OWNER, Role.OWNER: Role.OWNER, Role.ROOT: Role.ROOT}


@dataclass(frozen=True)
class Token:
    """One API token; `digest` is the SHA-256 of its secret, 64 hex digits. `expires_at` None: never."""

    name: str
    digest: str
    created_at: datetime
    expires_at: datetime | None = None
    last_used: date | None = None

    def opens(self, secret: str, now: datetime) -> bool:
        """Whether this is its secret, and its time has not run out; constant-time."""
        return hmac.compare_digest(self.digest, digest(secret)) and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True)
class Session:
    """One sign-in; `digest` is made of its secret and of the password's hash, so that a new password ends it."""

    digest: str
    expires_at: datetime

    def opens(self, secret: str, password_hash: str, now: datetime) -> bool:
        """Whether this is its secret, the password still the same, and its time has not run out; constant-time."""
        return hmac.compare_digest(self.digest, digest(secret + password_hash)) and now < self.expires_at


@dataclass(frozen=True)
class Account:
    """One user; `password_hash` is an argon2 encoded hash, `revision` counts saves (0: never saved)."""

    username: str
    password_hash: str
    roles: frozenset[Role]
    email: str = ""
    name: str = ""  # as people call the user
    groups: frozenset[str] = frozenset()  # with their prefix: group-curators
    allowed_from: Ranges = ANYWHERE
    enabled: bool = True
    tokens: tuple[Token, ...] = ()
    sessions: tuple[Session, ...] = ()  # oldest first
    revision: int = 0

    def holds(self, role: Role) -> bool:
        """Whether the user can act in that role now."""
        return self.enabled and role in self.roles

    def may_grant(self, role: Role) -> bool:
        """Whether the user can give that role now (see `require_may_grant`)."""
        return self.holds(_MAY_GRANT[role])


@dataclass(frozen=True)
class Invitation:
    """A promise that whoever shows the code behind `digest` becomes a user, or (`username`) gets a new password."""

    digest: str
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime
    username: str | None = None


def digest(secret: str) -> str:
    """What is kept of a random secret: it has 256 bits, so one round of SHA-256 hides it well enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def token_text(username: str, secret: str, kind: str = TOKEN) -> str:
    """A whole token, as it is shown once: it tells the service whose it is; safe in a header and in a cookie."""
    return f"{kind}.{username.encode().hex()}.{secret}"


def parse_token(text: str, kind: str = TOKEN) -> tuple[str, str] | None:
    """User name and secret of a token, or None for any other text."""
    found = re.fullmatch(rf"{kind}\.((?:[0-9a-f]{{2}})+)\.([\w-]+)", text, re.ASCII)
    try:
        return (bytes.fromhex(found[1]).decode(), found[2]) if found else None
    except UnicodeDecodeError:
        return None


def parse_username(text: str) -> str:
    """Check a name for a new user (contract 0.4). Raises Invalid."""
    if not re.fullmatch(r"[a-z0-9_.-]{1,64}", text):
        raise Invalid(f"User name {text!r} must have 1 to 64 of the characters a-z 0-9 _ . -")
    if text[0] in "_.-" or text[-1] in "_.-":
        raise Invalid(f"User name {text!r} must not begin or end with any of _ . -")
    if text.startswith(GROUP):
        raise Invalid(f"User name {text!r} must not begin with {GROUP!r}: groups do")
    if text == SYSTEM:
        raise Invalid(f"User name {text!r} is that of the service itself")
    return text


def parse_group(text: str) -> str:
    """Check the name of a group, `group-` and what follows (contract 7). Raises Invalid."""
    if not re.fullmatch(rf"{GROUP}[a-z0-9_.@-]{{1,64}}", text):
        raise Invalid(f"Group {text!r} must be {GROUP!r} and 1 to 64 of the characters a-z 0-9 _ . @ -")
    if text == PUBLIC:
        raise Invalid(f"Group {text!r} is everybody: it has no members")
    return text


def parse_email(text: str) -> str:
    """Check an e-mail address as far as that is possible without writing to it. Raises Invalid."""
    if len(text) > 254 or not re.fullmatch(r"[^\s@<>\",;:()\x00-\x1f\x7f]+@[\w.-]+", text, re.ASCII):
        raise Invalid(f"{text!r} is not an e-mail address")
    return text


def parse_password(text: str, username: str) -> str:
    """Check a new password. Raises Invalid, without repeating it."""
    if len(text) not in _PASSWORD:
        raise Invalid(f"A password must have {_PASSWORD.start} to {_PASSWORD.stop - 1} characters")
    if username.lower() in text.lower() and len(text) < len(username) + _PASSWORD.start:
        raise Invalid("A password must not be little more than the user name")
    if parse_token(text):
        raise Invalid("A password must not look like an API token")
    return text


def require_may_grant(caller: Caller, role: Role) -> None:
    """Raise unless the caller may give this role, and change users who have it.

    Administrators manage users; owners also administrators and owners; root users everybody.
    """
    require_role(caller, _MAY_GRANT[role])


def given_up(before: Account, after: Account) -> Role | None:
    """The role that somebody else must hold for this change to be allowed: the last owner or root stays."""
    return next((role for role in (Role.ROOT, Role.OWNER) if before.holds(role) and not after.holds(role)), None)
