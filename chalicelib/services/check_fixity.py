"""Check fixity: read every copy, judge it against the checksum of record, ask for repairs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain import jobs
from chalicelib.domain.checksums import Checksums, tally
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.fixity import Absent, Bytes, Judgement, NoAnswer, Reading, Verdict, judge
from chalicelib.domain.journal import SYSTEM, Event, Kind
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.registration import GRACE
from chalicelib.domain.spaces import Space, SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.services.change_record import Change, change_record

_LEASE = timedelta(hours=1)  # an item handed to the queue is planned again after this, should its job get lost
_PAGE = 500


@dataclass(frozen=True)
class CheckFixity:
    """`period` is the time from one check of an intact item to the next."""

    stores: Stores
    index: Index
    jobs: JobQueue
    clock: Clock
    period: timedelta

    def plan(self, limit: int = 1000) -> int:
        """Queue a check of items whose time has come, the longest overdue first; returns how many."""
        due = self.index.due(self.clock(), limit)
        for item in due:
            self.jobs.send([jobs.Check(item.space, item.id)])
            # Losing this race is fine: whoever changed the record gave it a date of its own.
            self.index.save(replace(item, next_check=self.clock() + _LEASE))
        return len(due)

    def check_space(self, space: SpaceId, after: str = "") -> None:
        """Queue a check of every item of a space, one page in each job. Safe twice: checks are only reads."""
        page = self.index.items(space, after=after, limit=_PAGE)
        self.jobs.send([jobs.Check(space, item.id) for item in page])
        if len(page) == _PAGE:
            self.jobs.send([jobs.CheckSpace(space, page[-1].id)])

    def ask(self, space: Space) -> None:
        """Ask for a check of a whole space, soon."""
        self.jobs.send([jobs.CheckSpace(space.id)])

    def check(self, space: SpaceId, content_id: ContentId, only: tuple[StoreId, ...] = ()) -> None:
        """Read the item's copies (all, or `only` some), record the verdicts, ask for repairs.

        Safe twice and late. An item without checksums of record gets them from its first full read in the primary.
        A store that does not answer makes its copy `unreadable`, which is looked at again soon, never repaired:
        Unavailable is raised when there was nothing else to check.
        """
        item = self.index.item(space, content_id)
        if item is None or not item.live:
            return
        first_read = not item.checksums.complete
        item = self._with_checksums(item)
        if item is None:
            return
        stores = [store for store in self.stores.ids if store in item.copies and (not only or store in only)]
        readings = {store: self._read_twice(item, store) for store in stores}
        judgement = judge(item.checksums, readings)
        others = [c for store, c in item.copies.items() if store not in stores and c.state is not CopyState.PENDING]
        if others and any(v in (Verdict.DAMAGED, Verdict.MISSING) for v in judgement.verdicts.values()):
            self.jobs.send([jobs.Check(space, content_id)])  # whether it can be repaired, or is lost, all must say
            return
        current = self._save(item, readings, judgement)
        if current is None:
            return
        # After a first read every copy can be made; else registering asked for those that are outside this check.
        pending = [store for store, copy in current.copies.items() if copy.state is CopyState.PENDING]
        unmade = [store for store in pending if first_read or store in stores]
        wanted = dict.fromkeys([*judgement.repair, *unmade])
        self.jobs.send([jobs.Replicate(space, content_id, store) for store in wanted])
        if any(c.state in (CopyState.DAMAGED, CopyState.MISSING) for s, c in current.copies.items() if s not in stores):
            self.jobs.send([jobs.Check(space, content_id)])  # a copy read now may serve one that is known to be bad
        self._look_again(item, tuple(s for s, v in judgement.verdicts.items() if v is Verdict.UNREADABLE), stores)

    def _look_again(self, item: Item, unreadable: tuple[StoreId, ...], checked: list[StoreId]) -> None:
        """Have the unreadable copies, and no others, read again: soon at first, then less and less often."""
        if not unreadable:
            return
        if list(unreadable) == checked:
            raise Unavailable(f"Store {', '.join(unreadable)} does not give {item.id!r} in {item.space!r}")
        self.jobs.send([jobs.Check(item.space, item.id, unreadable)])

    def _with_checksums(self, item: Item) -> Item | None:
        """The item with both checksums of record, read from the primary when it has none; None to stop here."""
        if item.checksums.complete:
            return item
        primary = self.stores.primary_id
        with self.stores.primary.open(item.space, item.id) as opened:
            if opened is None or opened.stored.etag != item.etag:
                self.jobs.send([jobs.Register(item.space, item.id)])  # it changed since it was registered
                return None
            found = tally(opened.chunks).checksums
        if item.checksums.known and not item.checksums.agrees(found):
            return item  # judged by what was promised
        fixed = replace(item, about=item.about.with_checksums(found))
        detail = {"md5": str(found.md5), "sha256": str(found.sha256)}
        event = Event(Kind.CHECKSUMS_FIXED, self.clock(), SYSTEM, item.space, item.id, primary, detail)
        if not self.index.save(fixed, [event]):
            raise Unavailable(f"The record of {item.id!r} in {item.space!r} changed while it was read")
        return replace(fixed, revision=fixed.revision + 1)

    def _read_twice(self, item: Item, store: StoreId) -> Reading:
        """Read a copy; what is not as expected is read again from the start before it is believed."""
        first = self._read(item, store)
        if isinstance(first, Bytes) and item.checksums.agrees(first.checksums):
            return first
        return self._read(item, store)

    def _read(self, item: Item, store: StoreId) -> Reading:
        try:
            with self.stores.providers[store].open(item.space, item.id) as opened:
                if opened is None:
                    return Absent()
                found = tally(opened.chunks)
                return Bytes(found.size, found.checksums)
        except Unavailable as error:
            return NoAnswer(str(error))

    def _save(self, item: Item, readings: Mapping[StoreId, Reading], judgement: Judgement) -> Item | None:
        """Record the verdicts if the record still speaks of the same deposit; None when it does not."""

        def same(current: Item | None) -> bool:
            return current is not None and current.live and current.generation == item.generation

        def decide(current: Item | None) -> Change | None:
            if current is None or not same(current):
                return None
            now = self.clock()
            after = current
            for store, verdict in judgement.verdicts.items():
                after = after.with_copy(store, _copy_after(current.copies[store], verdict, now, item.checksums))
            after = replace(after, next_check=self._next(after, judgement))
            return after, self._events(item, readings, judgement, now)

        saved = change_record(self.index, item.space, item.id, decide)
        return saved if same(saved) else None

    def _next(self, item: Item, judgement: Judgement) -> datetime:
        if judgement.lost or item.unproven():
            return self.clock() + GRACE
        # Spread over a tenth of the period by the id, so that a big deposit is not one big day for ever after.
        spread = int.from_bytes(hashlib.sha256(item.id.encode()).digest()[:4], "big") / 2**32
        return self.clock() + self.period * (1 - spread / 10)

    def _events(
        self, item: Item, readings: Mapping[StoreId, Reading], judgement: Judgement, now: datetime
    ) -> list[Event]:
        events = []
        for store, verdict in judgement.verdicts.items():
            detail = {"verdict": verdict.value}
            match readings[store]:
                case Bytes(size, found):
                    detail |= {"size": str(size), "md5": str(found.md5), "sha256": str(found.sha256)}
                case NoAnswer(reason):
                    detail["reason"] = reason
                case Absent() if item.copies[store].state is CopyState.PENDING:
                    continue  # not made yet, which is no finding
            events.append(Event(Kind.CHECKED, now, SYSTEM, item.space, item.id, store, detail))
        if judgement.lost:
            events.append(Event(Kind.LOST, now, SYSTEM, item.space, item.id))
        return events


def _copy_after(copy: Copy, verdict: Verdict, now: datetime, record: Checksums) -> Copy:
    """One copy after its verdict; one that was never made or never read stays pending until it is."""
    match verdict:
        case Verdict.INTACT:
            return copy.intact(now, record)
        case Verdict.DAMAGED:
            return copy.found(CopyState.DAMAGED, now)
        case Verdict.MISSING:
            return copy if copy.state is CopyState.PENDING else copy.found(CopyState.MISSING, now)
        case Verdict.UNREADABLE:
            return copy if copy.state is CopyState.PENDING else copy.found(CopyState.UNREADABLE, now)
