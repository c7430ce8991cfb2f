"""SQLite accounts: users, invitations and wrong passwords in the file of the index."""

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.adapters.accounts_codec import (
    decode_account,
    decode_invitation,
    encode_account,
    encode_invitation,
    encode_roles,
)
from chalicelib.adapters.sqlite import SqliteFile
from chalicelib.domain.accounts import Account, Invitation
from chalicelib.domain.guessing import Guesses

_ACCOUNT = "SELECT username, password_hash, roles, body, revision FROM accounts"


@dataclass(frozen=True)
class SqliteAccounts:
    """See Accounts."""

    file: SqliteFile

    def account(self, username: str) -> Account | None:
        """See Accounts."""
        rows = self.file.read(f"{_ACCOUNT} WHERE username = ?", (username,))
        return _account(rows[0]) if rows else None

    def accounts(self) -> list[Account]:
        """See Accounts."""
        return [_account(row) for row in self.file.read(f"{_ACCOUNT} ORDER BY username")]

    def save(self, account: Account, beside: Account | None = None) -> bool:
        """See Accounts."""
        with self.file.transaction() as db:
            if beside is not None and _revision(db, beside.username) != beside.revision:
                return False
            return _saved(db, account)

    def invite(self, invitation: Invitation) -> None:
        """See Accounts."""
        row = (invitation.digest, invitation.created_at.timestamp(), encode_invitation(invitation))
        with self.file.transaction() as db:
            db.execute("INSERT OR REPLACE INTO invitations VALUES (?, ?, ?)", row)

    def invitation(self, digest: str) -> Invitation | None:
        """See Accounts."""
        rows = self.file.read("SELECT body FROM invitations WHERE digest = ?", (digest,))
        return decode_invitation(rows[0][0]) if rows else None

    def invitations(self) -> list[Invitation]:
        """See Accounts."""
        return [decode_invitation(body) for (body,) in self.file.read("SELECT body FROM invitations ORDER BY created")]

    def withdraw(self, digest: str) -> None:
        """See Accounts."""
        with self.file.transaction() as db:
            db.execute("DELETE FROM invitations WHERE digest = ?", (digest,))

    def redeem(self, digest: str, account: Account) -> bool:
        """See Accounts."""
        with self.file.transaction() as db:
            found = db.execute("SELECT 1 FROM invitations WHERE digest = ?", (digest,)).fetchone()
            if not found or not _saved(db, account):
                return False
            db.execute("DELETE FROM invitations WHERE digest = ?", (digest,))
            return True


@dataclass(frozen=True)
class SqliteAttempts:
    """See Attempts."""

    file: SqliteFile

    def counted(self, keys: Collection[str], now: datetime) -> Mapping[str, Guesses]:
        """See Attempts."""
        marks = ", ".join("?" * len(keys))
        query = f"SELECT key, guesses, latest FROM attempts WHERE key IN ({marks}) AND forgotten > ?"  # noqa: S608 - question marks only
        rows = self.file.read(query, (*keys, now.timestamp()))
        return {key: Guesses(int(count), datetime.fromtimestamp(float(latest), UTC)) for key, count, latest in rows}

    def count(self, key: str, now: datetime, forgotten_at: datetime, expected: int | None = None) -> bool:
        """See Attempts."""
        with self.file.transaction() as db:
            db.execute("DELETE FROM attempts WHERE forgotten <= ?", (now.timestamp(),))
            found = db.execute("SELECT guesses FROM attempts WHERE key = ?", (key,)).fetchone()
            so_far = int(found[0]) if found else 0
            if expected is not None and so_far != expected:
                return False
            row = (key, so_far + 1, now.timestamp(), forgotten_at.timestamp())
            db.execute("INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?)", row)
            return True

    def forget(self, key: str) -> None:
        """See Attempts."""
        with self.file.transaction() as db:
            db.execute("DELETE FROM attempts WHERE key = ?", (key,))


def _account(row: tuple[str, ...]) -> Account:
    username, password_hash, roles, body, revision = row
    return decode_account(username, password_hash, roles, body, int(revision))


def _revision(db: sqlite3.Connection, username: str) -> int:
    found = db.execute("SELECT revision FROM accounts WHERE username = ?", (username,)).fetchone()
    return int(found[0]) if found else 0


def _saved(db: sqlite3.Connection, account: Account) -> bool:
    if _revision(db, account.username) != account.revision:
        return False
    db.execute(
        "INSERT OR REPLACE INTO accounts (username, password_hash, roles, body, revision) VALUES (?, ?, ?, ?, ?)",
        (
            account.username,
            account.password_hash,
            encode_roles(account),
            encode_account(account),
            account.revision + 1,
        ),
    )
    return True
