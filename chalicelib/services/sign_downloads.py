"""Sign downloads: addresses at which items are read for a while by whoever has them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.content import ContentId
from chalicelib.domain.downloads import GOOD_FOR, Leave
from chalicelib.domain.errors import Invalid
from chalicelib.domain.spaces import Space
from chalicelib.ports import Clock
from chalicelib.ports_uploads import SignsDownloads
from chalicelib.services.retrieve import Retrieve

MOST = 100  # items in one request


@dataclass(frozen=True)
class SignDownloads:
    """Who may read a space is asked when an address is signed, not when it is used: so it is good for minutes only."""

    retrieve: Retrieve
    signs: SignsDownloads
    key: Callable[[], bytes]
    clock: Clock

    def sign(self, space: Space, ids: Sequence[str]) -> tuple[datetime, list[tuple[str, str | None]]]:
        """Until when, and the address of each item; None where there is no such item. Raises Invalid for too many."""
        if not 1 <= len(ids) <= MOST:
            raise Invalid(f"ids must name 1 to {MOST} items")
        expires = self.clock() + GOOD_FOR
        return expires, [(name, self._address(space, ContentId(name), expires)) for name in dict.fromkeys(ids)]

    def read(self, text: str) -> Leave:
        """What an address of the gateway allows. Raises Denied."""
        return Leave.read(text, self.key(), self.clock())

    def _address(self, space: Space, item: ContentId, expires: datetime) -> str | None:
        return self.signs.download(space.id, item, expires) if self.retrieve.find(space, item) else None
