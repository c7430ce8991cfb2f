"""Sweep: find what no event told, by going through the listings of every store beside the index."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from chalicelib.domain import jobs
from chalicelib.domain.access import Caller, require_admin
from chalicelib.domain.aside import is_aside
from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import stores_for
from chalicelib.domain.errors import NotFound, Overtaken, Unavailable
from chalicelib.domain.jobs import Job
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.domain.sweeping import Counts, Finding, Judge, Sight, Sweeps, counted, march
from chalicelib.messages_sweep import decode_sweeps, encode_sweeps
from chalicelib.ports import Clock, Entry, Index, JobQueue, Stores
from chalicelib.ports_work import Note, Notes
from chalicelib.services.plan_checks import PlanChecks

log = logging.getLogger(__name__)

_PAGE = 1000  # entries of a listing, or records, that are in memory for each stream
_KIND, _ATTEMPTS = "sweep", 8


@dataclass(frozen=True)
class Sweep:
    """Whatever differs is looked at by other jobs; the sweep itself changes nothing but dates that cannot be right.

    `most` ids are gone through in one run; the rest is another job's.
    """

    stores: Stores
    index: Index
    jobs: JobQueue
    notes: Notes
    clock: Clock
    plan: PlanChecks
    most: int = 20_000

    def sweep(self) -> None:
        """Ask for a sweep of every space, and for the removal of those that are being deleted. Repeatable.

        With them goes what was put aside of deleted items, when its time has come.
        """
        for space in self.index.spaces():
            if space.paused and not space.paused.told:
                self.jobs.send([jobs.TellPause(space.id)])
            self.jobs.send([jobs.RemoveSpace(space.id) if space.removing else jobs.SweepSpace(space.id)])
        self.jobs.send([jobs.RemoveAside()])

    def ask(self, caller: Caller, space: str | None) -> int:
        """Ask for a sweep of one space, or of all; returns of how many. Raises Unauthenticated, Denied, NotFound."""
        require_admin(caller)
        spaces = [found for found in self.index.spaces() if space in (None, found.id) and not found.removing]
        if space is not None and not spaces:
            raise NotFound(f"Space {space!r} does not exist")
        self.jobs.send([jobs.SweepSpace(found.id) for found in spaces])
        return len(spaces)

    def report(self, caller: Caller) -> dict[SpaceId, Sweeps]:
        """What the last sweeps found, of every space that there is. Raises Unauthenticated, Denied."""
        require_admin(caller)
        notes = {space.id: self.notes.note(_KIND, space.id) for space in self.index.spaces()}
        return {space: decode_sweeps(note.body) for space, note in notes.items() if note is not None}

    def sweep_space(self, space: SpaceId, after: str = "", started: datetime | None = None) -> None:
        """Go through some ids and ask for the next; with the first, have other stores make the space.

        Safe twice, late and after a crash: it only asks others to look, and counts each page once. A store that stops
        answering is left out from there on; without the primary, Unavailable is raised.
        """
        started, policies = started or self.clock(), self.index.policies()
        asked = policies.readable(self.stores.ids)
        wanted = stores_for(policies, space, self.stores.ids)
        if not after:
            self.jobs.send([jobs.FollowSpace(space, store) for store in wanted[1:] if store in asked])
        heard = set(asked)
        judge = Judge(space, self.stores.primary_id, wanted, heard, self.clock())
        listings = {store: self._listing(store, space, after, heard) for store in asked}
        sights = march(self._records(space, after), listings)
        page = _Page(self.jobs)
        for sight in islice(sights, self.most):
            page.add(sight, [] if is_aside(space, sight.id) else judge.findings(sight))
            if sight.item is not None:
                self.plan.bring_back(sight.item)
        page.send()
        end = page.end if page.seen == self.most else None
        missed = Counts(unheard=frozenset(set(asked) - heard))
        self._note(space, started, after, end, page.counts + missed)
        if end is not None:
            self.jobs.send([jobs.SweepSpace(space, end, started)])

    def _records(self, space: SpaceId, after: str) -> Iterator[Item]:
        while page := self.index.items(space, after=after, limit=_PAGE, deleted=True):
            yield from page
            after = page[-1].id

    def _listing(self, store: StoreId, space: SpaceId, after: str, heard: set[StoreId]) -> Iterator[Entry]:
        """A store's listing to its end; one that breaks off takes the store out of those that are heard."""
        provider = self.stores.providers[store]
        while True:
            try:
                page = provider.list(space, after=after, limit=_PAGE)
            except Unavailable as error:
                if store == self.stores.primary_id:
                    raise
                log.warning("Store %s is left out of the sweep of %r behind %r: %s", store, space, after, error)
                heard.discard(store)
                return
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].id

    def _note(self, space: SpaceId, started: datetime, after: str, end: str | None, counts: Counts) -> None:
        for _ in range(_ATTEMPTS):
            note = self.notes.note(_KIND, space)
            before = decode_sweeps(note.body) if note else None
            sweeps = counted(before, started, after, end, counts, self.clock())
            if sweeps == before:
                return
            if self.notes.save(Note(_KIND, space, encode_sweeps(sweeps), note.revision if note else 0)):
                return
        raise Overtaken(f"The report of the sweep of {space!r} is being written by others")


class _Page:
    """What one run counts, and the jobs that it asks for, sent before there are many."""

    def __init__(self, queue: JobQueue) -> None:
        self.end = ContentId("")
        self.seen = self._queued = 0
        self._oldest: datetime | None = None
        self._findings = Counts()
        self._queue, self._waiting = queue, dict[Job, None]()

    @property
    def counts(self) -> Counts:
        """Of the whole page."""
        return self._findings + Counts(self.seen, queued=self._queued, oldest=self._oldest)

    def add(self, sight: Sight[Entry], findings: list[Finding]) -> None:
        """Count one sight."""
        self.end = sight.id
        self.seen += 1
        since = sight.item.waiting_since if sight.item else None
        if since is not None:
            self._oldest = min(since, self._oldest or since)
        for finding in findings:
            self._findings += Counts(found={finding.kind: 1}, examples=((finding.kind, finding.store, sight.id),))
        work = dict.fromkeys(finding.job for finding in findings if finding.job)
        self._queued += len(work)
        self._waiting |= work
        if len(self._waiting) >= _PAGE:
            self.send()

    def send(self) -> None:
        """Hand over the jobs that wait."""
        self._queue.send(list(self._waiting))
        self._waiting.clear()
