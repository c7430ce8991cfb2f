"""Check fixity: read every copy, judge it against the checksum of record, ask for repairs."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import cast

from chalicelib.domain import jobs
from chalicelib.domain.brake import Loss
from chalicelib.domain.content import ContentId
from chalicelib.domain.deadlines import Deadline
from chalicelib.domain.due_dates import Periods
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import StoreDown
from chalicelib.domain.fixity import (
    BAD,
    Absent,
    Bytes,
    InArchive,
    Judgement,
    Reading,
    Verdict,
    details,
    judge,
)
from chalicelib.domain.journal import SYSTEM, Event, Kind
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.registration import GRACE
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.services.change_record import Change, change_record
from chalicelib.services.examine_copies import ExamineCopies, Unregistered
from chalicelib.services.examine_parts import ExamineParts, Unfinished
from chalicelib.services.fix_record import Fixed, FixRecord
from chalicelib.services.hasten import Hasten
from chalicelib.services.keep_incidents import KeepIncidents
from chalicelib.services.keep_parts import KeepParts
from chalicelib.services.restore_copies import RestoreCopies
from chalicelib.services.watch_losses import WatchLosses

log = logging.getLogger(__name__)

_DAY = timedelta(days=1)
_NO_DEADLINE = Deadline()


@dataclass(frozen=True)
class CheckFixity:
    """`hold` is that of `Delete`."""

    stores: Stores
    index: Index
    jobs: JobQueue
    clock: Clock
    periods: Periods
    hasten: Hasten
    hold: timedelta
    parts: KeepParts
    losses: WatchLosses
    incidents: KeepIncidents
    restores: RestoreCopies

    @cached_property
    def examine(self) -> ExamineCopies:
        """Reads."""
        return ExamineCopies(self.stores, self.index, self.parts)

    @cached_property
    def examine_parts(self) -> ExamineParts:
        """Reads of large items."""
        return ExamineParts(self.stores, self.parts, self.clock)

    @cached_property
    def fix_record(self) -> FixRecord:
        """First reads."""
        return FixRecord(
            self.stores, self.index, self.jobs, self.clock, self.hold, self.parts, self.examine, self.losses
        )

    def check(
        self,
        space: SpaceId,
        content_id: ContentId,
        only: tuple[StoreId, ...] = (),
        planned: datetime | None = None,
        deadline: Deadline = _NO_DEADLINE,
        restore: tuple[StoreId, ...] = (),
    ) -> None:
        """Read the item's copies (all, or `only` some), record the verdicts, ask for repairs.

        Safe twice and late; one that was `planned` for a date that the record no longer has is dropped. An item without
        checksums of record gets them from its first full read in the primary, unless only a person can say which are
        right. A store that does not answer makes its copy `unreadable`, which is looked at again soon, never repaired:
        StoreDown is raised when there was nothing else to check. Copies in a store that is out of service are not
        judged, and nothing is lost while one of them may be intact. Asks only for work that something just read makes
        possible, so that no circle of jobs can form. An item that is too large for one run is read in parts until the
        `deadline`; the next run goes on there. Copies in an archive are followed as RestoreCopies tells; `restore` are
        those that the plan chose to be brought back. Raises Archived when it waits for one that is on its way.
        """
        item = self.index.item(space, content_id)
        if item is None or not item.live:
            return
        if item.aside:
            self.jobs.send([jobs.BringBack(space, content_id)])  # there is nothing to judge before that
            return
        policies = self.index.policies()
        if planned is not None and item.next_check != planned and not self._unproven(item, policies):
            return  # done, or planned anew; what is not proven goes on, for this may be its own second attempt
        first_read = not item.checksums.complete
        if first_read and not policies.mode(self.stores.primary_id).read:
            return
        readable = [store for store in policies.readable(self.stores.ids) if store in item.copies]
        fixed = self.fix_record.fix(item, readable)
        if fixed is None:
            return
        item = fixed.item
        stores = [store for store in readable if not only or store in only]
        if not stores:
            return
        try:
            readings = fixed.readings if not item.checksums.known else self._readings(item, stores, fixed, deadline)
        except Unfinished:
            self.jobs.send([jobs.Check(space, content_id, only, planned, restore)])
            return
        if readings is None:
            self.jobs.send([jobs.Register(space, content_id)])  # somebody wrote it and the event is still on its way
            return
        judgement = judge(item.checksums, readings)
        if self._out_of_reach(item, readable):
            judgement = replace(judgement, lost=False)
        verdicts = set(judgement.verdicts.values())
        unread = [store for store in readable if store not in stores]
        if self._made(item, unread) and verdicts & BAD:
            self.jobs.send([jobs.Check(space, content_id)])  # whether it can be repaired, or is lost, all must say
            return
        self.restores.follow(item, judgement, restore, waits=len(only) == 1 and planned is None)
        current = self._save(item, judgement, policies)
        self.examine_parts.judged(item)
        if current is None:
            return
        bad = [store for store, verdict in judgement.verdicts.items() if verdict in BAD]
        self.hasten.after(store for store in bad if item.copies[store].state is not CopyState.PENDING)
        primary = self.stores.primary_id
        if judgement.verdicts.get(primary) is Verdict.MISSING and item.copies[primary].state is CopyState.INTACT:
            self.losses.lost(space, Loss.DELETED)  # by somebody who did not ask us
        self.incidents.follow(item, current, judgement)
        if Verdict.INTACT in verdicts:
            self._make_use_of(current, judgement, unread, first_read, policies)
        self._look_again(item, judgement, stores)

    def _readings(
        self, item: Item, stores: list[StoreId], fixed: Fixed, deadline: Deadline
    ) -> dict[StoreId, Reading] | None:
        """What each store gives, where it is not known yet; None when the primary holds what is not registered."""
        readings: dict[StoreId, Reading] = {}
        for store in stores:
            known = fixed.readings.get(store) or self.examine_parts.examine(item, store, deadline)
            reading = known or self.examine.examine(item, store)
            if isinstance(reading, Unregistered):
                return None
            readings[store] = reading
        return readings

    def _made(self, item: Item, stores: list[StoreId]) -> set[CopyState]:
        """The states of the copies in these stores that were made."""
        copies = [item.copies[store] for store in stores]
        return {copy.state for copy in copies if copy.state is not CopyState.PENDING or self._right(item, copy)}

    def _out_of_reach(self, item: Item, readable: list[StoreId]) -> bool:
        """Whether a store that may not be asked now was last proven to hold the right bytes."""
        others = [copy for store, copy in item.copies.items() if store in self.stores.ids and store not in readable]
        return any(copy.made and self._right(item, copy) for copy in others)

    def _right(self, item: Item, copy: Copy) -> bool:
        """Whether the store was last proven to hold the right bytes, though perhaps described otherwise."""
        return copy.held.agrees(item.checksums)

    def _make_use_of(
        self, item: Item, judgement: Judgement, unread: list[StoreId], first_read: bool, policies: Policies
    ) -> None:
        """An intact copy was read: bad ones can be repaired from it, and missing ones made."""
        pending = [s for s in self.stores.ids if s in item.copies and item.copies[s].state is CopyState.PENDING]
        # After a first read every copy can be made; else registering asked for those that are outside this check.
        unmade = [store for store in pending if first_read or store not in unread]
        wanted = policies.writable(dict.fromkeys([*judgement.repair, *unmade]))
        self.jobs.send([jobs.Replicate(item.space, item.id, store) for store in wanted])
        if self._made(item, unread) & {CopyState.DAMAGED, CopyState.MISSING}:
            self.jobs.send([jobs.Check(item.space, item.id)])

    def _look_again(self, item: Item, judgement: Judgement, checked: list[StoreId]) -> None:
        """Have the unreadable copies, and no others, read again: soon at first, then less and less often."""
        unreadable = tuple(store for store, v in judgement.verdicts.items() if v is Verdict.UNREADABLE)
        if not unreadable:
            return
        if list(unreadable) == checked:
            raise StoreDown(f"Store {', '.join(unreadable)} does not give {item.id!r} in {item.space!r}", unreadable[0])
        self.jobs.send([jobs.Check(item.space, item.id, unreadable)])

    def _save(self, item: Item, judgement: Judgement, policies: Policies) -> Item | None:
        """Record the verdicts if the record still speaks of the same object; None when it does not."""

        def same(current: Item | None) -> bool:
            return (
                current is not None
                and current.live
                and (current.generation, current.writes, current.etag) == (item.generation, item.writes, item.etag)
            )

        def decide(current: Item | None) -> Change | None:
            if current is None or not same(current):
                return None
            now = self.clock()
            after = current
            for store, verdict in judgement.verdicts.items():
                if store not in current.copies:
                    continue  # wanted there no more since it was read
                after = after.with_copy(
                    store, self._copy_after(current, store, verdict, judgement.readings[store], now)
                )
            after = replace(after, next_check=self._next(current, after, policies))
            return after, self._events(item, judgement, now)

        saved = change_record(self.index, item.space, item.id, decide)
        return saved if same(saved) else None

    def _copy_after(self, item: Item, store: StoreId, verdict: Verdict, reading: Reading, now: datetime) -> Copy:
        """One copy after its verdict; one that was never made, or not made anew, stays pending until it is."""
        copy = item.copies[store]
        pending = copy.state is CopyState.PENDING
        match verdict:
            case Verdict.INTACT:
                # Elsewhere than in the primary, making a copy also writes its description.
                return copy if pending and store != self.stores.primary_id else copy.intact(now, item.checksums)
            case Verdict.DAMAGED:
                return copy if self._waits(item, store, reading) else copy.found(CopyState.DAMAGED, now)
            case Verdict.MISSING:
                return copy if pending else copy.found(CopyState.MISSING, now)
            case Verdict.UNREADABLE:
                return copy if pending else copy.found(CopyState.UNREADABLE, now)
            case Verdict.ARCHIVED:
                told = cast(InArchive, reading)
                return copy.told(now, told.differs(item.checksums), told.agrees(item.checksums))
            case Verdict.UNDECIDED:
                return copy

    def _waits(self, item: Item, store: StoreId, reading: Reading) -> bool:
        """Whether a copy elsewhere holds what it was last proven to hold: it is to be made anew, and not damaged."""
        copy = item.copies[store]
        if store == self.stores.primary_id or copy.state is not CopyState.PENDING or not isinstance(reading, Bytes):
            return False
        return copy.held.agrees(reading.checksums) and not item.checksums.agrees(reading.checksums)

    def _next(self, before: Item, item: Item, policies: Policies) -> datetime:
        now = self.clock()
        if unproven := self._unproven(item, policies):
            # Soon after a deposit, then after twice as long each time, but never later than the daily sweep would.
            good = max(copy.verified_at or item.about.deposited_at for copy in unproven)
            return now + min(_DAY, max(GRACE, now - good))
        return self.periods.next_check(before, item, policies.readable(self.stores.ids), now)

    def _unproven(self, item: Item, policies: Policies) -> list[Copy]:
        """The copies about which something can be done; a store that is back in service is swept."""
        stores = [store for store in item.unproven() if store in self.stores.ids]
        written = policies.writable(stores)
        return [
            item.copies[store]
            for store in policies.readable(stores)
            if store in written or item.copies[store].state is CopyState.UNREADABLE
        ]

    def _events(self, item: Item, judgement: Judgement, now: datetime) -> list[Event]:
        events = []
        for store, verdict in judgement.verdicts.items():
            reading, pending = judgement.readings[store], item.copies[store].state is CopyState.PENDING
            if (pending and isinstance(reading, Absent)) or self._waits(item, store, reading):
                continue  # not made yet, or not made anew, which is no finding
            detail = {"verdict": verdict.value, **details(reading)}
            if store in judgement.evidence:
                detail["evidence"] = judgement.evidence[store]
            events.append(Event(Kind.CHECKED, now, SYSTEM, item.space, item.id, store, detail))
        if judgement.lost:
            # The word that the alarm on this function's log waits for.
            log.error("LOST: no store gives the bytes of %r in %r", item.id, item.space)
            events.append(Event(Kind.LOST, now, SYSTEM, item.space, item.id))
        if Verdict.UNDECIDED in judgement.verdicts.values():
            log.error("UNDECIDED: no record of %r in %r, and its copies differ", item.id, item.space)
        return events
