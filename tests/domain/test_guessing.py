"""Guessing: a few mistakes are free, then waits double up to a limit."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.guessing import OF_ADDRESS, OF_NAME, OF_PAIR, Guesses, Keys

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "seconds"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (14, 512), (15, 900), (1000, 900), (10**9, 900)]
)
def test_waits_grow(count: int, seconds: int) -> None:
    free_at = OF_PAIR.free_at(Guesses(count, NOW))
    assert (free_at or NOW) - NOW == timedelta(seconds=seconds)
    assert OF_PAIR.suspicious(Guesses(count, NOW)) is (seconds > 0)


def test_nothing_counted_is_nothing_to_wait_for() -> None:
    assert OF_PAIR.free_at(None) is None
    assert not OF_PAIR.suspicious(None)


def test_nobody_keeps_a_user_out_for_long_from_elsewhere() -> None:
    assert OF_NAME.longest <= timedelta(minutes=1)
    assert OF_ADDRESS.longest <= timedelta(minutes=5)


def test_keys_differ_by_what_they_count_and_tell_nothing() -> None:
    keys = Keys("ada", "192.0.2.1")
    assert len({keys.pair, keys.name, keys.place, keys.known, keys.reset}) == 5
    assert keys.pair != Keys("ada", "192.0.2.2").pair
    assert keys.name == Keys("ada", "192.0.2.2").name
    assert keys.place == Keys("bob", "192.0.2.1").place
    assert len(keys.pair) == 64
    assert Keys("\ud800", "").name


def test_a_whole_ipv6_network_is_one_place() -> None:
    assert Keys("ada", "2001:db8::1").pair == Keys("ada", "2001:db8::2").pair
