"""Complete uploads: what has arrived as it was promised becomes an item; what has not is named."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from chalicelib.domain import jobs
from chalicelib.domain.access import Caller
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About, Stored
from chalicelib.domain.errors import ChecksumMismatch, DuraCloudError, Gone, Incomplete, NotFound, Overtaken, Rejected
from chalicelib.domain.parts import PartList
from chalicelib.domain.records import Origin
from chalicelib.domain.registration import Known
from chalicelib.domain.retention import require_not_retained
from chalicelib.domain.spaces import Space
from chalicelib.domain.uploads import Answer, State, UploadSession, parse_upload
from chalicelib.ports import Clock, Over, Stores
from chalicelib.ports_parts import SentPart
from chalicelib.services.keep_parts import KeepParts
from chalicelib.services.keep_sessions import KeepSessions, store_upload
from chalicelib.services.register import Register
from chalicelib.services.work_lanes import in_lanes

_NAMED = 5  # parts that a text names


@dataclass(frozen=True)
class Sent:
    """What a depositor says that he sent: the checksums of the whole, both, as he computed them."""

    upload: str
    checksums: Checksums


@dataclass(frozen=True)
class CompleteUploads:
    """From here on it is a deposit like any other: copies and the first check follow from the store's event."""

    stores: Stores
    register: Register
    sessions: KeepSessions
    parts: KeepParts
    clock: Clock
    lanes: int = 8

    def complete(self, space: Space, caller: Caller, sent: Sequence[Sent]) -> list[Answer]:
        """One answer for each, in order: stored, or failed with the reason. Safe twice: it answers the same.

        Raises NotFound (the space is being deleted), StoreDown (the primary is not to be written to).
        """
        if space.removing:
            raise NotFound(f"Space {space.id!r} is being deleted")
        self.register.index.policies().require_writable(self.stores.primary_id)
        return list(in_lanes(self.lanes, lambda one: self._answer(space, caller, one), sent))

    def forget(self) -> int:
        """Give up all that began a week ago; says how many. Repeatable, and run daily.

        Nothing happens while the primary is not to be written to.
        """
        after, forgotten = "", 0
        if not self.register.index.policies().mode(self.stores.primary_id).written:
            return 0
        while page := self.sessions.all(after):
            after = page[-1][0]
            for session in [session for _, session in page if session.over_by(self.clock())]:
                self.sessions.give_up(session)
                forgotten += 1
        return forgotten

    def _answer(self, space: Space, caller: Caller, sent: Sent) -> Answer:
        _, item = parse_upload(sent.upload)
        try:
            self._complete(space, caller, sent)
        except Rejected as error:
            return Answer(item, State.FAILED, sent.upload, reason=str(error), again=False)
        except DuraCloudError as error:
            return Answer(item, State.FAILED, sent.upload, reason=str(error), again=True)
        return Answer(item, State.STORED, sent.upload, checksums=sent.checksums)

    def _complete(self, space: Space, caller: Caller, sent: Sent) -> None:
        """Raises what cannot be helped as Rejected, anything else otherwise."""
        session = self.sessions.find(space.id, parse_upload(sent.upload)[0])
        if session is None:
            return self._require_done(space, sent)
        session = self.sessions.require(space.id, caller, sent.upload)
        if session.about.checksums.known and not session.about.checksums.agrees(sent.checksums):
            self.sessions.give_up(session)
            raise Incomplete(f"{session.item!r} has other checksums than at its beginning: it changed, send it anew")
        there = self.stores.primary.head(space.id, session.item)
        if there is None or there.session != session.name:
            there = self._put_together(space, session, sent, there)
        about = session.about.with_checksums(sent.checksums)
        if not self._recorded(session, there, about):
            self.register.record(space.id, session.item, Known(there.etag, about))
        elif session.upload is not None:  # by a call that may have been cut off before it had asked for copies
            self.register.jobs.send([jobs.Register(space.id, session.item)])
        self.sessions.end(session)
        return None

    def _recorded(self, session: UploadSession, there: Stored, about: About) -> bool:
        """Whether the store's event, or an earlier call, was faster: a file that came in one piece tells all of itself.

        To record it again would be one more deposit, to be read once more.
        """
        item = self.register.index.item(session.space, session.item)
        return (
            item is not None
            and (item.live, item.etag) == (True, there.etag)
            and (item.checksums, item.origin) == (about.checksums, Origin.DEPOSIT)
            and item.about.described_as(about)
        )

    def _require_done(self, space: Space, sent: Sent) -> None:
        """Raise unless the item is there with these checksums: then an earlier call completed it."""
        _, item = parse_upload(sent.upload)
        record = self.register.index.item(space.id, item) if item else None
        if record is None or not record.live or record.checksums != sent.checksums:
            raise Incomplete("There is no such upload any more: begin it anew")

    def _put_together(self, space: Space, session: UploadSession, sent: Sent, there: Stored | None) -> Stored:
        """The object that is made of the parts; `there` is what was under the id a moment ago."""
        item = session.item
        parts = self.sessions.parts(session) if session.upload is not None else None
        if parts is None and (there.etag if there else None) == session.over and session.upload is None:
            raise Incomplete(f"{item!r} has not arrived")
        if parts is not None:
            self._require_whole(session, parts, sent)
            if session.over is not None:
                require_not_retained(space, self.clock(), f"{item!r} cannot be given other bytes")
            with suppress(Gone, Overtaken):  # by others, or by a call of our own of which nobody heard
                self.stores.primary.complete(store_upload(session), parts, Over(session.over))
        there = self.stores.primary.head(space.id, item)
        if there is None or there.session != session.name:
            self.sessions.give_up(session)
            raise Incomplete(f"Something else was done with {item!r} meanwhile: begin it anew")
        if parts:
            digests = tuple(bytes.fromhex(str(part.sha256)) for part in parts)
            told = PartList(tuple(part.size for part in parts), digests)
            self.parts.told(sent.checksums, told, there.etag)  # what is lost by a crash here is read again
        return there

    def _require_whole(self, session: UploadSession, parts: Sequence[SentPart], sent: Sent) -> None:
        there = {part.number for part in parts if part.sha256 and part.size == session.size_of(part.number)}
        lacking = [str(number) for number in range(1, session.parts + 1) if number not in there]
        if lacking:
            more = f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else ""
            raise Incomplete(f"Of {session.item!r} parts {', '.join(lacking[:_NAMED])}{more} have not arrived")
        if session.parts == 1 and parts[0].sha256 != sent.checksums.sha256:
            raise ChecksumMismatch(f"{session.item!r} arrived with the SHA-256 {parts[0].sha256}, not as was said")
