"""Plan checks: queue the items whose time has come, or a whole space when somebody asks.

The time of a deleted item comes when its hold is over: then its copies in other stores are to be removed.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain import jobs
from chalicelib.domain.jobs import Job
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import Space, SpaceId
from chalicelib.ports import Clock, Index, JobQueue, Stores

# An item handed to the queue is planned again after this, should its job get lost. Longer than a message can live
# (12 deliveries, 90 minutes apart), so that one whose work always fails ends in the dead letters, and raises the alarm.
_LEASE = timedelta(days=1)
_PAGE = 500


@dataclass(frozen=True)
class PlanChecks:
    """Which items are read next."""

    stores: Stores
    index: Index
    jobs: JobQueue
    clock: Clock

    def plan(self, limit: int = 1000) -> int:
        """Queue a check, or the removal of copies, of items whose time has come, the longest overdue first.

        Returns how many.

        A job that still waits when its item is planned again is dropped when its turn comes: a backlog holds each
        item's work once, however long it is.
        """
        planned = 0
        for item in self.index.due(self.clock(), limit):
            date = self.clock() + _LEASE
            work = self._work(item, date)
            over = item.hold_over or (not item.live and not work and item.aside is None)
            if self.index.save(replace(item, next_check=date if work else None, hold_over=over)):
                self.jobs.send(work)
                planned += 1
            # else somebody changed the record, and gave it a date of its own
        return planned

    def _work(self, item: Item, date: datetime) -> list[Job]:
        if item.live:
            return [jobs.Check(item.space, item.id, planned=date)]
        others = (store for store in item.copies if store in self.stores.ids[1:])
        return [jobs.RemoveCopy(item.space, item.id, store) for store in others]

    def ask(self, space: Space) -> None:
        """Ask for a check of a whole space, soon."""
        self.jobs.send([jobs.CheckSpace(space.id)])

    def check_space(self, space: SpaceId, after: str = "") -> None:
        """Queue a check of every item of a space, one page in each job. Safe twice: checks only read."""
        page = self.index.items(space, after=after, limit=_PAGE)
        self.jobs.send([jobs.Check(space, item.id) for item in page])
        if len(page) == _PAGE:
            self.jobs.send([jobs.CheckSpace(space, page[-1].id)])
