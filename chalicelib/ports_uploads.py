"""Ports for uploads and downloads: leave to send and read bytes without further credentials, at any size."""

from datetime import datetime
from typing import Protocol

from chalicelib.domain.content import ContentId
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.uploads import Signed, UploadSession


class SignsUploads(Protocol):
    """Signs requests that carry a file, or a part of one, to the primary store or to the gateway in front of it.

    Size and SHA-256 are in the signature: whoever takes the request refuses other bytes, and stores nothing of them.
    """

    def part(self, session: UploadSession, number: int, sha256: str, expires: datetime) -> Signed:
        """Leave to send one part (SHA-256 in hexadecimal digits) until then. Repeatable; nothing is kept of it."""

    def whole(self, session: UploadSession, expires: datetime) -> Signed:
        """Leave to send the whole file, whose checksums are both promised, over what the session may replace.

        Repeatable; nothing is kept of it.
        """


class SignsDownloads(Protocol):
    """Signs requests that read an item, and have browsers save it instead of showing it."""

    def download(self, space: SpaceId, item: ContentId, expires: datetime) -> str:
        """The address for GET until then, with ranges. Repeatable; nothing is kept of it."""


class Signs(SignsUploads, SignsDownloads, Protocol):
    """Both."""
