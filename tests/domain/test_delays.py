"""Delays: the kind of what went wrong says how long work waits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.delays import MOST_ATTEMPTS, delay
from chalicelib.domain.errors import Archived, Overtaken, StoreDown, Throttled, Unavailable

KINDS = [Overtaken, Unavailable, Throttled, StoreDown, Archived]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Overtaken, [1, 2, 4, 8, 16, 30, 30]),
        (Unavailable, [5, 10, 20, 40, 80, 160, 320, 640, 900]),
        (ZeroDivisionError, [5, 10, 20]),
        (Throttled, [30, 60, 120, 240, 480, 960, 1800]),
        (StoreDown, [60, 120, 240, 480, 960, 1920, 3600]),
        (Archived, [21600, 39600, 39600]),
    ],
)
def test_waits_double_from_the_first_to_the_longest(kind: type[Exception], expected: list[int]) -> None:
    assert [delay(kind("x"), attempts, 1) for attempts in range(1, len(expected) + 1)] == expected
    assert delay(kind("x"), 1000, 1) == max(delay(kind("x"), 30, 1), expected[-1])


@given(st.sampled_from(KINDS), st.integers(0, 100), st.floats(0, 1), st.floats(0, 1))
def test_what_failed_together_comes_back_apart(kind: type[Exception], attempts: int, one: float, other: float) -> None:
    longest = delay(kind("x"), attempts, 1)
    assert longest / 2 - 1 <= delay(kind("x"), attempts, one) <= longest <= 12 * 3600
    assert (delay(kind("x"), attempts, one) <= delay(kind("x"), attempts, other)) or one >= other
    assert delay(kind("x"), attempts, one) >= 1


def test_a_store_that_is_down_is_waited_for_longer_than_a_race() -> None:
    whole = [sum(delay(kind("x"), n, 0.5) for n in range(1, MOST_ATTEMPTS)) for kind in KINDS]
    assert whole == sorted(whole)
