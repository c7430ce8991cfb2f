"""Compute checksums: have stores compute those of all they hold by themselves, and judge by what they say."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from chalicelib.domain import jobs
from chalicelib.domain.census import Census
from chalicelib.domain.errors import Rejected
from chalicelib.domain.fixity import ComputedThere, Verdict, details, judge
from chalicelib.domain.fixity_plan import within
from chalicelib.domain.journal import SYSTEM, Event, Kind
from chalicelib.domain.prices import BATCH
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue
from chalicelib.ports_batch import ChecksumJobs, Computed
from chalicelib.ports_work import Note, Notes
from chalicelib.services.change_record import Change, change_record
from chalicelib.services.restore_copies import SPENT

_KIND = "census"
_PAGE = 500
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ComputeChecksums:
    """Once in each period for each space, in the stores that were set up for it, within the `money` of a day.

    It stands beside the checks that read, and postpones none: a store that computes honestly finds damage that it knows
    nothing of, and nobody else can see whether it does. What it finds to be another is read before it is believed.
    """

    index: Index
    notes: Notes
    jobs: JobQueue
    clock: Clock
    batches: Mapping[StoreId, ChecksumJobs]
    periods: Mapping[StoreId, timedelta]
    money: int

    def begin(self) -> None:
        """Have every space looked at in every such store; daily."""
        spaces = [space.id for space in self.index.spaces() if not space.removing] if self.batches else []
        self.jobs.send([jobs.ComputeChecksums(space, store) for store in self.batches for space in spaces])

    def look(self, space: SpaceId, store: StoreId) -> None:
        """Take the next step, if there is one: begin a job, or hand on what it found. Safe twice and late.

        Nothing is begun in a space that was not measured yet. Raises Rejected when the store gave up.
        """
        if store not in self.batches or not self.index.policies().mode(store).read:
            return
        name, now = f"{store}/{space}", self.clock()
        note = self.notes.note(_KIND, name)
        census = Census.decode(note.body) if note else None
        revision = note.revision if note else 0
        if census is None or census.over(now, self.periods[store]):
            census = Census(now)
            if not self._affords(space, store) or not self.notes.save(Note(_KIND, name, census.encode(), revision)):
                return
            revision += 1
        if census.done:
            return
        if not census.job:
            job = self.batches[store].begin(space, census.token(space, store))
            self.notes.save(Note(_KIND, name, replace(census, job=job).encode(), revision))
            return
        over = Note(_KIND, name, replace(census, done=True).encode(), revision)
        try:
            reports = self.batches[store].reports(space, census.job)
        except Rejected:
            self.notes.save(over)
            raise
        if reports is not None:
            self.jobs.send([jobs.ComputeChecksums(space, store, report, 0, census.begun) for report in reports])
            self.notes.save(over)

    def judge(self, space: SpaceId, store: StoreId, report: str, first: int, begun: datetime) -> None:
        """Judge a page of results, and hand on the next one. Repeatable; what was judged is told twice then."""
        if store not in self.batches:
            return
        found, further = self.batches[store].computed(report, first, _PAGE)
        if further is not None:
            self.jobs.send([jobs.ComputeChecksums(space, store, report, further, begun)])
        for computed in found:
            self._judge(space, store, computed, begun)

    def _judge(self, space: SpaceId, store: StoreId, computed: Computed, begun: datetime) -> None:
        reading = ComputedThere(computed.checksums)

        def decide(item: Item | None) -> Change | None:
            if item is None or not _concerns(item, store, begun):
                return None
            judgement, now = judge(item.checksums, {store: reading}), self.clock()
            verdict = judgement.verdicts[store]
            detail = {"verdict": verdict.value, **details(reading), "evidence": judgement.evidence[store]}
            event = Event(Kind.CHECKED, now, SYSTEM, space, item.id, store, detail)
            if verdict is Verdict.INTACT:
                return item, [event]
            return item.with_copy(store, item.copies[store].told(now, differs=True, agrees=False)), [event]

        saved = change_record(self.index, space, computed.item, decide)
        if saved is not None and saved.live and store in saved.copies and saved.copies[store].doubtful:
            self.jobs.send([jobs.Check(space, computed.item, (store,))])

    def _affords(self, space: SpaceId, store: StoreId) -> bool:
        """Whether the day has money for a job; it is counted here, before the store is asked."""
        today = self.clock().astimezone(UTC).date()
        held = list(self.index.measurements(store, today - _DAY, today, space))
        if not held or not held[-1].objects:
            return False
        cost = BATCH.of(held[-1].bytes, held[-1].objects)
        affordable = within(self.notes.sum(SPENT, today.isoformat()), cost, self.money)
        if affordable:
            self.notes.add(SPENT, today.isoformat(), cost)
        return affordable


def _concerns(item: Item, store: StoreId, begun: datetime) -> bool:
    """Whether the copy is one that was there, and proven, when the job began: else the result is of other bytes."""
    copy = item.copies.get(store)
    return (
        item.live
        and item.checksums.complete
        and copy is not None
        and copy.state is CopyState.INTACT
        and copy.verified_at is not None
        and copy.verified_at < begun
    )
