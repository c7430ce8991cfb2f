"""Begin uploads: say of each file whether it has to be sent, and how; sign what carries it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.checksums import Tally
from chalicelib.domain.content import ContentId, parse_content_id, parse_content_type
from chalicelib.domain.errors import Invalid, NotFound, Rejected
from chalicelib.domain.parts import PART, part_size
from chalicelib.domain.records import CopyState
from chalicelib.domain.retention import require_not_retained
from chalicelib.domain.spaces import Space
from chalicelib.domain.uploads import SIGNED_FOR, Answer, NewFile, Signed, State, UploadSession
from chalicelib.ports import Clock, Index, Stores
from chalicelib.ports_uploads import SignsUploads
from chalicelib.services.deposit import NewContent, described
from chalicelib.services.keep_sessions import KeepSessions
from chalicelib.services.retrieve import Retrieve
from chalicelib.services.work_lanes import in_lanes


@dataclass(frozen=True)
class BeginUploads:
    """Nothing is stored yet, and nothing replaced: that is done at the end, if nobody else wrote meanwhile."""

    stores: Stores
    index: Index
    retrieve: Retrieve
    sessions: KeepSessions
    signs: SignsUploads
    clock: Clock
    secret: Callable[[], str]
    part: int = PART
    lanes: int = 8

    def begin(self, space: Space, depositor: str, files: Sequence[NewFile]) -> list[Answer]:
        """One answer for each file, in order: it is here, in conflict, refused, or has to be sent, signed or in parts.

        Repeatable: each call begins anew what has to be sent, and what is begun and never sent is forgotten. Raises
        NotFound (the space is being deleted), StoreDown (the primary is not to be written to).
        """
        if space.removing:
            raise NotFound(f"Space {space.id!r} is being deleted")
        self.index.policies().require_writable(self.stores.primary_id)
        return list(in_lanes(self.lanes, lambda file: self._answer(space, depositor, file), files))

    def sign(
        self, session: UploadSession, parts: Sequence[tuple[int, str]]
    ) -> tuple[datetime, list[tuple[int, Signed]]]:
        """Leave to send these parts: number and SHA-256 in hexadecimal digits; and when it ends. Repeatable.

        A file that is sent in one piece is part 1. Raises Invalid (no such part; another checksum than was promised).
        """
        expires = self.clock() + SIGNED_FOR
        return expires, [(number, self._sign(session, number, sha256, expires)) for number, sha256 in parts]

    def _sign(self, session: UploadSession, number: int, sha256: str, expires: datetime) -> Signed:
        session.size_of(number)
        if session.upload is not None:
            return self.signs.part(session, number, sha256, expires)
        if sha256 != session.about.checksums.sha256:
            raise Invalid(f"{session.item!r} was to have the SHA-256 {session.about.checksums.sha256}, not {sha256}")
        return self.signs.whole(session, expires)

    def _answer(self, space: Space, depositor: str, file: NewFile) -> Answer:
        try:
            return self._begin(space, depositor, file)
        except Rejected as error:
            return Answer(file.id, State.REFUSED, reason=str(error))

    def _begin(self, space: Space, depositor: str, file: NewFile) -> Answer:
        item, part = parse_content_id(file.id), part_size(file.size, self.part)
        nothing = Tally().checksums
        if file.size == 0:
            file.checksums.require(nothing)
            file = replace(file, checksums=nothing)
        before, record = self.retrieve.find(space, item), self.index.item(space.id, item)
        live = record if record and record.live else None
        if (there := before or live) is not None:
            kept = there.about.checksums
            same = there.size == file.size and kept.agrees(file.checksums)
            if same and before is not None:
                primary = live.copies.get(self.stores.primary_id) if live else None
                proven = primary.verified_at if primary and primary.state is CopyState.INTACT else None
                return Answer(item, State.HERE, checksums=kept, verified_at=proven)
            if not same and not file.replaces:
                return Answer(item, State.CONFLICT, checksums=kept, size=there.size)
            if not same:
                require_not_retained(space, self.clock(), f"{item!r} cannot be given other bytes")
        seen = self.stores.primary.head(space.id, item) if before else None
        content_type = parse_content_type(file.content_type) if file.content_type else None
        new = NewContent(item, (), depositor, file.size, file.checksums, content_type, None, file.all_properties)
        name = self.secret()
        about = replace(described(new, before, self.clock()), session=name)
        session = UploadSession(space.id, name, item, file.size, part, about, seen.etag if seen else None)
        return self._hand_out(session)

    def _hand_out(self, session: UploadSession) -> Answer:
        item: ContentId = session.item
        if session.size <= session.part_size and session.about.checksums.complete:
            self.sessions.begin(session)
            signed = self.signs.whole(session, self.clock() + SIGNED_FOR)
            return Answer(item, State.SEND, session.id, signed=signed)
        begun = session.with_upload(self.stores.primary.begin(session.space, item, session.about).id)
        self.sessions.begin(begun)
        return Answer(item, State.PARTS, begun.id, part_size=begun.part_size, parts=begun.parts)
