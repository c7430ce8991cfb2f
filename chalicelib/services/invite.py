"""Invite: become a user by a code that comes by e-mail, and get a new password by the same means (contract 7)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib.domain.access import Caller, Role, held, highest, require_admin
from chalicelib.domain.accounts import (
    VALID_FOR,
    Account,
    Invitation,
    digest,
    parse_email,
    parse_password,
    parse_username,
    require_may_grant,
)
from chalicelib.domain.errors import Conflict, DuraCloudError, Invalid, NotFound, Unavailable
from chalicelib.domain.guessing import OF_ADDRESS, OF_RESET, Keys
from chalicelib.ports import Clock
from chalicelib.ports_accounts import Accounts, Attempts, Message, Notifier, PasswordHasher

log = logging.getLogger(__name__)

_TRIES = 20
_GONE = "This code is unknown, was used or has expired"
_INVITATION = """Hello,

{inviter} invites you to the DuraCloud of {account} as {role}. Choose a user name and a password with

  duracloud --address {address} redeem --username NAME

and enter this code when you are asked for it:

  {code}

It is good once, until {until}. If you did not expect this message, ignore it.
"""
_RESET = """Hello,

a new password was asked for user {username} of the DuraCloud of {account}. Choose it with

  duracloud --address {address} redeem

and enter this code when you are asked for it:

  {code}

