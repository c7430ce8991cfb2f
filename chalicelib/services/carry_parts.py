"""Carry parts: move parts of a large item from whichever store gives them as they should be, or read them back."""

import hashlib
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from chalicelib.domain import jobs
from chalicelib.domain.deadlines import Deadline
from chalicelib.domain.errors import Gone, Unavailable
from chalicelib.domain.parts import Part, PartList
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.stores import StoreId
from chalicelib.domain.transfers import Run, Sizes, Transfer
from chalicelib.ports import Clock, Index, JobQueue, StorageProvider, Stores
from chalicelib.ports_parts import SentPart, Upload
from chalicelib.services.make_copy import sources_of
from chalicelib.services.work_lanes import Room, in_lanes


@dataclass
class Carried:
    """How far one run came: every part up to `through` is done.

    `sources`: where they came from · `unseen`: the provider copied some by itself · `asked`: no source is left, and the
    check that finds one asks again.
    """

    through: int
    sources: set[StoreId] = field(default_factory=set)
    unseen: bool = False
    asked: bool = False


@dataclass(frozen=True)
class CarryParts:
    """Several parts at once; each is proven before it counts."""

    stores: Stores
    index: Index
    jobs: JobQueue
    clock: Clock
    sizes: Sizes
    room: Room

    def has_source(self, item: Item, store: StoreId) -> bool:
        """Whether there is a copy elsewhere that is not known to be bad."""
        return bool(sources_of(self.index.policies().readable(self.stores.ids), item, store))

    def send(
        self, item: Item, transfer: Transfer, upload: Upload, parts: PartList, run: Run, deadline: Deadline
    ) -> Carried:
        """Send the parts of a run that the target lacks. A part that is not as in the list of record is never sent.

        Raises Gone when the upload is there no more, Decayed when a part of what is mended is bad that was not,
        Unavailable when a store does not answer.
        """
        store = transfer.store
        target, sources = self.stores.providers[store], _Sources(self, item, transfer)
        listed = target.parts(upload)
        if listed is None:
            raise Gone(f"The upload of {item.id!r} to store {store} is there no more")
        there = {part.number: part for part in listed}
        lacking = [part for part in parts.parts[run[0] - 1 : run[1]] if not _fits(there.get(part.number), part)]
        carried = Carried(run[0] - 1)

        def carry(part: Part) -> tuple[Part, StoreId, bool]:
            with self.room.take(2 * part.size):  # twice, while its pieces are put together
                return part, *self._carry(item, target, upload, part, sources)

        try:
            handed = Handed(lacking, deadline, self.clock)
            for part, source, unseen in in_lanes(self.sizes.lanes, carry, handed):
                carried.through = part.number
                carried.sources.add(source)
                carried.unseen |= unseen
            carried.through = handed.left_at - 1 if handed.left_at else run[1]
        except _NoSource as error:
            if not sources.asked:
                raise Unavailable(str(error)) from error
            carried.asked = True
        return carried

    def read_back(
        self, item: Item, store: StoreId, etag: str, parts: PartList, run: Run, deadline: Deadline
    ) -> Carried | None:
        """Read parts of the object with this mark; None when one of them is not as in the list of record,
        or the object is not described as the item is.

        Raises Unavailable when there is another object, or the store does not answer.
        """
        target = self.stores.providers[store]

        def right(part: Part) -> bool:
            digest = hashlib.sha256()
            with target.open(item.space, item.id, part.first, part.last, etag) as opened:
                if opened is None or not opened.stored.described_as(item.about):
                    return False
                for chunk in opened.chunks:
                    digest.update(chunk)
            return digest.hexdigest() == part.sha256

        handed = Handed(parts.parts[run[0] - 1 : run[1]], deadline, self.clock)
        if not all(in_lanes(self.sizes.lanes, right, handed)):
            return None
        return Carried(handed.left_at - 1 if handed.left_at else run[1])

    def _carry(
        self, item: Item, target: StorageProvider, upload: Upload, part: Part, sources: "_Sources"
    ) -> tuple[StoreId, bool]:
        for source, etag in sources.usable(part.number):
            provider = self.stores.providers[source]
            try:
                if self._same_account(item, provider, target):
                    address = provider.address(item.space, item.id, etag)
                    if address is not None:
                        sent = target.copy_part(upload, part.number, address, part.first, part.last)
                        if sent.sha256 in (None, part.sha256):
                            return source, True
                        sources.wrong(source, f"part {part.number} in store {source} is not as in the record")
                        continue
                with provider.open(item.space, item.id, part.first, part.last, etag) as opened:
                    data = b"".join(opened.chunks) if opened else b""
            except (Gone, Decayed):
                raise
            except Unavailable as error:
                sources.give_up(source, str(error))
                continue
            if hashlib.sha256(data).hexdigest() != part.sha256:
                sources.wrong(source, f"part {part.number} in store {source} is not as in the record")
                continue
            target.send(upload, part.number, data, part.sha256)
            return source, False
        raise _NoSource(f"No copy of {item.id!r} in {item.space!r} can serve as a source: {sources.problems}")

    def _same_account(self, item: Item, source: StorageProvider, target: StorageProvider) -> bool:
        """Whether the target can fetch the bytes by itself: they never pass through here, and are read back."""
        here, there = target.address(item.space, item.id, ""), source.address(item.space, item.id, "")
        return here is not None and there is not None and here.account == there.account


