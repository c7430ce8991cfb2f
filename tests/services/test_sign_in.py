"""Sign in: slow hashes are asked once, guessing gets slower and slower, and nobody else is hurt by that."""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from chalicelib.domain.access import Role
from chalicelib.domain.addresses import parse_ranges
from chalicelib.domain.errors import Denied, Unauthenticated
from chalicelib.domain.guessing import Guesses
from chalicelib.services.sign_in import SignIn

from .people import ELSEWHERE, HOME, PASSWORD, People


@pytest.fixture
def people() -> People:
    return People()


def guess(people: People, times: int, username: str = "user", address: str = ELSEWHERE) -> None:
    """Wrong passwords, each another one, each when its time has come."""
    for n in range(times):
        people.wait(minutes=16)
        with pytest.raises(Unauthenticated, match="or wrong password"):
            people.caller(username, f"guess {people.now} {n}", address)


def restarted(people: People) -> SignIn:
    """Another process of the same instance."""
    return SignIn(people.kept, people.attempts, people.hasher, lambda: people.now, b"another key")


class TestPasswords:
    def test_the_right_one_gives_the_caller(self, people: People) -> None:
        people.kept.save(replace(people.account(), groups=frozenset({"group-a"})))
        caller = people.caller("user")
        assert (caller.username, caller.roles, caller.groups) == ("user", {Role.USER}, {"group-a"})

    def test_an_account_without_roles_is_a_user(self, people: People) -> None:
        people.kept.save(replace(people.account(), roles=frozenset()))
        assert people.caller("user").roles == {Role.USER}

    def test_it_is_remembered_while_it_is_used(self, people: People) -> None:
        for _ in range(10):
            people.caller("user")
            people.wait(minutes=4)
        assert people.hasher.verified == [PASSWORD]
        people.wait(minutes=6)
        people.caller("user")
        assert people.hasher.verified == [PASSWORD, PASSWORD]

    def test_a_remembered_one_costs_no_call_for_attempts(self, people: People) -> None:
        people.caller("user")
        before = people.attempts.calls
        for _ in range(500):
            people.caller("user")
        assert people.attempts.calls == before

    def test_a_wrong_one_is_refused_also_after_a_right_one(self, people: People) -> None:
        people.caller("user")
        with pytest.raises(Unauthenticated):
            people.caller("user", "wrong")

    def test_a_new_one_ends_the_memory_of_the_old(self, people: People) -> None:
        people.caller("user")
        people.accounts.set_password("user", "changed", frozenset({Role.USER}))
        with pytest.raises(Unauthenticated):
            people.caller("user")
        assert people.caller("user", "changed").username == "user"

    def test_a_right_one_that_was_wrong_before_is_taken_at_once(self, people: People) -> None:
        with pytest.raises(Unauthenticated):
            people.caller("user", "changed")
        people.accounts.set_password("user", "changed", frozenset({Role.USER}))
        assert people.caller("user", "changed").username == "user"

    def test_none_is_kept_in_memory(self, people: People) -> None:
        people.caller("user")
        with pytest.raises(Unauthenticated):
            people.caller("user", "wrong one")
        kept = repr((list(people.sign_in.right._known), list(people.sign_in.wrong._known), people.attempts))
        assert PASSWORD not in kept
        assert "wrong one" not in kept

    def test_whoever_is_disabled_is_out_at_once_and_looks_like_nobody(self, people: People) -> None:
        people.caller("user")
        people.kept.save(replace(people.account(), enabled=False))
        with pytest.raises(Unauthenticated) as disabled:
            people.caller("user")
        with pytest.raises(Unauthenticated) as unknown:
            people.caller("nobody")
        assert str(disabled.value) == str(unknown.value)


class TestAddresses:
    def test_a_user_comes_from_allowed_addresses_only(self, people: People) -> None:
        people.kept.save(replace(people.account(), allowed_from=parse_ranges("192.0.2.0/24;2001:db8::/32")))
        assert people.caller("user", address=HOME).username == "user"
        assert people.caller("user", address="2001:db8::7").username == "user"
        for address in (ELSEWHERE, "2001:db9::7", "", "unknown"):
            with pytest.raises(Denied, match="address"):
                people.caller("user", address=address)

    def test_a_wrong_password_from_elsewhere_does_not_tell_of_the_range(self, people: People) -> None:
        people.kept.save(replace(people.account(), allowed_from=parse_ranges("192.0.2.0/24")))
        with pytest.raises(Unauthenticated, match="or wrong password"):
            people.caller("user", "wrong", ELSEWHERE)


