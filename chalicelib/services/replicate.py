"""Replicate: make one copy equal to the checksum of record, whichever store it is in.

Making a first copy, renewing one after a new deposit and repairing a damaged one are the same work.
"""

from dataclasses import dataclass

from chalicelib.domain import jobs
from chalicelib.domain.checksums import Checksums, Tally
from chalicelib.domain.content import ContentId, Stored
from chalicelib.domain.deadlines import Deadline
from chalicelib.domain.duplication import Policies, stores_for
from chalicelib.domain.errors import Archived, Overtaken, Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.parts import Part, PartList
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.registration import described_since
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Over, Stores
from chalicelib.services.copy_parts import CopyParts
from chalicelib.services.examine_parts import ExamineParts, Unfinished
from chalicelib.services.keep_as_it_is import must_stay
from chalicelib.services.keep_evidence import KeepEvidence
from chalicelib.services.make_copy import Made, MakeCopy
from chalicelib.services.prove_copy import ProveCopy

_NO_DEADLINE = Deadline()


@dataclass(frozen=True)
class Replicate:
    """Looks at both sides and converges; a crash between any two steps costs time, never a copy."""

    stores: Stores
    index: Index
    jobs: JobQueue
    clock: Clock
    copies: MakeCopy
    large: CopyParts
    evidence: KeepEvidence
    proof: ProveCopy
    examine: ExamineParts

    def replicate(
        self, space: SpaceId, content_id: ContentId, store: StoreId, deadline: Deadline = _NO_DEADLINE
    ) -> None:
        """Bring one copy to the checksum of record, proven by reading what the store holds afterwards.

        Safe twice, late and out of order: an item that is gone, a store that is no longer configured or not to be
        written to, or a copy that is intact already means there is nothing to do; so does an item of which no copy can
        serve as the source: a store that is back in service is swept.
        What others write meanwhile is never overwritten. A large item may take several runs: this one ends at its
        `deadline` and asks for the next. Raises Unavailable when a store does not answer.
        """
        record, policies = self.index.item_and_policies(space, content_id)
        item = self._to_do(record, space, store, policies)
        if item is None:
            return
        parts = self.large.parts.of(item, self.stores.primary_id)
        copy = item.copies[store]
        if parts is not None and copy.state is CopyState.PENDING and self._stays(item, store, copy.held):
            return  # also where its copy was begun before
        if parts is not None and self.large.go_on(item, store, parts, deadline):
            return
        was_bad = item.copies[store].state in (CopyState.DAMAGED, CopyState.MISSING)
        readable = policies.readable(self.stores.ids)
        first = parts is None and not was_bad and store != self.stores.primary_id
        if first and self._make_first(item, store, deadline, readable):
            return
        try:
            held = self._look(item, store, parts, deadline)
        except Unfinished:
            self.jobs.send([jobs.Replicate(space, content_id, store)])
            return
        except Archived:
            held = self._told(item, store)
        right = held is not None and held.checksums.agrees(item.checksums)
        if held is not None and right and self._described(item, store, held.stored):
            kind = Kind.REPAIRED if was_bad else Kind.REPLICATED
            self.proof.prove(item, store, kind, "found in place", held.stored.etag)
            if parts is not None:
                self.examine.forget(item, store)
            return
        if not right and copy.state is CopyState.UNREADABLE:
            self.jobs.send([jobs.Check(space, content_id, (store,))])  # one read is no verdict: that is for a check
            return
        if held is not None and not right and store == self.stores.primary_id and held.stored.etag != item.etag:
            self.jobs.send([jobs.Register(space, content_id)])  # not decayed, but written by somebody: a new deposit
            return
        if held is not None and not right and self._stays(item, store, held.checksums):
            return  # the record keeps the copy pending; whoever releases the space asks for a sweep
        bad = held.bad if held else ()
        if held is not None and not right:
            self._confirm(item, store, held)
        if held is not None and bad:
            try:
                self.evidence.keep_parts(item, store, held.stored.etag, bad)
            except Overtaken:
                self.examine.forget(item, store)
                raise
        elif held is not None and not self._expected(item, store, held.checksums):
            self.evidence.keep(item, store, held.checksums)
        over = held.stored.etag if held else None
        if parts is not None:
            self.examine.forget(item, store)
            self.large.begin(item, store, parts, over, was_bad, deadline, tuple(part.number for part in bad))
        elif (made := self.copies.make(item, store, Over(over), deadline, readable)) is not None:
            self._end(item, store, made, was_bad, deadline)

    def _to_do(self, item: Item | None, space: SpaceId, store: StoreId, policies: Policies) -> Item | None:
        """The record, if there is a copy to make; None when there is nothing to do."""
        if item is None or not item.live or store not in self.stores.providers or not policies.mode(store).written:
            return None
        if store not in item.copies:
            # Wanted no more since it was asked for; an earlier run may have been cut off when it was made already.
            there = self.stores.providers[store].head(space, item.id)
            made = item.checksums.complete and there is not None and there.checksums == item.checksums
            return item.with_copy(store, Copy()) if made else None
        if not item.checksums.complete:
            return None  # the first read fixes them, and asks for the copies
        if item.copies[store].state is CopyState.INTACT:
            self.large.forget(item, store)
            return None
        if not item.copies[store].held.known and store not in stores_for(policies, space, self.stores.ids):
            return None  # not made yet, and wanted no more since it was asked for
        return item

    def _make_first(self, item: Item, store: StoreId, deadline: Deadline, readable: tuple[StoreId, ...]) -> bool:
        """Make a copy where none was ever made, without looking first: a write over nothing fails where there is one.

        Whether it was made, or cannot be made now; if something is in the way, it has to be looked at.
        """
        if item.copies[store].held.known:
            return False
        try:
            made = self.copies.make(item, store, Over(None), deadline, readable)
        except Unavailable:
            if self.stores.providers[store].head(item.space, item.id) is None:
                raise
            return False
        if made is not None:
            self._end(item, store, made, False, deadline)
        return True

    def _end(self, item: Item, store: StoreId, made: Made, was_bad: bool, deadline: Deadline) -> None:
        """Prove what was made: a store that compares and confirms checksums is believed, but never of a repair."""
        if was_bad or not made.written.confirmed:
            held = self._read(item, store, deadline, made.written.etag)
            there = held.stored if held and held.checksums.agrees(item.checksums) else None
        else:
            there = self.stores.providers[store].head(item.space, item.id)
        if there is None or not self._described(item, store, there):
            raise Unavailable(f"Store {store} does not hold {item.id!r} in {item.space!r} as it was written")
        kind = Kind.REPAIRED if was_bad else Kind.REPLICATED
        how = f"from store {made.source}"
        self.proof.prove(item, store, kind, how, made.written.etag, wrote=True, seen=made.seen)

    def _look(self, item: Item, store: StoreId, parts: PartList | None, deadline: Deadline) -> "_Held | None":
        """What the store holds; of a large copy that is damaged, which parts are, unless most are and one run can
        read it all: then it is replaced, and kept as evidence, as a whole.
        """
        if parts is not None and item.copies[store].state is CopyState.DAMAGED:
            found = self.examine.differing(item, store, deadline)
            if found is not None and (item.size > self.examine.parts.sizes.run or 2 * len(found.parts) <= parts.count):
                return _Held(found.stored, Checksums() if found.parts else item.checksums, found.parts)
        return self._read(item, store, deadline)

    def _read(self, item: Item, store: StoreId, deadline: Deadline, etag: str | None = None) -> "_Held | None":
        with self.stores.providers[store].open(item.space, item.id, etag=etag) as opened:
            if opened is None:
                return None
            found = Tally()
            for chunk in opened.chunks:
                if deadline.passed(self.clock()):
                    raise Unavailable(f"The time of this run was too short to read {item.id!r} in store {store}")
                found.add(chunk)
            if found.size != opened.stored.size:
                raise Unavailable(f"Store {store} gives {found.size} of {opened.stored.size} bytes of {item.id!r}")
            return _Held(opened.stored, found.checksums)

    def _told(self, item: Item, store: StoreId) -> "_Held":
        """What is in an archive, by the store's own checksum: enough to replace what we put there ourselves, with an
        earlier deposit or another description, and not to call anything proven. Raises Archived.
        """
        there = self.stores.providers[store].head(item.space, item.id)
        known = (item.checksums, item.copies[store].held)
        found = next((each for each in known if there and there.own.agrees(each)), None)
        if there is None or found is None or (found is item.checksums and self._described(item, store, there)):
            raise Archived(f"Store {store} has archived {item.id!r} in {item.space!r}: it has to be restored first")
        return _Held(there, found)

    def _confirm(self, item: Item, store: StoreId, held: "_Held") -> None:
        """Before anything is kept or replaced, the store has to show what it gave. Raises Unavailable."""
        there = self.stores.providers[store].head(item.space, item.id)
        if there is None or (there.etag, there.size) != (held.stored.etag, held.stored.size):
            raise Unavailable(f"Store {store} shows another object than it gives of {item.id!r}")

    def _described(self, item: Item, store: StoreId, stored: Stored) -> bool:
        """Whether the object says of itself what it should; the primary's may be older than the description."""
        return stored.described_as(item.about) or (store == self.stores.primary_id and described_since(item, stored))

    def _expected(self, item: Item, store: StoreId, found: Checksums) -> bool:
        """Whether these bytes are ones we put there ourselves: of this deposit, or of one it replaced."""
        return item.checksums.agrees(found) or item.copies[store].held.agrees(found)

    def _stays(self, item: Item, store: StoreId, found: Checksums) -> bool:
        """Whether an earlier deposit must not be overwritten: its space is paused or retained."""
        return store != self.stores.primary_id and must_stay(self.index, self.clock, item, found)


@dataclass(frozen=True)
class _Held:
    """What a read of one copy gave: the checksums of the whole, or the parts of it that are bad."""

    stored: Stored
    checksums: Checksums
    bad: tuple[Part, ...] = ()
