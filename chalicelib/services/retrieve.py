"""Retrieve: find items, list them, and give their bytes back."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About, ContentId, Stored
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import NotFound, StoreDown
from chalicelib.domain.journal import Event
from chalicelib.domain.records import Item
from chalicelib.domain.registration import described_by, described_since
from chalicelib.domain.spaces import Space
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Index, Stores
from chalicelib.services.read_copies import ReadCopies

LISTING_PAGE = 1000  # contract 1.3: the most that one page of a listing holds
_COUNT_LIMIT = 1000  # contract 1.3: counts are exact below, "1000+" from here on


@dataclass(frozen=True)
class Description:
    """An item as readers see it, without its bytes."""

    size: int
    modified: datetime
    about: About


@dataclass(frozen=True)
class Retrieve:
    """Content, heads and listings come from the primary store: whoever wrote sees what he wrote.

    Where another store is named, what it is known to keep of the live items is given from there. While the primary is
    out of service, or not complete again, the index tells what there is, and any store with a proven copy gives it.
    """

    stores: Stores
    index: Index

    def find(
        self, space: Space, content_id: ContentId, store: StoreId | None = None, policies: Policies | None = None
    ) -> Description | None:
        """The description of an item, as a store (None: the primary) holds it, or None. Raises StoreDown.

        `policies` are those that the caller has just read.
        """
        store = store or self.stores.primary_id
        if self._anywhere(store, self._readable(store, policies)):
            item = self._copies.item(space.id, content_id)
            return None if item is None else _of_record(item)
        if not self._kept(space, content_id, store):
            return None
        stored = self.stores.providers[store].head(space.id, content_id)
        return None if stored is None else self._describe(space, content_id, stored)

    def describe(self, space: Space, content_id: ContentId, store: StoreId | None = None) -> Description:
        """The description of an item. Raises NotFound."""
        found = self.find(space, content_id, store)
        if found is None:
            raise self._missing(space, content_id, store)
        return found

    @contextmanager
    def open(
        self,
        space: Space,
        content_id: ContentId,
        first: int = 0,
        last: int | None = None,
        store: StoreId | None = None,
    ) -> Iterator[tuple[Description, Iterator[bytes]]]:
        """The description of an item and its bytes `first` to `last` (inclusive), streamed.

        Raises NotFound, and StoreDown when no store may be asked.
        """
        store = store or self.stores.primary_id
        policies = self._readable(store)
        if self._anywhere(store, policies):
            item = self._copies.item(space.id, content_id)
            if item is None:
                raise self._missing(space, content_id, store)
            with self._copies.open(item, first, last, policies) as chunks:
                yield _of_record(item), chunks
            return
        if not self._kept(space, content_id, store):
            raise self._missing(space, content_id, store)
        with self.stores.providers[store].open(space.id, content_id, first, last) as opened:
            if opened is None:
                raise self._missing(space, content_id, store)
            yield self._describe(space, content_id, opened.stored), opened.chunks

    def listing(
        self,
        space: Space,
        prefix: str = "",
        after: str = "",
        limit: int = LISTING_PAGE,
        store: StoreId | None = None,
    ) -> list[ContentId]:
        """One page of ids in UTF-8 byte order; only the page behind the last one is empty."""
        limit = min(limit, LISTING_PAGE)
        if store is None or store == self.stores.primary_id:
            if not self.index.policies().mode(self.stores.primary_id).complete:
                return self._copies.ids(space.id, prefix, after, limit)
            return [entry.id for entry in self.stores.primary.list(space.id, prefix, after, limit)]
        return list(islice(self._ids_kept(space, prefix, after, store), limit))

    def count(self, space: Space, store: StoreId | None = None, seen: int = 0) -> str:
        """The number of items in the contract's form: exact below 1000, else `1000+`.

        A page of a listing on which so many were `seen` needs no second look at the store.
        """
        found = seen if seen >= _COUNT_LIMIT else len(self.listing(space, limit=_COUNT_LIMIT, store=store))
        return f"{found}+" if found >= _COUNT_LIMIT else str(found)

    def item(self, space: Space, content_id: ContentId) -> Item:
        """The index's record of an item with its copies. Raises NotFound."""
        item = self.index.item(space.id, content_id)
        if item is None or not item.live:
            raise NotFound(f"Content {content_id!r} is not registered in space {space.id!r}")
        return item

    def history(self, space: Space, content_id: ContentId) -> list[Event]:
        """Every event of an item, oldest first, also after its deletion. Raises NotFound when nothing ever happened."""
        events = self.index.history(space.id, content_id)
        if not events:
            raise NotFound(f"Nothing is known of {content_id!r} in space {space.id!r}")
        return events

    @property
    def _copies(self) -> ReadCopies:
        return ReadCopies(self.stores, self.index)

    def _readable(self, store: StoreId, policies: Policies | None = None) -> Policies:
        """The policies. Raises StoreDown for a store beside the primary that may not be asked."""
        policies = policies or self.index.policies()
        if store != self.stores.primary_id and not policies.mode(store).read:
            raise StoreDown(f"Store {store} is {policies.mode(store)}: nothing is read there for now", store)
        return policies

    def _anywhere(self, store: StoreId, policies: Policies) -> bool:
        """Whether any store may answer for this one: the primary, while it cannot tell all that there is."""
        return store == self.stores.primary_id and not policies.mode(store).complete

    def _kept(self, space: Space, content_id: ContentId, store: StoreId) -> bool:
        """Whether a store may be asked: others than the primary may hold what members have deleted."""
        if store == self.stores.primary_id:
            return True
        item = self.index.item(space.id, content_id)
        return item is not None and item.live and store in item.copies and item.copies[store].made

    def _ids_kept(self, space: Space, prefix: str, after: str, store: StoreId) -> Iterator[ContentId]:
        while page := self.index.items(space.id, prefix, after, LISTING_PAGE):
            yield from (item.id for item in page if store in item.copies and item.copies[store].made)
            after = page[-1].id

    def _describe(self, space: Space, content_id: ContentId, stored: Stored) -> Description:
        item = self.index.item(space.id, content_id)
        if item and item.live and (item.etag == stored.etag or item.checksums.agrees(stored.checksums)):
            return _as_recorded(item, stored)
        about = described_by(stored, None)
        if about.checksums.md5 is None and re.fullmatch(r"[0-9a-f]{32}", stored.etag):
            # Not registered yet: for an object put in one piece, the store's mark is the MD5 that it computed.
            about = about.with_checksums(Checksums(stored.etag, about.checksums.sha256))
        return Description(stored.size, stored.modified, about)

    def _missing(self, space: Space, content_id: ContentId, store: StoreId | None) -> NotFound:
        where = "" if store in (None, self.stores.primary_id) else f" in store {store}"
        return NotFound(f"Content {content_id!r} does not exist in space {space.id!r}{where}")


def _of_record(item: Item) -> Description:
    """What the index alone tells; the time is that of the deposit, or of the description that replaced its own."""
    written = item.modified or item.about.deposited_at
    return Description(item.size, max(written, item.described_at or written), item.about)


def _as_recorded(item: Item, stored: Stored) -> Description:
    """The record has what is not on the object: long properties, checksums of a first read, a later description."""
    about, modified = described_by(stored, item).with_checksums(item.checksums), stored.modified
    if stored.properties is None:
        about = replace(about, properties=item.about.properties)
    if item.described_at and described_since(item, stored):
        about, modified = item.about, max(modified, item.described_at)
    return Description(stored.size, modified, about)
