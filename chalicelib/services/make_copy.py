"""Make copy: stream an item that one request or one pass can carry from the best source into a store."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chalicelib.domain import jobs
from chalicelib.domain.deadlines import Deadline
from chalicelib.domain.errors import ChecksumMismatch, NoSpace, Overtaken, Unavailable
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Opened, Over, Stores, Written
from chalicelib.services.keep_parts import KeepParts
from chalicelib.services.prove_copy import same_deposit


@dataclass(frozen=True)
class Made:
    """A copy that was made, and the record as it was when the last byte had been read."""

    source: StoreId
    written: Written
    seen: Item


@dataclass(frozen=True)
class MakeCopy:
    """Writes only what is right, and only over what was seen."""

    stores: Stores
    index: Index
    jobs: JobQueue
    clock: Clock
    parts: KeepParts

    def make(
        self, item: Item, store: StoreId, over: Over, deadline: Deadline, readable: Iterable[StoreId]
    ) -> Made | None:
        """Stream the item from the best of the stores that may be read over what was seen at the target.

        The write fails, and changes nothing, unless the bytes are right and nobody else wrote meanwhile. None when no
        copy could serve: the check that finds an intact one asks again. Raises Unavailable when one that should could
        not.
        """
        problems, asked = [], False
        for source in sources_of(readable, item, store):
            with self.stores.providers[source].open(item.space, item.id) as opened:
                if opened is None:
                    problems.append(f"store {source} has none")
                else:
                    try:
                        return self._put(item, store, source, opened, over, deadline)
                    except ChecksumMismatch:
                        problems.append(f"the bytes in store {source} are not those of record")
            if item.copies[source].state is CopyState.INTACT:
                self.jobs.send([jobs.Check(item.space, item.id)])  # it was thought to be intact, and is not
                asked = True
        if asked or not problems:
            return None
        raise Unavailable(f"No copy of {item.id!r} in {item.space!r} can serve as a source: {'; '.join(problems)}")

    def _put(
        self, item: Item, store: StoreId, source: StoreId, opened: Opened, over: Over, deadline: Deadline
    ) -> Made | None:
        target, seen = self.stores.providers[store], [item]

        def body() -> Iterator[bytes]:
            """The bytes, and behind the last one a look at the record: a body that raises leaves nothing stored."""
            for chunk in opened.chunks:
                if deadline.passed(self.clock()):
                    raise Unavailable(f"The time of this run was too short for {item.id!r} in {item.space!r}")
                yield chunk
            current = self.index.item(item.space, item.id)
            if current is None or not same_deposit(current, item):
                raise Overtaken(f"{item.id!r} in {item.space!r} was replaced, described anew or deleted meanwhile")
            seen[0] = current

        try:
            written = target.put(item.space, item.id, body(), item.about, item.size, over)
        except NoSpace:
            target.create_space(item.space)
            with self.stores.providers[source].open(item.space, item.id) as again:
                if again is None:
                    raise
                opened = again
                written = target.put(item.space, item.id, body(), item.about, item.size, over)
        self.parts.keep(written.checksums, written.parts)
        return Made(source, written, seen[0])


def sources_of(readable: Iterable[StoreId], item: Item, target: StoreId) -> list[StoreId]:
    """Other stores, those proven intact first, then those not known to be bad; in their own order within each."""
    usable = [CopyState.INTACT, CopyState.PENDING]
    states = {store: item.copies[store].state for store in readable if store in item.copies}
    return sorted(
        (s for s, state in states.items() if s != target and state in usable), key=lambda s: usable.index(states[s])
    )
