"""Sweeping: going through what the index knows and what every store holds, side by side, to find what differs.

| the index says of the item       | a store holds                          | finding   | what is asked for        |
|----------------------------------|----------------------------------------|-----------|--------------------------|
| nothing                          | an object, the primary                 | extra     | Register                 |
| nothing                          | an object, another one                 | foreign   | nothing: it is told of   |
| live                             | nothing, the primary                   | missing   | Register, then judged    |
| live                             | another object, the primary            | different | Register                 |
| live, its copy there intact      | nothing, another one                   | missing   | Check                    |
| live, its copy there intact      | an object of another size, another one | different | Check                    |
| live, a copy to make or to prove | –                                      | waiting   | Register, then made      |
| live, no copy known there        | an object of its size, another one     | extra     | Replicate: adopts it     |
| deleted                          | an object, the primary                 | extra     | Register                 |
| deleted, its hold over           | its copy, or an object of its size     | extra     | RemoveCopy: looks at it  |
| live or deleted                  | any other object, another one          | foreign   | nothing: it is told of   |

A store that does not answer, or is out of service, is not judged by.
"""

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import Generic, Protocol, TypeVar

from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import kept
from chalicelib.domain.jobs import Job
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId


class Listed(Protocol):
    """One line of a store's listing."""

    @property
    def id(self) -> ContentId: ...
    @property
    def size(self) -> int: ...
    @property
    def etag(self) -> str: ...


E = TypeVar("E", bound=Listed)


@dataclass(frozen=True)
class Sight(Generic[E]):
    """One id: what the index and each store that has it say."""

    id: ContentId
    item: Item | None
    held: Mapping[StoreId, E]


def march(items: Iterable[Item], listings: Mapping[StoreId, Iterable[E]]) -> Iterator[Sight[E]]:
    """Go through records and listings together, each sorted by the UTF-8 bytes of its ids; one sight for each id.

    Nothing is read ahead but one entry of each stream.
    """
    records = ((item.id.encode(), None, item) for item in items)
    streams = [_named(store, entries) for store, entries in listings.items()]
    merged: Iterator[tuple[bytes, StoreId | None, Item | E]] = heapq.merge(records, *streams, key=itemgetter(0))
    for name, group in groupby(merged, key=itemgetter(0)):
        found = {store: entry for _, store, entry in group}
        item = found.pop(None, None)
        yield Sight(ContentId(name.decode()), item, found)  # type: ignore[arg-type]  # None names the index alone


def _named(store: StoreId, entries: Iterable[E]) -> Iterator[tuple[bytes, StoreId | None, E]]:
    return ((entry.id.encode(), store, entry) for entry in entries)


