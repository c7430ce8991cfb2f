"""Examine copies: read what a store holds, once more where it is not as expected, and ask what the store says."""

from dataclasses import dataclass, replace

from chalicelib.domain.checksums import Checksums, tally
from chalicelib.domain.content import Stored
from chalicelib.domain.errors import Archived, Unavailable
from chalicelib.domain.fixity import Absent, Bytes, InArchive, NoAnswer, Reading
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import Item
from chalicelib.domain.registration import is_deposit
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Index, Opened, Stores
from chalicelib.services.keep_parts import KeepParts
from chalicelib.services.read_ahead import read_ahead

_READS = 3


@dataclass(frozen=True)
class Unregistered:
    """The primary holds another object than the one that the record speaks of."""


@dataclass(frozen=True)
class ExamineCopies:
    """Nothing that would have a copy replaced is believed of one read alone."""

    stores: Stores
    index: Index
    parts: KeepParts

    def examine(self, item: Item, store: StoreId) -> Reading | Unregistered:
        """What the store gives of an item. Repeatable.

        What is not as expected is read again from the start, and counts when two reads agree and the store, asked what
        it holds, shows the same object in the same length: a body that was cut short, a stale answer, and bytes that
        change while they are read are no answer.
        """
        before: Reading | None = None
        for _ in range(_READS):
            reading, seen = self._read(item, store)
            match reading:
                case Unregistered() | InArchive():
                    return reading
                case Bytes(checksums=found) if item.checksums.agrees(found):
                    return reading
                case NoAnswer() if before is not None:
                    return reading
                case _ if before is not None and _same(reading, before):
                    return self._confirmed(item, store, reading, seen)
            before = reading
        return NoAnswer(f"Store {store} gives something else at every read")

    def look(self, item: Item, store: StoreId) -> Bytes | None:
        """What one read of a copy gives, of which the record knows nothing; None when nothing is there, or comes."""
        reading, _ = self._read(item, store)
        return reading if isinstance(reading, Bytes) else None

    def _read(self, item: Item, store: StoreId) -> tuple[Reading | Unregistered, Stored | None]:
        provider = self.stores.providers[store]
        try:
            with provider.open(item.space, item.id) as opened:
                if opened is None:
                    return Absent(), None
                seen = opened.stored
                if store == self.stores.primary_id and (seen.etag != item.etag or is_deposit(item, seen)):
                    return Unregistered(), seen  # decay does not change a store's mark of an object; writing does
                return _hashed(opened), seen
        except Archived:
            there = self._head(item, store)
            return self._told(item, there) if there else InArchive(Checksums()), there
        except Unavailable as error:
            return NoAnswer(str(error)), None

    def _told(self, item: Item, there: Stored) -> InArchive:
        """What a store tells of an object that it does not give."""
        composite, agrees = there.composite, None
        parts = self.parts.of(item, self.stores.primary_id) if composite else None
        if parts and composite and parts.composite.rpartition("-")[2] == composite.rpartition("-")[2]:
            agrees = composite == parts.composite  # of as many parts
        return InArchive(there.own, agrees, there.restoring)

    def _confirmed(self, item: Item, store: StoreId, reading: Reading, seen: Stored | None) -> Reading:
        """A finding that two reads gave, held against what the store says that it holds."""
        try:
            there = self.stores.providers[store].head(item.space, item.id)
        except Unavailable as error:
            return NoAnswer(str(error))
        if not isinstance(reading, Bytes):
            return reading if there is None else NoAnswer(f"Store {store} shows the object, and does not give it")
        if there is None or seen is None or there.etag != seen.etag:
            return NoAnswer(f"Store {store} shows another object than the one that it gives")
        if there.size != reading.size:
            return NoAnswer(f"Store {store} gives {reading.size} of {there.size} bytes")
        return replace(reading, own=there.own, earlier=self._earlier(item, store, reading.checksums))

    def _earlier(self, item: Item, store: StoreId, found: Checksums) -> bool:
        """Whether these bytes, which are not those of record, were those of another deposit of the item."""
        if item.copies[store].held.agrees(found):
            return True
        deposits = (Kind.DEPOSITED, Kind.CHECKSUMS_FIXED)
        events = (event for event in self.index.history(item.space, item.id) if event.kind in deposits)
        return any(Checksums(event.detail.get("md5"), event.detail.get("sha256")).agrees(found) for event in events)

    def _head(self, item: Item, store: StoreId) -> Stored | None:
        try:
            return self.stores.providers[store].head(item.space, item.id)
        except Unavailable:
            return None


def _hashed(opened: Opened) -> Bytes:
    with read_ahead(opened) as chunks:
        found = tally(chunks)
    stored = opened.stored
    return Bytes(found.size, found.checksums, stored.own, stored.checksums, restored=stored.restored)


def _same(one: Reading, other: Reading) -> bool:
    match one, other:
        case Bytes(size, found), Bytes(again, found_again):
            return (size, found) == (again, found_again)
    return one == other
