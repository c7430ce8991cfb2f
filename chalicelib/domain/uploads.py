"""Uploads: files that are on their way from a browser or a client, in one piece or in parts, as long as it takes."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About, ContentId, format_time, parse_time
from chalicelib.domain.errors import Invalid
from chalicelib.domain.seals import as_bytes, as_text, seal, unseal
from chalicelib.domain.spaces import SpaceId

FORGOTTEN_AFTER = timedelta(days=7)  # as the lifecycle of buckets on AWS says of parts that nobody completed
SIGNED_FOR = timedelta(minutes=15)

_SEPARATOR = "."
_MODIFIED = "content-file-modified"


class State(StrEnum):
    """What becomes of a file: at the beginning one of the first five, at the end one of the last two."""

    HERE = "here"  # the same bytes are there: nothing to send
    CONFLICT = "conflict"  # other bytes are there, and are not to be replaced
    REFUSED = "refused"
    SEND = "send"  # in one piece
    PARTS = "parts"
    STORED = "stored"  # and not read back yet
    FAILED = "failed"


@dataclass(frozen=True)
class NewFile:
    """A file that somebody wants to send. `replaces`: also over other bytes that are there under its id."""

    id: str
    size: int
    checksums: Checksums = field(default_factory=Checksums)
    content_type: str | None = None
    modified: datetime | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    replaces: bool = False

    @property
    def all_properties(self) -> dict[str, str]:
        """With the time of its last change as the DuraCloud tools write it: their pattern has the seconds twice."""
        told = {_MODIFIED: self.modified.strftime("%Y-%m-%dT%H:%M:%S.0%S")} if self.modified else {}
        return {**told, **self.properties}


@dataclass(frozen=True)
class Signed:
    """A request that may be made once or more until it expires: PUT to this address with these headers."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What is said of one file, at the beginning or at the end; what does not apply is None.

    `again`: worth another attempt, from the beginning if the upload is there no more.
    """

    id: str | None
    state: State
    upload: str | None = None
    checksums: Checksums = field(default_factory=Checksums)
    size: int | None = None
    verified_at: datetime | None = None
    reason: str | None = None
    again: bool | None = None
    part_size: int | None = None
    parts: int | None = None
    signed: Signed | None = None


@dataclass(frozen=True)
class UploadSession:
    """One file on its way. `name` is secret enough that nobody guesses it.

    `upload`: the store's name of an upload in parts; None when the file is sent in one piece. `over`: the mark of the
    object that it may replace; None when nothing may be there. `about.checksums` are what was promised when it began.
    """

    space: SpaceId
    name: str
    item: ContentId
    size: int
    part_size: int
    about: About
    over: str | None = None
    upload: str | None = None

    @property
    def id(self) -> str:
        """What callers name it by: with the id of the item, so that what was completed can be told when it is over."""
        return f"{self.name}{_SEPARATOR}{as_text(self.item.encode())}"

    @property
    def depositor(self) -> str:
        """Who began it."""
        return self.about.deposited_by

    @property
    def parts(self) -> int:
        """How many parts it has."""
        return max(1, -(-self.size // self.part_size))

    def size_of(self, number: int) -> int:
        """The bytes of a part. Raises Invalid when there is no such part."""
        if not 1 <= number <= self.parts:
            raise Invalid(f"{self.item!r} has parts 1 to {self.parts}, and no part {number}")
        return min(self.part_size, self.size - (number - 1) * self.part_size)

    def over_by(self, now: datetime) -> bool:
        """Whether it is to be forgotten."""
        return now >= self.about.deposited_at + FORGOTTEN_AFTER

    def with_upload(self, upload: str) -> "UploadSession":
        """The same, with the store's name of it."""
        return replace(self, upload=upload)

    def encode(self) -> bytes:
        """As it is noted."""
        about = {**asdict(self.about), "deposited_at": format_time(self.about.deposited_at)}
        about["checksums"] = [self.about.checksums.md5, self.about.checksums.sha256]
        return json.dumps({**asdict(self), "about": about}).encode()

    @classmethod
    def decode(cls, body: bytes) -> "UploadSession":
        """The reverse of `encode`."""
        given: dict[str, Any] = json.loads(body)
        about = given.pop("about")
        told = {"deposited_at": parse_time(about["deposited_at"]), "checksums": Checksums(*about["checksums"])}
        return cls(**given, about=About(**{**about, **told}))


def parse_upload(text: str) -> tuple[str, ContentId | None]:
    """The name of a session and the item that it was for, as callers give them; None for what says no item."""
    name, _, item = text.partition(_SEPARATOR)
    try:
        return name, ContentId(as_bytes(item).decode())
    except ValueError:
        return name, None


@dataclass(frozen=True)
class Ticket:
    """Leave to send these bytes, and no others, to the gateway. `number` 0 is the whole file."""

    space: str
    session: str
    number: int
    size: int
    sha256: str
    expires: int  # seconds since 1970

    def signed(self, key: bytes) -> str:
        """The ticket as a part of an address, which nobody without the key can make."""
        return seal("upload", [self.space, self.session, self.number, self.size, self.sha256], self.expires, key)

    @classmethod
    def read(cls, text: str, key: bytes, now: datetime) -> "Ticket":
        """The reverse of `signed`. Raises Denied for what was not signed with this key, and for what has expired."""
        return cls(*unseal("upload", text, key, now))
