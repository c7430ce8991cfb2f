"""Take uploads: the gateway's side of what was signed: bytes come in, are compared, and go to the store."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from chalicelib.domain.errors import ChecksumMismatch, Gone, NotFound, Outdated, Overtaken
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.uploads import Ticket, UploadSession
from chalicelib.ports import Clock, Over, Stores
from chalicelib.services.keep_sessions import KeepSessions, store_upload
from chalicelib.services.work_lanes import Room

_IN_MEMORY = 2 << 30  # bytes: more than all threads need for parts of 16 MiB; those of huge files wait for each other


@dataclass(frozen=True)
class TakeUploads:
    """Whoever has a ticket may send, and nothing but what it says."""

    stores: Stores
    sessions: KeepSessions
    clock: Clock
    room: Room = field(default_factory=lambda: Room(_IN_MEMORY))

    def take(self, text: str, size: int | None, body: Iterable[bytes]) -> None:
        """Hand the file, or the part, of this ticket to the primary store. Repeatable with a fresh body.

        `size` is the announced length. Raises Denied (the ticket), NotFound (the upload is over), ChecksumMismatch
        (other bytes; nothing is stored), Outdated (something else is under the id by now).
        """
        ticket = Ticket.read(text, self.sessions.key(), self.clock())
        session = self.sessions.find(SpaceId(ticket.space), ticket.session)
        if session is None:
            raise NotFound("There is no such upload (any more)")
        if size != ticket.size:
            raise ChecksumMismatch(f"This address takes exactly {ticket.size} bytes, not {size}")
        if ticket.number:
            self._part(session, ticket, body)
        else:
            self._whole(session, body)

    def _whole(self, session: UploadSession, body: Iterable[bytes]) -> None:
        try:
            over = Over(session.over)
            self.stores.primary.put(session.space, session.item, body, session.about, session.size, over)
        except Overtaken:
            there = self.stores.primary.head(session.space, session.item)
            if there is None or there.session != session.name:  # an earlier try, of which nobody heard, is no other
                raise Outdated(f"Something else was stored as {session.item!r} meanwhile") from None

    def _part(self, session: UploadSession, ticket: Ticket, body: Iterable[bytes]) -> None:
        with self.room.take(2 * ticket.size):  # twice, while its pieces are put together
            data = b"".join(body)
            found = hashlib.sha256(data).hexdigest()
            if (len(data), found) != (ticket.size, ticket.sha256):
                raise ChecksumMismatch(
                    f"Part {ticket.number} of {session.item!r} was to have the SHA-256 {ticket.sha256}, and has {found}"
                )
            try:
                sent = self.stores.primary.send(store_upload(session), ticket.number, data, found)
            except Gone:
                raise NotFound("There is no such upload (any more)") from None
        if not self.stores.primary.confirms_sha256:
            self.sessions.arrived(session, sent, found)
