"""Wiring of uploads: the services that bring files from browsers and clients, and sign what they read."""

import secrets
from dataclasses import dataclass
from functools import cached_property

from chalicelib.services.answer_once import AnswerOnce
from chalicelib.services.begin_uploads import BeginUploads
from chalicelib.services.complete_uploads import CompleteUploads
from chalicelib.services.keep_receipts import KeepReceipts
from chalicelib.services.keep_sessions import KeepSessions
from chalicelib.services.sign_downloads import SignDownloads
from chalicelib.services.take_uploads import TakeUploads
from chalicelib.wiring_content import ContentWiring


def _secret() -> str:
    return secrets.token_urlsafe(32)  # 256 bits


@dataclass(frozen=True)
class UploadWiring(ContentWiring):
    """Upload sessions, from the first question to the item."""

    @cached_property
    def upload_sessions(self) -> KeepSessions:
        """Which uploads are on their way."""
        return KeepSessions(self.stores, self.notes, _secret)

    @cached_property
    def begin_uploads(self) -> BeginUploads:
        """Which files have to be sent, and how."""
        sessions = self.upload_sessions
        ports = (self.stores, self.index, self.retrieve, sessions, self._signs(sessions.key))
        return BeginUploads(*ports, self.register.clock, _secret)

    @cached_property
    def sign_downloads(self) -> SignDownloads:
        """Where items are read for a while without further credentials."""
        key = self.upload_sessions.key
        return SignDownloads(self.retrieve, self._signs(key), key, self.register.clock)

    @cached_property
    def answer_once(self) -> AnswerOnce:
        """Requests that are sent again."""
        return AnswerOnce(self.notes, self.register.clock)

    @cached_property
    def keep_receipts(self) -> KeepReceipts:
        """What was deposited together."""
        return KeepReceipts(self.index, self.retrieve, self.deposit)

    @cached_property
    def take_uploads(self) -> TakeUploads:
        """What is sent to the gateway."""
        return TakeUploads(self.stores, self.upload_sessions, self.register.clock)

    @cached_property
    def complete_uploads(self) -> CompleteUploads:
        """What was sent becomes items."""
        ports = (self.stores, self.register, self.upload_sessions, self.keep_parts)
        return CompleteUploads(*ports, self.register.clock)