class TestGuessing:
    def test_five_mistakes_are_free_then_even_the_right_one_waits(self, people: People) -> None:
        for n in range(5):
            with pytest.raises(Unauthenticated, match="or wrong password"):
                people.caller("user", f"mistake {n}")
        looked_at = len(people.hasher.verified)
        with pytest.raises(Unauthenticated, match="wait 1 s"):
            people.caller("user")
        assert len(people.hasher.verified) == looked_at
        people.wait(seconds=1)
        assert people.caller("user").username == "user"

    def test_waits_double_up_to_a_quarter_of_an_hour(self, people: People) -> None:
        for n in range(5):
            with pytest.raises(Unauthenticated):
                people.caller("user", f"guess {n}", ELSEWHERE)
        waits = []
        for n in range(14):
            start = people.now
            while True:
                try:
                    people.caller("user", f"more {n}", ELSEWHERE)
                except Unauthenticated as error:
                    if "Too many" not in str(error):
                        break
                people.wait(seconds=1)
            waits.append((people.now - start).seconds)
        assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]

    def test_a_success_ends_the_waits(self, people: People) -> None:
        guess(people, 8, address=HOME)
        people.wait(minutes=16)
        people.caller("user")
        with pytest.raises(Unauthenticated, match="or wrong password"):
            people.caller("user", "a mistake")

    def test_whoever_is_signed_in_does_not_notice(self, people: People) -> None:
        people.caller("user")
        for n in range(100):
            with pytest.raises(Unauthenticated):
                people.caller("user", f"guess {n}", HOME)
            assert people.caller("user", address=HOME).username == "user"

    def test_nobody_is_kept_out_from_elsewhere(self, people: People) -> None:
        people.caller("user", address=HOME)
        for n in range(200):  # from as many places
            with pytest.raises(Unauthenticated):
                people.caller("user", f"guess {n}", f"203.0.113.{n}")
        assert restarted(people).authenticate("user", PASSWORD, HOME).username == "user"

    def test_a_new_address_waits_at_most_a_minute_for_guesses_from_everywhere(self, people: People) -> None:
        for n in range(40):
            people.wait(minutes=1, seconds=1)
            with pytest.raises(Unauthenticated):
                people.caller("user", f"guess {n}", f"203.0.113.{n}")
        with pytest.raises(Unauthenticated, match="Too many"):
            people.caller("user", address="198.51.100.1")
        people.wait(minutes=1)
        assert people.caller("user", address="198.51.100.1").username == "user"

    def test_one_address_is_slowed_down_whatever_names_it_tries(self, people: People) -> None:
        people.caller("user", address=ELSEWHERE)  # who works there is not in the way of the guesser, nor he in his
        for n in range(50):
            with pytest.raises(Unauthenticated, match="or wrong password"):
                people.caller(f"name{n}", "summer2026", ELSEWHERE)
        with pytest.raises(Unauthenticated, match="Too many"):
            people.caller("root", "summer2026", ELSEWHERE)
        assert restarted(people).authenticate("user", PASSWORD, ELSEWHERE).username == "user"
        people.caller("root", address=HOME)

    def test_unknown_names_are_counted_and_answered_alike(self, people: People) -> None:
        def answers(username: str) -> list[str]:
            found = []
            for n in range(9):
                with pytest.raises(Unauthenticated) as error:
                    people.caller(username, f"guess {n}", ELSEWHERE)
                found.append(str(error.value))
            return found

        assert answers("nobody") == answers("user")

    def test_an_unknown_name_costs_a_hash_as_well(self, people: People) -> None:
        with pytest.raises(Unauthenticated):
            people.caller("nobody", "guess")
        assert people.hasher.verified == ["guess"]

    def test_a_script_with_an_old_password_is_no_guesser(self, people: People) -> None:
        for _ in range(300):
            with pytest.raises(Unauthenticated, match="or wrong password"):
                people.caller("user", "the old one", HOME)
        assert people.hasher.verified == ["the old one"]
        assert people.caller("user", address=HOME).username == "user"

    def test_all_processes_count_together(self, people: People) -> None:
        for n in range(5):
            with pytest.raises(Unauthenticated, match="or wrong password"):
                restarted(people).authenticate("user", f"guess {n}", ELSEWHERE)
        with pytest.raises(Unauthenticated, match="Too many"):
            people.caller("user", "one more", ELSEWHERE)

    def test_of_many_guesses_at_once_one_is_looked_at(self, people: People) -> None:
        guess(people, 6)
        people.wait(minutes=16)
        before = len(people.hasher.verified)

        together, counted = Barrier(8), people.attempts.counted

        def one(n: int) -> None:
            with pytest.raises(Unauthenticated):
                restarted(people).authenticate("user", f"at once {n}", ELSEWHERE)

        def read(keys: Collection[str], now: datetime) -> Mapping[str, Guesses]:
            found = counted(keys, now)
            together.wait(10)  # all have read before anyone counts
            return found

        people.attempts.counted = read  # type: ignore[method-assign]
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(one, range(8)))
        assert len(people.hasher.verified) - before == 1

    def test_of_many_right_ones_at_once_all_succeed_after_a_wait(self, people: People) -> None:
        guess(people, 6, address=HOME)
        people.wait(minutes=16)
        with ThreadPoolExecutor(16) as threads:
            names = list(threads.map(lambda _: people.caller("user", address=HOME).username, range(64)))
        assert set(names) == {"user"}
        assert people.hasher.verified.count(PASSWORD) == 1

    def test_all_is_forgotten_in_the_end(self, people: People) -> None:
        guess(people, 30)
        people.wait(days=1)
        for n in range(5):
            with pytest.raises(Unauthenticated, match="or wrong password"):
                people.caller("user", f"mistake {n}", ELSEWHERE)


