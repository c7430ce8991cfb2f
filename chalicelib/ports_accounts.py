"""Ports of accounts: users, their invitations, wrong passwords, and messages to people (see chalicelib.ports)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.domain.accounts import Account, Invitation
from chalicelib.domain.guessing import Guesses


class Accounts(Protocol):
    """The users of this instance, and who was invited to become one; all reads see all writes."""

    def account(self, username: str) -> Account | None:
        """The account of that exact name, or None; any text may be asked for."""

    def accounts(self) -> list[Account]:
        """All accounts, sorted by user name."""

    def save(self, account: Account, beside: Account | None = None) -> bool:
        """Save an account if nobody saved it since `account.revision` was read (0: if there is none).

        With `beside`, also only if nobody saved that other account since it was read. False: somebody did; read again
        and decide anew. The saved account has `revision + 1`.
        """

    def invite(self, invitation: Invitation) -> None:
        """Keep an invitation. Repeatable."""

    def invitation(self, digest: str) -> Invitation | None:
        """The invitation with that digest, or None: there was none, or it was used or withdrawn."""

    def invitations(self) -> list[Invitation]:
        """All invitations that were neither used nor withdrawn, expired ones included, oldest first."""

    def withdraw(self, digest: str) -> None:
        """Forget an invitation. Nothing happens when it is gone already."""

    def redeem(self, digest: str, account: Account) -> bool:
        """Use up an invitation and save the account as `save` does, both or neither, once for each invitation.

        False: the invitation is gone, or somebody saved the account.
        """


class Attempts(Protocol):
    """Wrong passwords, counted for all processes of the instance together."""

    def counted(self, keys: Collection[str], now: datetime) -> Mapping[str, Guesses]:
        """What is counted under each of at most 10 keys; nothing for a key whose count is forgotten."""

    def count(self, key: str, now: datetime, forgotten_at: datetime, expected: int | None = None) -> bool:
        """Count one more. With `expected`, only if exactly so many are counted; False: there are not."""

    def forget(self, key: str) -> None:
        """Count from nothing again. Repeatable."""


class PasswordHasher(Protocol):
    """Slow, salted password hashing."""

    def hash(self, password: str) -> str:
        """An encoded hash with its own salt and parameters."""

    def verify(self, encoded: str, password: str) -> bool:
        """Whether the password belongs to the hash; constant-time."""


@dataclass(frozen=True)
class Message:
    """A message to one person, in plain text; it may hold a code, so nobody logs it."""

    to: str
    subject: str
    text: str


class Notifier(Protocol):
    """The way to people's mailboxes."""

    def send(self, message: Message) -> None:
        """Hand over a message; sending it again may deliver it twice. Raises Rejected for an impossible address."""
