"""Ask for checks: of an item, a list of items, a space or a store, soon; and what checks cost, before they are made."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, timedelta

from chalicelib.domain import jobs
from chalicelib.domain.access import Caller, require_admin
from chalicelib.domain.content import ContentId, format_time
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.fixity_plan import Plan, Reading
from chalicelib.domain.item_lists import Row
from chalicelib.domain.prices import BATCH, Price
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import Space, SpaceId
from chalicelib.domain.statistics import Measurement
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.services.plan_checks import PlanChecks

_PAGE = 500
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Asked:
    """How many copies are read, their bytes, and what that costs in billionths of a dollar.

    None: the space or store was not measured yet. `refused` are the rows of a list that name no item, with the reason.
    """

    copies: int | None = 0
    bytes: int = 0
    money: int = 0
    refused: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Outlook:
    """One store: how often its copies are checked, and what that costs in a year (billionths of a dollar).

    `restored`: the money in each period for the share of the copies that is brought back from an archive; `batch`: what
    one job of Amazon S3 that computes the checksums of all would cost.
    """

    store: StoreId
    kept_as: str
    period: timedelta
    price: Price
    held: Asked  # one check of all that it was last measured to hold, without what is restored
    money_a_year: int
    restored: int = 0
    batch: int = 0


@dataclass(frozen=True)
class AskChecks:
    """For administrators: reading costs, and what people ask for waits for no budget."""

    stores: Stores
    index: Index
    jobs: JobQueue
    clock: Clock
    plan: PlanChecks

    def preview(self, caller: Caller) -> tuple[Plan, int]:
        """What the next run of the plan will do, and the money of today that is planned already.

        Raises Unauthenticated, Denied.
        """
        require_admin(caller)
        return self.plan.preview(), self.plan.spent()

    def outlook(self, caller: Caller) -> list[Outlook]:
        """What all checks cost in a year, store by store. Raises Unauthenticated, Denied."""
        require_admin(caller)
        return [self._outlook(store) for store in self.stores.ids]

    def item(self, caller: Caller, space: str, content_id: str, estimate: bool = False) -> Asked:
        """Ask for a check of every copy of an item; with `estimate`, only tell what it costs.

        Raises Unauthenticated, Denied, NotFound.
        """
        asked = self.items(caller, [Row(1, space, content_id)], estimate)
        if asked.refused:
            raise NotFound(asked.refused[0].problem)
        return asked

    def items(self, caller: Caller, rows: Iterable[Row], estimate: bool = False) -> Asked:
        """The same for every row that names an item; the others are told of, each with the reason.

        An item that is named twice is asked for once. Raises Unauthenticated, Denied.
        """
        require_admin(caller)
        readable = self.index.policies().readable(self.stores.ids)
        found, refused, spaces = dict[tuple[SpaceId, ContentId], Reading](), list[Row](), _Spaces(self.index)
        for row in rows:
            item, problem = (None, row.problem) if row.problem else self._named(row, spaces)
            if item is None:
                refused.append(Row(row.line, row.space, row.id, problem))
            else:
                stores = tuple(store for store in readable if store in item.copies)
                found[item.space, item.id] = self.plan.prices.reading(item, stores)
        if not estimate:
            self.jobs.send([jobs.Check(space, content_id) for space, content_id in found])
        readings = found.values()
        copies, size = sum(len(reading.stores) for reading in readings), sum(reading.bytes for reading in readings)
        return Asked(copies, size, sum(reading.money for reading in readings), tuple(refused))

    def space(self, caller: Caller, space: str, estimate: bool = False) -> Asked:
        """The same for every item of a space; the cost is that of its last measurement.

        Raises Unauthenticated, Denied, NotFound.
        """
        require_admin(caller)
        found = self.index.space(space)
        if found is None or found.removing:
            raise NotFound(f"Space {space!r} does not exist")
        if not estimate:
            self.jobs.send([jobs.CheckSpace(found.id)])
        return _sum(self._held(store, found.id) for store in self.index.policies().readable(self.stores.ids))

    def store(self, caller: Caller, store: str, estimate: bool = False) -> Asked:
        """The same for every copy in a store. Raises Unauthenticated, Denied, NotFound, Conflict."""
        require_admin(caller)
        if store not in self.stores.ids:
            raise NotFound(f"There is no store {store!r}")
        asked = StoreId(store)
        if not self.index.policies().mode(asked).read:
            raise Conflict(f"Store {store} is out of service: nothing is read there for now")
        if not estimate:
            spaces = [space.id for space in self.index.spaces() if not space.removing]
            self.jobs.send([jobs.CheckSpace(space, "", (asked,)) for space in spaces])
        return self._held(asked)

    def check_space(self, space: SpaceId, after: str = "", stores: tuple[StoreId, ...] = ()) -> None:
        """Queue a check of every item of a space, one page in each job. Safe twice: checks only read."""
        page = self.index.items(space, after=after, limit=_PAGE)
        wanted = [item for item in page if not stores or set(stores) & item.copies.keys()]
        self.jobs.send([jobs.Check(space, item.id, stores) for item in wanted])
        if len(page) == _PAGE:
            self.jobs.send([jobs.CheckSpace(space, page[-1].id, stores)])

    def _named(self, row: Row, spaces: "_Spaces") -> tuple[Item | None, str]:
        space = spaces.of(row.space)
        if space is None:
            return None, f"Space {row.space!r} does not exist"
        item = self.index.item(space.id, ContentId(row.id))
        if item is None:
            return None, f"{row.id!r} in {row.space!r} is not known"
        if item.deleted_at is not None:
            return None, f"{row.id!r} in {row.space!r} was deleted at {format_time(item.deleted_at)}"
        return item, ""

    def _outlook(self, store: StoreId) -> Outlook:
        period, held = self.plan.periods.of(store), self._held(store)
        kept_as, price = self.plan.prices.classes.get(store, ""), self.plan.prices.of(store)
        share, copies = self.plan.sample.share, held.copies or 0
        restored = price.restoring(round(share * held.bytes), share * copies)
        year = round((held.money + restored) * (timedelta(days=365) / period))
        return Outlook(store, kept_as, period, price, held, year, restored, BATCH.of(held.bytes, copies))

    def _held(self, store: StoreId, space: SpaceId | None = None) -> Asked:
        """A check of all that a store, or a space in it, was last measured to hold, today or yesterday."""
        today = self.clock().astimezone(UTC).date()
        latest = dict[SpaceId, Measurement]()
        for found in self.index.measurements(store, today - _DAY, today, space):
            latest[found.space] = found
        if not latest:
            return Asked(None)
        size, copies = (sum(getattr(found, of) for found in latest.values()) for of in ("bytes", "objects"))
        return Asked(copies, size, self.plan.prices.of(store).of(size, copies))


@dataclass(frozen=True)
class _Spaces:
    """Spaces of the index, each looked up once."""

    index: Index
    known: dict[str, Space | None] = field(default_factory=dict)

    def of(self, name: str) -> Space | None:
        """The space of that name; None when there is none, or it is being removed."""
        if name not in self.known:
            found = self.index.space(name)
            self.known[name] = None if found is None or found.removing else found
        return self.known[name]


def _sum(parts: Iterable[Asked]) -> Asked:
    measured = [part for part in parts if part.copies is not None]
    if not measured:
        return Asked(None)
    return Asked(
        sum(part.copies or 0 for part in measured),
        sum(part.bytes for part in measured),
        sum(part.money for part in measured),
    )
