"""Accounts: who may change whom, nothing is lost between two who change at once, and the last owner stays."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.access import ANONYMOUS, Role, held, highest
from chalicelib.domain.accounts import MOST_TOKENS, Account
from chalicelib.domain.addresses import parse_ranges
from chalicelib.domain.errors import Conflict, Denied, Invalid, NotFound, Unauthenticated
from chalicelib.services.manage_accounts import Changes

from .people import HOME, PASSWORD, People

ROLES = list(Role)


@pytest.fixture
def people() -> People:
    made = People()
    for role in Role:  # a second one of each, whom the first may or may not change
        made.accounts.set_password(f"other-{role.value}", PASSWORD, held(role))
    return made


def allowed(caller: Role, target: Role) -> bool:
    """Administrators manage users, owners also administrators and owners, root users everybody."""
    return {Role.USER: [], Role.ADMIN: [Role.USER], Role.OWNER: ROLES[:3], Role.ROOT: ROLES}[caller].count(target) > 0


@pytest.mark.parametrize("wanted", Role)
@pytest.mark.parametrize("target", Role)
@pytest.mark.parametrize("caller", Role)
def test_every_change_of_every_role_by_everybody(people: People, caller: Role, target: Role, wanted: Role) -> None:
    who, name = people.caller(caller.value), f"other-{target.value}"
    if allowed(caller, target) and allowed(caller, wanted):
        people.accounts.change(who, name, Changes(role=wanted))
        assert highest(people.account(name).roles) is wanted
    else:
        with pytest.raises(Denied):
            people.accounts.change(who, name, Changes(role=wanted))
        assert people.account(name).roles == held(target)


@pytest.mark.parametrize("target", Role)
@pytest.mark.parametrize("caller", Role)
def test_who_may_disable_whom(people: People, caller: Role, target: Role) -> None:
    changes = Changes(enabled=False, allowed_from=parse_ranges("192.0.2.0/24"))
    if allowed(caller, target):
        for _ in range(2):
            people.accounts.change(people.caller(caller.value), f"other-{target.value}", changes)
        account = people.account(f"other-{target.value}")
        assert (account.enabled, str(account.allowed_from)) == (False, "192.0.2.0/24")
        people.accounts.change(people.caller(caller.value), account.username, Changes(enabled=True))
        assert people.account(account.username).roles == held(target)
    else:
        with pytest.raises(Denied):
            people.accounts.change(people.caller(caller.value), f"other-{target.value}", changes)


def test_nobody_is_anonymous_here(people: People) -> None:
    for call in (
        lambda: people.accounts.users(ANONYMOUS),
        lambda: people.accounts.change(ANONYMOUS, "user", Changes()),
        lambda: people.accounts.set_group(ANONYMOUS, "group-a", []),
        lambda: people.accounts.create_token(ANONYMOUS, "a", None),
        lambda: people.accounts.change_password(ANONYMOUS, PASSWORD, "another password", HOME),
    ):
        with pytest.raises(Unauthenticated):
            call()


def test_users_see_themselves_and_administrators_everybody(people: People) -> None:
    assert people.accounts.user(people.caller("user"), "user").username == "user"
    with pytest.raises(Denied):
        people.accounts.user(people.caller("user"), "root")
    with pytest.raises(Denied):
        people.accounts.users(people.caller("user"))
    assert len(people.accounts.users(people.caller("admin"))) == 8
    with pytest.raises(NotFound):
        people.accounts.user(people.caller("admin"), "nobody")


class TestLastOnes:
    @pytest.mark.parametrize("role", [Role.OWNER, Role.ROOT])
    @pytest.mark.parametrize("changes", [Changes(role=Role.USER), Changes(enabled=False)])
    def test_the_last_one_stays(self, role: Role, changes: Changes) -> None:
        people = People()
        people.kept.save(replace(people.account("owner"), roles=held(Role.USER)))
        last = "root" if role is Role.ROOT else "owner"
        if role is Role.OWNER:
            people.kept.save(replace(people.account("owner"), roles=held(Role.OWNER)))
            people.kept.save(replace(people.account("root"), roles=held(Role.USER)))
        with pytest.raises(Conflict, match="last"):
            people.accounts.change(people.caller(last), last, changes)
        assert people.account(last).holds(role)

    def test_two_who_step_back_at_once_do_not_both_succeed(self, people: People) -> None:
        """While the first change is being decided, the other one is made."""
        first, second = people.caller("root"), people.caller("other-root")
        save, raced = people.kept.save, []

        def racing(account: Account, beside: Account | None = None) -> bool:
            if not raced:
                raced.append(True)
                people.accounts.change(second, "other-root", Changes(role=Role.USER))
            return save(account, beside)

        people.kept.save = racing  # type: ignore[method-assign]
        with pytest.raises(Conflict, match="last"):
            people.accounts.change(first, "root", Changes(role=Role.USER))
        assert people.account("root").holds(Role.ROOT)

    def test_two_changes_at_once_both_count(self, people: People) -> None:
        save, raced = people.kept.save, []

        def racing(account: Account, beside: Account | None = None) -> bool:
            if not raced:
                raced.append(True)
                people.accounts.set_group(people.caller("admin"), "group-a", ["user"])
            return save(account, beside)

        people.kept.save = racing  # type: ignore[method-assign]
        people.accounts.change(people.caller("admin"), "user", Changes(allowed_from=parse_ranges("192.0.2.0/24")))
        account = people.account()
        assert (account.groups, str(account.allowed_from)) == ({"group-a"}, "192.0.2.0/24")


class TestGroups:
    def test_a_group_has_exactly_the_given_members(self, people: People) -> None:
        admin = people.caller("admin")
        for members in (["user", "admin"], ["admin", "other-user"], ["admin", "other-user"]):
            people.accounts.set_group(admin, "group-curators", members)
            assert people.accounts.groups(admin) == {"group-curators": sorted(members)}
        people.accounts.set_group(admin, "group-b", ["admin"])
        people.accounts.set_group(admin, "group-curators", [])
        assert people.accounts.groups(admin) == {"group-b": ["admin"]}
        assert people.caller("admin").groups == {"group-b"}

    @pytest.mark.parametrize("name", ["group-public", "curators", "group-", "group-A", "group-a b", "group-a:b"])
    def test_names_follow_the_rules(self, people: People, name: str) -> None:
        with pytest.raises(Invalid):
            people.accounts.set_group(people.caller("admin"), name, ["user"])

    def test_an_unknown_member_changes_nothing(self, people: People) -> None:
        with pytest.raises(NotFound, match="nobody"):
            people.accounts.set_group(people.caller("admin"), "group-a", ["user", "nobody"])
        assert people.accounts.groups(people.caller("admin")) == {}
        with pytest.raises(Denied):
            people.accounts.set_group(people.caller("user"), "group-a", ["user"])


class TestOneself:
    def test_a_new_password_needs_the_old_one(self, people: People) -> None:
        user = people.caller("user")
        with pytest.raises(Denied):
            people.accounts.change_password(user, "wrong", "another password", HOME)
        people.accounts.change_password(user, PASSWORD, "another password", HOME)
        assert people.caller("user", "another password").username == "user"
        with pytest.raises(Unauthenticated):
            people.caller("user", PASSWORD)

    @pytest.mark.parametrize("password", ["", "short", "x" * 1025, "user-user-use", "dct.75736572.abcdefghi"])
    def test_a_new_password_is_not_a_bad_one(self, people: People, password: str) -> None:
        with pytest.raises(Invalid) as error:
            people.accounts.change_password(people.caller("user"), PASSWORD, password, HOME)
        assert not password or password not in str(error.value)

    def test_guessing_the_old_password_is_slowed_down(self, people: People) -> None:
        user = people.caller("user")
        for n in range(5):
            with pytest.raises(Denied, match="wrong"):
                people.accounts.change_password(user, f"guess {n}", "another password", HOME)
        with pytest.raises(Denied, match="Too many"):
            people.accounts.change_password(user, "one more", "another password", HOME)

    def test_the_profile_needs_the_password(self, people: People) -> None:
        user = people.caller("user")
        people.accounts.change_profile(user, PASSWORD, "Zoë", "zoe@example.org", HOME)
        people.accounts.change_profile(user, PASSWORD, None, None, HOME)
        assert (people.account().name, people.account().email) == ("Zoë", "zoe@example.org")
        wrong: list[tuple[Any, ...]] = [("wrong", "x", None), (PASSWORD, "x\n", None), (PASSWORD, None, "no address")]
        for given in wrong:
            with pytest.raises((Denied, Invalid)):
                people.accounts.change_profile(user, *given, HOME)

    def test_whoever_has_only_a_token_takes_over_nothing(self, people: People) -> None:
        text, _ = people.accounts.create_token(people.caller("user"), "found", None)
        thief = people.caller("user", text)
        for call in (
            lambda: people.accounts.change_password(thief, text, "another password", HOME),
            lambda: people.accounts.change_profile(thief, text, None, "thief@example.org", HOME),
            lambda: people.accounts.create_token(thief, "more", None),
        ):
            with pytest.raises(Denied, match=r"password|token"):
                call()


class TestTokens:
    def test_a_token_is_revoked_at_once(self, people: People) -> None:
        user = people.caller("user")
        text, _ = people.accounts.create_token(user, "nightly", None)
        people.accounts.revoke_token(user, "nightly")
        with pytest.raises(Unauthenticated):
            people.caller("user", text)
        with pytest.raises(NotFound):
            people.accounts.revoke_token(user, "nightly")

    def test_a_token_may_revoke_itself_and_no_other(self, people: People) -> None:
        text, _ = people.accounts.create_token(people.caller("user"), "one", None)
        people.accounts.create_token(people.caller("user"), "two", None)
        with pytest.raises(Denied):
            people.accounts.revoke_token(people.caller("user", text), "two")
        people.accounts.revoke_token(people.caller("user", text), "one")
        assert [token.name for token in people.account().tokens] == ["two"]

    @pytest.mark.parametrize(("name", "days"), [("", 1), ("x" * 65, 1), ("a\nb", 1), ("late", 0)])
    def test_bad_ones_are_refused(self, people: People, name: str, days: int) -> None:
        end = people.now.replace(day=people.now.day + days)
        with pytest.raises(Invalid):
            people.accounts.create_token(people.caller("user"), name, end)

    def test_names_are_unique_and_the_number_is_limited(self, people: People) -> None:
        user = people.caller("user")
        for n in range(MOST_TOKENS):
            people.accounts.create_token(user, f"token {n}", None)
        with pytest.raises(Conflict, match="already"):
            people.accounts.create_token(user, "token 0", None)
        with pytest.raises(Conflict, match="more than"):
            people.accounts.create_token(user, "another", None)


class TestProviding:
    def test_an_account_is_made_once_and_then_left_alone(self, people: People) -> None:
        people.accounts.provide("new", "first password", Role.USER)
        people.accounts.change_password(people.caller("new", "first password"), "first password", PASSWORD, HOME)
        people.accounts.provide("new", "first password", Role.ROOT)
        assert people.caller("new").roles == held(Role.USER)

    def test_where_nobody_is_root_the_first_administrator_becomes_it(self) -> None:
        people = People()
        people.kept.save(replace(people.account("root"), roles=held(Role.ADMIN)))
        people.accounts.provide("root", "", Role.ROOT)
        assert people.caller("root").roles == held(Role.ROOT)
