"""Accounts and PasswordHasher: users are found by their exact names, their passwords only by themselves."""

from collections.abc import Callable

import pytest

from chalicelib.adapters.dynamodb import DynamoAccounts
from chalicelib.adapters.memory import MemoryAccounts
from chalicelib.adapters.sqlite import SqliteAccounts, SqliteFile
from chalicelib.adapters.system import Argon2
from chalicelib.domain.access import Role
from chalicelib.ports import Account, Accounts
from tests.adapters.rigs import Server, create_tables
from tests.adapters.samples import AWKWARD

MEMBER = Account("member", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", frozenset({Role.USER}))


def dynamo_accounts(server: Server) -> DynamoAccounts:
    client = server.client("dynamodb")
    return DynamoAccounts(client, create_tables(client))


ACCOUNTS: dict[str, Callable[[pytest.FixtureRequest], Accounts]] = {
    "memory": lambda _: MemoryAccounts(),
    "sqlite": lambda request: SqliteAccounts(SqliteFile(request.getfixturevalue("folder") / "index.sqlite3")),
    "moto": lambda request: dynamo_accounts(request.getfixturevalue("moto")),
    "ministack": lambda request: dynamo_accounts(request.getfixturevalue("ministack")),
}


@pytest.fixture(params=ACCOUNTS)
def accounts(request: pytest.FixtureRequest) -> Accounts:
    """New accounts of every kind."""
    return ACCOUNTS[request.param](request)


@pytest.mark.parametrize("roles", [frozenset(), frozenset({Role.USER}), frozenset(Role)])
@pytest.mark.parametrize("name", ["member", "member@example.org", "two words", AWKWARD, "x" * 1000])
def test_an_account_comes_back(accounts: Accounts, name: str, roles: frozenset[Role]) -> None:
    account = Account(name, MEMBER.password_hash, roles)
    for _ in range(2):
        accounts.save(account)
        assert accounts.account(name) == account


def test_an_account_is_replaced(accounts: Accounts) -> None:
    accounts.save(MEMBER)
    admin = Account("member", "another hash", frozenset(Role))
    accounts.save(admin)
    assert accounts.account("member") == admin


def test_only_the_exact_name_is_found(accounts: Accounts) -> None:
    accounts.save(MEMBER)
    accounts.save(Account("zo\u00eb", "x", frozenset()))
    for other in ("Member", "member ", " member", "membe", "member%", "zoe\u0308", "Zo\u00eb"):
        assert accounts.account(other) is None, other


@pytest.mark.parametrize("text", ["", " ", "é" * 30_000, "x" * 2049, AWKWARD, "' OR 1=1 --", "\ud800"])
def test_any_text_may_be_asked_for(accounts: Accounts, text: str) -> None:
    accounts.save(MEMBER)
    assert accounts.account(text) is None


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
