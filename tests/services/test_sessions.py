"""Sessions: begun with a password, kept as digests, over by themselves, by signing out, a new password or disabling."""

from dataclasses import replace

import pytest

from chalicelib.domain.accounts import MOST_SESSIONS
from chalicelib.domain.addresses import parse_ranges
from chalicelib.domain.errors import Denied, Unauthenticated
from chalicelib.services.manage_accounts import Changes

from .people import ELSEWHERE, HOME, PASSWORD, People

NEWER = "a newer, longer password"


@pytest.fixture
def people() -> People:
    return People()


def begin(people: People, username: str = "user", password: str = PASSWORD) -> str:
    return people.accounts.begin_session(username, password, HOME)[0]


def test_a_session_is_its_user_without_another_look_at_the_password(people: People) -> None:
    text = begin(people)
    looked = len(people.hasher.verified)
    assert people.sign_in.by_session(text, HOME) == people.caller("user")
    assert len(people.hasher.verified) == looked
    assert text.split(".")[-1] not in str(people.account())


def test_only_a_password_begins_one(people: People) -> None:
    token, _ = people.accounts.create_token(people.caller("user"), "nightly", None)
    with pytest.raises(Denied, match="password"):
        begin(people, password=token)
    with pytest.raises(Unauthenticated):
        begin(people, password="wrong")
    assert people.account().sessions == ()


def test_it_ends_after_twelve_hours(people: People) -> None:
    text = begin(people)
    people.wait(hours=11, minutes=59)
    assert people.sign_in.by_session(text, HOME).username == "user"
    people.wait(minutes=1)
    with pytest.raises(Unauthenticated, match="over"):
        people.sign_in.by_session(text, HOME)
    begin(people)
    assert len(people.account().sessions) == 1  # what is over is not kept


def test_signing_out_ends_this_one_and_no_other(people: People) -> None:
    text, other = begin(people), begin(people)
    for _ in range(2):
        people.accounts.end_session(text)
    with pytest.raises(Unauthenticated):
        people.sign_in.by_session(text, HOME)
    assert people.sign_in.by_session(other, HOME).username == "user"


def test_a_new_password_ends_all_whoever_gives_it(people: People) -> None:
    for old, change in (
        (PASSWORD, lambda: people.accounts.change_password(people.caller("user"), PASSWORD, NEWER, HOME)),
        (NEWER, lambda: people.accounts.set_password("user", PASSWORD, people.account().roles)),
    ):
        text = begin(people, password=old)
        assert people.sign_in.by_session(text, HOME).username == "user"
        change()
        with pytest.raises(Unauthenticated):
            people.sign_in.by_session(text, HOME)


def test_a_password_that_was_changed_while_it_was_looked_at_opens_nothing(people: People) -> None:
    authenticate = people.hasher.verify

    def changed_meanwhile(encoded: str, password: str) -> bool:
        people.kept.save(replace(people.account(), password_hash=people.hasher.hash(NEWER)))
        return authenticate(encoded, password)

    object.__setattr__(people.hasher, "verify", changed_meanwhile)
    text = begin(people)
    with pytest.raises(Unauthenticated):
        people.sign_in.by_session(text, HOME)


def test_disabling_ends_all_and_enabling_brings_none_back(people: People) -> None:
    text, root = begin(people), people.caller("root")
    people.accounts.change(root, "user", Changes(enabled=False))
    with pytest.raises(Unauthenticated):
        people.sign_in.by_session(text, HOME)
    people.accounts.change(root, "user", Changes(enabled=True))
    with pytest.raises(Unauthenticated):
        people.sign_in.by_session(text, HOME)


def test_it_counts_from_allowed_addresses_only(people: People) -> None:
    text = begin(people)
    people.accounts.change(people.caller("root"), "user", Changes(allowed_from=parse_ranges(f"{HOME}/32")))
    assert people.sign_in.by_session(text, HOME).username == "user"
    with pytest.raises(Denied):
        people.sign_in.by_session(text, ELSEWHERE)


def test_with_one_too_many_the_oldest_ends(people: People) -> None:
    first, second, *_ = [begin(people) for _ in range(MOST_SESSIONS + 1)]
    with pytest.raises(Unauthenticated):
        people.sign_in.by_session(first, HOME)
    assert people.sign_in.by_session(second, HOME).username == "user"


@pytest.mark.parametrize("text", ["", "dcs", "dcs.75736572.wrong", "dcs.zz.x", "dcs.ff.x", "dcs.75736572.é"])
def test_another_text_opens_and_ends_nothing(people: People, text: str) -> None:
    good = begin(people)
    people.accounts.end_session(text)
    for wrong in (text, good[:-1], good.replace("dcs", "dct")):
        with pytest.raises(Unauthenticated):
            people.sign_in.by_session(wrong, HOME)
    with pytest.raises(Unauthenticated):
        people.sign_in.by_token(good, HOME)
    assert people.sign_in.by_session(good, HOME).username == "user"
