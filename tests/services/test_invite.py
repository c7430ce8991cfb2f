"""Invitations: a code is good once and for a while, is known to its receiver alone, and tells nobody who is a user."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from chalicelib.domain.access import ANONYMOUS, Role, held
from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import Conflict, Denied, Invalid, NotFound, Unauthenticated, Unavailable
from chalicelib.ports_accounts import Message
from chalicelib.services.invite import Invite
from chalicelib.services.manage_accounts import Changes

from .people import ELSEWHERE, HOME, PASSWORD, People
from .world import Crash, Crashing, Fuse

EMAIL = "ada@example.org"


@pytest.fixture
def people() -> People:
    made = People()
    made.kept.save(replace(made.account(), email="user@example.org"))
    return made


def code(people: People) -> str:
    """The code in the last message."""
    lines = people.notifier.sent[-1].text.splitlines()
    return next(line.strip() for line in lines if line.startswith("  code"))


def invited(people: People, role: Role = Role.USER) -> str:
    people.invite.invite(people.caller("root"), EMAIL, role)
    return code(people)


@pytest.mark.parametrize(
    ("caller", "roles"),
    [("user", []), ("admin", [Role.USER]), ("owner", [Role.USER, Role.ADMIN, Role.OWNER]), ("root", list(Role))],
)
def test_who_may_invite_whom(people: People, caller: str, roles: list[Role]) -> None:
    for role in Role:
        if role in roles:
            people.invite.invite(people.caller(caller), EMAIL, role)
        else:
            with pytest.raises(Denied):
                people.invite.invite(people.caller(caller), EMAIL, role)
    with pytest.raises(Unauthenticated):
        people.invite.invite(ANONYMOUS, EMAIL, Role.USER)


@pytest.mark.parametrize("role", Role)
def test_whoever_was_invited_becomes_a_user_with_that_role(people: People, role: Role) -> None:
    people.invite.redeem(invited(people, role), PASSWORD, "ada", HOME)
    assert people.caller("ada").roles == held(role)
    assert people.account("ada").email == EMAIL


def test_the_message_says_all_that_is_needed_and_the_record_no_code(people: People) -> None:
    given = invited(people)
    message = people.notifier.sent[-1]
    assert message.to == EMAIL
    assert all(word in message.text for word in (given, "https://acme.example.org", "acme", "15 January 2026", "root"))
    assert given not in repr(people.kept)


def test_a_code_is_good_once(people: People) -> None:
    given = invited(people)
    people.invite.redeem(given, PASSWORD, "ada", HOME)
    with pytest.raises(NotFound):
        people.invite.redeem(given, PASSWORD, "bob", HOME)
    assert people.kept.account("bob") is None


def test_a_code_is_good_for_fourteen_days(people: People) -> None:
    given = invited(people)
    people.wait(days=14)
    with pytest.raises(NotFound, match="expired"):
        people.invite.redeem(given, PASSWORD, "ada", HOME)
    assert people.invite.invitations(people.caller("admin")) == []
    assert people.kept.invitations() == []


@pytest.mark.parametrize("wrong", ["", "code-", "nonsense", "\ud800", "x" * 10_000])
def test_another_code_is_none(people: People, wrong: str) -> None:
    invited(people)
    with pytest.raises(NotFound):
        people.invite.redeem(wrong, PASSWORD, "ada", HOME)


@pytest.mark.parametrize(
    ("username", "password", "error"),
    [
        (None, PASSWORD, Invalid),
        ("Ada", PASSWORD, Invalid),
        (".ada", PASSWORD, Invalid),
        ("ada-", PASSWORD, Invalid),
        ("group-ada", PASSWORD, Invalid),
        ("ada@example.org", PASSWORD, Invalid),
        ("duracloud", PASSWORD, Invalid),
        ("x" * 65, PASSWORD, Invalid),
        ("ada", "short", Invalid),
        ("user", PASSWORD, Conflict),
    ],
)
def test_what_is_wrong_does_not_use_up_the_code(
    people: People, username: str | None, password: str, error: type[Exception]
) -> None:
    given = invited(people)
    with pytest.raises(error):
        people.invite.redeem(given, password, username, HOME)
    assert people.invite.redeem(given, PASSWORD, "ada.l_1-x", HOME).username == "ada.l_1-x"


def test_a_new_invitation_to_the_same_address_ends_the_old_one(people: People) -> None:
    old, new = invited(people), invited(people)
    assert len(people.invite.invitations(people.caller("admin"))) == 1
    with pytest.raises(NotFound):
        people.invite.redeem(old, PASSWORD, "ada", HOME)
    people.invite.redeem(new, PASSWORD, "ada", HOME)


def test_an_invitation_can_be_withdrawn(people: People) -> None:
    given = invited(people, Role.OWNER)
    (invitation,) = people.invite.invitations(people.caller("admin"))
    with pytest.raises(Denied):
        people.invite.withdraw(people.caller("admin"), invitation.digest)
    people.invite.withdraw(people.caller("owner"), invitation.digest)
    with pytest.raises(NotFound):
        people.invite.withdraw(people.caller("owner"), invitation.digest)
    with pytest.raises(NotFound):
        people.invite.redeem(given, PASSWORD, "ada", HOME)


def test_a_new_invitation_ends_no_old_one_that_its_sender_could_not_withdraw(people: People) -> None:
    given = invited(people, Role.OWNER)
    with pytest.raises(Denied):
        people.invite.invite(people.caller("admin"), EMAIL, Role.USER)
    people.invite.redeem(given, PASSWORD, "ada", HOME)
    assert people.caller("ada").roles == held(Role.OWNER)


@pytest.mark.parametrize("changes", [Changes(enabled=False), Changes(role=Role.USER)])
def test_nobody_who_lost_a_role_comes_back_by_an_invitation_of_his_own(people: People, changes: Changes) -> None:
    people.invite.invite(people.caller("owner"), EMAIL, Role.OWNER)
    given = code(people)
    people.invite.invite(people.caller("root"), "bob@example.org", Role.USER)
    people.accounts.change(people.caller("root"), "owner", changes)
    with pytest.raises(NotFound):
        people.invite.redeem(given, PASSWORD, "again", HOME)
    assert people.invite.redeem(code(people), PASSWORD, "bob", HOME).username == "bob"


def test_of_two_who_take_a_name_at_once_one_gets_it(people: People) -> None:
    given, redeem, raced = invited(people), people.kept.redeem, []

    def racing(digest: str, account: Account) -> bool:
        if not raced:
            raced.append(True)
            people.kept.save(Account("ada", "somebody else's", held(Role.USER)))
        return redeem(digest, account)

    people.kept.redeem = racing  # type: ignore[method-assign]
    with pytest.raises(Conflict, match="taken"):
        people.invite.redeem(given, PASSWORD, "ada", HOME)
    assert people.account("ada").password_hash == "somebody else's"
    people.invite.redeem(given, PASSWORD, "ada2", HOME)


def test_a_message_that_cannot_be_sent_leaves_no_invitation(people: People) -> None:
    def failing(message: Message) -> None:
        raise Unavailable("down")

    people.notifier.send = failing  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        people.invite.invite(people.caller("admin"), EMAIL, Role.USER)
    assert people.kept.invitations() == []


def test_an_instance_without_e_mail_says_so(people: People) -> None:
    silent = replace(people.invite, notifier=None)
    for call in (
        lambda: silent.invite(people.caller("admin"), EMAIL, Role.USER),
        lambda: silent.reset(people.caller("admin"), "user"),
        lambda: silent.forgotten("user", HOME),
    ):
        with pytest.raises(Conflict, match="DURACLOUD_NOTIFIER"):
            call()


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "@x.org", "a b@x.org", "a@x.org\nBcc: b@x.org", "a@x.org,b@x.org"]
)
def test_what_is_no_address_is_refused(people: People, email: str) -> None:
    with pytest.raises(Invalid):
        people.invite.invite(people.caller("admin"), email, Role.USER)


class TestForgottenPasswords:
    def test_the_code_gives_a_new_password_and_ends_tokens_and_other_codes(self, people: People) -> None:
        token, _ = people.accounts.create_token(people.caller("user"), "nightly", None)
        people.invite.forgotten("user", HOME)
        old = code(people)
        people.invite.forgotten("user", HOME)
        people.invite.redeem(code(people), "a newer password", None, HOME)
        assert people.caller("user", "a newer password").roles == held(Role.USER)
        for gone in (PASSWORD, token):
            with pytest.raises(Unauthenticated):
                people.caller("user", gone)
        with pytest.raises(NotFound):
            people.invite.redeem(old, PASSWORD, None, HOME)

    def test_nobody_is_told_who_is_a_user(self, people: People) -> None:
        people.kept.save(replace(people.account("admin"), email="admin@example.org", enabled=False))
        for username in ("nobody", "root", "admin", "", "\ud800"):  # unknown, without address, disabled, nonsense
            people.invite.forgotten(username, HOME)
        assert people.notifier.sent == []

    def test_a_mail_server_that_fails_does_not_tell_either(self, people: People) -> None:
        def failing(message: Message) -> None:
            raise Unavailable("down")

        people.notifier.send = failing  # type: ignore[method-assign]
        people.invite.forgotten("user", HOME)
        people.invite.forgotten("nobody", HOME)
        assert people.kept.invitations() == []

    def test_whoever_asks_for_many_users_waits_and_others_do_not(self, people: People) -> None:
        for n in range(100):
            people.invite.forgotten(f"nobody-{n}", HOME)
        rows = len(people.attempts.guesses)
        people.invite.forgotten("user", HOME)
        assert (people.notifier.sent, len(people.attempts.guesses)) == ([], rows)
        people.invite.forgotten("user", ELSEWHERE)
        assert len(people.notifier.sent) == 1

    @pytest.mark.parametrize("change", ["email", "password"])
    def test_a_code_ends_when_the_user_changes_address_or_password(self, people: People, change: str) -> None:
        people.invite.forgotten("user", HOME)
        user = people.caller("user")
        if change == "email":
            people.accounts.change_profile(user, PASSWORD, None, "new@example.org", HOME)
        else:
            people.accounts.change_password(user, PASSWORD, "a newer password", HOME)
        with pytest.raises(NotFound):
            people.invite.redeem(code(people), "another password", None, HOME)

    def test_nobody_floods_a_mailbox(self, people: People) -> None:
        for _ in range(100):
            people.invite.forgotten("user", HOME)
        assert len(people.notifier.sent) == 3
        people.wait(hours=1)
        people.invite.forgotten("user", HOME)
        assert len(people.notifier.sent) == 4

    def test_the_code_is_for_its_user_alone(self, people: People) -> None:
        people.invite.forgotten("user", HOME)
        with pytest.raises(Invalid, match="'user'"):
            people.invite.redeem(code(people), PASSWORD, "root", HOME)
        people.invite.redeem(code(people), "a newer password", "user", HOME)

    def test_it_is_worth_nothing_for_whoever_was_disabled(self, people: People) -> None:
        people.invite.forgotten("user", HOME)
        people.kept.save(replace(people.account(), enabled=False))
        with pytest.raises(NotFound):
            people.invite.redeem(code(people), PASSWORD, None, HOME)

    def test_administrators_send_it_to_users_only(self, people: People) -> None:
        people.invite.reset(people.caller("admin"), "user")
        assert people.notifier.sent[-1].to == "user@example.org"
        people.kept.save(replace(people.account("owner"), email="owner@example.org"))
        with pytest.raises(Denied):
            people.invite.reset(people.caller("admin"), "owner")
        with pytest.raises(Conflict, match="no e-mail"):
            people.invite.reset(people.caller("root"), "admin")
        with pytest.raises(NotFound):
            people.invite.reset(people.caller("root"), "nobody")

    def test_a_new_password_ends_the_wait_at_this_address(self, people: People) -> None:
        for n in range(9):
            with pytest.raises(Unauthenticated):
                people.caller("user", f"guess {n}")
        people.invite.forgotten("user", HOME)
        people.invite.redeem(code(people), "a newer password", None, HOME)
        assert people.caller("user", "a newer password").username == "user"


class TestCrashes:
    def crashing(self, people: People, fuse: Fuse) -> Invite:
        accounts: Any = Crashing(people.kept, fuse)
        notifier: Any = Crashing(people.notifier, fuse)
        attempts: Any = Crashing(people.attempts, fuse)
        return replace(people.invite, accounts=accounts, notifier=notifier, attempts=attempts)

    def test_an_invitation_that_broke_off_anywhere_is_made_again(self, people: People) -> None:
        for calls in count():
            fuse = Fuse(calls)
            try:
                self.crashing(people, fuse).invite(people.caller("admin"), EMAIL, Role.USER)
            except Crash:
                people.invite.invite(people.caller("admin"), EMAIL, Role.USER)
            assert len(people.kept.invitations()) == 1
            people.invite.redeem(code(people), PASSWORD, f"ada{calls}", HOME)
            if fuse.left >= 0:
                break
        assert calls > 5

    def test_a_code_whose_use_broke_off_made_a_user_or_is_still_good(self, people: People) -> None:
        for calls in count():
            given, fuse = invited(people), Fuse(calls)
            try:
                self.crashing(people, fuse).redeem(given, PASSWORD, f"ada{calls}", HOME)
            except Crash:
                if people.kept.account(f"ada{calls}") is None:
                    people.invite.redeem(given, PASSWORD, f"ada{calls}", HOME)
            assert people.caller(f"ada{calls}").roles == held(Role.USER)
            if fuse.left >= 0:
                break
        assert calls > 5
