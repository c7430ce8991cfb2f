"""Cold copies: which are chosen to be brought back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chalicelib.domain.cold import Sample, Wish
from chalicelib.domain.records import Copy, CopyState
from chalicelib.domain.stores import StoreId

from .test_due_dates import item

STORE = StoreId("3")
PERIOD = timedelta(days=180)
START = datetime(2026, 1, 1, tzinfo=UTC)
ITEMS = [replace(item(str(n)), copies={STORE: Copy(CopyState.INTACT)}) for n in range(500)]


def chosen(sample: Sample, now: datetime) -> set[str]:
    return {one.id for one in ITEMS if sample.takes(one, STORE, PERIOD, now)}


def test_about_the_share_is_chosen_and_always_the_same() -> None:
    found = chosen(Sample(0.1, "a"), START)
    assert 25 < len(found) < 80
    assert found == chosen(Sample(0.1, "a"), START + timedelta(days=1))
    assert found != chosen(Sample(0.1, "b"), START)


def test_after_enough_periods_each_was_chosen_once() -> None:
    rounds = [chosen(Sample(0.1, "a"), START + n * PERIOD) for n in range(10)]
    assert set.union(*rounds) == {one.id for one in ITEMS}
    assert sum(map(len, rounds)) <= len(ITEMS) * 1.02, "the share is no whole number of places"


def test_none_or_all_are_chosen_when_that_is_said() -> None:
    assert chosen(Sample(0.0, "a"), START) == set()
    assert len(chosen(Sample(1.0, "a"), START)) == len(ITEMS)


def test_what_was_read_in_this_period_is_not_chosen_again() -> None:
    one = item("x")
    read = replace(one, copies={STORE: Copy(CopyState.INTACT, START, START)})
    sample = Sample(1.0, "a")
    assert not sample.takes(read, STORE, PERIOD, START)
    assert sample.takes(read, STORE, PERIOD, START + PERIOD)


def test_a_wish_is_fresh_for_an_hour_whatever_the_clock_does() -> None:
    wish = Wish.decode(Wish(START, 2).encode())
    assert wish == Wish(START, 2)
    assert wish.fresh(START + timedelta(minutes=59))
    assert not wish.fresh(START + timedelta(hours=1))
    assert not wish.fresh(START - timedelta(days=365))
