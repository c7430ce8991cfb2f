"""Accounts: slow hashes are checked once, and remembered for a short time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.memory import MemoryAccounts
from chalicelib.domain.access import Role
from chalicelib.domain.errors import Unauthenticated
from chalicelib.services.manage_accounts import ManageAccounts


@dataclass
class CountingHasher:
    """A hasher that is no hash; it counts how often it was asked."""

    verified: list[str] = field(default_factory=list)

    def hash(self, password: str) -> str:
        return f"hash of {password}"

    def verify(self, encoded: str, password: str) -> bool:
        self.verified.append(password)
        return encoded == f"hash of {password}"


class Bench:
    def __init__(self) -> None:
        self.hasher = CountingHasher()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.accounts = ManageAccounts(MemoryAccounts(), self.hasher, lambda: self.now, b"key")
        self.accounts.set_password("ada", "correct", frozenset({Role.USER}))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_right_password_gives_the_caller(bench: Bench) -> None:
    caller = bench.accounts.authenticate("ada", "correct")
    assert (caller.username, caller.roles) == ("ada", {Role.USER})


def test_a_verified_password_is_remembered_for_a_while(bench: Bench) -> None:
    for _ in range(3):
        bench.accounts.authenticate("ada", "correct")
    assert bench.hasher.verified == ["correct"]
    bench.now += timedelta(minutes=6)
    bench.accounts.authenticate("ada", "correct")
    assert bench.hasher.verified == ["correct", "correct"]


def test_a_wrong_password_is_refused_also_after_a_right_one(bench: Bench) -> None:
    bench.accounts.authenticate("ada", "correct")
    with pytest.raises(Unauthenticated):
        bench.accounts.authenticate("ada", "wrong")


def test_a_new_password_ends_the_memory_of_the_old_one(bench: Bench) -> None:
    bench.accounts.authenticate("ada", "correct")
    bench.accounts.set_password("ada", "changed", frozenset({Role.USER}))
    with pytest.raises(Unauthenticated):
        bench.accounts.authenticate("ada", "correct")


def test_an_unknown_name_costs_a_hash_as_well(bench: Bench) -> None:
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            bench.accounts.authenticate("nobody", "guess")
    assert bench.hasher.verified == ["guess", "guess"]


def test_no_password_is_kept_in_memory(bench: Bench) -> None:
    bench.accounts.authenticate("ada", "correct")
    assert "correct" not in repr(list(bench.accounts._remembered))