It is good once, until {until}. Your API tokens end with the old password. If you did not ask for a new one, ignore
this message: nothing changes.
"""


@dataclass(frozen=True)
class Invite:
    """Only the digest of a code is kept; the code itself is in the message and nowhere else.

    `notifier` None: this instance sends no e-mail. `secret` gives 256 random bits as text; `account` is the name of the
    institution, `address` where people reach the service.
    """

    accounts: Accounts
    attempts: Attempts
    hasher: PasswordHasher
    notifier: Notifier | None
    clock: Clock
    secret: Callable[[], str]
    account: str
    address: str

    def invite(self, caller: Caller, email: str, role: Role) -> Invitation:
        """Invite somebody; an earlier invitation to the same address ends. Repeatable: the last message counts.

        Raises Unauthenticated, Denied (also for one who may not end the earlier one), Invalid (address), Conflict (no
        e-mail here).
        """
        require_may_grant(caller, role)
        earlier = [i for i in self.accounts.invitations() if i.username is None and i.email == email]
        for old in earlier:
            require_may_grant(caller, old.role)
        code, invitation = self.offer(email, role, str(caller.username))
        self._send(invitation, "Invitation to DuraCloud", _INVITATION, code, inviter=caller.username, role=role.value)
        for old in earlier:
            self.accounts.withdraw(old.digest)
        return invitation

    def offer(self, email: str, role: Role, inviter: str, username: str | None = None) -> tuple[str, Invitation]:
        """An invitation and its code, which the caller hands over; the operator's way to the first administrator."""
        code, now = self.secret(), self.clock()
        invitation = Invitation(digest(code), parse_email(email), role, inviter, now, now + VALID_FOR, username)
        self.accounts.invite(invitation)
        return code, invitation

    def invitations(self, caller: Caller) -> list[Invitation]:
        """Invitations that can still be used, oldest first; for administrators. Forgets those that expired."""
        require_admin(caller)
        now, usable = self.clock(), []
        for invitation in self.accounts.invitations():
            if now < invitation.expires_at:
                usable.append(invitation)
            else:
                self.accounts.withdraw(invitation.digest)
        return usable

    def withdraw(self, caller: Caller, known_by: str) -> None:
        """End an invitation, given its digest. Raises Unauthenticated, Denied, NotFound."""
        require_admin(caller)
        invitation = self.accounts.invitation(known_by)
        if invitation is None:
            raise NotFound("There is no such invitation")
        require_may_grant(caller, invitation.role)
        self.accounts.withdraw(known_by)

    def forgotten(self, username: str, address: str) -> None:
        """Send a code for a new password, if there is such a user with an e-mail address: nobody is told which.

        After three messages to a user the next one waits, longer each time, and so does whoever asks for many users
        from one address. Raises Conflict (no e-mail here).
        """
        self._require_notifier()
        now, keys = self.clock(), Keys(username, address)
        patience = {keys.reset: OF_RESET, keys.resets: OF_ADDRESS}
        counted = self.attempts.counted(patience, now)
        waits = [free_at for key, kind in patience.items() if (free_at := kind.free_at(counted.get(key)))]
        account = self.accounts.account(username)
        if waits and now < max(waits):
            return
        for key, kind in patience.items():
            self.attempts.count(key, now, now + kind.forgotten_after)
        if account is not None and account.enabled and account.email:
            try:
                self._send_reset(account, username)
            except DuraCloudError as error:  # told to the operator alone: no other name can fail so
                log.warning("A code for a new password could not be sent: %s", error)

    def reset(self, caller: Caller, username: str) -> Invitation:
        """Send a user a code for a new password. Raises Unauthenticated, Denied, NotFound, Conflict (no e-mail)."""
        require_admin(caller)
        account = self.accounts.account(username)
        if account is None:
            raise NotFound(f"User {username!r} does not exist")
        require_may_grant(caller, highest(account.roles))
        if not account.email:
            raise Conflict(f"User {username!r} has no e-mail address")
        return self._send_reset(account, str(caller.username))

    def redeem(self, code: str, password: str, username: str | None, address: str) -> Account:
        """Use up a code: a new user with that name and password, or a new password for the user who was sent it.

        A new password ends all tokens and all other codes for it. Raises NotFound (the code), Invalid, Conflict (the
        name is taken; the code stays).
        """
        for _ in range(_TRIES):
            invitation = self.accounts.invitation(digest(code))
            if invitation is None or self.clock() >= invitation.expires_at:
                raise NotFound(_GONE)
            account = self._renewed(invitation, username) if invitation.username else self._new(invitation, username)
            encoded = self.hasher.hash(parse_password(password, account.username))
            if self.accounts.redeem(invitation.digest, replace(account, password_hash=encoded)):
                self.attempts.forget(Keys(account.username, address).pair)
                for other in self.accounts.invitations():
                    if other.username == account.username:
                        self.accounts.withdraw(other.digest)
                return account
        raise Unavailable(f"Account {account.username!r} is being changed by others")

    def _new(self, invitation: Invitation, username: str | None) -> Account:
        name = parse_username(username or "")
        if self.accounts.account(name) is not None:
            raise Conflict(f"User name {name!r} is taken: choose another one")
        return Account(name, "", held(invitation.role), email=invitation.email)

    def _renewed(self, invitation: Invitation, username: str | None) -> Account:
        account = self.accounts.account(str(invitation.username))
        if account is None or not account.enabled or account.email != invitation.email:
            raise NotFound(_GONE)  # also when the mailbox that it was sent to is no longer the user's
        if username not in (None, account.username):
            raise Invalid(f"This code is for user {account.username!r}, whose name stays")
        return replace(account, tokens=())

    def _send_reset(self, account: Account, asked_by: str) -> Invitation:
        code, invitation = self.offer(account.email, highest(account.roles), asked_by, account.username)
        self._send(invitation, "New password for DuraCloud", _RESET, code, username=account.username)
        return invitation

    def _send(self, invitation: Invitation, subject: str, text: str, code: str, **more: object) -> None:
        until = invitation.expires_at.strftime("%d %B %Y")
        body = text.format(account=self.account, address=self.address, code=code, until=until, **more)
        try:
            self._require_notifier().send(Message(invitation.email, subject, body))
        except DuraCloudError:
            self.accounts.withdraw(invitation.digest)  # nobody will ever have its code
            raise

    def _require_notifier(self) -> Notifier:
        if self.notifier is None:
            raise Conflict("This instance sends no e-mail: its operator has to set DURACLOUD_NOTIFIER first")
        return self.notifier
