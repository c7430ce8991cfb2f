"""Keep incidents: write what checks and repairs say, show it, and let a person close what waits for one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC

from chalicelib.domain import jobs
from chalicelib.domain.access import Caller, require_admin
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Conflict, Invalid, NotFound, Overtaken
from chalicelib.domain.fixity import Judgement, Verdict
from chalicelib.domain.incidents import (
    DAY,
    FOR_A_PERSON,
    Incident,
    Problem,
    State,
    name_of,
    names_of,
    problems,
    sighted,
)
from chalicelib.domain.journal import SYSTEM, Event, Kind
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.messages_incidents import decode_incident, encode_incident
from chalicelib.ports import Clock, Index, JobQueue
from chalicelib.ports_work import Note, Notes
from chalicelib.services.change_record import change_record

CURRENT = "incident-open"  # by name: what is open, or was closed so lately that it may come back or was not told yet
ENDED = "incident"  # by id: what is over for good
_BAD = (CopyState.DAMAGED, CopyState.MISSING)
FOUND = "incidents-found"  # sums by day
_REMEMBERED = 40  # days
_HOUR = DAY / 24
_ATTEMPTS, _SCANNED = 8, 1000
_OVER = dict.fromkeys(Problem, "no copy is damaged any more") | {
    Problem.MISSING: "no copy is missing any more",
    Problem.LOST: "an intact copy was read",
}
MOST = 100  # incidents in one answer
MOST_NOTE = 2000  # characters of a note that a person closes one with


@dataclass(frozen=True)
class KeepIncidents:
    """An incident follows from the record of its item: one whose write was lost is written by the next check."""

    index: Index
    notes: Notes
    jobs: JobQueue
    clock: Clock

    def follow(self, before: Item, after: Item | None, judgement: Judgement | None = None) -> None:
        """Write what a check (`judgement`) or a repair made of a record: problems that are new, go on, or are over.

        Nothing is read or written for an item that was and is whole. Repeatable.
        """
        lost = judgement is not None and judgement.lost
        undecided = judgement is not None and Verdict.UNDECIDED in judgement.verdicts.values()
        if judgement is not None:
            for store, verdict in judgement.verdicts.items():
                if verdict is Verdict.UNREADABLE:
                    self._watch(store)
        if after is None or not (lost or undecided or _bad(before) or _bad(after)):
            return
        current = {i.problem: i for i in self._of(after)}
        was_lost = Problem.LOST in current and not current[Problem.LOST].closed
        wanted = problems(after, lost, undecided, was_lost) if after.live else {}
        serves = judgement is None or bool(judgement.repair)
        for problem, stores in wanted.items():
            state = State.PERSON if problem in FOR_A_PERSON else State.REPAIRING if serves else State.OPEN
            self.sight(problem, after.space, after.id, stores, state)
        for problem, incident in current.items():
            if problem not in wanted and not incident.closed and problem is not Problem.SILENT:
                over = "the item is lost" if Problem.LOST in wanted else _OVER[problem]
                self.end(incident, over if after.live else "the item was deleted")

    def sight(
        self, problem: Problem, space: SpaceId, item: ContentId, stores: tuple[StoreId, ...], state: State
    ) -> None:
        """A problem of an item was found; whoever must be told at once is, once."""
        name = f"{names_of(space, item)}{problem}"
        found = self.change(name, lambda now: sighted(now, problem, space, item, stores, state, self.clock()))
        if found and problem in FOR_A_PERSON and not found.told:
            self.jobs.send([jobs.TellIncident(found.name)])

    def current(self, name: str) -> Incident | None:
        """The incident of that name, if it is open, or was closed lately."""
        note = self.notes.note(CURRENT, name)
        return decode_incident(note.body) if note else None

    def end(self, incident: Incident, how: str, by: str = SYSTEM) -> None:
        """Close an incident that is not closed yet. Repeatable."""
        self.change(incident.name, lambda now: now.ended(how, by, self.clock()) if now and not now.closed else None)

    def change(self, name: str, decide: Callable[[Incident | None], Incident | None]) -> Incident | None:
        """Save what `decide` makes of the present incident (None: nothing to change); gives it as it then is."""
        for _ in range(_ATTEMPTS):
            note = self.notes.note(CURRENT, name)
            before = decode_incident(note.body) if note else None
            after = decide(before)
            if after is None or after == before:
                return before
            if before is not None and before.id != after.id:
                self._archive(before)
            if self.notes.save(Note(CURRENT, name, encode_incident(after), note.revision if note else 0)):
                self._count(before, after)
                return after
        raise Overtaken(f"The incident {name} is being changed by others")

    def put_away(self, incident: Incident) -> None:
        """Move one that is over for good out of the way of those that are open. Repeatable."""
        self._archive(incident)
        self.notes.erase(CURRENT, incident.name)

    def page(
        self, caller: Caller, only_open: bool, space: str | None, store: str | None, after: str, limit: int = MOST
    ) -> tuple[list[Incident], str | None]:
        """Open incidents in the order of their spaces, then (unless `only_open`) ended ones in that of their times.

        With them comes the mark behind which to go on, None at the end. A page may be short, or empty, before that:
        a thousand are looked through for one answer. Raises Unauthenticated, Denied.
        """
        require_admin(caller)
        found: list[Incident] = []
        kind, scanned = (ENDED if after[:1].isdigit() else CURRENT), 0
        start = f"{space}_" if space and kind == CURRENT else ""
        after = max(after, start)
        while scanned < _SCANNED and len(found) < limit:
            notes = self.notes.notes(kind, after, limit)
            for note in notes:
                if len(found) == limit or (start and not note.name.startswith(start)):
                    notes = []
                    break
                after, scanned = note.name, scanned + 1
                incident = decode_incident(note.body)
                if _shown(incident, only_open, space, store):
                    found.append(incident)
            if len(found) == limit:
                break
            if len(notes) < limit:
                if kind == ENDED or only_open:
                    return found, None
                kind, after, start = ENDED, "0", ""
        return found, after

    def incident(self, caller: Caller, incident_id: str) -> tuple[Incident, list[Event]]:
        """One incident, with what the history of its item tells of that time. Raises as `page`, and NotFound."""
        require_admin(caller)
        incident = self._find(incident_id)
        if incident.item is None:
            return incident, []
        first, last = incident.opened_at - _HOUR, incident.closed_at or self.clock()
        kinds = (Kind.CHECKED, Kind.EVIDENCE_KEPT, Kind.REPAIRED, Kind.LOST, Kind.INCIDENT_CLOSED)
        events = self.index.history(incident.space, incident.item)
        return incident, [e for e in events if e.kind in kinds and first <= e.at <= last + _HOUR]

    def close(self, caller: Caller, incident_id: str, note: str) -> Incident:
        """Close one that needs a person, with a word on what was done. Closed with the same word again, it stays so.

        Raises Unauthenticated, Denied, NotFound, Invalid, Conflict (it closes by itself, or is closed).
        """
        require_admin(caller)
        incident = self._find(incident_id)
        if not note.strip() or len(note) > MOST_NOTE:
            raise Invalid(f"A note of 1 to {MOST_NOTE} characters says what was done about the incident")
        if incident.closed and incident.how == note:
            return incident
        if incident.state is not State.PERSON:
            raise Conflict(f"The incident {incident_id} is {incident.state}: only one that needs a person is closed so")
        who = str(caller.username)
        if incident.item is not None:
            detail = {"incident": incident.id, "problem": incident.problem, "note": note}
            event = Event(Kind.INCIDENT_CLOSED, self.clock(), who, incident.space, incident.item, None, detail)
            change_record(self.index, incident.space, incident.item, lambda now: (now, [event]) if now else None)
        self.end(incident, note, who)
        return self._find(incident_id)

    def _count(self, before: Incident | None, after: Incident) -> None:
        """Count one that begins, or begins again, on its day (UTC). A crash in between leaves one out."""
        began = after.shown and not after.closed and (before is None or before.closed or not before.shown)
        if began and not after.of_canary:
            self.notes.add(FOUND, str(self.clock().astimezone(UTC).date()), forgotten_after=_REMEMBERED)

    def _watch(self, store: StoreId) -> None:
        """A store did not give a copy: after a day that is an incident of the store, whatever number of items it is."""
        now = self.clock()

        def decide(before: Incident | None) -> Incident | None:
            if before is not None and now - before.seen_at < _HOUR and not before.closed:
                return None  # a store that gives nothing at all must not be one write for each item
            since = before.opened_at if before is not None and not before.closed else now
            state = State.PERSON if now - since >= DAY else State.WATCHED
            return sighted(before, Problem.UNREADABLE, SpaceId(""), None, (store,), state, now)

        self.change(Incident(Problem.UNREADABLE, SpaceId(""), None, (store,), State.OPEN, now, now).name, decide)

    def _of(self, item: Item) -> list[Incident]:
        start = names_of(item.space, item.id)
        found = self.notes.notes(CURRENT, start, len(Problem))
        return [decode_incident(note.body) for note in found if note.name.startswith(start)]

    def _find(self, incident_id: str) -> Incident:
        note = self.notes.note(CURRENT, name_of(incident_id) or "-")
        if note is None or decode_incident(note.body).id != incident_id:
            note = self.notes.note(ENDED, incident_id or "-")
        if note is None:
            raise NotFound(f"There is no incident {incident_id!r}")
        return decode_incident(note.body)

    def _archive(self, incident: Incident) -> None:
        note = self.notes.note(ENDED, incident.id)
        self.notes.save(Note(ENDED, incident.id, encode_incident(incident), note.revision if note else 0))


def _bad(item: Item) -> bool:
    return any(copy.state in _BAD for copy in item.copies.values())


def _shown(incident: Incident, only_open: bool, space: str | None, store: str | None) -> bool:
    if not incident.shown or (only_open and incident.closed):
        return False
    return space in (None, incident.space) and (store is None or store in incident.stores)


def as_told(incident: Incident) -> Incident:
    """The incident after its message went out."""
    return replace(incident, told=True)
