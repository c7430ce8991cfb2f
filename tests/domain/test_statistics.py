"""Statistics: averages of days, by day, week and month."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import Invalid
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.statistics import (
    Interval,
    Measurement,
    Point,
    Verdicts,
    milliseconds,
    parse_interval,
    parse_moment,
    series,
    verdicts_by_day,
)
from chalicelib.domain.stores import StoreId

MONDAY = datetime(2016, 12, 26, 5, 30, tzinfo=UTC)
DAY = 86_400_000
LAST_SECOND = milliseconds(datetime(2016, 12, 26, 23, 59, 59, tzinfo=UTC))


def on(day: int, size: int, objects: int = 1, space: str = "maps") -> Measurement:
    """A measurement so many days after a Monday."""
    return Measurement(MONDAY + timedelta(day), SpaceId(space), StoreId("1"), size, objects)


def test_the_stamp_is_the_last_second_of_the_day() -> None:
    assert list(series([on(5, 7, 3)], Interval.DAY)) == [Point(1483228799000, 7, 3)]  # the contract's example


def test_a_day_of_a_store_is_the_sum_of_its_spaces() -> None:
    found = list(series([on(0, 1), on(0, 10, 5, "theses"), on(1, 2)], Interval.DAY))
    assert found == [Point(LAST_SECOND, 11, 6), Point(LAST_SECOND + DAY, 2, 1)]


def test_a_week_is_the_average_of_its_measured_days_and_begins_on_monday() -> None:
    days = [on(2, 10), on(2, 30, 3, "theses"), on(6, 20), on(7, 100), on(13, 200)]
    first, second = LAST_SECOND + 2 * DAY, LAST_SECOND + 7 * DAY
    assert list(series(days, Interval.WEEK)) == [Point(first, 30, 2), Point(second, 150, 1)]


def test_a_month_too_and_the_same_month_of_another_year_is_another() -> None:
    days = [on(5, 10), on(6, 20), on(36, 40), on(371, 80)]  # 31 December, 1 and 31 January, and a year later
    assert [point.bytes for point in series(days, Interval.MONTH)] == [10, 30, 80]


def test_days_without_a_measurement_have_no_point() -> None:
    assert list(series([], Interval.DAY)) == []
    assert len(list(series([on(0, 1), on(3, 1)], Interval.DAY))) == 2


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 1 << 50))), st.sampled_from(Interval))
def test_points_are_sorted_and_within_what_was_measured(given: list[tuple[int, int]], interval: Interval) -> None:
    days = [on(day, size) for day, size in sorted(dict(given).items())]
    points = list(series(days, interval))
    assert [p.timestamp for p in points] == sorted({p.timestamp for p in points})
    assert all(min(d.bytes for d in days) <= p.bytes <= max(d.bytes for d in days) for p in points)
    assert len(points) == len({interval.of(d.day) for d in days})


def test_how_copies_were_found_is_added_up_by_days() -> None:
    found = [replace(on(day, 1), verdicts=Verdicts(*told)) for day, told in ((0, (3, 1, 0)), (0, (2, 0, 4)), (2, (6,)))]
    days = [MONDAY.date(), MONDAY.date() + timedelta(2)]
    assert list(verdicts_by_day(found)) == [(days[0], Verdicts(5, 1, 4)), (days[1], Verdicts(6))]


def test_numbers_of_milliseconds() -> None:
    assert parse_moment("1483228799000") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert parse_moment("-5") == datetime(1970, 1, 1, tzinfo=UTC)
    assert parse_moment("9" * 30).year == 9999
    for text in ("", "x", "1.5", "2016-12-31", "9" * 5000):
        with pytest.raises(Invalid, match="milliseconds"):
            parse_moment(text)


def test_intervals_in_any_case() -> None:
    assert [parse_interval(text) for text in ("DAY", "Week", "month")] == list(Interval)
    with pytest.raises(Invalid, match="groupBy 'year'"):
        parse_interval("year")
