"""Accounts, Attempts and PasswordHasher: users by their exact names, codes used once, guesses counted by all."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.adapters.dynamodb_accounts import DynamoAccounts, DynamoAttempts
from chalicelib.adapters.memory_accounts import MemoryAccounts, MemoryAttempts
from chalicelib.adapters.sqlite import SqliteFile
from chalicelib.adapters.sqlite_accounts import SqliteAccounts, SqliteAttempts
from chalicelib.adapters.system import Argon2
from chalicelib.domain.access import Role, held
from chalicelib.domain.accounts import Account, Invitation, Session, Token, digest
from chalicelib.domain.addresses import parse_ranges
from chalicelib.domain.guessing import Guesses
from chalicelib.ports_accounts import Accounts, Attempts
from tests.adapters.rigs import Server, create_tables
from tests.adapters.samples import AWKWARD

MEMBER = Account("member", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", frozenset({Role.USER}))
NOW = datetime(2026, 11, 20, 12, 0, 0, 250_000, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
CODE = digest("a code")
INVITED = Invitation(CODE, "ada@example.org", Role.USER, "admin", NOW, NOW + timedelta(days=14))
FULL = replace(
    MEMBER,
    email="member@example.org",
    name="Zoë \U0001f600",
    groups=frozenset({"group-curators", "group-b"}),
    allowed_from=parse_ranges("192.0.2.0/24;2001:db8::/32"),
    enabled=False,
    tokens=(
        Token("nightly", digest("one"), NOW),
        Token("lent", digest("two"), NOW, NOW + timedelta(days=1), date(2026, 11, 20)),
    ),
    sessions=(Session(digest("three"), NOW), Session(digest("four"), LATER)),
)

Pair = tuple[Accounts, Attempts]


def sqlite(request: pytest.FixtureRequest) -> Pair:
    file = SqliteFile(request.getfixturevalue("folder") / "index.sqlite3")
    return SqliteAccounts(file), SqliteAttempts(file)


def dynamo(request: pytest.FixtureRequest, server: str) -> Pair:
    client = request.getfixturevalue(server).client("dynamodb")
    prefix = create_tables(client)
    return DynamoAccounts(client, prefix), DynamoAttempts(client, prefix)


KINDS: dict[str, Callable[[pytest.FixtureRequest], Pair]] = {
    "memory": lambda _: (MemoryAccounts(), MemoryAttempts()),
    "sqlite": sqlite,
    "moto": lambda request: dynamo(request, "moto"),
    "ministack": lambda request: dynamo(request, "ministack"),
}


@pytest.fixture(params=KINDS)
def pair(request: pytest.FixtureRequest) -> Pair:
    return KINDS[request.param](request)


# moto undoes a refused transaction by restoring a copy of its tables, without a lock: others may lose what they wrote.
@pytest.fixture(params=[name for name in KINDS if name != "moto"])
def racing(request: pytest.FixtureRequest) -> Pair:
    return KINDS[request.param](request)


@pytest.fixture
def accounts(pair: Pair) -> Accounts:
    return pair[0]


@pytest.fixture
def attempts(pair: Pair) -> Attempts:
    return pair[1]


class TestAccounts:
    @pytest.mark.parametrize("roles", [frozenset(), frozenset({Role.USER}), frozenset(Role)])
    @pytest.mark.parametrize("name", ["member", "member@example.org", "two words", AWKWARD, "x" * 1000])
    def test_an_account_comes_back(self, accounts: Accounts, name: str, roles: frozenset[Role]) -> None:
        for account in (replace(MEMBER, username=name, roles=roles), replace(FULL, username=name, revision=1)):
            assert accounts.save(account)
            assert accounts.account(name) == replace(account, revision=account.revision + 1)

    def test_what_somebody_saved_meanwhile_is_not_overwritten(self, accounts: Accounts) -> None:
        assert accounts.save(MEMBER)
        assert not accounts.save(replace(MEMBER, email="second"))  # it exists
        read = accounts.account("member")
        assert read is not None
        assert accounts.save(replace(read, email="first"))
        assert not accounts.save(replace(read, email="second"))
        assert not accounts.save(replace(read, username="nobody"))
        found = accounts.account("member")
        assert found is not None
        assert (found.email, found.revision) == ("first", 2)

    def test_a_save_may_depend_on_another_account(self, accounts: Accounts) -> None:
        one, two = (replace(MEMBER, username=name) for name in ("one", "two"))
        assert accounts.save(one)
        assert not accounts.save(replace(one, revision=1), beside=replace(two, revision=1))  # there is no such
        assert accounts.save(two)
        one, two = replace(one, revision=1), replace(two, revision=1)
        assert accounts.save(one, beside=two)
        assert not accounts.save(two, beside=one)  # of revision 1, which it has no more
        assert accounts.save(two, beside=replace(one, revision=2))

    def test_all_accounts_are_listed_by_name(self, accounts: Accounts) -> None:
        for name in ("c", "a", "b@example.org"):
            accounts.save(replace(FULL, username=name))
        assert [account.username for account in accounts.accounts()] == ["a", "b@example.org", "c"]
        assert accounts.accounts()[0] == replace(FULL, username="a", revision=1)

    def test_only_the_exact_name_is_found(self, accounts: Accounts) -> None:
        accounts.save(MEMBER)
        accounts.save(Account("zo\u00eb", "x", frozenset()))
        for other in ("Member", "member ", " member", "membe", "member%", "zoe\u0308", "Zo\u00eb"):
            assert accounts.account(other) is None, other

    @pytest.mark.parametrize("text", ["", " ", "é" * 30_000, "x" * 2049, AWKWARD, "' OR 1=1 --", "\ud800"])
    def test_any_text_may_be_asked_for(self, accounts: Accounts, text: str) -> None:
        accounts.save(MEMBER)
        assert accounts.account(text) is None
        assert accounts.invitation(text) is None


class TestInvitations:
    def test_an_invitation_comes_back_until_it_is_withdrawn(self, accounts: Accounts) -> None:
        reset = replace(INVITED, digest=digest("b"), username="ada", role=Role.ROOT, created_at=LATER)
        for _ in range(2):
            accounts.invite(reset)
            accounts.invite(INVITED)
        assert accounts.invitation(CODE) == INVITED
        assert accounts.invitations() == [INVITED, reset]
        for _ in range(2):
            accounts.withdraw(CODE)
        assert accounts.invitation(CODE) is None
        assert accounts.invitations() == [reset]

    def test_an_invitation_is_used_once(self, accounts: Accounts) -> None:
        accounts.invite(INVITED)
        assert accounts.redeem(CODE, MEMBER)
        assert accounts.account("member") == replace(MEMBER, revision=1)
        assert accounts.invitation(CODE) is None
        assert not accounts.redeem(CODE, replace(MEMBER, username="second"))
        assert accounts.account("second") is None

    def test_an_invitation_does_not_overwrite_an_account_and_stays(self, accounts: Accounts) -> None:
        accounts.save(MEMBER)
        accounts.invite(INVITED)
        assert not accounts.redeem(CODE, replace(MEMBER, password_hash="stolen"))
        assert accounts.account("member") == replace(MEMBER, revision=1)
        assert accounts.invitation(CODE) == INVITED

    def test_of_many_who_use_one_code_at_once_one_succeeds(self, racing: Pair) -> None:
        accounts = racing[0]
        accounts.invite(INVITED)
        with ThreadPoolExecutor(8) as threads:
            done = list(threads.map(lambda n: accounts.redeem(CODE, replace(MEMBER, username=f"user{n}")), range(8)))
        assert done.count(True) == len(accounts.accounts()) <= 1
        if not any(done):  # each may have stood in the other's way: then the code is still good
            assert accounts.redeem(CODE, MEMBER)


class TestAttempts:
    def test_guesses_are_counted_by_key(self, attempts: Attempts) -> None:
        assert attempts.counted(["a", "b"], NOW) == {}
        for _ in range(3):
            assert attempts.count("a", NOW, LATER)
        soon = NOW + timedelta(minutes=1)
        assert attempts.count("b", soon, LATER)
        assert attempts.counted(["a", "b", "c"], NOW) == {"a": Guesses(3, NOW), "b": Guesses(1, soon)}

    def test_a_count_is_forgotten_in_time(self, attempts: Attempts) -> None:
        for _ in range(3):
            attempts.count("a", NOW, LATER)
        assert attempts.counted(["a"], LATER) == {}
        assert attempts.count("a", LATER, LATER + timedelta(hours=1))
        assert attempts.counted(["a"], LATER) == {"a": Guesses(1, LATER)}

    def test_a_count_is_forgotten_on_request(self, attempts: Attempts) -> None:
        attempts.count("a", NOW, LATER)
        for _ in range(2):
            attempts.forget("a")
        assert attempts.counted(["a"], NOW) == {}

    def test_a_guess_may_depend_on_the_count(self, attempts: Attempts) -> None:
        assert not attempts.count("a", NOW, LATER, expected=1)
        assert attempts.count("a", NOW, LATER, expected=0)
        assert not attempts.count("a", NOW, LATER, expected=0)
        assert attempts.count("a", NOW, LATER, expected=1)
        assert not attempts.count("a", LATER, LATER + timedelta(hours=1), expected=2)  # forgotten by then
        assert attempts.count("a", LATER, LATER + timedelta(hours=1), expected=0)
        assert attempts.counted(["a"], LATER) == {"a": Guesses(1, LATER)}

    def test_of_many_guesses_at_once_that_depend_on_the_count_one_goes_on(self, racing: Pair) -> None:
        attempts = racing[1]
        attempts.count("a", NOW, LATER)
        with ThreadPoolExecutor(8) as threads:
            done = list(threads.map(lambda _: attempts.count("a", NOW, LATER, expected=1), range(8)))
        assert done.count(True) <= 1
        assert attempts.counted(["a"], NOW)["a"].count == 1 + done.count(True)


class TestPasswords:
    @pytest.mark.parametrize("password", ["", "pässwörd \U0001f600", "x" * 10_000])
    def test_only_the_right_password_belongs_to_a_hash(self, password: str) -> None:
        encoded = Argon2().hash(password)
        assert Argon2().verify(encoded, password)
        assert not Argon2().verify(encoded, password + " ")

    def test_every_hash_has_its_own_salt(self) -> None:
        first, second = Argon2().hash("secret"), Argon2().hash("secret")
        assert first != second
        assert first.startswith("$argon2id$")
        assert "secret" not in first

    @pytest.mark.parametrize(
        "encoded",
        ["", "secret", "$argon2id$", "$argon2id$v=19$m=65536,t=3,p=4$", MEMBER.password_hash, "$2b$12$x", "é"],
    )
    def test_no_password_belongs_to_what_is_no_hash(self, encoded: str) -> None:
        assert not Argon2().verify(encoded, "secret")
        assert not Argon2().verify(encoded, "")

    def test_half_a_character_is_no_password(self) -> None:
        assert not Argon2().verify(Argon2().hash("?"), "\ud800")


def test_users_of_the_first_release_are_still_there(ministack: Server) -> None:
    client = ministack.client("dynamodb")
    prefix = create_tables(client)
    row = {"username": {"S": "ada"}, "password_hash": {"S": "hash"}, "roles": {"S": "admin user"}}
    client.put_item(TableName=f"{prefix}-accounts", Item=row)
    accounts, ada = DynamoAccounts(client, prefix), Account("ada", "hash", held(Role.ADMIN), revision=1)
    assert accounts.account("ada") == ada
    assert not accounts.save(replace(ada, revision=0))
    assert accounts.save(replace(ada, email="ada@example.org"), beside=None)
    assert accounts.account("ada") == replace(ada, email="ada@example.org", revision=2)
