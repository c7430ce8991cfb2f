"""The brake: how much may be lost within an hour."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.brake import Brake, slots
from chalicelib.domain.spaces import Space, SpaceId

NOW = datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
MAPS = Space(SpaceId("maps"), NOW, "admin")


@pytest.mark.parametrize(
    ("losses", "items", "too_many"),
    [(49, 49, False), (50, 50, True), (50, 249, True), (50, 250, False), (51, 250, True), (2000, 10_000, False)],
)
def test_more_than_a_fifth_and_at_least_fifty_are_too_many(losses: int, items: int, too_many: bool) -> None:
    assert Brake().too_many(losses, items) is too_many


@given(st.integers(1, 100), st.integers(1, 10_000), st.integers(0, 100_000))
def test_with_enough_items_they_are_never_too_many(percent: int, losses: int, more: int) -> None:
    limits = Brake(percent, 1)
    assert not limits.too_many(losses, limits.enough(losses) + more)
    assert limits.too_many(losses, limits.enough(losses) - 1)


def test_one_looks_sixteen_times_for_each_doubling_and_never_at_a_few() -> None:
    looks = [count for count in range(1, 100_001) if Brake().worth_a_look(count)]
    assert looks[0] == 4
    assert 50 in looks
    assert len([count for count in looks if 2**15 <= count < 2**16]) == 16
    assert max(after / before for before, after in pairwise(looks[20:])) < 1.07


def test_the_sums_reach_back_for_an_hour_and_begin_anew_after_a_pause() -> None:
    names = slots(MAPS, NOW)
    for ago in (0, 30, 60):
        assert slots(MAPS, NOW - timedelta(minutes=ago))[0] in names
    assert slots(MAPS, NOW - timedelta(minutes=71))[0] not in names
    assert not {*names} & {*slots(Space(MAPS.id, NOW, "admin", pauses=1), NOW)}
