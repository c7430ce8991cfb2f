"""Gateway uploads: leave to send bytes to the gateway, which compares and hands them on, and to read them there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.content import ContentId
from chalicelib.domain.downloads import Leave
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.uploads import Signed, Ticket, UploadSession

PATH = "/api/uploads/"
DOWNLOADS = "/api/downloads/"


@dataclass(frozen=True)
class GatewayUploads:
    """See Signs. Addresses are relative: the gateway serves the API as well, whatever name it is reached by."""

    key: Callable[[], bytes]

    def part(self, session: UploadSession, number: int, sha256: str, expires: datetime) -> Signed:
        """See SignsUploads."""
        return self._signed(session, number, session.size_of(number), sha256, expires)

    def whole(self, session: UploadSession, expires: datetime) -> Signed:
        """See SignsUploads."""
        return self._signed(session, 0, session.size, str(session.about.checksums.sha256), expires)

    def _signed(self, session: UploadSession, number: int, size: int, sha256: str, expires: datetime) -> Signed:
        ticket = Ticket(session.space, session.name, number, size, sha256, int(expires.timestamp()))
        return Signed(f"{PATH}{ticket.signed(self.key())}")

    def download(self, space: SpaceId, item: ContentId, expires: datetime) -> str:
        """See SignsDownloads."""
        return f"{DOWNLOADS}{Leave(space, item, int(expires.timestamp())).signed(self.key())}"
