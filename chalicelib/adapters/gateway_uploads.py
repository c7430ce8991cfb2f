"""Gateway uploads: leave to send bytes to the gateway, which compares them and hands them to the store."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.uploads import Signed, Ticket, UploadSession

PATH = "/api/uploads/"


@dataclass(frozen=True)
class GatewayUploads:
    """See SignsUploads. Addresses are relative: the gateway serves the API as well, whatever name it is reached by."""

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
