"""Statistics: how much a space held in a store, day by day, and its average over longer times (contract 1.10, 6.6)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby

from chalicelib.domain.errors import Invalid
from chalicelib.domain.fixity_counts import Fixity
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Verdicts:
    """How the copies of a space in a store were found when each was last read; `last` is the latest of these times,
    `oldest` the earliest.

    `bad` are copies that are damaged, missing or not given; `unread` wait for their first read.
    """

    intact: int = 0
    bad: int = 0
    unread: int = 0
    last: datetime | None = None
    oldest: datetime | None = None
    fixity: Fixity = field(default_factory=Fixity)  # nothing, in measurements of earlier releases

    def __add__(self, other: "Verdicts") -> "Verdicts":
        last = max((moment for moment in (self.last, other.last) if moment), default=None)
        oldest = min((moment for moment in (self.oldest, other.oldest) if moment), default=None)
        counts = (self.intact + other.intact, self.bad + other.bad, self.unread + other.unread)
        return Verdicts(*counts, last, oldest, self.fixity + other.fixity)


@dataclass(frozen=True)
class Measurement:
    """Bytes and items that a space held in a store at a time, and how they were found; one a day is kept."""

    at: datetime
    space: SpaceId
    store: StoreId
    bytes: int
    objects: int
    verdicts: Verdicts = field(default_factory=Verdicts)  # nothing, in measurements of earlier releases

    @property
    def day(self) -> date:
        """The day (UTC) that it stands for."""
        return self.at.astimezone(UTC).date()


class Interval(StrEnum):
    """What the points of a series stand for; a week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def of(self, day: date) -> tuple[int, ...]:
        """Equal for the days of one interval."""
        match self:
            case Interval.DAY:
                return (day.toordinal(),)
            case Interval.WEEK:
                return tuple(day.isocalendar()[:2])
            case Interval.MONTH:
                return (day.year, day.month)


@dataclass(frozen=True)
class Point:
    """An average; `timestamp` in milliseconds since 1970 is the last second of the first day that went into it."""

    timestamp: int
    bytes: int
    objects: int


def series(measurements: Iterable[Measurement], interval: Interval) -> Iterator[Point]:
    """The averages of the daily sums of measurements that come in the order of their days."""
    days = ((day, [(m.bytes, m.objects) for m in of_day]) for day, of_day in groupby(measurements, key=lambda m: m.day))
    sums = ((day, sum(b for b, _ in counts), sum(o for _, o in counts)) for day, counts in days)
    for _, group in groupby(sums, key=lambda each: interval.of(each[0])):
        within = list(group)
        yield Point(
            milliseconds(datetime.combine(within[0][0], time(23, 59, 59), UTC)),
            round(sum(total for _, total, _ in within) / len(within)),
            round(sum(objects for _, _, objects in within) / len(within)),
        )


def verdicts_by_day(measurements: Iterable[Measurement]) -> Iterator[tuple[date, Verdicts]]:
    """How all copies were found, day by day, of measurements that come in the order of their days."""
    for day, of_day in groupby(measurements, key=lambda m: m.day):
        yield day, sum((measurement.verdicts for measurement in of_day), Verdicts())


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def parse_moment(text: str) -> datetime:
    """The reverse of `milliseconds`, to the nearest time that there is. Raises Invalid for what is no number."""
    try:
        given = int(text)
    except ValueError:
        raise Invalid(f"{text!r} is not a number of milliseconds since 1970") from None
    return _EPOCH + timedelta(milliseconds=min(max(given, 0), milliseconds(_LAST)))


def parse_interval(text: str) -> Interval:
    """An interval by its name in any case of letters. Raises Invalid."""
    try:
        return Interval(text.lower())
    except ValueError:
        raise Invalid(f"groupBy {text!r} must be one of {', '.join(Interval)}") from None
