"""Report fixity: how the copies of all spaces were found, what is wrong now, and whether the detector itself works."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from chalicelib.domain.access import Caller, require_admin
from chalicelib.domain.canary import Flight, Song
from chalicelib.domain.errors import Invalid
from chalicelib.domain.incidents import Incident, Problem
from chalicelib.domain.spaces import CANARY_SPACE, Space, SpaceId
from chalicelib.domain.statistics import Measurement, Verdicts
from chalicelib.domain.stores import StoreId
from chalicelib.messages_incidents import decode_incident
from chalicelib.ports import Clock, Index, Stores
from chalicelib.ports_work import Notes
from chalicelib.services.fly_canary import HearCanary
from chalicelib.services.keep_incidents import CURRENT, FOUND

MOST_DAYS = 31
MOST_SPACES = 1000
_DAY = timedelta(days=1)
_MOST = 1000  # incidents that are counted one by one
_Measured = Mapping[tuple[SpaceId, StoreId], Measurement]


@dataclass(frozen=True)
class Row:
    """The copies of a space (None: of all) in a store, as they were at a time; of all, that of the oldest figure.

    None at all before the first measurement. `undecided` is of now.
    """

    space: SpaceId | None
    store: StoreId
    at: datetime | None
    objects: int
    bytes: int
    verdicts: Verdicts
    undecided: int


@dataclass(frozen=True)
class Day:
    """Copies that were last read on a day, and problems that were found; None where nobody counted.

    `over`: nothing is added to it any more.
    """

    day: date
    copies: int | None
    bytes: int | None
    problems: int
    over: bool


@dataclass(frozen=True)
class FixityReport:
    """`open` are incidents, up to a thousand: `more` says that there are more."""

    stores: tuple[Row, ...]
    spaces: tuple[Row, ...]
    following: str | None
    days: tuple[Day, ...]
    open: Mapping[Problem, int]
    for_a_person: int
    more: bool
    song: Song
    flight: Flight | None


@dataclass(frozen=True)
class ReportFixity:
    """Told from what was measured of each space in each store once a day: no item is looked at, however many there
    are.
    """

    stores: Stores
    index: Index
    notes: Notes
    clock: Clock
    canary: HearCanary

    def report(self, caller: Caller, days: int = 14, after: str = "", limit: int = MOST_SPACES) -> FixityReport:
        """The report, with some spaces from behind `after`. Raises Unauthenticated, Denied, Invalid."""
        require_admin(caller)
        if not (1 <= days <= MOST_DAYS and 1 <= limit <= MOST_SPACES):
            raise Invalid(f"days must be from 1 to {MOST_DAYS}, and limit from 1 to {MOST_SPACES}")
        today = self.clock().astimezone(UTC).date()
        spaces = {space.id: space for space in self.index.spaces() if space.id != CANARY_SPACE}
        measured = list(self._measured(spaces, today - days * _DAY, today))
        latest = {(each.space, each.store): each for each in measured if each.day >= today - _DAY}
        incidents, more = self._incidents()
        undecided = Counter((i.space, store) for i in incidents if i.problem is Problem.UNDECIDED for store in i.stores)
        shown = [space for space in spaces if space > after]
        song, flight = self.canary.flight()
        return FixityReport(
            stores=tuple(_of_all(store, latest, undecided) for store in self.stores.ids),
            spaces=tuple(
                _of_space(space, store, latest, undecided) for space in shown[:limit] for store in self.stores.ids
            ),
            following=shown[limit - 1] if len(shown) > limit else None,
            days=tuple(self._day(today - n * _DAY, today, measured) for n in reversed(range(days))),
            open=Counter(incident.problem for incident in incidents),
            for_a_person=sum(incident.for_a_person for incident in incidents),
            more=more,
            song=song,
            flight=flight,
        )

    def _measured(self, spaces: Mapping[SpaceId, Space], first: date, last: date) -> Iterator[Measurement]:
        """By store and then by day; an earlier space of the same name was another one."""
        for store in self.stores.ids:
            for each in self.index.measurements(store, first, last):
                if each.space in spaces and each.at >= spaces[each.space].created_at:
                    yield each

    def _incidents(self) -> tuple[list[Incident], bool]:
        notes = self.notes.notes(CURRENT, limit=_MOST)
        found = [decode_incident(note.body) for note in notes]
        return [i for i in found if i.shown and not i.closed and not i.of_canary], len(notes) == _MOST

    def _day(self, day: date, today: date, measured: list[Measurement]) -> Day:
        """What a measurement says of the day before it is all of that day; else what was seen on the day itself."""
        counts: dict[tuple[SpaceId, StoreId], tuple[int, int]] = {}
        for each in measured:
            fixity = each.verdicts.fixity
            if each.day == day:
                counts.setdefault((each.space, each.store), (fixity.read, fixity.read_bytes))
            elif each.day == day + _DAY:
                counts[each.space, each.store] = (fixity.read_before, fixity.read_bytes_before)
        copies, size = (sum(sums) for sums in zip(*counts.values(), strict=True)) if counts else (None, None)
        over = day < today and any(each.day == day + _DAY for each in measured)
        return Day(day, copies, size, self.notes.sum(FOUND, day.isoformat()), over)


def _of_space(space: SpaceId, store: StoreId, latest: _Measured, undecided: Counter[tuple[SpaceId, StoreId]]) -> Row:
    found = latest.get((space, store))
    waiting = undecided[space, store]
    if found is None:
        return Row(space, store, None, 0, 0, Verdicts(), waiting)
    return Row(space, store, found.at, found.objects, found.bytes, found.verdicts, waiting)


def _of_all(store: StoreId, latest: _Measured, undecided: Counter[tuple[SpaceId, StoreId]]) -> Row:
    found = [each for each in latest.values() if each.store == store]
    verdicts = sum((each.verdicts for each in found), Verdicts())
    waiting = sum(number for (_, where), number in undecided.items() if where == store)
    oldest = min((each.at for each in found), default=None)
    return Row(None, store, oldest, sum(e.objects for e in found), sum(e.bytes for e in found), verdicts, waiting)
