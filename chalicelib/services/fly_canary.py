"""Fly the canary: damage small items of the service's own, and look a day later whether that was found and repaired."""

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from chalicelib.domain import jobs
from chalicelib.domain.canary import (
    DAMAGED,
    ITEMS,
    MISSING,
    RIGHT,
    UNTOLD,
    WRONG,
    Flight,
    Song,
    bytes_of,
)
from chalicelib.domain.checksums import Checksums, tally
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.errors import Overtaken, Unavailable
from chalicelib.domain.incidents import Incident, Problem, State, names_of
from chalicelib.domain.journal import SYSTEM
from chalicelib.domain.records import CopyState
from chalicelib.domain.spaces import CANARY_SPACE, Space
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.ports_work import Note, Notes
from chalicelib.services.deposit import Deposit, NewContent
from chalicelib.services.keep_incidents import KeepIncidents
from chalicelib.services.manage_spaces import ManageSpaces

log = logging.getLogger(__name__)

_KIND, _NAME = "canary", "flight"


@dataclass(frozen=True)
class HearCanary:
    """What the canary tells."""

    notes: Notes
    clock: Clock
    on: bool

    def song(self) -> tuple[Song, datetime | None]:
        """The song, and when everything was last found."""
        song, flight = self.flight()
        return song, flight.found_at if flight else None

    def flight(self) -> tuple[Song, Flight | None]:
        """The song, and the round that was begun last."""
        if not self.on:
            return Song.OFF, None
        note = self.notes.note(_KIND, _NAME)
        flight = _decoded(note.body) if note else None
        return flight.song(self.clock()) if flight else Song.WAITING, flight