class TestTokens:
    def test_a_token_stands_for_the_password(self, people: People) -> None:
        text, _ = people.accounts.create_token(people.caller("user"), "nightly", None)
        for caller in (people.sign_in.by_token(text), people.caller("user", text)):
            assert (caller.username, caller.roles, caller.token) == ("user", {Role.USER}, "nightly")
        assert people.hasher.verified == [PASSWORD]  # no slow hash is needed for 256 random bits

    def test_only_its_digest_is_kept_and_the_day_of_its_use(self, people: People) -> None:
        text, _ = people.accounts.create_token(people.caller("user"), "nightly", None)
        assert text.rpartition(".")[2] not in repr(people.account())
        people.sign_in.by_token(text)
        revision = people.account().revision
        people.sign_in.by_token(text)
        assert people.account().revision == revision
        assert people.account().tokens[0].last_used == people.now.date()

    @pytest.mark.parametrize("change", ["", "x", "secret"])
    def test_another_secret_opens_nothing(self, people: People, change: str) -> None:
        text, _ = people.accounts.create_token(people.caller("user"), "nightly", None)
        for wrong in (text[:-1] + change, text.replace("75736572", "726f6f74"), "dct.ff.x", "", change):
            with pytest.raises(Unauthenticated):
                people.sign_in.by_token(wrong)
        with pytest.raises(Unauthenticated):
            people.caller("root", text)

    def test_it_ends_when_its_time_has_come_or_its_user_is_disabled(self, people: People) -> None:
        soon, _ = people.accounts.create_token(people.caller("user"), "soon", people.now + timedelta(hours=1))
        lasting, _ = people.accounts.create_token(people.caller("user"), "lasting", None)
        people.sign_in.by_token(soon)
        people.wait(hours=1)
        with pytest.raises(Unauthenticated):
            people.sign_in.by_token(soon)
        people.sign_in.by_token(lasting)
        people.kept.save(replace(people.account(), enabled=False))
        with pytest.raises(Unauthenticated):
            people.sign_in.by_token(lasting)

    def test_it_counts_from_allowed_addresses_only(self, people: People) -> None:
        text, _ = people.accounts.create_token(people.caller("user"), "nightly", None)
        people.kept.save(replace(people.account(), allowed_from=parse_ranges("192.0.2.0/24")))
        assert people.sign_in.by_token(text, HOME).username == "user"
        with pytest.raises(Denied):
            people.sign_in.by_token(text, ELSEWHERE)
