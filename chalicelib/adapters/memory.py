"""Memory: every port kept in plain dictionaries, for tests; it passes the same contract suites as the real ones."""

import hashlib
import itertools
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from chalicelib.adapters.memory_uploads import MemoryUploads
from chalicelib.domain.backlog import Waiting
from chalicelib.domain.content import About, ContentId, Stored, require_promised
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Archived, Overtaken, Rejected
from chalicelib.domain.jobs import Job
from chalicelib.domain.journal import Event
from chalicelib.domain.parts import PartTally
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import Space, SpaceId
from chalicelib.domain.statistics import Measurement
from chalicelib.domain.stores import StoreId
from chalicelib.messages import QUEUES, queue_of
from chalicelib.ports import Clock, Entry, Opened, Over, Written


@dataclass
class MemoryStore(MemoryUploads):
    """A store in memory. `damage` changes bytes behind its back; `down` makes it refuse every call.

    `archive` holds what cannot be read: False; asked for: None; and what was restored: True.
    """

    def create_space(self, space: SpaceId, versions_for: timedelta | None = None) -> None:
        """See StorageProvider."""
        self._answer()
        self.contents.setdefault(space, {})

    def remove_space(self, space: SpaceId) -> None:
        """See StorageProvider."""
        self._answer()
        if self.contents.get(space):
            raise Rejected(f"Space {space!r} is not empty")
        self.contents.pop(space, None)

    def spaces(self) -> list[SpaceId]:
        """See StorageProvider."""
        self._answer()
        return sorted(self.contents)

    def head(self, space: SpaceId, item: ContentId) -> Stored | None:
        """See StorageProvider."""
        self._answer()
        held = self.contents.get(space, {}).get(item)
        state = self.archive.get((space, item), False)
        return replace(held[1], restoring=state is None, restored=state is True) if held else None

    @contextmanager
    def open(
        self, space: SpaceId, item: ContentId, first: int = 0, last: int | None = None, etag: str | None = None
    ) -> Iterator[Opened | None]:
        """See StorageProvider."""
        self._answer()
        held = self.contents.get(space, {}).get(item)
        if held is None:
            yield None
            return
        if etag not in (None, held[1].etag):
            raise Overtaken(f"{item!r} in {space!r} was changed by others")
        if not self.archive.get((space, item), True):
            raise Archived(f"{item!r} in {space!r} is archived, and has to be restored first")
        data = held[0][first : None if last is None else last + 1]
        stored = replace(held[1], restored=(space, item) in self.archive)
        yield Opened(stored, iter([data[:5], data[5:]]))

    def put(
        self,
        space: SpaceId,
        item: ContentId,
        body: Iterable[bytes],
        about: About,
        size: int | None = None,
        only_over: Over | None = None,
    ) -> Written:
        """See StorageProvider."""
        self._answer()
        tally = PartTally(size, self.part)
        data = b"".join(tally.watch(body))
        require_promised(about, size, tally)
        self._answer()
        etag = hashlib.md5(data, usedforsecurity=False).hexdigest()
        self._keep(space, item, data, about.with_checksums(tally.checksums), etag, only_over)
        return Written(len(data), tally.checksums, etag, self.confirms_sha256, tally.parts())

    def delete(self, space: SpaceId, item: ContentId, only: str | None = None) -> None:
        """See StorageProvider."""
        self._answer()
        there = self.contents.get(space, {}).get(item)
        if only is not None and there is not None and there[1].etag != only:
            raise Overtaken(f"{item!r} in {space!r} was changed by others")
        self.contents.get(space, {}).pop(item, None)
        self.archive.pop((space, item), None)

    def restore(self, space: SpaceId, item: ContentId, tier: str, days: int) -> None:
        """See StorageProvider."""
        self._answer()
        self.asked.append((item, tier, days))
        if self.archive.get((space, item)) is False:
            self.archive[space, item] = None

    def list(self, space: SpaceId, prefix: str = "", after: str = "", limit: int = 1000) -> list[Entry]:
        """See StorageProvider."""
        self._answer()
        entries = sorted(self.contents.get(space, {}).items(), key=lambda entry: entry[0].encode())
        wanted = ((i, s) for i, (_, s) in entries if i.startswith(prefix) and i.encode() > after.encode())
        return [Entry(i, s.size, s.etag) for i, s in itertools.islice(wanted, limit)]

    def damage(self, space: SpaceId, item: ContentId, data: bytes) -> None:
        """Replace an object's bytes as a failing disk would: the store does not notice, but for their number."""
        self.contents[space][item] = (data, replace(self.contents[space][item][1], size=len(data)))