@dataclass(frozen=True)
class FlyCanary:
    """Only plain calls of providers do damage, and only in the canary's space; `on` is a setting."""

    stores: Stores
    index: Index
    notes: Notes
    jobs: JobQueue
    spaces: ManageSpaces
    deposit: Deposit
    incidents: KeepIncidents
    clock: Clock
    on: bool

    def begin(self) -> None:
        """Make sure that there is the space, and ask for the round of the day. Repeatable."""
        if self._may_fly():
            self.spaces.provide(CANARY_SPACE)
            self.jobs.send([jobs.FlyCanary()])

    def fly(self) -> None:
        """Judge the last round, if its time is over, and begin the next. Safe twice, late and after a crash.

        What is to be done is noted before it is done. Raises Unavailable when a store does not answer.
        """
        space, note = self.index.space(CANARY_SPACE), self.notes.note(_KIND, _NAME)
        if space is None or not self._may_fly():
            return
        before, revision = (_decoded(note.body), note.revision) if note else (None, 0)
        if before is not None and before.running(self.clock()):
            if not before.acted:
                self._act(before)
                self._save(replace(before, acted=True), revision)
            return
        judged = self._judged(before) if before and before.started <= self.clock() else before
        self._provide(space, judged)
        flight = self._planned(judged)
        self._save(flight, revision)
        self._act(flight)
        self._save(replace(flight, acted=True), revision + 1)

    def _may_fly(self) -> bool:
        return self.on and self.index.policies().mode(self.stores.primary_id).written

    # ------------------------------------------------------------------------------------------------------ the trials

    def _gone(self, item: ContentId, before: Flight | None) -> bool:
        """Whether a deletion was missed, so that another one might take the last copy."""
        return before is not None and bool(before.missed) and self.stores.primary.head(CANARY_SPACE, item) is None

    def _provide(self, space: Space, before: Flight | None) -> None:
        for item in ITEMS:
            if self.index.item(CANARY_SPACE, item) is None or self._gone(item, before):
                self.deposit.deposit(space, NewContent(item, iter([RIGHT]), SYSTEM, content_type="text/plain"))
                self.jobs.send([jobs.Check(CANARY_SPACE, item)])  # of one of them, no event tells

    def _planned(self, before: Flight | None) -> Flight:
        """Only what is whole is damaged, and only where an intact copy remains; by turns in every store."""
        number, now = before.number + 1 if before else 0, self.clock()
        stores = {item: self._whole_in(item) for item in ITEMS}
        # An object of the primary with another mark is a new deposit: there, only a disk can damage.
        others = [store for store in stores[DAMAGED] if store != self.stores.primary_id]
        missing = stores[MISSING]
        return Flight(
            number,
            now,
            before.first if before else now,
            others[number % len(others)] if others else None,
            missing[number % len(missing)] if len(missing) > 1 else None,
            str(tally([bytes_of(now)]).checksums.sha256) if self.stores.primary_id in stores[UNTOLD] else None,
            found_at=before.found_at if before else None,
            missed=before.missed if before else (),
            missed_of=before.missed_of if before else 0,
        )

    def _whole_in(self, item: ContentId) -> list[StoreId]:
        """The stores that can be written to and hold an item, if its copies in all of these are proven."""
        found = self.index.item(CANARY_SPACE, item)
        if found is None or not found.live:
            return []
        usable = [store for store in self.index.policies().writable(self.stores.ids) if store in found.copies]
        return usable if all(found.copies[store].state is CopyState.INTACT for store in usable) else []

    def _act(self, flight: Flight) -> None:
        if flight.damaged_in and (item := self.index.item(CANARY_SPACE, DAMAGED)):
            about = replace(item.about, checksums=Checksums())
            self.stores.providers[flight.damaged_in].put(CANARY_SPACE, DAMAGED, iter([WRONG]), about)
            self.jobs.send([jobs.Check(CANARY_SPACE, DAMAGED)])
        if flight.missing_in:
            self.stores.providers[flight.missing_in].delete(CANARY_SPACE, MISSING)
            self.jobs.send([jobs.Check(CANARY_SPACE, MISSING)])
        if flight.untold:
            about = About("text/plain", flight.started, SYSTEM)
            self.stores.primary.put(CANARY_SPACE, UNTOLD, iter([bytes_of(flight.started)]), about)
            self.jobs.send([jobs.SweepSpace(CANARY_SPACE)])

    # --------------------------------------------------------------------------------------------------- the judgement

    def _judged(self, flight: Flight) -> Flight:
        found = list(self._found(flight))
        judged = flight.judged(tuple(what for what in found if what), None not in found, self.clock())
        if judged.missed:
            # The word that the alarm on this function's log waits for.
            log.error("SILENT: the detector missed what was damaged on purpose: %s", "; ".join(judged.missed))
            self.incidents.sight(Problem.SILENT, CANARY_SPACE, DAMAGED, (), State.PERSON)
        elif kept := self._current(DAMAGED, Problem.SILENT):
            self.incidents.end(kept, "everything that was damaged since was found")
        return judged

    def _found(self, flight: Flight) -> Iterator[str | None]:
        """Of each trial what was missed, "" if nothing, None if a store does not answer: who can tell?"""
        for item, store, problem in (
            (DAMAGED, flight.damaged_in, Problem.DAMAGED),
            (MISSING, flight.missing_in, Problem.MISSING),
        ):
            if store is not None:
                yield self._found_in(flight, item, store, problem)
        if flight.untold:
            found = self.index.item(CANARY_SPACE, UNTOLD)
            there = found is not None and found.checksums.sha256 == flight.untold
            yield "" if there else "bytes that no event told of were not registered"

    def _found_in(self, flight: Flight, item: ContentId, store: StoreId, problem: Problem) -> str | None:
        incident = self._current(item, problem)
        if store not in self.index.policies().writable(self.stores.ids):
            return None
        try:
            right = self._right_in(item, store)
        except Unavailable as error:
            log.warning("Store %s does not give the canary's bytes now: %s", store, error)
            return None
        if incident is None or incident.seen_at < flight.started:
            return f"{problem} in store {store} was not found"
        return "" if right else f"{problem} in store {store} was found, and not repaired"

    def _current(self, item: ContentId, problem: Problem) -> Incident | None:
        return self.incidents.current(f"{names_of(CANARY_SPACE, item)}{problem}")

    def _right_in(self, item: ContentId, store: StoreId) -> bool:
        """What the store gives, read here, and not as the checks do."""
        with self.stores.providers[store].open(CANARY_SPACE, item) as opened:
            return opened is not None and b"".join(opened.chunks) == RIGHT

    def _save(self, flight: Flight, revision: int) -> None:
        if not self.notes.save(Note(_KIND, _NAME, _encoded(flight), revision)):
            raise Overtaken("The canary is being flown by others")


def _encoded(flight: Flight) -> bytes:
    found = flight.found_at.isoformat() if flight.found_at else None
    times = {"started": flight.started.isoformat(), "first": flight.first.isoformat(), "found_at": found}
    return json.dumps(asdict(flight) | times).encode()


def _decoded(data: bytes) -> Flight:
    body = json.loads(data)
    found = datetime.fromisoformat(body["found_at"]) if body["found_at"] else None
    times = {name: datetime.fromisoformat(body[name]) for name in ("started", "first")} | {"found_at": found}
    return Flight(**{**body, **times, "missed": tuple(body["missed"])})
