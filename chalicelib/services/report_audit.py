"""Report audit: everything that was written in a space, as the original's audit log."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.domain.audit import HEAD, line
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Index, Stores


@dataclass(frozen=True)
class ReportAudit:
    """Written from the events, page by page, in the name of the institution's `account`.

    A space that was removed and made anew has one history: all that ever happened under its name.
    """

    stores: Stores
    index: Index
    account: str

    def pages(self, space: SpaceId, store: StoreId) -> Iterator[bytes]:
        """The audit log of a space in one store, oldest first, in pieces."""
        text, after = HEAD, ""
        while page := self.index.events_of_space(space, after):
            lines = (line(event, self.account, store) for _, event in page if self._store_of(event.store) == store)
            yield (text + "".join(lines)).encode()
            text, after = "", page[-1][0]
        yield text.encode()

    def _store_of(self, store: StoreId | None) -> StoreId:
        return store or self.stores.primary_id  # what happens to a space happens in the primary
