"""Due dates: when the copies of an item are read next, by how often those of each store are to be.

A copy is due one period of its store after it was last read; the date of the item's record is that of its first copy.
A share of the period, by the id, is left out, so that what came on one day is not one big day for ever after:

| the item is read                   | left out is up to     | because                                               |
|------------------------------------|-----------------------|-------------------------------------------------------|
| about when it was due              | a tenth of the period | a big deposit spreads a little more with each check   |
| much later, or the time of its     | half of the period    | a backlog, as after a clock that jumped, would come   |
| last read lies in the future       |                       | back as dense as it was worked off                    |
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.domain.content import ContentId
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.stores import StoreId

_DAY = timedelta(days=1)


def place(content_id: ContentId) -> float:
    """Where in a span of time an id has its place: from 0 to 1, evenly spread and always the same."""
    return int.from_bytes(hashlib.sha256(content_id.encode()).digest()[:4], "big") / 2**32


@dataclass(frozen=True)
class Periods:
    """The time from one check of an intact copy to the next, for stores that have one of their own, and for others."""

    default: timedelta
    stores: Mapping[StoreId, timedelta] = field(default_factory=dict)

    def of(self, store: StoreId) -> timedelta:
        """The period of a store."""
        return self.stores.get(store, self.default)

    @property
    def longest(self) -> timedelta:
        """No intact copy is due later than this after its check."""
        return max([self.default, *self.stores.values()])

    def due(self, item: Item, store: StoreId, now: datetime) -> datetime:
        """When a copy is due; one that seems to have been read in the future counts from now."""
        read = item.copies[store].checked_at or item.about.deposited_at
        return min(read, now) + self.of(store) * (1 - place(item.id) / 10)

    def due_stores(self, item: Item, stores: Iterable[StoreId], now: datetime) -> tuple[StoreId, ...]:
        """Of these stores, those whose copies are to be read when the item's time has come.

        All that are due by then or a day later, and never none: else what is due first.
        """
        dates = {store: self.due(item, store, now) for store in stores}
        last = max(now, min(dates.values(), default=now)) + _DAY
        return tuple(store for store, date in dates.items() if date <= last)

    def next_check(self, before: Item, after: Item, stores: Iterable[StoreId], now: datetime) -> datetime:
        """When an item is due that was just checked; `before` is its record of that time.

        Copies in these stores count that were ever read, whatever they were found to be.
        """
        there = [store for store in stores if store in after.copies and after.copies[store].checked_at]
        return min((self._next(before, after, store, now) for store in there), default=now + self.longest)

    def _next(self, before: Item, after: Item, store: StoreId, now: datetime) -> datetime:
        period, date = self.of(store), self.due(after, store, now)
        earlier = before.copies[store].checked_at if store in before.copies else None
        if earlier is None or after.copies[store].checked_at == earlier:
            return date
        late = now < earlier or now - earlier > period * 1.1
        return now + period * (1 - place(after.id) / 2) if late else date

    def brought_back(self, item: Item, now: datetime) -> Item | None:
        """A live item whose date no check can have set, with one within the longest period; None when it is right.

        Its date is missing, or so far ahead that it was set by a clock that was wrong.
        """
        if not item.live or (item.next_check is not None and item.next_check <= now + self.longest + _DAY):
            return None
        return replace(item, next_check=now + self.longest * place(item.id))


def proven(item: Item) -> bool:
    """Whether every copy is known to be intact."""
    return all(copy.state is CopyState.INTACT for copy in item.copies.values())
