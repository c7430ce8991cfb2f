"""Replicate: make one copy equal to the checksum of record, whichever store it is in.

Making a first copy, renewing one after a new deposit and repairing a damaged one are the same work.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from chalicelib.domain import jobs
from chalicelib.domain.checksums import Checksums, tally
from chalicelib.domain.content import About, ContentId, Stored, format_time
from chalicelib.domain.duplication import stores_for
from chalicelib.domain.errors import ChecksumMismatch, Overtaken, Unavailable
from chalicelib.domain.journal import SYSTEM, Event, Kind
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.registration import GRACE, described_since
from chalicelib.domain.spaces import SYSTEM_SPACE, SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Over, Stores, Written
from chalicelib.services.change_record import Change, change_record


@dataclass(frozen=True)
class Replicate:
    """Looks at both sides and converges; a crash between any two steps costs time, never a copy."""

    stores: Stores
    index: Index
    jobs: JobQueue
    clock: Clock

    def replicate(self, space: SpaceId, content_id: ContentId, store: StoreId) -> None:
        """Bring one copy to the checksum of record, proven by reading what the store holds afterwards.

        Safe twice, late and out of order: an item that is gone, a store that is no longer configured or not to be
        written to, or a copy that is intact already means there is nothing to do; so does an item of which no copy can
        serve as the source: a store that is back in service is swept.
        What others write meanwhile is never overwritten. Raises Unavailable when a store does not answer.
        """
        item = self._to_do(space, content_id, store)
        if item is None:
            return
        was_bad = item.copies[store].state in (CopyState.DAMAGED, CopyState.MISSING)
        kind = Kind.REPAIRED if was_bad else Kind.REPLICATED
        held = self._read(item, store)
        right = held is not None and held.checksums.agrees(item.checksums)
        if held is not None and right and self._described(item, store, held.stored):
            self._prove(item, store, kind, "found in place", held.stored.etag)
            return
        if held is not None and not right and store == self.stores.primary_id and held.stored.etag != item.etag:
            self.jobs.send([jobs.Register(space, content_id)])  # not decayed, but written by somebody: a new deposit
            return
        if held is not None and not self._expected(item, store, held.checksums):
            self._keep_evidence(item, store, held.checksums)
        made = self._copy(item, store, Over(held.stored.etag if held else None))
        if made is not None:
            source, written = made
            self._verify(item, store)
            self._prove(item, store, kind, f"from store {source}", written.etag, wrote=True)

    def _to_do(self, space: SpaceId, content_id: ContentId, store: StoreId) -> Item | None:
        """The record, if there is a copy to make; None when there is nothing to do."""
        item, policies = self.index.item(space, content_id), self.index.policies()
        if item is None or not item.live or store not in self.stores.providers or not policies.mode(store).written:
            return None
        if store not in item.copies:
            # Wanted no more since it was asked for; an earlier run may have been cut off when it was made already.
            there = self.stores.providers[store].head(space, content_id)
            made = item.checksums.complete and there is not None and there.checksums == item.checksums
            return item.with_copy(store, Copy()) if made else None
        if not item.checksums.complete or item.copies[store].state is CopyState.INTACT:
            return None  # without checksums: the first read fixes them, and asks for the copies
        if not item.copies[store].held.known and store not in stores_for(policies, space, self.stores.ids):
            return None  # not made yet, and wanted no more since it was asked for
        return item

    def _read(self, item: Item, store: StoreId) -> "_Held | None":
        with self.stores.providers[store].open(item.space, item.id) as opened:
            return None if opened is None else _Held(opened.stored, tally(opened.chunks).checksums)

    def _described(self, item: Item, store: StoreId, stored: Stored) -> bool:
        """Whether the object says of itself what it should; the primary's may be older than the description."""
        return stored.described_as(item.about) or (store == self.stores.primary_id and described_since(item, stored))

    def _expected(self, item: Item, store: StoreId, found: Checksums) -> bool:
        """Whether these bytes are ones we put there ourselves: of this deposit, or of one it replaced."""
        return item.checksums.agrees(found) or item.copies[store].held.agrees(found)

    def _copy(self, item: Item, store: StoreId, over: Over) -> tuple[StoreId, Written] | None:
        """Stream the item from the best source over what was seen at the target.

        The write fails, and changes nothing, unless the bytes are right and nobody else wrote meanwhile. None when no
        copy could serve: the check that finds an intact one asks again. Raises Unavailable when one that should could
        not.
        """
        target = self.stores.providers[store]
        problems, asked = [], False
        for source in self._sources(item, store):
            with self.stores.providers[source].open(item.space, item.id) as opened:
                if opened is None:
                    problems.append(f"store {source} has none")
                else:
                    target.create_space(item.space)
                    body = self._while_current(item, opened.chunks)
                    try:
                        return source, target.put(item.space, item.id, body, item.about, item.size, over)
                    except ChecksumMismatch:
                        problems.append(f"the bytes in store {source} are not those of record")
            if item.copies[source].state is CopyState.INTACT:
                self.jobs.send([jobs.Check(item.space, item.id)])  # it was thought to be intact, and is not
                asked = True
        if asked or not problems:
            return None
        raise Unavailable(f"No copy of {item.id!r} in {item.space!r} can serve as a source: {'; '.join(problems)}")

    def _while_current(self, item: Item, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The bytes, and behind the last one a look at the record: a body that raises leaves nothing stored."""
        yield from chunks
        current = self.index.item(item.space, item.id)
        if current is None or not _same(current, item):
            raise Overtaken(f"{item.id!r} in {item.space!r} was replaced, described anew or deleted meanwhile")

    def _sources(self, item: Item, target: StoreId) -> list[StoreId]:
        """Other stores, those proven intact first, then those not known to be bad; the primary first within each."""
        usable = [CopyState.INTACT, CopyState.PENDING]
        readable = self.index.policies().readable(self.stores.ids)
        states = {store: item.copies[store].state for store in readable if store in item.copies}
        return sorted(
            (s for s, state in states.items() if s != target and state in usable), key=lambda s: usable.index(states[s])
        )

    def _verify(self, item: Item, store: StoreId) -> None:
        held = self._read(item, store)
        right = held is not None and held.checksums.agrees(item.checksums)
        if held is None or not right or not self._described(item, store, held.stored):
            raise Unavailable(f"Store {store} does not hold {item.id!r} in {item.space!r} as it was written")

    def _prove(self, item: Item, store: StoreId, kind: Kind, how: str, etag: str, wrote: bool = False) -> None:
        """Record the copy as intact, if the record still speaks of the same deposit.

        If it does not and we `wrote`, a newer copy may have been replaced by ours: it is to be made again.
        """

        def decide(current: Item | None) -> Change | None:
            if current is None:
                return None
            if not _same(current, item):
                return (self._overwritten(current, item, store, etag), []) if wrote else None
            rewritten = current.writes != item.writes  # perhaps by us: the event of our own write was faster
            if rewritten and not wrote:
                return None
            # Wanted no more since this began, it may have left the record: what was made is a copy all the same.
            copy = current.copies.get(store, Copy())
            if copy.state is CopyState.INTACT and not rewritten:
                return None  # the same job ran twice at once, and the other one told of it
            now = self.clock()
            detail = {"how": how, "md5": str(item.checksums.md5), "sha256": str(item.checksums.sha256)}
            event = Event(kind, now, SYSTEM, item.space, item.id, store, detail)
            if rewritten:  # what we made was proven, and is told; what is there now is read again before it counts
                return self._overwritten(current, item, store, etag), [event]
            after = current.with_copy(store, copy.intact(now, item.checksums))
            if store == self.stores.primary_id:
                after = replace(after, etag=etag, modified=None)
            return after, [event]

        current = change_record(self.index, item.space, item.id, decide)
        if not wrote:
            return
        if current is None or not current.live:
            self._take_back(item, store, etag)
        elif (current.writes, True) != (item.writes, _same(current, item)):
            self.jobs.send([jobs.Register(item.space, item.id)])

    def _overwritten(self, current: Item, item: Item, store: StoreId, etag: str) -> Item:
        """The record of what was replaced, described anew or deleted, while an earlier copy was written in `store`."""
        copy = replace(current.copies.get(store, Copy()), state=CopyState.PENDING, held=item.checksums)
        if not current.live:
            elsewhere = store != self.stores.primary_id
            return replace(current.with_copy(store, copy), next_check=current.held_until) if elsewhere else current
        again = replace(current.with_copy(store, copy), next_check=self.clock() + GRACE)
        there = self.stores.primary.head(item.space, item.id) if store == self.stores.primary_id else None
        if there is None or there.etag != etag:
            return again
        if not current.checksums.agrees(item.checksums):
            return again
        # Ours went over an object of the same bytes: what was said of them since is in the record alone.
        return replace(again, etag=etag, modified=there.modified, described_at=self.clock())

    def _take_back(self, item: Item, store: StoreId, etag: str) -> None:
        """Remove what was written while its item was being deleted: elsewhere when the hold is over, in the primary
        at once, where that outdates looks at it.
        """
        primary = self.stores.primary
        if store != self.stores.primary_id:
            self.jobs.send([jobs.RemoveCopy(item.space, item.id, store)])
            return
        there = primary.head(item.space, item.id)
        if there is not None and there.etag == etag:
            primary.delete(item.space, item.id)
            change_record(self.index, item.space, item.id, lambda now: (now, []) if now and not now.live else None)

    def _keep_evidence(self, item: Item, store: StoreId, found: Checksums) -> None:
        """Move bytes that nobody expected aside, under a name that is the same however often this runs."""
        name = hashlib.sha256(item.id.encode()).hexdigest()[:32]
        evidence = ContentId(f"evidence/{item.space}/{name}/store-{store}/{found.sha256}")
        about = About(
            content_type="application/octet-stream",
            deposited_at=self.clock(),
            deposited_by=SYSTEM,
            properties={
                "evidence-space": item.space,
                "evidence-content-id": item.id.encode("unicode_escape").decode("ascii"),
                "evidence-store": store,
                "expected-sha256": str(item.checksums.sha256),
                "found-sha256": str(found.sha256),
                "found-at": format_time(self.clock()),
            },
            checksums=found,
        )
        keeper = self._keeper(store)
        kept_in = self.stores.providers[keeper]
        if kept_in.head(SYSTEM_SPACE, evidence) is None:
            kept_in.create_space(SYSTEM_SPACE)
            with self.stores.providers[store].open(item.space, item.id) as opened:
                if opened is None:
                    return  # withdrawn by the store since it was read: there is nothing left to keep
                try:
                    kept_in.put(SYSTEM_SPACE, evidence, opened.chunks, about)
                except ChecksumMismatch as error:
                    raise Unavailable(f"Store {store} gives other bytes of {item.id!r} at every read") from error
        self._record_evidence(item, store, evidence, found, keeper)

    def _keeper(self, store: StoreId) -> StoreId:
        """The primary; where it is not to be written to, another store than the one whose bytes are kept."""
        others = self.index.policies().writable(self.stores.ids)
        return next((s for s in others if s != store or s == self.stores.primary_id), store)

    def _record_evidence(
        self, item: Item, store: StoreId, evidence: ContentId, found: Checksums, keeper: StoreId
    ) -> None:
        detail = {"kept-as": f"{SYSTEM_SPACE}/{evidence}", "md5": str(found.md5), "sha256": str(found.sha256)}
        if keeper != self.stores.primary_id:
            detail["kept-in"] = f"store {keeper}"

        def decide(current: Item | None) -> Change | None:
            if current is None or store not in current.copies or current.copies[store].held.agrees(found):
                return None
            # The kept bytes are expected from here on: should the write that follows crash, they are not kept twice.
            after = current.with_copy(store, replace(current.copies[store], held=found))
            return after, [Event(Kind.EVIDENCE_KEPT, self.clock(), SYSTEM, item.space, item.id, store, detail)]

        change_record(self.index, item.space, item.id, decide)


def _same(current: Item, item: Item) -> bool:
    """Whether the record still speaks of the same deposit, described alike."""
    return current.live and current.generation == item.generation and current.about.described_as(item.about)


@dataclass(frozen=True)
class _Held:
    """What a full read of one copy gave."""

    stored: Stored
    checksums: Checksums
