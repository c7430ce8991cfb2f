"""Retrieve: find items, list them, and give their bytes back."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About, ContentId, Stored
from chalicelib.domain.errors import NotFound
from chalicelib.domain.journal import Event
from chalicelib.domain.records import Item
from chalicelib.domain.registration import described_by
from chalicelib.domain.spaces import Space
from chalicelib.ports import Entry, Index, Stores

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
    """Content, heads and listings come from the primary store: whoever wrote sees what he wrote."""

    stores: Stores
    index: Index

    def find(self, space: Space, content_id: ContentId) -> Description | None:
        """The description of an item, or None."""
        stored = self.stores.primary.head(space.id, content_id)
        return None if stored is None else self._describe(space, content_id, stored)

    def describe(self, space: Space, content_id: ContentId) -> Description:
        """The description of an item. Raises NotFound."""
        found = self.find(space, content_id)
        if found is None:
            raise NotFound(f"Content {content_id!r} does not exist in space {space.id!r}")
        return found

    @contextmanager
    def open(
        self, space: Space, content_id: ContentId, first: int = 0, last: int | None = None
    ) -> Iterator[tuple[Description, Iterator[bytes]]]:
        """The description of an item and its bytes `first` to `last` (inclusive), streamed. Raises NotFound."""
        with self.stores.primary.open(space.id, content_id, first, last) as opened:
            if opened is None:
                raise NotFound(f"Content {content_id!r} does not exist in space {space.id!r}")
            yield self._describe(space, content_id, opened.stored), opened.chunks

    def listing(self, space: Space, prefix: str = "", after: str = "", limit: int = LISTING_PAGE) -> list[Entry]:
        """One page of ids in UTF-8 byte order; only the page behind the last one is empty."""
        return self.stores.primary.list(space.id, prefix, after, min(limit, LISTING_PAGE))

    def count(self, space: Space) -> str:
        """The number of items in the contract's form: exact below 1000, else `1000+`."""
        found = len(self.stores.primary.list(space.id, limit=_COUNT_LIMIT))
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

    def _describe(self, space: Space, content_id: ContentId, stored: Stored) -> Description:
        item = self.index.item(space.id, content_id)
        current = item if item and item.live and item.etag == stored.etag else None
        about = described_by(stored, current)
        if current:
            # The record has what did not fit on the object: long properties, checksums fixed by the first read.
            properties = current.about.properties if stored.properties is None else stored.properties
            about = replace(about, checksums=current.checksums, properties=properties)
        if about.checksums.md5 is None and re.fullmatch(r"[0-9a-f]{32}", stored.etag):
            # Not registered yet: for an object put in one piece, the store's mark is the MD5 that it computed.
            about = about.with_checksums(Checksums(stored.etag, about.checksums.sha256))
        return Description(stored.size, stored.modified, about)
