"""Copy parts: a large item is brought into a store by as many runs as it takes, and proven before it counts."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId
from chalicelib.domain.deadlines import Deadline
from chalicelib.domain.errors import Gone, NoSpace, Overtaken, Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.parts import PartList
from chalicelib.domain.records import Copy, Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.domain.transfers import Run, Transfer
from chalicelib.ports import Index, JobQueue, Stores
from chalicelib.ports_parts import Over, Upload
from chalicelib.ports_work import Note, Notes
from chalicelib.services.carry_parts import CarryParts, Decayed
from chalicelib.services.keep_as_it_is import must_stay
from chalicelib.services.keep_parts import KeepParts
from chalicelib.services.prove_copy import ProveCopy, same_deposit

_KIND = "transfer"
_ATTEMPTS = 20  # as many runs at once may tell of what they did


@dataclass(frozen=True)
class CopyParts:
    """What is under way is a note that all runs share; the parts that were sent lie at the target.

    One run sends parts until its time is over and hands on the rest; the one that sends the last completes the object,
    and one that reads back the last records the copy. One that is cut off leaves work, not harm.
    """

    stores: Stores
    index: Index
    jobs: JobQueue
    notes: Notes
    parts: KeepParts
    carry: CarryParts
    proof: ProveCopy

    def begin(
        self,
        item: Item,
        store: StoreId,
        parts: PartList,
        over: str | None,
        repair: bool,
        deadline: Deadline,
        mends: tuple[int, ...] = (),
    ) -> None:
        """Begin to copy an item over what was seen at the target (None: nothing), and go as far as time allows.

        `mends`: only these parts of what is there are bad; the others stay, and the store may copy them by itself.
        """
        target = self.stores.providers[store]
        if store != self.stores.primary_id:  # there, another may be a member's
            for forgotten in target.uploads(item.space, item.id):
                if forgotten.item == item.id:
                    target.abandon(forgotten)
        try:
            upload = target.begin(item.space, item.id, item.about)
        except NoSpace:
            target.create_space(item.space)
            upload = target.begin(item.space, item.id, item.about)
        transfer = Transfer.of(item, store, parts, upload.id, over, repair, mends)
        if not self.notes.save(Note(_KIND, _name(item.space, item.id, store), transfer.encode())):
            target.abandon(upload)
            raise Overtaken(f"Another run began to copy {item.id!r} to store {store}")
        self._work(item, transfer, parts, deadline)

    def go_on(self, item: Item, store: StoreId, parts: PartList, deadline: Deadline) -> bool:
        """Go on with what is under way; False when nothing is, or it is for another deposit, which is given up."""
        transfer = self._transfer(item.space, item.id, store)
        if transfer is None:
            return False
        if not transfer.serves(item):
            self._drop(transfer)
            return False
        self._work(item, transfer, parts, deadline)
        return True

    def copy(
        self, space: SpaceId, content_id: ContentId, store: StoreId, first: int, last: int, deadline: Deadline
    ) -> None:
        """Send, or read back, the parts of one run; the last one ends the whole.

        Safe twice, late and out of order: what is over, or was for another deposit, is nothing to do.
        """
        transfer = self._transfer(space, content_id, store)
        if transfer is None or store not in self.stores.providers:
            return
        run = (first, min(last, transfer.parts))
        if not self.index.policies().mode(store).written:
            self._note(transfer, lambda now: now.given_up(run))
            return  # a store that is back in service is swept, and this asked for again
        item = self.index.item(space, content_id)
        known = item is not None and transfer.serves(item)
        parts = self.parts.of(item, self.stores.primary_id) if item is not None and known else None
        if item is None or parts is None:
            self._drop(transfer)
            self.jobs.send([jobs.Replicate(space, content_id, store)])
            return
        renews = store != self.stores.primary_id and not (transfer.repair or transfer.written)
        if renews and must_stay(self.index, self.proof.clock, item, item.copies.get(store, Copy()).held):
            self._note(transfer, lambda now: now.given_up(run))
            return  # whoever releases the space asks for a sweep, and that goes on
        self._run(item, transfer, parts, run, deadline, alone=False)

    def forget(self, item: Item, store: StoreId) -> None:
        """Give up what may be noted of an item that needs no copying (any more)."""
        if item.size <= self.parts.sizes.large or (transfer := self._transfer(item.space, item.id, store)) is None:
            return
        if transfer.written is not None and transfer.serves(item):
            self._prove(item, transfer, transfer.written)  # a check read it before we did
        else:
            self._drop(transfer)

    def _work(self, item: Item, transfer: Transfer, parts: PartList, deadline: Deadline) -> None:
        """Do what is left, and not out: in this run, or, when it is too much for one, in several at once."""
        now = self.proof.clock()
        left = transfer.left(max(1, self.parts.sizes.run // max(part.size for part in parts.parts)), now)
        if transfer.whole:
            self._end(item, transfer, parts, deadline, alone=True)
        elif transfer.written is None and not self.carry.has_source(item, transfer.store):
            return  # the check that finds one asks again
        elif len(left) == 1:
            self._run(item, transfer, parts, left[0], deadline, alone=True)
        elif left:
            of = (item.space, item.id, transfer.store)
            self.jobs.send([jobs.CopyParts(*of, first, last) for first, last in left])
            self._note(transfer, lambda noted: noted.handed_out(left, now))  # a crash before this costs a second time

    def _run(self, item: Item, transfer: Transfer, parts: PartList, run: Run, deadline: Deadline, alone: bool) -> None:
        """Do one run; `alone`: as the only one, in a job for the whole item, which comes again if it is cut off."""
        try:
            if transfer.written is None:
                upload = _upload(transfer)
                carried = self.carry.send(item, transfer, upload, parts, run, deadline)
            else:
                found = self.carry.read_back(item, transfer.store, transfer.written, parts, run, deadline)
                if found is None:
                    self._drop(transfer)
                    raise _not_as_written(item, transfer)
                carried = found
        except Decayed:
            self._drop(transfer)
            raise
        except Unavailable:
            self._if_changed(item, transfer)
            raise
        rest = [] if carried.asked or carried.through >= run[1] else [(carried.through + 1, run[1])]
        self.jobs.send([jobs.CopyParts(item.space, item.id, transfer.store, *one) for one in rest])

        def done(now: Transfer) -> Transfer:
            after = now.given_up(run).handed_out(rest, self.proof.clock())
            did, sources = (run[0], carried.through), frozenset(carried.sources)
            return after.with_done(did, sources, carried.unseen) if carried.through >= run[0] else after

        noted = self._note(transfer, done)
        if noted is not None and noted.whole:  # else it was ended, or given up, by others
            self._end(item, noted, parts, deadline, alone)

    def _end(self, item: Item, transfer: Transfer, parts: PartList, deadline: Deadline, alone: bool) -> None:
        """All parts are sent: complete the object. All are read back: record the copy."""
        written = transfer.written
        if written is None:
            try:
                written, told, believed = self._complete(item, transfer, parts)
            except Unavailable:
                self._if_changed(item, transfer)
                raise
            if not believed:
                noted = self._have_read_back(transfer, written, alone, told)
                if noted is not None and alone:
                    self._work(item, noted, parts, deadline)
                return
        self._prove(item, transfer, written)

    def _prove(self, item: Item, transfer: Transfer, etag: str) -> None:
        kind = Kind.REPAIRED if transfer.repair else Kind.REPLICATED
        self.proof.prove(item, transfer.store, kind, transfer.how, etag, wrote=True, untold=transfer.repair)
        self.notes.erase(_KIND, _name(item.space, item.id, transfer.store))

    def _complete(self, item: Item, transfer: Transfer, parts: PartList) -> tuple[str, bool, bool]:
        """The mark of the completed object, whether the store told the right checksums of it, and whether it is
        believed: a repair is read back whatever the store says, and so is what the store copied by itself.
        """
        target, upload = self.stores.providers[transfer.store], _upload(transfer)
        current = self.index.item(item.space, item.id)
        if current is None or not same_deposit(current, item):
            self._drop(transfer)
            raise Overtaken(f"{item.id!r} in {item.space!r} was replaced, described anew or deleted meanwhile")
        sent = target.parts(upload)
        if sent is None:
            raise Gone(f"The upload of {item.id!r} to store {transfer.store} is there no more")
        if [(part.number, part.size) for part in sent] != [(part.number, part.size) for part in parts.parts]:
            self._drop(transfer)
            raise Unavailable(f"Store {transfer.store} lost parts of {item.id!r} that were sent")
        completed = target.complete(upload, sent, Over(transfer.over))
        told = target.confirms_sha256 and completed.composite == parts.composite
        if not told or transfer.repair or transfer.unseen:
            return completed.etag, told, False
        there = target.head(item.space, item.id)
        as_written = there is not None and there.etag == completed.etag and there.described_as(item.about)
        return completed.etag, told, as_written

    def _if_changed(self, item: Item, transfer: Transfer) -> None:
        """After a failure: when the target holds another object than before, read back whether it is ours, or stop.

        An earlier run may have been cut off after it had completed it.
        """
        target = self.stores.providers[transfer.store]
        there = target.head(item.space, item.id)
        expected = transfer.written or transfer.over
        if (there.etag if there else None) == expected:
            if transfer.written is None and target.parts(_upload(transfer)) is None:
                self._drop(transfer)
        elif transfer.written is None and there and there.size == item.size and there.described_as(item.about):
            target.abandon(_upload(transfer))  # unless it is what was completed
            self._have_read_back(transfer, there.etag, alone=False)
        else:
            self._drop(transfer)

    def _have_read_back(self, transfer: Transfer, etag: str, alone: bool, told: bool = False) -> Transfer | None:
        """Note that the object is complete, and unless this is a job for the whole item, ask for one first."""
        if not alone:
            of = (SpaceId(transfer.space), ContentId(transfer.item), transfer.store)
            self.jobs.send([jobs.Replicate(*of)])
        return self._note(transfer, lambda now: now.completed(etag, told))

    def _transfer(self, space: SpaceId, item: ContentId, store: StoreId) -> Transfer | None:
        note = self.notes.note(_KIND, _name(space, item, store))
        return Transfer.decode(note.body) if note else None

    def _note(self, transfer: Transfer, change: Callable[[Transfer], Transfer]) -> Transfer | None:
        """Change what is noted; None when it is over, or at another step, by now."""
        name = _name(SpaceId(transfer.space), ContentId(transfer.item), transfer.store)
        for _ in range(_ATTEMPTS):
            note = self.notes.note(_KIND, name)
            now = Transfer.decode(note.body) if note else None
            if note is None or now is None or (now.upload, now.written) != (transfer.upload, transfer.written):
                return None
            changed = change(now)
            if self.notes.save(Note(_KIND, name, changed.encode(), note.revision)):
                return changed
        raise Overtaken(f"Too many runs copy {transfer.item!r} to store {transfer.store} at once")

    def _drop(self, transfer: Transfer) -> None:
        if transfer.written is None and transfer.store in self.stores.providers:
            self.stores.providers[transfer.store].abandon(_upload(transfer))
        self.notes.erase(_KIND, _name(SpaceId(transfer.space), ContentId(transfer.item), transfer.store))


def _name(space: SpaceId, item: ContentId, store: StoreId) -> str:
    return f"{store}/{hashlib.sha256(f'{space}/{item}'.encode()).hexdigest()}"


def _upload(transfer: Transfer) -> Upload:
    return Upload(SpaceId(transfer.space), ContentId(transfer.item), transfer.upload)


def _not_as_written(item: Item, transfer: Transfer) -> Unavailable:
    return Unavailable(f"Store {transfer.store} does not hold {item.id!r} in {item.space!r} as it was written")
