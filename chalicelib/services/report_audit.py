"""Report audit: everything that was written in a space, as the original's audit log."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.domain.audit import HEAD, line, noticed_first
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
        text, page = HEAD, self.index.events_of_space(space)
        while page:
            coming = self.index.events_of_space(space, page[-1][0])
            told = [event for _, event in [*page, *coming]]
            # One page ahead is far enough: the two records of one deposit are moments apart.
            again = noticed_first(told)
            lines = (
                line(event, self.account, store)
                for n, (_, event) in enumerate(page)
                if n not in again and self._store_of(event.store) == store
            )
            yield (text + "".join(lines)).encode()
            text, page = "", coming
        yield text.encode()

    def _store_of(self, store: StoreId | None) -> StoreId:
        return store or self.stores.primary_id  # what happens to a space happens in the primary
