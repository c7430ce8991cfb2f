"""Every way in which the service says no: for good, or for now.

| error             | meaning                                             | a queue worker | HTTP |
|-------------------|-----------------------------------------------------|----------------|------|
| Invalid           | the request breaks a rule, named in the text        | drops, logged | 400  |
| Unauthenticated   | credentials are missing or wrong                    | –              | 401  |
| Denied            | the caller is known and may not do this             | –              | 403  |
| NotFound          | the space, item, store or user does not exist       | drops, logged | 404  |
| ChecksumMismatch  | bytes and checksum differ; nothing was stored       | drops, logged | 409  |
| Conflict          | the present state of the thing rules it out         | drops, logged | 409  |
| Outdated          | it was changed since the caller read it             | –              | 412  |
| TooLarge          | this way in cannot carry a body of that size        | –              | 413  |
| OutOfRange        | the asked part of an item lies behind its end       | –              | 416  |
| TooOften          | the same address asked too often; wait, then again  | –              | 429  |
| Incomplete        | the body ended early; nothing was stored            | –              | 500  |
| Unavailable       | something outside did not answer; worth a retry     | raises, retried| 503  |
| StoreDown         | one store is not to be asked now, or answers nobody | raises, waits  | 503  |
| Throttled         | the other side asked for fewer requests             | raises, retried| 503  |
| Overtaken         | others changed the same thing in this moment        | raises, retried| 503  |
| NoSpace           | the store has no such space (yet)                   | raises, retried| 503  |
| Gone              | the upload in parts is completed or abandoned       | raises, retried| 503  |
| Archived          | the bytes are in an archive, to be restored first   | raises, retried| 409  |
"""


class DuraCloudError(Exception):
    """The root of the service's errors; never raised itself."""


class Rejected(DuraCloudError):
    """Final: the same request will fail the same way for ever."""


class Invalid(Rejected):
    """The request breaks a rule; the text names the thing and the rule."""


class Unauthenticated(Rejected):
    """No credentials, or wrong ones, where some are needed."""


class Denied(Rejected):
    """The caller is authenticated and not allowed."""


class NotFound(Rejected):
    """The named thing does not exist."""


class ChecksumMismatch(Rejected):
    """The bytes that arrived do not have the checksum that was promised; nothing was stored."""


class Conflict(Rejected):
    """The present state of the named thing rules this out; the text says what would have to be otherwise."""


class Outdated(Rejected):
    """The named thing was changed by others since the caller read it; nothing was changed now."""


class TooLarge(Rejected):
    """The body does not fit through this way in; the text names one that takes it."""


class OutOfRange(Rejected):
    """The asked part of an item lies behind its end."""


class TooOften(DuraCloudError):
    """Too many such requests came from one address; `wait` is how many seconds the next one has to."""

    def __init__(self, text: str, wait: int) -> None:
        super().__init__(text)
        self.wait = wait


class Incomplete(DuraCloudError):
    """The sender stopped before the end of the body; nothing was stored, and the same request may be sent again."""


class Unavailable(DuraCloudError):
    """A store, queue or index did not answer, or answered incompletely; the same call may succeed later."""


class StoreDown(Unavailable):
    """A store does not answer, or is out of service; `store` is its id. What the record says lacks waits for it."""

    def __init__(self, text: str, store: str = "") -> None:
        super().__init__(text)
        self.store = store


class Throttled(Unavailable):
    """A store, queue or index is asked more often than it allows."""


class Overtaken(Unavailable):
    """Others wrote the same thing while this was under way; a second look decides anew."""


class NoSpace(Unavailable):
    """The store does not have the space; who may make it there can make it and ask again."""


class Gone(Unavailable):
    """An upload in parts is there no more: it was completed, or abandoned."""


class Archived(Unavailable):
    """The store keeps the bytes in an archive; they can be read once somebody had them restored (contract 1.6)."""