@dataclass
class MemoryIndex:
    """An index in memory."""

    records: dict[tuple[SpaceId, ContentId], Item] = field(default_factory=dict)
    space_records: dict[str, Space] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    measured: dict[tuple[StoreId, date, SpaceId], Measurement] = field(default_factory=dict)
    kept_policies: Policies = field(default_factory=Policies)
    clock: Clock = lambda: datetime.now(UTC)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def space(self, space: str) -> Space | None:
        """See Index."""
        return self.space_records.get(space)

    def spaces(self) -> list[Space]:
        """See Index."""
        return [self.space_records[name] for name in sorted(self.space_records)]

    def save_space(self, space: Space, events: Iterable[Event] = ()) -> bool:
        """See Index."""
        with self._lock:
            before = self.space_records.get(space.id)
            if (before.revision if before else 0) != space.revision:
                return False
            self.space_records[space.id] = replace(space, revision=space.revision + 1)
            self.events.extend(events)
            return True

    def remove_space(self, space: SpaceId, events: Iterable[Event] = ()) -> None:
        """See Index."""
        with self._lock:
            self.space_records.pop(space, None)
            self.events.extend(events)

    def item(self, space: SpaceId, item: ContentId) -> Item | None:
        """See Index."""
        return self.records.get((space, item))

    def save(self, item: Item, events: Iterable[Event] = ()) -> bool:
        """See Index."""
        with self._lock:
            before = self.records.get((item.space, item.id))
            if (before.revision if before else 0) != item.revision:
                return False
            self.records[item.space, item.id] = replace(item.stamped(self.clock()), revision=item.revision + 1)
            self.events.extend(events)
            return True

    def items(
        self, space: SpaceId, prefix: str = "", after: str = "", limit: int = 1000, deleted: bool = False
    ) -> list[Item]:
        """See Index."""
        there = [i for (s, _), i in self.records.items() if s == space and (i.live or deleted)]
        behind = (i for i in there if i.id.startswith(prefix) and i.id.encode() > after.encode())
        return sorted(behind, key=lambda i: i.id.encode())[:limit]

    def waiting(self, limit: int) -> list[Item]:
        """See Index."""
        dated = [(i.waiting_since, i) for i in self.records.values() if i.waiting_since]
        return [i for _, i in sorted(dated, key=lambda pair: pair[0])][:limit]

    def held(self, space: SpaceId, after: str = "", limit: int = 1000) -> list[Item]:
        """See Index."""
        held = [i for (s, _), i in self.records.items() if s == space and i.held and i.id.encode() > after.encode()]
        return sorted(held, key=lambda i: i.id.encode())[:limit]

    def due(self, now: datetime, limit: int) -> list[Item]:
        """See Index."""
        dated = [(i.next_check, i) for i in self.records.values() if i.next_check and i.next_check <= now]
        return [i for _, i in sorted(dated, key=lambda pair: pair[0])][:limit]

    def item_and_policies(self, space: SpaceId, item: ContentId) -> tuple[Item | None, Policies]:
        """See Index."""
        return self.item(space, item), self.policies()

    def policies(self) -> Policies:
        """See Index."""
        return self.kept_policies

    def save_policies(self, policies: Policies, events: Iterable[Event] = ()) -> bool:
        """See Index."""
        with self._lock:
            if self.kept_policies.revision != policies.revision:
                return False
            self.kept_policies = replace(policies, revision=policies.revision + 1)
            self.events.extend(events)
            return True

    def history(self, space: SpaceId, item: ContentId | None) -> list[Event]:
        """See Index."""
        return [e for e in self.events if e.space == space and e.item == item]

    def events_of_space(self, space: SpaceId, after: str = "", limit: int = 1000) -> list[tuple[str, Event]]:
        """See Index."""
        behind = ((str(n), e) for n, e in enumerate(self.events) if e.space == space and n > int(after or -1))
        return list(itertools.islice(behind, limit))

    def save_measurement(self, measurement: Measurement) -> None:
        """See Index."""
        self.measured[measurement.store, measurement.day, measurement.space] = measurement

    def measurements(
        self, store: StoreId, first: date, last: date, space: SpaceId | None = None
    ) -> Iterator[Measurement]:
        """See Index."""
        for (of, day, name), measurement in sorted(self.measured.items(), key=lambda pair: pair[0]):
            if of == store and first <= day <= last and space in (None, name):
                yield measurement


@dataclass
class MemoryQueue:
    """A queue in memory; `jobs` is what was sent and not taken yet."""

    jobs: list[Job] = field(default_factory=list)
    backed_off: list[tuple[str, str, int]] = field(default_factory=list)

    def send(self, jobs: Iterable[Job]) -> None:
        """See JobQueue."""
        self.jobs.extend(jobs)

    def waiting(self) -> list[Waiting]:
        """See JobQueue."""
        there = [queue_of(job) for job in self.jobs]
        return [Waiting(name, there.count(name), 0) for name in QUEUES]

    def back_off(self, queue: str, receipt: str, seconds: int) -> None:
        """See JobQueue."""
        self.backed_off.append((queue, receipt, seconds))
