"""Restore copies: have copies in an archive brought back for a check to read them, within the money of the day."""

import hashlib
from dataclasses import dataclass
from datetime import UTC

from chalicelib.domain import jobs
from chalicelib.domain.cold import Wish
from chalicelib.domain.errors import Archived
from chalicelib.domain.fixity import BAD, Bytes, InArchive, Judgement, PartsDiffer, Verdict
from chalicelib.domain.fixity_plan import Prices, within
from chalicelib.domain.prices import RESTORED_DAYS
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, JobQueue, Stores
from chalicelib.ports_work import Note, Notes

SPENT = "checks"  # the money of each day (UTC), in billionths of a dollar
_KIND = "restoring"


@dataclass(frozen=True)
class RestoreCopies:
    """Of stores whose class of storage is an archive; `money` is what may be spent on one day.

    | a copy in an archive                               | what is done                                             |
    |----------------------------------------------------|----------------------------------------------------------|
    | the plan chose it, and counted what it costs       | the store is asked for it                                |
    | the store's own checksum is not that of the record | the same, if the day has money left; else at a later     |
    | it may be the only intact one, or is not proven    | check                                                    |
    | it was asked for, and is there no longer           | the same                                                 |
    | it is on its way                                   | a check of it alone waits, coming back every few hours   |
    """

    stores: Stores
    notes: Notes
    jobs: JobQueue
    clock: Clock
    prices: Prices
    money: int

    def follow(self, item: Item, judgement: Judgement, planned: tuple[StoreId, ...], waits: bool) -> None:
        """What follows from a check for copies in archives, before its verdicts are saved. Safe twice and late.

        `waits`: the check is of one copy alone, and was not planned: it is the one that waits, so Archived is raised
        when that is on its way. A note keeps two runs from asking for the same copy.
        """
        for store, reading in judgement.readings.items():
            match reading:
                case InArchive(restoring=restoring):
                    doubtful = _doubtful(item, store, reading, judgement)
                    self._follow(item, store, restoring, doubtful, store in planned, waits)
                case Bytes(restored=True) | PartsDiffer():
                    self.notes.erase(_KIND, _name(item, store))

    def _follow(self, item: Item, store: StoreId, restoring: bool, doubtful: bool, planned: bool, waits: bool) -> None:
        note, now = self.notes.note(_KIND, _name(item, store)), self.clock()
        wish = Wish.decode(note.body) if note else None
        if wish is not None and wish.generation != item.generation:
            wish = None  # another deposit has come since
        fresh = wish is not None and wish.fresh(now)
        asks = not restoring and not fresh
        if asks:
            wanted, counted = planned or doubtful or wish is not None, planned and wish is None
            if not wanted or not self.prices.archived(store) or not (counted or self._affords(item, store)):
                return
        if asks or wish is None:
            mine = Note(_KIND, _name(item, store), Wish(now, item.generation).encode(), note.revision if note else 0)
            asks, fresh = self.notes.save(mine) and asks, True
        if fresh and not waits:  # else the check that waits was sent before
            self.jobs.send([jobs.Check(item.space, item.id, (store,))])
        if asks:
            self.stores.providers[store].restore(item.space, item.id, self.prices.of(store).tier, RESTORED_DAYS)
        if waits:
            raise Archived(f"{item.id!r} in {item.space!r} is being restored in store {store}, to be read")

    def _affords(self, item: Item, store: StoreId) -> bool:
        """Whether the day has money for a restore; it is counted here, before the store is asked."""
        day, cost = self.clock().astimezone(UTC).date().isoformat(), self.prices.of(store).restoring(item.size)
        affordable = within(self.notes.sum(SPENT, day), cost, self.money)
        if affordable:
            self.notes.add(SPENT, day, cost)
        return affordable


def _doubtful(item: Item, store: StoreId, reading: InArchive, judgement: Judgement) -> bool:
    """Whether a copy is to be read before the plan would: it may be bad, or is what others can be repaired from."""
    found, copy = set(judgement.verdicts.values()), item.copies[store]
    if found & BAD and Verdict.INTACT not in found:
        return True
    if copy.state is CopyState.PENDING:
        return False  # it is to be made anew
    unproven = copy.state is not CopyState.INTACT and not reading.agrees(item.checksums)
    return unproven or copy.doubtful or reading.differs(item.checksums)


def _name(item: Item, store: StoreId) -> str:
    return f"{store}/{hashlib.sha256(f'{item.space}/{item.id}'.encode()).hexdigest()}"
