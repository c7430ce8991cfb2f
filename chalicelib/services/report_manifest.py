"""Report manifest: the list of a space's items with their checksums, as a stream or as an item of its own."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import NotFound
from chalicelib.domain.journal import SYSTEM
from chalicelib.domain.manifest import ManifestFormat, belongs, generated_id
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import SYSTEM_SPACE, Space, SpaceId
from chalicelib.domain.stores import Store, StoreId
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.services.deposit import Deposit, NewContent

_PAGE = 1000
_GZIP = 31  # zlib's number for the largest window and gzip's frame, which it writes without a date


@dataclass(frozen=True)
class ReportManifest:
    """Written from the index, page by page: however large a space, never more than one page is held."""

    stores: Stores
    index: Index
    jobs: JobQueue
    deposit: Deposit
    clock: Clock

    def pages(self, space: SpaceId, store: Store, form: ManifestFormat) -> Iterator[bytes]:
        """The manifest in pieces, one for each page of the index."""
        head = form.head
        for page in item_pages(self.index, space):
            yield (head + "".join(form.line(item) for item in page if belongs(item, store))).encode()
            head = ""

    def ask(self, space: Space, store: Store, form: ManifestFormat) -> ContentId:
        """Ask for a manifest as an item of the system space; returns the id that it will have there."""
        name = generated_id(space.id, store, self.clock())
        self.jobs.send([jobs.GenerateManifest(space.id, store.id, form, name)])
        return name

    def generate(self, space: SpaceId, store_id: StoreId, form: ManifestFormat, name: ContentId) -> None:
        """Write a manifest into the system space. Safe twice and late: one that is there stays as it is.

        Raises NotFound when the space or the store is gone.
        """
        system = self.index.space(SYSTEM_SPACE)
        store = next((s for s in self.stores.described if s.id == store_id), None)
        if self.index.space(space) is None or system is None or store is None:
            raise NotFound(f"No manifest can be made of space {space!r} in store {store_id}: there is no such thing")
        self.index.policies().require_writable(self.stores.primary_id)
        if self.stores.primary.head(SYSTEM_SPACE, name) is not None:
            return
        self.deposit.deposit(
            system,
            NewContent(
                name,
                _gzip(self.pages(space, store, form)),
                SYSTEM,
                content_type=form.content_type,
                content_encoding="gzip",
            ),
        )


def item_pages(index: Index, space: SpaceId) -> Iterator[list[Item]]:
    """All live records of a space in the order of their ids, page by page; at least one page, which may be empty."""
    page = index.items(space, limit=_PAGE)
    while len(page) == _PAGE:
        yield page
        page = index.items(space, after=page[-1].id, limit=_PAGE)
    yield page


def _gzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    packing = zlib.compressobj(wbits=_GZIP)
    for chunk in chunks:
        yield packing.compress(chunk)
    yield packing.flush()
