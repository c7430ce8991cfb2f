"""System: the clock, and password hashing by argon2."""

from dataclasses import dataclass
from datetime import UTC, datetime
from threading import BoundedSemaphore


def now() -> datetime:
    """See Clock."""
    return datetime.now(UTC)


_AT_ONCE = BoundedSemaphore(4)  # each takes 64 MiB and a core: guessing must not take the whole machine


@dataclass(frozen=True)
class Argon2:
    """See PasswordHasher. argon2id with the library's defaults (RFC 9106, low-memory profile)."""

    def hash(self, password: str) -> str:
        """See PasswordHasher."""
        from argon2 import PasswordHasher  # here, not above: most functions never need it (cold start)

        return PasswordHasher().hash(password)

    def verify(self, encoded: str, password: str) -> bool:
        """See PasswordHasher. No password belongs to a text that is no argon2 hash, and no hash to half a character."""
        from argon2 import PasswordHasher
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            with _AT_ONCE:
                return PasswordHasher().verify(encoded, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False
