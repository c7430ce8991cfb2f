"""Fix the record: an item that came without checksums gets its checksum of record, once, from what proves it best."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from chalicelib.domain import jobs
from chalicelib.domain.brake import Loss
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import format_time
from chalicelib.domain.errors import Overtaken, Unavailable
from chalicelib.domain.fixity import Bytes, Reading, establish
from chalicelib.domain.journal import SYSTEM, Event, Kind
from chalicelib.domain.parts import PartTally
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Opened, Stores
from chalicelib.services.examine_copies import ExamineCopies
from chalicelib.services.keep_parts import KeepParts
from chalicelib.services.read_ahead import read_ahead
from chalicelib.services.watch_losses import WatchLosses


@dataclass(frozen=True)
class Fixed:
    """The item, with its checksum of record where one could be told, and what was read on the way by store."""

    item: Item
    readings: dict[StoreId, Reading]


@dataclass(frozen=True)
class FixRecord:
    """The record is made once and never changed to fit what a store holds; `hold` is that of `Delete`."""

    stores: Stores
    index: Index
    jobs: JobQueue
    clock: Clock
    hold: timedelta
    parts: KeepParts
    examine: ExamineCopies
    losses: WatchLosses

    def fix(self, item: Item, readable: Iterable[StoreId]) -> Fixed | None:
        """The item with its checksum of record (see `establish`), read twice from the primary; None to stop here.

        `readable`: the stores that may be asked. Safe twice and late. Raises Unavailable when two reads differ.
        """
        if item.checksums.complete:
            return Fixed(item, {})
        primary = self.stores.primary_id
        with self.stores.primary.open(item.space, item.id) as opened:
            if opened is None:
                if item.checksums.known:
                    return Fixed(item, {})
                self._withdraw(item)
                return None
            if opened.stored.etag != item.etag:
                self.jobs.send([jobs.Register(item.space, item.id)])  # it changed since it was registered
                return None
            whole = self._tally(opened)
            found = Bytes(whole.size, whole.checksums, opened.stored.own, opened.stored.checksums)
        if item.checksums.known and not item.checksums.agrees(found.checksums):
            return Fixed(item, {})  # judged by what was promised
        again = self.examine.look(item, primary)
        if again is None or again.checksums != found.checksums:
            raise Unavailable(f"Two reads of {item.id!r} in {item.space!r} differ: neither can be the record")
        others = {} if item.checksums.known or found.own.agrees(found.checksums) else self._others(item, readable)
        record = found.checksums if item.checksums.known else establish(found, list(others.values()))
        if record is None:
            return Fixed(item, {primary: found, **others})
        if record == found.checksums:
            self.parts.keep(record, whole.parts())
            return Fixed(self._save(item, primary, found.size, record), {primary: found})
        source, right = next((store, other) for store, other in others.items() if other.checksums == record)
        self._save(item, source, right.size, record)
        self.jobs.send([jobs.Check(item.space, item.id)])  # by which all copies are judged: the primary's is bad
        return None

    def _tally(self, opened: Opened) -> PartTally:
        whole = PartTally(opened.stored.size, self.parts.sizes.part)
        with read_ahead(opened) as chunks:
            for chunk in chunks:
                whole.add(chunk)
        return whole

    def _others(self, item: Item, readable: Iterable[StoreId]) -> dict[StoreId, Bytes]:
        """What other stores hold of an item, where nothing is known of it: not where an earlier deposit is known."""
        unknown = (
            store
            for store in readable
            if store != self.stores.primary_id
            and item.copies[store].state is CopyState.PENDING
            and not item.copies[store].held.known
        )
        found = {store: self.examine.look(item, store) for store in unknown}
        return {store: reading for store, reading in found.items() if reading is not None}

    def _save(self, item: Item, source: StoreId, size: int, record: Checksums) -> Item:
        fixed = replace(item, size=size, about=item.about.with_checksums(record))
        detail = {"md5": str(record.md5), "sha256": str(record.sha256)}
        event = Event(Kind.CHECKSUMS_FIXED, self.clock(), SYSTEM, item.space, item.id, source, detail)
        if not self.index.save(fixed, [event]):
            raise Overtaken(f"The record of {item.id!r} in {item.space!r} changed while it was read")
        return replace(fixed, revision=fixed.revision + 1)

    def _withdraw(self, item: Item) -> None:
        """Another S3 client put it and took it away again before anybody read or acknowledged it: nothing is lost.

        Other stores may hold what it was put over.
        """
        now, primary = self.clock(), self.stores.primary_id
        space = self.index.space(item.space)
        hold = space.hold_or(self.hold) if space else self.hold
        self.losses.lost(item.space, Loss.DELETED)
        detail = {"copies-held-until": format_time(now + hold)}
        event = Event(Kind.DELETED, now, item.about.deposited_by, item.space, item.id, primary, detail)
        self.index.save(item.deleted(now, item.about.deposited_by, hold), [event])
