"""Examine parts: a copy that is too large for one run is read part by part, several at once, by as many as it takes."""

import hashlib
from dataclasses import dataclass, replace

from chalicelib.domain.content import Stored
from chalicelib.domain.deadlines import Deadline
from chalicelib.domain.errors import Archived, Unavailable
from chalicelib.domain.examined import Examined
from chalicelib.domain.fixity import Bytes, NoAnswer, PartsDiffer, Reading
from chalicelib.domain.parts import Part, PartList
from chalicelib.domain.records import Item
from chalicelib.domain.registration import is_deposit
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Stores
from chalicelib.ports_work import Note
from chalicelib.services.carry_parts import Handed
from chalicelib.services.keep_parts import KeepParts
from chalicelib.services.work_lanes import in_lanes

_KIND = "examined"


class Unfinished(Exception):
    """The time of this run is over; what was read is noted, and the next run goes on behind it."""


@dataclass(frozen=True)
class ExamineParts:
    """Each part is judged by its own SHA-256 of record; what differs is read again before it is believed."""

    stores: Stores
    parts: KeepParts
    clock: Clock

    def examine(self, item: Item, store: StoreId, deadline: Deadline) -> Reading | None:
        """What the parts gave; None when the copy is to be read in one piece: it is not so large, its parts are not
        known, or the store shows no object of this length, or another one than the record speaks of.

        Raises Unfinished when there is not enough time, after at least one part, so that every run gets on.
        """
        parts = self.parts.of(item, self.stores.primary_id) if item.size > self.parts.sizes.run else None
        if parts is None:
            return None
        try:
            there = self.stores.providers[store].head(item.space, item.id)
            if there is None or there.size != item.size:
                return None
            if store == self.stores.primary_id and (there.etag != item.etag or is_deposit(item, there)):
                return None
            examined = self._go_on(item, store, there.etag, parts, deadline)
        except Archived:
            return None
        except Unavailable as error:
            return NoAnswer(str(error))
        if examined.through < len(parts.parts):
            raise Unfinished
        if examined.bad:
            return PartsDiffer(examined.bad, len(parts.parts))
        return Bytes(item.size, item.checksums, there.own, there.checksums, restored=there.restored)

    def differing(self, item: Item, store: StoreId, deadline: Deadline) -> "Differing | None":
        """Which parts of a copy are to be repaired, as the check found it, or read now; None when it has no parts.

        Raises Unavailable, and Unfinished as `examine` does.
        """
        parts = self.parts.of(item, self.stores.primary_id)
        there = self.stores.providers[store].head(item.space, item.id) if parts is not None else None
        if parts is None or there is None or there.size != item.size:
            return None
        examined = self._go_on(item, store, there.etag, parts, deadline, judged=True)
        if examined.through < len(parts.parts):
            raise Unfinished
        return Differing(there, tuple(parts.parts[number - 1] for number in examined.bad))

    def judged(self, item: Item) -> None:
        """The copies of an item were judged: they are read anew next time, except by whoever repairs them."""
        if item.size <= self.parts.sizes.large:
            return
        for store in item.copies:
            noted = self.parts.notes.note(_KIND, _name(item, store))
            examined = Examined.decode(noted.body) if noted else None
            if noted and examined and examined.bad and not examined.judged:
                self.parts.notes.save(replace(noted, body=replace(examined, judged=True).encode()))
            elif noted:
                self.forget(item, store)

    def forget(self, item: Item, store: StoreId) -> None:
        """The copy is to be read anew, by whoever comes."""
        self.parts.notes.erase(_KIND, _name(item, store))

    def _go_on(
        self, item: Item, store: StoreId, etag: str, parts: PartList, deadline: Deadline, judged: bool = False
    ) -> Examined:
        noted = self.parts.notes.note(_KIND, _name(item, store))
        before = Examined.decode(noted.body) if noted else None
        if before is None or not before.serves(etag, item.checksums.sha256, self.clock()) or before.judged > judged:
            before = Examined(etag, str(item.checksums.sha256), self.clock())
        if before.through == len(parts.parts):
            return before

        def differs(part: Part) -> int:
            return 0 if any(self._right(item, store, etag, part) for _ in range(2)) else part.number

        handed = Handed(parts.parts[before.through :], deadline, self.clock)
        bad = tuple(number for number in in_lanes(self.parts.sizes.lanes, differs, handed) if number)
        after = before.further(handed.left_at - 1 if handed.left_at else len(parts.parts), bad, self.clock())
        # Whoever was faster read the same; what it noted is as good.
        self.parts.notes.save(Note(_KIND, _name(item, store), after.encode(), noted.revision if noted else 0))
        return after

    def _right(self, item: Item, store: StoreId, etag: str, part: Part) -> bool:
        digest, size = hashlib.sha256(), 0
        with self.stores.providers[store].open(item.space, item.id, part.first, part.last, etag) as opened:
            for chunk in opened.chunks if opened else ():
                digest.update(chunk)
                size += len(chunk)
        if size != part.size:
            raise Unavailable(f"Store {store} gives {size} of {part.size} bytes of part {part.number}")
        return digest.hexdigest() == part.sha256


@dataclass(frozen=True)
class Differing:
    """What a store holds of a large item, and the parts of it that are not as they should be."""

    stored: Stored
    parts: tuple[Part, ...]


def _name(item: Item, store: StoreId) -> str:
    return f"{store}/{hashlib.sha256(f'{item.space}/{item.id}'.encode()).hexdigest()}"
