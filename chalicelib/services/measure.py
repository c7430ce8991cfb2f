"""Measure: how much every space holds in every store, once a day, and which bit-integrity reports are due."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from chalicelib.domain.due_dates import Periods
from chalicelib.domain.integrity_report import Survey, due
from chalicelib.domain.jobs import MeasureSpace
from chalicelib.domain.jobs import ReportIntegrity as WriteReport
from chalicelib.domain.spaces import CANARY_SPACE, Space, SpaceId
from chalicelib.domain.statistics import Interval, Measurement, Point, Verdicts, series, verdicts_by_day
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.services.report_integrity import ReportIntegrity

_PAGE = 1000
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Measure:
    """One walk through the records of a space, a page in each job, with sums that travel in the job."""

    stores: Stores
    index: Index
    jobs: JobQueue
    reports: ReportIntegrity
    clock: Clock
    periods: Periods

    def measure(self) -> None:
        """Ask for a measurement of every space that has none of today. Repeatable."""
        now = self.clock()
        today = now.astimezone(UTC).date()
        for space in self.index.spaces():
            if space.id == CANARY_SPACE:
                continue
            if not any(self.index.measurements(self.stores.primary_id, today, today, space.id)):
                self.jobs.send([MeasureSpace(space.id, now)])

    def ask(self, space: Space) -> None:
        """Ask for a measurement and, where anything was read since the last ones, for reports, soon."""
        self.jobs.send([MeasureSpace(space.id, self.clock(), asked=True)])

    def measure_space(self, job: MeasureSpace) -> None:
        """Count one page and ask for the next; behind the last one, keep the sums and ask for the reports that are due.

        Safe twice: the same sums are kept once. One that is more than a day late is dropped: its sums would mix two
        days, and the next day's is on its way.
        """
        space = self.index.space(job.space)
        if space is None or self.clock() - job.at > _DAY:
            return
        page = self.index.items(job.space, after=job.after, limit=_PAGE)
        surveys = {store.id: job.surveys.get(store.id, Survey()) for store in self.stores.described}
        for item in page:
            for store in self.stores.described:
                due = self.periods.due(item, store.id, job.at) if store.id in item.copies else None
                surveys[store.id] = surveys[store.id].counting(item, store, job.at, due)
        if len(page) == _PAGE:
            self.jobs.send([replace(job, after=page[-1].id, surveys=surveys)])
            return
        for store_id, survey in surveys.items():
            verdicts = Verdicts(survey.intact, survey.bad, survey.unread, survey.newest, survey.oldest, survey.fixity)
            measured = Measurement(job.at, job.space, store_id, survey.bytes, survey.objects, verdicts)
            self.index.save_measurement(measured)
        self._ask_for_reports(space, job, surveys)

    def _ask_for_reports(self, space: Space, job: MeasureSpace, surveys: Mapping[StoreId, Survey]) -> None:
        for store in self.stores.described:
            if due(surveys[store.id], self.reports.latest(space, store), job.asked):
                self.jobs.send([WriteReport(job.space, store.id, job.at)])

    def series(
        self, store: StoreId, start: datetime, end: datetime, interval: Interval, space: Space | None = None
    ) -> Iterator[Point]:
        """The averages of a space, or of all spaces together, from measurements between two times."""
        found = self.index.measurements(
            store, start.astimezone(UTC).date(), end.astimezone(UTC).date(), space.id if space else None
        )
        return series((each for each in found if start <= each.at <= end), interval)

    def verdicts(
        self, store: StoreId, first: date, last: date, space: Space | None = None
    ) -> Iterator[tuple[date, Verdicts]]:
        """How the copies of a space, or of all, were found in a store, by days."""
        return verdicts_by_day(self.index.measurements(store, first, last, space.id if space else None))

    def latest(self, space: Space | None = None) -> Mapping[SpaceId, Measurement]:
        """What each space, or this one, held in the primary store at its last measurement, today or the day before."""
        today = self.clock().astimezone(UTC).date()
        of = space.id if space else None
        found = self.index.measurements(self.stores.primary_id, today - _DAY, today, of)
        return {measurement.space: measurement for measurement in found}

    def of_day(self, store: StoreId, moment: datetime) -> Iterator[Measurement]:
        """What each space held on the day (UTC) of a moment."""
        day = moment.astimezone(UTC).date()
        return self.index.measurements(store, day, day)
