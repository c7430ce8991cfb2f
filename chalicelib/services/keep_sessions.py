"""Keep sessions: which uploads are on their way, and what arrived of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.domain.access import Caller
from chalicelib.domain.errors import Denied, NotFound, Overtaken
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.uploads import UploadSession, parse_upload
from chalicelib.ports import Stores
from chalicelib.ports_parts import SentPart, Upload
from chalicelib.ports_work import Note, Notes

_KIND, _ARRIVED, _KEYS = "upload", "upload-parts", "upload-key"
_PAGE = 100  # sessions; each may have 64 KiB of properties
_RUN = 100  # parts that share a note
_ATTEMPTS = 50  # as many may come in at once


@dataclass(frozen=True)
class KeepSessions:
    """A session is a note; so is what the gateway saw of its parts, for a store that does not tell it."""

    stores: Stores
    notes: Notes
    secret: Callable[[], str]

    def begin(self, session: UploadSession) -> None:
        """Keep a new session."""
        self.notes.save(Note(_KIND, _name(session.space, session.name), session.encode()))

    def find(self, space: SpaceId, name: str) -> UploadSession | None:
        """The session of that name, or None."""
        note = self.notes.note(_KIND, _name(space, name))
        return UploadSession.decode(note.body) if note else None

    def require(self, space: SpaceId, caller: Caller, upload: str) -> UploadSession:
        """The session that callers know by that id. Raises NotFound, Denied (it is another's)."""
        session = self.find(space, parse_upload(upload)[0])
        if session is None:
            raise NotFound("There is no such upload (any more)")
        if session.depositor != caller.username and not caller.admin:
            raise Denied("Only who began an upload, or an administrator, may go on with it")
        return session

    def page(self, space: SpaceId, caller: Caller, after: str = "") -> tuple[list[UploadSession], str | None]:
        """Sessions of the caller in a space, from behind `after`; and the mark to go on from, None at the end.

        A page may be empty and not the last: others' sessions are left out.
        """
        start = f"{space}/"
        found = self.notes.notes(_KIND, start + after, _PAGE)
        there = [note for note in found if note.name.startswith(start)]
        sessions = [UploadSession.decode(note.body) for note in there]
        more = there[-1].name.removeprefix(start) if len(there) == _PAGE else None
        return [session for session in sessions if session.depositor == caller.username], more

    def all(self, after: str = "") -> list[tuple[str, UploadSession]]:
        """Some sessions, of whatever space, each with the mark behind which to go on; none at the end."""
        return [(note.name, UploadSession.decode(note.body)) for note in self.notes.notes(_KIND, after, _PAGE)]

    def give_up(self, session: UploadSession) -> None:
        """Forget a session with its parts; what has arrived whole stays. Repeatable."""
        if session.upload is not None:
            self.stores.primary.abandon(store_upload(session))
        self.end(session)

    def end(self, session: UploadSession) -> None:
        """Forget a session whose parts became an object, or are there no more. Repeatable."""
        if session.upload is not None:
            for run in range(-(-session.parts // _RUN)):
                self.notes.erase(_ARRIVED, f"{_name(session.space, session.name)}/{run}")
        self.notes.erase(_KIND, _name(session.space, session.name))

    def arrived(self, session: UploadSession, part: SentPart, sha256: str) -> None:
        """Note what the gateway sent to the store as a part. Repeatable; the last one of a number counts."""
        name = f"{_name(session.space, session.name)}/{(part.number - 1) // _RUN}"
        for _ in range(_ATTEMPTS):
            note = self.notes.note(_ARRIVED, name)
            told = json.loads(note.body) if note else {}
            told[str(part.number)] = [part.etag, sha256]
            if self.notes.save(Note(_ARRIVED, name, json.dumps(told).encode(), note.revision if note else 0)):
                return
        raise Overtaken(f"Too many parts of {session.item!r} come in at once")

    def parts(self, session: UploadSession) -> list[SentPart] | None:
        """The parts that the store has, each with the SHA-256 that the store, or the gateway, compared it with.

        None when the store has no such upload any more. Parts that nobody compared are left out.
        """
        there = self.stores.primary.parts(store_upload(session))
        if there is None or self.stores.primary.confirms_sha256:
            return there
        seen: dict[str, list[str]] = {}
        for run in sorted({(part.number - 1) // _RUN for part in there}):
            note = self.notes.note(_ARRIVED, f"{_name(session.space, session.name)}/{run}")
            seen |= json.loads(note.body) if note else {}
        told = ((part, *seen.get(str(part.number), ("", ""))) for part in there)
        return [SentPart(p.number, p.size, p.etag, sha256) for p, etag, sha256 in told if etag == p.etag]

    def require_parts(self, session: UploadSession) -> list[SentPart]:
        """What has arrived of a session, whole files not counted. Raises NotFound when the store gave it up."""
        parts = [] if session.upload is None else self.parts(session)
        if parts is None:
            raise NotFound("The store has nothing of this upload any more: begin it anew")
        return parts

    def key(self) -> bytes:
        """What this instance signs addresses of its own with: made once, and the same in all of its processes."""
        note = self.notes.note(_KEYS, "1")
        if note is None:
            self.notes.save(Note(_KEYS, "1", self.secret().encode()))
            note = self.notes.note(_KEYS, "1")
        assert note is not None, "a note that was saved is there"
        return note.body


def store_upload(session: UploadSession) -> Upload:
    """A session in parts as the store knows it."""
    return Upload(session.space, session.item, str(session.upload))


def _name(space: SpaceId, name: str) -> str:
    return f"{space}/{name}"
