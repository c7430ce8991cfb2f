"""Report integrity: what the latest reads of a space's copies in one store gave, kept as an item."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.integrity_report import (
    CONTENT_TYPE,
    HEAD,
    Report,
    Result,
    folder,
    judge,
    line,
    of_this_space,
    parse_stamp,
    report_id,
    stamp,
)
from chalicelib.domain.journal import SYSTEM, Kind
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.spaces import SYSTEM_SPACE, Space, SpaceId
from chalicelib.domain.stores import Store, StoreId
from chalicelib.ports import Clock, Index, Stores
from chalicelib.services.deposit import Deposit, NewContent
from chalicelib.services.report_manifest import item_pages
from chalicelib.services.retrieve import Description, Retrieve

# Properties of the item, so that one look at it tells what clients ask first.
_RESULT, _COMPLETED = "bit-integrity-report-result", "bit-integrity-report-completion-date"
_PAGE = 1000


@dataclass(frozen=True)
class ReportIntegrity:
    """Reports are written from the records that fixity checks leave, in the name of the institution's `account`."""

    stores: Stores
    index: Index
    deposit: Deposit
    retrieve: Retrieve
    clock: Clock
    account: str

    def latest(self, space: Space, store: Store) -> Report | None:
        """The newest report of the space on that store, found by one listing and one look; None without one."""
        names = folder(space.id, store)
        newest, after = None, ""
        while page := self.retrieve.listing(self._system(), names, after, _PAGE):
            newest = after = page[-1]
            if len(page) < _PAGE:
                break
        found = self.retrieve.find(self._system(), newest) if newest else None
        if newest is None or found is None or _COMPLETED not in found.about.properties:
            return None
        told = found.about.properties
        report = Report(newest, Result(told[_RESULT]), parse_stamp(told[_COMPLETED]), found.size)
        return report if of_this_space(report, space) else None

    def open(self, report: Report) -> AbstractContextManager[tuple[Description, Iterator[bytes]]]:
        """The bytes of a report."""
        return self.retrieve.open(self._system(), report.id)

    def write(self, space_id: SpaceId, store_id: StoreId, at: datetime) -> None:
        """Write the report that was asked for `at` a time. Safe twice and late: one that is there stays as it is.

        The result is known before the first line is written and holds for the last: a record that changed in between
        makes it Unavailable, and nothing is stored. Raises NotFound when the space or the store is gone.
        """
        store = next((s for s in self.stores.described if s.id == store_id), None)
        if self.index.space(space_id) is None or store is None:
            raise NotFound(f"No report can be made of space {space_id!r} in store {store_id}: there is no such thing")
        name = report_id(space_id, store, self.account, at)
        if not self.index.policies().mode(self.stores.primary_id).written:
            return  # the next day's measurement finds it due again
        if self.stores.primary.head(SYSTEM_SPACE, name) is not None:
            return
        now = self.clock()
        result = self._result(space_id, store, now)
        properties = {_RESULT: result.value, _COMPLETED: stamp(now)}
        body = self._pages(space_id, store, now, result)
        self.deposit.deposit(
            self._system(), NewContent(name, body, SYSTEM, content_type=CONTENT_TYPE, properties=properties)
        )

    def _system(self) -> Space:
        system = self.index.space(SYSTEM_SPACE)
        if system is None:
            raise Unavailable("The system space is not there yet")
        return system

    def _result(self, space: SpaceId, store: Store, now: datetime) -> Result:
        bad = any(_bad(item, store, now) for page in item_pages(self.index, space) for item in page)
        return Result.FAILURE if bad else Result.SUCCESS

    def _pages(self, space: SpaceId, store: Store, now: datetime, expected: Result) -> Iterator[bytes]:
        text, bad = HEAD, False
        for page in item_pages(self.index, space):
            bad = bad or any(_bad(item, store, now) for item in page)
            text += "".join(line(item, store, self.account, now, self._found(item, store)) for item in page)
            yield text.encode()
            text = ""
        if bad is not (expected is Result.FAILURE):
            raise Unavailable(f"Space {space!r} changed while its report was being written")

    def _found(self, item: Item, store: Store) -> str | None:
        """The MD5 of damaged bytes, which only the history tells."""
        copy = item.copies.get(store.id)
        if copy is None or copy.state is not CopyState.DAMAGED:
            return None
        events = self.index.history(item.space, item.id)
        checks = [event for event in events if event.kind is Kind.CHECKED and event.store == store.id]
        return checks[-1].detail.get("md5") if checks else None


def _bad(item: Item, store: Store, now: datetime) -> bool:
    copy = item.copies.get(store.id)
    return copy is not None and judge(item, copy, now)[0].bad
