"""Ports: all that the service asks of the world: each method's promise, its errors, and whether it may be repeated.

Those of accounts are in chalicelib.ports_accounts.
Every method may raise `Unavailable`: the other side did not answer, or answered incompletely; the call may be repeated.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from chalicelib.domain.backlog import Waiting
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About, ContentId, Stored
from chalicelib.domain.duplication import Policies
from chalicelib.domain.jobs import Job
from chalicelib.domain.journal import Event
from chalicelib.domain.parts import PartList
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import Space, SpaceId
from chalicelib.domain.statistics import Measurement
from chalicelib.domain.stores import Store, StoreId
from chalicelib.ports_parts import Over as Over  # told here too: most writes may say it
from chalicelib.ports_parts import PartUploads

Clock = Callable[[], datetime]
"""The current time, with a zone."""


@dataclass(frozen=True)
class Written:
    """What a store kept: the size and checksums of the bytes it was given, and its mark of the object.

    `confirmed`: the store itself found these checksums in what it kept, and is believed. `parts`: those of a body that
    was sent in more than one.
    """

    size: int
    checksums: Checksums
    etag: str
    confirmed: bool = field(default=False, compare=False)
    parts: PartList | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Opened:
    """An object opened for reading; `chunks` raises Unavailable when the store stops before the last byte."""

    stored: Stored
    chunks: Iterator[bytes]


@dataclass(frozen=True)
class Entry:
    """One line of a store's listing."""

    id: ContentId
    size: int
    etag: str


class StorageProvider(PartUploads, Protocol):
    """One store: keeps objects by space and content id, readable with any tool of that store."""

    def create_space(self, space: SpaceId, versions_for: timedelta | None = None) -> None:
        """Make sure that the space exists with this service's settings. Repeatable; keeps what is in it.

        `versions_for`: how long a store that keeps old versions keeps those that were replaced or deleted, at least a
        day; None: as it is.
        """

    def remove_space(self, space: SpaceId) -> None:
        """Remove an empty space. Nothing happens when it is gone already. Raises Rejected when it is not empty."""

    def spaces(self) -> list[SpaceId]:
        """The spaces that the store holds, sorted."""

    def head(self, space: SpaceId, item: ContentId) -> Stored | None:
        """What is stored under the id now (read-your-writes), or None."""

    def open(
        self, space: SpaceId, item: ContentId, first: int = 0, last: int | None = None, etag: str | None = None
    ) -> AbstractContextManager[Opened | None]:
        """Read the object, or its bytes `first` to `last` (inclusive; both must exist); None when there is none.

        With `etag`, Unavailable is raised when the object has another mark than this one. `Opened.stored` describes
        the whole object in any case. The connection is closed at the end.
        """

    def put(
        self,
        space: SpaceId,
        item: ContentId,
        body: Iterable[bytes],
        about: About,
        size: int | None = None,
        only_over: Over | None = None,
    ) -> Written:
        """Store all of `body` or nothing: no reader ever sees a part of it.

        At most three parts are in memory: 16 MiB each for up to 160 GB, growing with the size above that.
        `about.checksums` are what the depositor promised, `size` the bytes (None: unknown): when the body differs,
        ChecksumMismatch is raised, nothing is stored and what was there before stays. An error raised by `body`
        itself passes through with the same effect. With `only_over`, Unavailable is raised, and nothing stored, when
        something else is under the id by the time all bytes are there; a store that cannot compare and write in one
        step looks as late as it can.
        Raises NoSpace when the store lacks the space. Repeatable with a fresh body.
        """

    def delete(self, space: SpaceId, item: ContentId, only: str | None = None) -> None:
        """Take the object away from readers. Nothing happens when it is gone already.

        With `only`, Unavailable is raised, and nothing taken away, when the object has another mark than this one; a
        store that cannot compare and delete in one step looks as late as it can.
        """

    def restore(self, space: SpaceId, item: ContentId, tier: str, days: int) -> None:
        """Ask the store to make an object in an archive readable for so many days, in this way (see domain/prices).

        It takes hours or days, which `head` tells. Nothing happens when it is on its way, readable, in no archive, or
        gone. Repeatable.
        """

    def list(self, space: SpaceId, prefix: str = "", after: str = "", limit: int = 1000) -> list[Entry]:
        """At most `limit` (1 to 1000) entries in UTF-8 byte order of their ids, behind `after` (exclusive).

        Fewer than `limit` only at the end; a space that the store does not hold lists as empty.
        """