def _fits(sent: SentPart | None, part: Part) -> bool:
    """Whether the target has this part already, as far as it can tell; what it cannot is found when it is read back."""
    return sent is not None and sent.size == part.size and sent.sha256 in (None, part.sha256)


class Handed:
    """Parts handed out one by one until the deadline; the first one in any case, so that every run gets on."""

    def __init__(self, parts: Iterable[Part], deadline: Deadline, clock: Clock) -> None:
        self._parts, self._deadline, self._clock = parts, deadline, clock
        self.left_at = 0  # the number of the first part that was not handed out; 0: all were

    def __iter__(self) -> Iterator[Part]:
        for n, part in enumerate(self._parts):
            if n and self._deadline.passed(self._clock()):
                self.left_at = part.number
                return
            yield part


class Decayed(Unavailable):
    """A part that was to stay is not as it should be any more: the copy has to be looked at anew."""


class _NoSource(Exception):
    """No store gives the part as it should be."""


class _Sources:
    """The stores that may serve, each pinned to the object that was seen there first; several lanes use it at once.

    Parts that stay come from the object that is mended.
    """

    def __init__(self, of: CarryParts, item: Item, transfer: Transfer) -> None:
        self._stores, self._jobs, self._item, self._transfer = of.stores, of.jobs, item, transfer
        self._left = sources_of(of.index.policies().readable(of.stores.ids), item, transfer.store)
        self._pins: dict[StoreId, str] = {}
        self._why: dict[StoreId, str] = {}
        self._lock = threading.RLock()
        self.asked = not self._left  # with the check that finds an intact copy

    @property
    def problems(self) -> str:
        """Why there is none."""
        return "; ".join(self._why.values()) or "there is no other"

    def usable(self, number: int) -> Iterator[tuple[StoreId, str]]:
        """The stores that are left for a part, best first, each with the mark of the object to read."""
        if self._transfer.mends and number not in self._transfer.mends:
            yield self._transfer.store, str(self._transfer.over)
            return
        for source in self._left:
            with self._lock:
                if source not in self._why and source not in self._pins:
                    self._look(source)
            if source not in self._why:
                yield source, self._pins[source]

    def _look(self, source: StoreId) -> None:
        try:
            there = self._stores.providers[source].head(self._item.space, self._item.id)
        except Unavailable as error:
            self.give_up(source, str(error))
            return
        if there is None or there.size != self._item.size:
            self.wrong(source, f"store {source} has none" if there is None else f"the length in store {source} differs")
        else:
            self._pins[source] = there.etag

    def give_up(self, source: StoreId, why: str) -> None:
        """It cannot serve now. Raises Unavailable when no other may."""
        if source == self._transfer.store:
            raise Unavailable(why)
        with self._lock:
            self._why.setdefault(source, why)

    def wrong(self, source: StoreId, why: str) -> None:
        """It cannot serve; if it was thought to be intact, a check is asked for. Raises Decayed."""
        if source == self._transfer.store:
            raise Decayed(why)
        with self._lock:
            known = source in self._why
            self.give_up(source, why)
            if not known and self._item.copies[source].state is CopyState.INTACT:
                self._jobs.send([jobs.Check(self._item.space, self._item.id)])
                self.asked = True
