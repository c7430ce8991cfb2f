"""Digests: what operators are told of incidents once a day, and of every space once a week."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from chalicelib.domain.content import format_time
from chalicelib.domain.incidents import SAME_WITHIN, Incident, State
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.statistics import Measurement

_LINES = 200  # spaces in one message; of the others it tells the sum
_EXAMPLES = 20  # incidents in one message


@dataclass(frozen=True)
class Tally:
    """Incidents of one space: those found and ended within a time; those that wait now, for a repair or a person."""

    found: int = 0
    ended: int = 0
    waiting: int = 0
    person: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.found + other.found,
            self.ended + other.ended,
            self.waiting + other.waiting,
            self.person + other.person,
        )

    @property
    def anything(self) -> bool:
        """Whether there is something to tell."""
        return self != Tally()

    def __str__(self) -> str:
        return f"found {self.found}, ended {self.ended}, in repair {self.waiting}, for a person {self.person}"


Tallies = Mapping[SpaceId, Tally]


@dataclass(frozen=True)
class Digest:
    """How far the digest of a day has come: `after` is the incident behind which to go on.

    It tells of the time from `since` to `until`; `examples` are ids of what needs a person.
    """

    day: date
    since: datetime
    until: datetime
    week: str
    after: str = ""
    tallies: Tallies = field(default_factory=dict)
    week_tallies: Tallies = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    sent: bool = False

    def counting(self, incident: Incident) -> "Digest":
        """The digest with one more incident."""
        if incident.of_canary or not incident.shown:
            return self
        person = incident.state is State.PERSON
        closed = incident.closed_at
        tally = Tally(
            found=int(self.since < incident.opened_at <= self.until),
            ended=int(closed is not None and self.since < closed <= self.until),
            waiting=int(not incident.closed and not person),
            person=int(person),
        )
        examples = (*self.examples, incident.id) if person and len(self.examples) < _EXAMPLES else self.examples
        tallies = added(self.tallies, {incident.space: tally}) if tally.anything else self.tallies
        return replace(self, tallies=tallies, examples=examples)

    def old(self, incident: Incident) -> bool:
        """Whether an incident was told of, and cannot come back as the same one."""
        closed = incident.closed_at
        return closed is not None and closed <= self.since and self.until - closed > SAME_WITHIN


def week_of(day: date) -> str:
    """The name of a week, which begins on Monday."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def begun(before: Digest | None, now: datetime, day: date) -> Digest | None:
    """The digest to go on with, or a new one; None when that of the day was sent."""
    if before is None:
        return Digest(day, now - timedelta(days=1), now, week_of(day))
    if not before.sent:
        return before
    if before.day - day > timedelta(days=1):  # a clock was wrong
        return Digest(day, now - timedelta(days=1), now, week_of(day))
    if before.day >= day:
        return None
    return Digest(day, before.until, now, before.week, week_tallies=before.week_tallies)


def added(one: Tallies, other: Tallies) -> Tallies:
    """The sums of both; beyond so many spaces, the rest is one."""
    sums = dict(one)
    for space, tally in other.items():
        name = space if space in sums or len(sums) < 1000 else SpaceId("(others)")
        sums[name] = sums.get(name, Tally()) + tally
    return sums


def daily_text(digest: Digest, address: str) -> str:
    """The message of a day; no line is about a single copy, however many are damaged."""
    total = sum(digest.tallies.values(), Tally())
    lines = [f"From {format_time(digest.since)} to {format_time(digest.until)}: {total}.", ""]
    lines += _listed((f"{space or 'stores'}: {tally}" for space, tally in sorted(digest.tallies.items())))
    if digest.examples:
        lines += ["", f"Waiting for a person ({total.person}):", *digest.examples]
        lines += ["", "duracloud incidents --close ID --note TEXT closes one when it is put right."]
    lines += ["", f"All of them: duracloud incidents, or {address}/api/incidents"]
    return "\n".join(lines) + "\n"


def weekly_text(digest: Digest, measured: Iterable[Measurement], tallies: Tallies) -> str:
    """The message of a week: every space and store, with what was last measured of it."""
    lines = [f"Week {digest.week}, told on {digest.day}. Copies are as they were when each was last read.", ""]
    by_space: dict[SpaceId, list[str]] = {space: [] for space, tally in tallies.items() if tally.found or tally.ended}
    for each in measured:
        found = each.verdicts
        oldest = f", oldest check {format_time(found.oldest)}" if found.oldest else ""
        by_space.setdefault(each.space, []).append(
            f"  store {each.store}: {each.objects} items, {each.bytes} bytes;"
            f" copies intact {found.intact}, bad {found.bad}, unread {found.unread}{oldest}"
        )
    blocks = []
    for space in sorted(by_space):
        tally = tallies.get(space, Tally())
        told = f"{space or 'stores'}: incidents found {tally.found}, ended {tally.ended}"
        blocks.append("\n".join([told, *by_space[space]]))
    return "\n".join([*lines, *_listed(blocks)]) + "\n"


def _listed(lines: Iterable[str]) -> list[str]:
    found = list(lines)
    more = len(found) - _LINES
    return found[:_LINES] + ([f"and {more} more spaces"] if more > 0 else [])
