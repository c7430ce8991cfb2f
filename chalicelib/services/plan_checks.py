"""Plan checks: queue the items whose time has come, as far as bytes, items and money allow.

The time of a deleted item comes when its hold is over: then its copies in other stores are to be removed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from chalicelib.domain import jobs
from chalicelib.domain.cold import Sample
from chalicelib.domain.due_dates import Periods, proven
from chalicelib.domain.duplication import Policies
from chalicelib.domain.fixity_plan import Limits, Plan, Prices, Reading, plan
from chalicelib.domain.jobs import Job
from chalicelib.domain.records import Item
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.ports_work import Notes
from chalicelib.services.hasten import Hasten
from chalicelib.services.restore_copies import SPENT

# An item handed to the queue is planned again after this, should its job get lost. Longer than a message can live
# (12 deliveries, 90 minutes apart), so that one whose work always fails ends in the dead letters, and raises the alarm.
_LEASE = timedelta(days=1)


@dataclass(frozen=True)
class PlanChecks:
    """Which items are read next. The money that was planned is summed by day (UTC)."""

    stores: Stores
    index: Index
    jobs: JobQueue
    clock: Clock
    notes: Notes
    hasten: Hasten
    periods: Periods
    prices: Prices
    limits: Limits
    sample: Sample

    def plan(self, limit: int | None = None) -> int:
        """Queue a check, or the removal of copies, of items whose time has come, the longest overdue first.

        At most `limit` items (None: as many as one run may take). Returns how many.

        A job that still waits when its item is planned again is dropped when its turn comes: a backlog holds each
        item's work once, however long it is. What a run costs is counted before anything is queued: a crash
        counts some of it twice, and never leaves any out.
        """
        limits = self.limits if limit is None else replace(self.limits, items=limit)
        chosen = self._chosen(limits)
        if chosen.money:
            self.notes.add(SPENT, self._today(), chosen.money)
        planned = 0
        for reading in chosen.taken:
            item, date = reading.item, self.clock() + _LEASE
            work = self._work(reading, date)
            over = item.hold_over or (not item.live and not work and item.aside is None)
            if self.index.save(replace(item, next_check=date if work else None, hold_over=over)):
                self.jobs.send(work)
                planned += 1
            # else somebody changed the record, and gave it a date of its own
        return planned

    def preview(self) -> Plan:
        """What a run would do now."""
        return self._chosen(self.limits)

    def spent(self) -> int:
        """What was planned today costs so much, in billionths of a dollar."""
        return self.notes.sum(SPENT, self._today())

    def bring_back(self, item: Item) -> None:
        """Give an item a date whose own was set by a clock that was wrong, or is missing. Safe twice and late."""
        if (dated := self.periods.brought_back(item, self.clock())) is not None:
            self.index.save(dated)

    def _today(self) -> str:
        return self.clock().astimezone(UTC).date().isoformat()

    def _chosen(self, limits: Limits) -> Plan:
        now, policies, ahead = self.clock(), self.index.policies(), self.hasten.stores()
        due = self.index.due(now, limits.items)
        readings = [self._reading(item, policies, now) for item in due]
        if ahead and len(due) < limits.items:
            readings.extend(self._sooner(ahead, policies, now, limits.items))
        return plan(readings, limits, self.spent(), more=len(due) == limits.items)

    def _reading(self, item: Item, policies: Policies, now: datetime) -> Reading:
        if not item.live:
            return Reading(item, urgent=True)
        stores = tuple(store for store in policies.readable(self.stores.ids) if store in item.copies)
        if not proven(item):
            return self.prices.reading(item, stores, urgent=True)  # to repair one, an intact one has to be read
        due = self.periods.due_stores(item, stores, now)
        return self.prices.reading(item, due, restore=self._chosen_of(item, due, now))

    def _chosen_of(self, item: Item, stores: tuple[StoreId, ...], now: datetime) -> tuple[StoreId, ...]:
        """The stores whose copy is brought back from an archive this time."""
        archives = [store for store in stores if self.prices.archived(store)]
        return tuple(store for store in archives if self.sample.takes(item, store, self.periods.of(store), now))

    def _sooner(self, ahead: frozenset[StoreId], policies: Policies, now: datetime, limit: int) -> Iterator[Reading]:
        """Items with a copy in one of these stores whose time comes within a quarter of the longest period.

        They are found by the same index of dates, as many as one run may take; those that wait in the queue are not
        among them.
        """
        then = now + self.periods.longest / 4
        for item in self.index.due(then, limit):
            later = item.next_check is not None and item.next_check > now + _LEASE
            if later and item.live and ahead & item.copies.keys():
                reading = self._reading(item, policies, then)
                there = [store for store in policies.readable(self.stores.ids) if store in item.copies]
                stores = tuple(store for store in there if store in reading.stores or store in ahead)
                yield self.prices.reading(item, stores, restore=self._chosen_of(item, stores, then))

    def _work(self, reading: Reading, date: datetime) -> list[Job]:
        item = reading.item
        if item.live:
            some = () if len(reading.stores) == len(item.copies) else reading.stores
            return [jobs.Check(item.space, item.id, some, planned=date, restore=reading.restore)]
        others = (store for store in item.copies if store in self.stores.ids[1:])
        return [jobs.RemoveCopy(item.space, item.id, store) for store in others]
