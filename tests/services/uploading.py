"""A depositor who sends files in upload sessions, and remembers what he would keep on his own disk."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from chalicelib.domain.access import Caller, Role
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.uploads import Answer, NewFile, State, UploadSession
from chalicelib.services.complete_uploads import Sent

from .world import BYTES, ITEM, World, checksums

ADA = Caller("ada", frozenset({Role.USER}))


@dataclass
class Sender:
    """One file on its way; `upload` is what was answered at the beginning."""

    world: World
    data: bytes = BYTES
    id: str = ITEM
    known: bool = True  # its checksums, at the beginning
    more: dict[str, Any] = field(default_factory=dict)
    upload: str | None = None
    caller: Caller = ADA

    def begin(self) -> Answer:
        known = checksums(self.data) if self.known else Checksums()
        file = NewFile(self.id, len(self.data), known, **self.more)
        (answer,) = self.world.begin_uploads.begin(self.space, str(self.caller.username), [file])
        self.upload = answer.upload
        return answer

    @property
    def space(self) -> Any:
        return self.world.index.space("maps")

    @property
    def session(self) -> UploadSession:
        return self.world.upload_sessions.require(self.space.id, self.caller, str(self.upload))

    def ticket(self, number: int = 1, data: bytes | None = None) -> str:
        part = self.part(number) if data is None else data
        _, ((_, signed),) = self.world.begin_uploads.sign(self.session, [(number, sha256(part).hexdigest())])
        return signed.url.rpartition("/")[2]

    def part(self, number: int) -> bytes:
        return self.part_of(number, self.session.part_size)

    def part_of(self, number: int, size: int = 5) -> bytes:
        return self.data[(number - 1) * size : number * size]

    def send(self, numbers: Iterable[int] | None = None) -> None:
        """Send parts: all of them that have not arrived, if none are named."""
        there = {part.number for part in self.world.upload_sessions.require_parts(self.session)}
        for number in numbers or [n for n in range(1, self.session.parts + 1) if n not in there]:
            part = self.part(number)
            self.world.take_uploads.take(self.ticket(number), len(part), iter([part]))

    def complete(self, data: bytes | None = None) -> Answer:
        sent = Sent(str(self.upload), checksums(self.data if data is None else data))
        (answer,) = self.world.complete_uploads.complete(self.space, self.caller, [sent])
        return answer

    def deposit(self) -> Answer:
        """All of it, from wherever it stands, as a client does that was cut off."""
        for _ in range(3):
            if self.upload is None and (begun := self.begin()).state is not State.PARTS and begun.upload is None:
                return begun
            done = self.complete()
            if done.state is State.STORED or not done.again:
                return done
            if self.world.upload_sessions.find(self.space.id, str(self.upload).partition(".")[0]) is None:
                self.upload = None  # it is to be begun anew
            else:
                self.send()
        return self.complete()
