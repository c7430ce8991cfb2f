"""Due dates: by the period of each store, spread by the id, whatever the clock does."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.content import About, ContentId
from chalicelib.domain.due_dates import Periods
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId

ONE, TWO = StoreId("1"), StoreId("2")
NOW = datetime(2026, 11, 20, tzinfo=UTC)
DAY = timedelta(days=1)
PERIODS = Periods(90 * DAY, {TWO: 180 * DAY})
MOMENTS = st.timedeltas(-1000 * DAY, 1000 * DAY).map(lambda span: NOW + span)
IDS = st.text(min_size=1, max_size=20).map(ContentId)


def item(content_id: str = "a", **checked: datetime | None) -> Item:
    copies = {
        StoreId(store[1:]): Copy(CopyState.INTACT, moment, moment) if moment else Copy()
        for store, moment in checked.items()
    }
    about = About("text/plain", NOW - 500 * DAY, "member")
    return Item(SpaceId("maps"), ContentId(content_id), 10, about, "etag", copies)


def read(before: Item, *stores: StoreId, now: datetime = NOW) -> Item:
    for store in stores:
        before = before.with_copy(store, Copy(CopyState.INTACT, now, now))
    return before


def test_each_store_has_its_period_and_the_record_the_first_date() -> None:
    before = item(_1=NOW - 90 * DAY, _2=NOW - 90 * DAY)
    after = read(before, ONE)
    assert PERIODS.due_stores(before, (ONE, TWO), NOW) == (ONE,)
    assert NOW + 70 * DAY < PERIODS.next_check(before, after, (ONE, TWO), NOW) <= NOW + 90 * DAY


def test_a_store_that_is_due_a_day_later_is_read_with_the_first() -> None:
    even = Periods(90 * DAY)
    assert even.due_stores(item(_1=NOW - 90 * DAY, _2=NOW - 89 * DAY), (ONE, TWO), NOW - 5 * DAY) == (ONE, TWO)
    assert even.due_stores(item(_1=NOW - 90 * DAY, _2=NOW - 70 * DAY), (ONE, TWO), NOW - 5 * DAY) == (ONE,)


def test_copies_that_were_never_read_set_no_date() -> None:
    before = item(_1=NOW - 90 * DAY, _2=None)
    assert PERIODS.next_check(before, read(before, ONE), (ONE, TWO), NOW) > NOW + 70 * DAY
    assert PERIODS.next_check(item(_2=None), item(_2=None), (TWO,), NOW) == NOW + 180 * DAY


@given(IDS, MOMENTS, MOMENTS)
def test_what_was_just_read_is_due_within_its_period_whatever_was_before(
    content_id: ContentId, one: datetime, two: datetime
) -> None:
    before = item(content_id, _1=one, _2=two)
    after = read(before, ONE, TWO)
    for stores, period in {(ONE,): 90 * DAY, (TWO,): 180 * DAY, (ONE, TWO): 90 * DAY}.items():
        assert NOW + period / 2 <= PERIODS.next_check(before, after, stores, NOW) <= NOW + period


@given(IDS, MOMENTS, MOMENTS)
def test_somebody_is_always_read_when_a_time_has_come(content_id: ContentId, one: datetime, two: datetime) -> None:
    found = item(content_id, _1=one, _2=two)
    assert PERIODS.due_stores(found, (ONE, TWO), NOW)
    for store in (ONE, TWO):
        if PERIODS.due(found, store, NOW) <= NOW:
            assert store in PERIODS.due_stores(found, (ONE, TWO), NOW)


def test_a_copy_that_was_read_in_the_future_counts_from_now() -> None:
    before = item(_1=NOW - 90 * DAY, _2=NOW + 365 * DAY)
    assert PERIODS.due(before, TWO, NOW) <= NOW + 180 * DAY
    assert PERIODS.next_check(before, before, (TWO,), NOW) <= NOW + 180 * DAY


def days(dates: list[datetime]) -> Mapping[int, int]:
    counts: dict[int, int] = {}
    for date in dates:
        counts[(date - NOW).days] = counts.get((date - NOW).days, 0) + 1
    return counts


@pytest.mark.parametrize("year", [-365 * DAY, 365 * DAY])
def test_after_a_clock_that_jumped_no_day_is_heavy(year: timedelta) -> None:
    dates = []
    for number in range(4500):
        before = item(f"{number}", _1=NOW - 45 * DAY - year)
        dates.append(PERIODS.next_check(before, read(before, ONE), (ONE,), NOW))
    counts = days(dates)
    assert len(counts) >= 45
    assert max(counts.values()) < 200, "4500 items within 45 days are 100 on each"


def test_what_came_on_one_day_is_spread_over_a_tenth_of_the_period() -> None:
    before = [item(f"{number}", _1=NOW - 85 * DAY) for number in range(900)]
    counts = days([PERIODS.next_check(one, read(one, ONE), (ONE,), NOW) for one in before])
    assert len(counts) == 9
    assert max(counts.values()) < 200


def test_a_date_that_no_check_can_have_set_is_brought_back() -> None:
    assert PERIODS.brought_back(replace(item(), next_check=NOW + 179 * DAY), NOW) is None
    assert PERIODS.brought_back(replace(item(), next_check=NOW - 999 * DAY), NOW) is None
    for wrong in (NOW + 400 * DAY, None):
        found = [PERIODS.brought_back(replace(item(f"{n}"), next_check=wrong), NOW) for n in range(1800)]
        counts = days([one.next_check for one in found if one and one.next_check])
        assert sum(counts.values()) == 1800
        assert max(counts.values()) < 40


def test_a_deleted_item_keeps_the_date_of_its_end() -> None:
    held = item().deleted(NOW, "member", 9999 * DAY)
    assert PERIODS.brought_back(held, NOW) is None