class Index(Protocol):
    """What S3 cannot answer: checksums of record, copies, verdicts, due dates, history; all reads see all writes."""

    def space(self, space: str) -> Space | None:
        """The space of that name, or None; any text may be asked for."""

    def spaces(self) -> list[Space]:
        """All spaces, sorted by id."""

    def save_space(self, space: Space, events: Iterable[Event] = ()) -> bool:
        """Create or replace a space with its events, all or nothing, if nobody saved it since `revision` was read.

        False: somebody did; read again and decide anew. The saved one has `revision + 1`.
        """

    def remove_space(self, space: SpaceId, events: Iterable[Event] = ()) -> None:
        """Forget a space (its history stays). Repeatable."""

    def item(self, space: SpaceId, item: ContentId) -> Item | None:
        """The record of one item, deleted ones included, or None."""

    def item_and_policies(self, space: SpaceId, item: ContentId) -> tuple[Item | None, Policies]:
        """What `item` and `policies` tell, in one request where the index can."""

    def save(self, item: Item, events: Iterable[Event] = ()) -> bool:
        """Save a record with its events, all or nothing, if nobody saved it since `item.revision` was read.

        False: somebody did; read again and decide anew. The saved record has `revision + 1`, and in `waiting_since`
        the time of the first save since which a copy of it is unproven.
        """

    def items(
        self, space: SpaceId, prefix: str = "", after: str = "", limit: int = 1000, deleted: bool = False
    ) -> list[Item]:
        """At most `limit` live records (or `deleted`, too) in UTF-8 byte order of their ids, from behind `after`."""

    def waiting(self, limit: int) -> list[Item]:
        """At most `limit` live records of which a copy is unproven, the longest waiting first. May lag by seconds."""

    def held(self, space: SpaceId, after: str = "", limit: int = 1000) -> list[Item]:
        """At most `limit` deleted records that are `held`, in order of their ids, from behind `after`.

        May lag behind by seconds.
        """

    def due(self, now: datetime, limit: int) -> list[Item]:
        """At most `limit` records, deleted ones included, whose `next_check` has come, the longest overdue first."""

    def policies(self) -> Policies:
        """The policies of duplication; those of `Policies()` when none were ever saved."""

    def save_policies(self, policies: Policies, events: Iterable[Event] = ()) -> bool:
        """Replace the policies with their events, all or nothing, if nobody saved any since `revision` was read.

        False: somebody did. The saved ones have `revision + 1`.
        """

    def history(self, space: SpaceId, item: ContentId | None) -> list[Event]:
        """Every event of one item (None: of the space itself), oldest first."""

    def events_of_space(self, space: SpaceId, after: str = "", limit: int = 1000) -> list[tuple[str, Event]]:
        """At most `limit` events of a space and of all items that were ever in it, oldest first, each with a mark.

        `after` is the mark behind which to go on; there are none when there are no more. May lag behind by seconds.
        """

    def save_measurement(self, measurement: Measurement) -> None:
        """Keep what a space held in a store on a day, in place of what was kept of that day before. Repeatable."""

    def measurements(
        self, store: StoreId, first: date, last: date, space: SpaceId | None = None
    ) -> Iterator[Measurement]:
        """What spaces (None: all) held in a store from the first day to the last, by day and then by space.

        They are read as they are asked for, so that years of them need no more memory than a day.
        """


class JobQueue(Protocol):
    """Work for later: at least once, in no order."""

    def send(self, jobs: Iterable[Job]) -> None:
        """Hand over jobs; when this returns, they will be delivered."""

    def waiting(self) -> list[Waiting]:
        """About how much waits in each queue, in the order of `chalicelib.messages.QUEUES`."""

    def back_off(self, queue: str, receipt: str, seconds: int) -> None:
        """Ask for a message whose work could not be done again after so many seconds (at most 12 hours)."""


@dataclass(frozen=True)
class Stores:
    """The configured stores, primary first, each with the provider that reaches it."""

    described: tuple[Store, ...]
    providers: Mapping[StoreId, StorageProvider]

    @property
    def primary_id(self) -> StoreId:
        """The id of the primary store."""
        return next(store.id for store in self.described if store.primary)

    @property
    def primary(self) -> StorageProvider:
        """The provider of the primary store."""
        return self.providers[self.primary_id]

    @property
    def ids(self) -> tuple[StoreId, ...]:
        """All store ids, primary first."""
        return tuple(sorted(self.providers, key=lambda store: (store != self.primary_id, int(store))))
