"""Ports for large items: an object that is sent to a store in parts, by several runs if need be.

Every method may raise `Unavailable`, and may then be repeated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.domain.content import About, ContentId
from chalicelib.domain.spaces import SpaceId


@dataclass(frozen=True)
class Over:
    """What a write may replace: the object with this mark, or (None) nothing."""

    etag: str | None


@dataclass(frozen=True)
class Upload:
    """An object that is being sent in parts; no reader sees it before it is completed."""

    space: SpaceId
    item: ContentId
    id: str


@dataclass(frozen=True)
class SentPart:
    """A part that a store has; `sha256` (64 hexadecimal digits) is what the store says of it, None if it does not."""

    number: int
    size: int
    etag: str
    sha256: str | None = None


@dataclass(frozen=True)
class Completed:
    """An object made of parts; `composite` is what the store says of their checksums (see PartList.composite)."""

    etag: str
    composite: str | None = None


@dataclass(frozen=True)
class Address:
    """Where a store keeps an object, for others that are reached with the same key at the same provider."""

    account: str  # equal for stores that can copy from one another
    bucket: str
    item: ContentId
    etag: str  # which object is meant: another one is not copied


class PartUploads(Protocol):
    """The part of a store that takes large objects: 1 to 10,000 parts, numbered from 1, each but the last 5 MiB."""

    @property
    def confirms_sha256(self) -> bool:
        """Whether the store compares SHA-256 with the bytes that it keeps, and tells it truthfully afterwards."""

    def begin(self, space: SpaceId, item: ContentId, about: About) -> Upload:
        """Begin an upload. Not repeatable: each call begins one. Raises NoSpace when the store lacks the space."""

    def send(self, upload: Upload, number: int, data: bytes, sha256: str) -> SentPart:
        """Send one part; one of the same number is replaced. The store refuses it when it arrives damaged.

        Raises Gone when the upload was completed or abandoned. Repeatable.
        """

    def copy_part(self, upload: Upload, number: int, source: Address, first: int, last: int) -> SentPart:
        """Have the store copy bytes `first` to `last` (inclusive) of another of its objects; we see none of them.

        Raises Unavailable when the source is another object by now, Gone as `send`. Repeatable.
        """

    def parts(self, upload: Upload) -> list[SentPart] | None:
        """The parts that the store has, in order of their numbers; None when there is no such upload any more."""

    def complete(self, upload: Upload, parts: Sequence[SentPart], only_over: Over | None = None) -> Completed:
        """Make the object of these parts: from here on readers see it, whole.

        With `only_over`, Unavailable is raised, and the upload left as it is, when something else is under the id; a
        store that cannot compare and write in one step looks as late as it can. Raises Gone when there is no such
        upload any more: it may have been completed by an earlier call.
        """

    def abandon(self, upload: Upload) -> None:
        """Give an upload up, with all that was sent. Nothing happens when it is gone already."""

    def uploads(self, space: SpaceId, item: ContentId) -> list[Upload]:
        """The uploads to this id, or to ids that begin with it, that were neither completed nor abandoned."""

    def address(self, space: SpaceId, item: ContentId, etag: str) -> Address | None:
        """Where `copy_part` of stores of the same account finds an object; None for a store that must not be asked."""
