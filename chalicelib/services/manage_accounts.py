"""Manage accounts: users with their roles, groups, address ranges, passwords, sessions and tokens."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.access import Caller, Role, held, highest, require_admin, require_user
from chalicelib.domain.accounts import (
    MOST_SESSIONS,
    MOST_TOKENS,
    SESSION,
    SESSION_LASTS,
    Account,
    Invitation,
    Session,
    Token,
    digest,
    given_up,
    parse_email,
    parse_group,
    parse_password,
    parse_token,
    require_may_grant,
    token_text,
)
from chalicelib.domain.addresses import Ranges
from chalicelib.domain.errors import Conflict, Denied, Invalid, NotFound, Unauthenticated, Unavailable
from chalicelib.ports import Clock
from chalicelib.ports_accounts import Accounts, PasswordHasher
from chalicelib.services.sign_in import SignIn

_TRIES = 20


@dataclass(frozen=True)
class Changes:
    """What is to be changed of a user; None: as it is."""

    role: Role | None = None
    enabled: bool | None = None
    allowed_from: Ranges | None = None


@dataclass(frozen=True)
class ManageAccounts:
    """An account's record says everything of a user, the groups included: one read for each request.

    Every change is made to the record as it was read, or not at all, and decided anew when somebody else was faster.
    `secret` gives 256 random bits as text.
    """

    accounts: Accounts
    hasher: PasswordHasher
    sign_in: SignIn
    clock: Clock
    secret: Callable[[], str]

    def set_password(self, username: str, password: str, roles: frozenset[Role]) -> None:
        """The operator's way: create an account, or give it a new password and roles. Repeatable."""
        encoded = self.hasher.hash(password)
        for _ in range(_TRIES):
            account = self.accounts.account(username) or Account(username, encoded, roles)
            if self.accounts.save(replace(account, password_hash=encoded, roles=roles)):
                return
        raise Unavailable(f"Account {username!r} is being changed by others")

    def provide(self, username: str, password: str, role: Role) -> None:
        """Make sure that there is such an account; one that exists keeps what people made of it. Repeatable.

        Where nobody is root, as in instances of the first release, it gets `role` all the same.
        """
        account = self.accounts.account(username)
        if account is None:
            self.accounts.save(Account(username, self.hasher.hash(password), held(role)))
        elif role is Role.ROOT and not any(known.holds(Role.ROOT) for known in self.accounts.accounts()):
            self.accounts.save(replace(account, roles=held(role)))

    def users(self, caller: Caller) -> list[Account]:
        """All users, by name; for administrators. Raises Unauthenticated, Denied."""
        require_admin(caller)
        return self.accounts.accounts()

    def user(self, caller: Caller, username: str) -> Account:
        """One user; for administrators and for oneself. Raises Unauthenticated, Denied, NotFound."""
        require_user(caller)
        if caller.username != username:
            require_admin(caller)
        return self._existing(username)

    def change(self, caller: Caller, username: str, changes: Changes) -> Account:
        """Change role, address ranges, or whether the user may sign in. Repeatable.

        Sessions of whoever is disabled end, and invitations of his that he could not make any more: nobody comes back
        by one.
        Raises Unauthenticated, Denied, NotFound, Conflict when it would leave no owner, or no root user, where one was.
        """
        require_admin(caller)

        def changed(account: Account) -> Account:
            require_may_grant(caller, highest(account.roles))
            if changes.role is not None:
                require_may_grant(caller, changes.role)
            return replace(
                account,
                roles=account.roles if changes.role is None else held(changes.role),
                enabled=account.enabled if changes.enabled is None else changes.enabled,
                sessions=() if changes.enabled is False else account.sessions,
                allowed_from=account.allowed_from if changes.allowed_from is None else changes.allowed_from,
            )

        account = self._edit(username, changed)
        self._withdraw(lambda i: i.username is None and i.invited_by == username and not account.may_grant(i.role))
        return account

    def groups(self, caller: Caller) -> Mapping[str, list[str]]:
        """The members of every group, both by name; a group without members is none. For administrators."""
        members: dict[str, list[str]] = {}
        for account in self.users(caller):
            for group in account.groups:
                members.setdefault(group, []).append(account.username)
        return dict(sorted(members.items()))

    def set_group(self, caller: Caller, group: str, members: Collection[str]) -> None:
        """Give a group exactly these members; none: there is no such group any more. Repeatable, one user at a time.

        Raises Invalid (name), Unauthenticated, Denied, NotFound (a member; then nothing was changed).
        """
        require_admin(caller)
        parse_group(group)
        known = {account.username: account for account in self.accounts.accounts()}
        for member in sorted(set(members) - known.keys()):
            raise NotFound(f"User {member!r} does not exist")
        for username, account in known.items():
            if (username in members) is not (group in account.groups):
                self._edit(
                    username, lambda a: replace(a, groups=a.groups ^ {group}) if _other(a, group, members) else a
                )

    def change_profile(
        self, caller: Caller, password: str, name: str | None, email: str | None, address: str
    ) -> Account:
        """Change one's own name or e-mail address, to which forgotten passwords are sent; needs the password.

        Raises Unauthenticated, Denied (the password), Invalid.
        """
        self._confirm(caller, password, address)
        if email:
            parse_email(email)
        if name is not None and (len(name) > 200 or not name.isprintable()):
            raise Invalid("A name must have at most 200 printable characters")
        return self._edit(
            str(caller.username),
            lambda a: replace(a, name=a.name if name is None else name, email=a.email if email is None else email),
        )

    def change_password(self, caller: Caller, old: str, new: str, address: str) -> None:
        """Change one's own password; codes for a new one and sessions end, tokens stay.

        Raises Unauthenticated, Denied (the old one is wrong), Invalid.
        """
        self._confirm(caller, old, address)
        encoded = self.hasher.hash(parse_password(new, str(caller.username)))
        self._withdraw(lambda invitation: invitation.username == caller.username)
        self._edit(str(caller.username), lambda account: replace(account, password_hash=encoded))

    def begin_session(self, username: str, password: str, address: str) -> tuple[str, Session, Caller]:
        """Sign in for a while; the text of the session is never shown again. Not repeatable.

        Raises Unauthenticated, Denied (a token begins no session, or the address).
        """
        before = self.accounts.account(username)  # if the password is changed meanwhile, the session opens nothing
        caller = self.sign_in.authenticate(username, password, address)
        self._require_password(caller)
        secret, now = self.secret(), self.clock()
        session = Session(digest(secret + (before.password_hash if before else "")), now + SESSION_LASTS)

        def added(account: Account) -> Account:
            going_on = [known for known in account.sessions if now < known.expires_at]
            return replace(account, sessions=(*going_on, session)[-MOST_SESSIONS:])

        self._edit(username, added)
        return token_text(username, secret, SESSION), session, caller

    def end_session(self, text: str) -> None:
        """Sign out; nothing happens when the session is over, or never was. Repeatable."""
        username, secret = parse_token(text, SESSION) or ("", "")
        account = self.accounts.account(username)
        if account is None:
            return
        ended = digest(secret + account.password_hash)
        if any(session.digest == ended for session in account.sessions):
            self._edit(username, lambda a: replace(a, sessions=tuple(s for s in a.sessions if s.digest != ended)))

    def create_token(self, caller: Caller, name: str, expires_at: datetime | None) -> tuple[str, Token]:
        """A new API token of one's own; its text is never shown again. Not repeatable.

        Raises Unauthenticated, Denied (tokens make no tokens), Invalid, Conflict (the name is taken, or too many).
        """
        self._require_password(caller)
        now = self.clock()
        if not 1 <= len(name) <= 64 or not name.isprintable():
            raise Invalid(f"The name of a token must have 1 to 64 printable characters, not {name!r}")
        if expires_at is not None and expires_at <= now:
            raise Invalid(f"The token would expire at {expires_at.isoformat()}, which has passed")
        secret = self.secret()
        token = Token(name, digest(secret), now, expires_at)

        def added(account: Account) -> Account:
            if any(known.name == name for known in account.tokens):
                raise Conflict(f"There is a token {name!r} already: revoke it first")
            if len(account.tokens) >= MOST_TOKENS:
                raise Conflict(f"Nobody has more than {MOST_TOKENS} tokens: revoke one first")
            return replace(account, tokens=(*account.tokens, token))

        account = self._edit(str(caller.username), added)
        return token_text(account.username, secret), token

    def revoke_token(self, caller: Caller, name: str) -> None:
        """Revoke one of one's own tokens. Raises Unauthenticated, Denied (another token may not), NotFound."""
        require_user(caller)
        if caller.token != name:
            self._require_password(caller)

        def removed(account: Account) -> Account:
            left = tuple(token for token in account.tokens if token.name != name)
            if len(left) == len(account.tokens):
                raise NotFound(f"There is no token {name!r}")
            return replace(account, tokens=left)

        self._edit(str(caller.username), removed)

    def _edit(self, username: str, change: Callable[[Account], Account]) -> Account:
        for _ in range(_TRIES):
            account = self._existing(username)
            changed = change(account)
            if changed == account:
                return account
            beside = self._successor(account, changed)
            if self.accounts.save(changed, beside):
                return changed
        raise Unavailable(f"Account {username!r} is being changed by others")

    def _withdraw(self, ends: Callable[[Invitation], bool]) -> None:
        for invitation in self.accounts.invitations():
            if ends(invitation):
                self.accounts.withdraw(invitation.digest)

    def _successor(self, before: Account, after: Account) -> Account | None:
        """Somebody else with the role that is given up here, who must still be there when the change is saved."""
        role = given_up(before, after)
        if role is None:
            return None
        others = (account for account in self.accounts.accounts() if account.username != before.username)
        successor = next((account for account in others if account.holds(role)), None)
        if successor is None:
            raise Conflict(f"User {before.username!r} is the last one with the role {role.value!r}")
        return successor

    def _existing(self, username: str) -> Account:
        account = self.accounts.account(username)
        if account is None:
            raise NotFound(f"User {username!r} does not exist")
        return account

    def _confirm(self, caller: Caller, password: str, address: str) -> None:
        """Whoever found a signed-in browser, or a token, knows no password."""
        require_user(caller)
        try:
            confirmed = self.sign_in.authenticate(str(caller.username), password, address)
        except Unauthenticated as error:
            raise Denied(f"The present password is needed: {error}") from None
        self._require_password(confirmed)

    def _require_password(self, caller: Caller) -> None:
        require_user(caller)
        if caller.token is not None:
            raise Denied("This needs the password, not a token")


def _other(account: Account, group: str, members: Collection[str]) -> bool:
    return (account.username in members) is not (group in account.groups)