class Found(StrEnum):
    """The kinds of findings, as in the table above."""

    MISSING = "missing"
    EXTRA = "extra"
    DIFFERENT = "different"
    FOREIGN = "foreign"
    WAITING = "waiting"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be, and the work that looks after it."""

    kind: Found
    store: StoreId
    job: Job | None = None


@dataclass(frozen=True)
class Judge:
    """What a sweep knows beside its sights: `heard` shrinks while it goes on, when a store stops answering."""

    space: SpaceId
    primary: StoreId
    wanted: tuple[StoreId, ...]
    heard: Set[StoreId]
    now: datetime

    def findings(self, sight: Sight[E]) -> list[Finding]:
        """What differs at one id (the table above)."""
        item, register = sight.item, jobs.Register(self.space, sight.id)
        if item is None or not item.live:
            if self.primary in sight.held:
                return [Finding(Found.EXTRA, self.primary, register)]
            return [self._without_item(item, entry, store) for store, entry in self._others(sight) if self._over(item)]
        found: list[Finding] = []
        there = sight.held.get(self.primary)
        if self.primary in self.heard and (there is None or there.etag != item.etag):
            found.append(Finding(Found.DIFFERENT if there else Found.MISSING, self.primary, register))
        if lacking := self._lacking(item):
            found.append(Finding(Found.WAITING, lacking[0], register))
        for store in sorted(self.heard - {self.primary}, key=int):
            found += self._copy(item, store, sight.held.get(store))
        return found

    def _over(self, item: Item | None) -> bool:
        """Whether nobody may bring the item back any more."""
        return item is None or item.held_until is None or item.held_until <= self.now

    def _others(self, sight: Sight[E]) -> Collection[tuple[StoreId, E]]:
        return [(store, sight.held[store]) for store in sorted(sight.held, key=int) if store != self.primary]

    def _without_item(self, item: Item | None, entry: E, store: StoreId) -> Finding:
        if item is not None and (store in item.copies or entry.size == item.size):
            return Finding(Found.EXTRA, store, jobs.RemoveCopy(self.space, entry.id, store))
        return Finding(Found.FOREIGN, store)

    def _lacking(self, item: Item) -> list[StoreId]:
        """The stores in which a copy is to be made or proven, or where it was asked for and is wanted no more."""
        unproven = [store for store in item.unproven() if store in self.heard]
        return unproven or sorted(kept(item.copies, self.wanted).keys() ^ item.copies.keys(), key=int)

    def _copy(self, item: Item, store: StoreId, entry: E | None) -> list[Finding]:
        copy = item.copies.get(store)
        check = jobs.Check(self.space, item.id)
        if copy is not None:
            if copy.state is not CopyState.INTACT:
                return []  # waiting
            if entry is None:
                return [Finding(Found.MISSING, store, check)]
            return [Finding(Found.DIFFERENT, store, check)] if entry.size != item.size else []
        if entry is None or store in self.wanted:
            return []
        if entry.size == item.size:
            return [Finding(Found.EXTRA, store, jobs.Replicate(self.space, item.id, store))]
        return [Finding(Found.FOREIGN, store)]


_EXAMPLES = 20  # of what was found, in a report


@dataclass(frozen=True)
class Counts:
    """What a sweep saw and found: ids seen, findings by kind, jobs queued, and since when the oldest item waits."""

    seen: int = 0
    found: Mapping[Found, int] = field(default_factory=dict)
    queued: int = 0
    oldest: datetime | None = None
    examples: tuple[tuple[Found, StoreId, ContentId], ...] = ()
    unheard: frozenset[StoreId] = frozenset()

    def __add__(self, other: "Counts") -> "Counts":
        oldest = min((moment for moment in (self.oldest, other.oldest) if moment), default=None)
        kinds = [kind for kind in Found if kind in self.found or kind in other.found]
        found = {kind: self.found.get(kind, 0) + other.found.get(kind, 0) for kind in kinds}
        examples = (self.examples + other.examples)[:_EXAMPLES]
        unheard = self.unheard | other.unheard
        return Counts(self.seen + other.seen, found, self.queued + other.queued, oldest, examples, unheard)


@dataclass(frozen=True)
class Run:
    """One sweep of a space: how far it has come, and what it counted so far."""

    started: datetime
    after: str = ""
    ended: datetime | None = None
    counts: Counts = field(default_factory=Counts)


@dataclass(frozen=True)
class Sweeps:
    """Of one space: the sweep that was begun last, and the one before it that came to its end."""

    latest: Run
    before: Run | None = None

    @property
    def last(self) -> Run | None:
        """The last one that came to its end."""
        return self.latest if self.latest.ended else self.before

    @property
    def running(self) -> Run | None:
        """The one that is under way."""
        return None if self.latest.ended else self.latest


def counted(
    sweeps: Sweeps | None, started: datetime, after: str, end: str | None, counts: Counts, now: datetime
) -> Sweeps:
    """The sweeps of a space after one page, from behind `after` to `end` (None: to the last id).

    A page that was counted is not counted again: it may be done twice, or late.
    """
    if sweeps is None or sweeps.latest.started < started:
        sweeps = Sweeps(Run(started), sweeps.last if sweeps else None)
    run = sweeps.latest
    if run.started != started or run.after != after or run.ended:
        return sweeps
    run = replace(run, after=end or after, ended=None if end else now, counts=run.counts + counts)
    return replace(sweeps, latest=run)


def together(runs: Collection[Run]) -> Run | None:
    """Sweeps of several spaces that came to their ends, as one; None when there is none."""
    ends = [run.ended for run in runs if run.ended]
    if not ends:
        return None
    return Run(min(run.started for run in runs), "", max(ends), sum((run.counts for run in runs), Counts()))
