"""Primary server: MiniStack made to keep its word about what it has stored; run by MiniStack's own Python.

As published (1.5.33) it answers 200 to a PUT also when the file could not be written, writes every object through
`<key>.tmp` (where another object of that very name may lie), and does not sync. Here a write goes through a name of
its own and is synced; a disk that is nearly full is refused beforehand (503, which clients retry); and a write that
fails all the same ends the process before it can answer: what it says after its restart is what is on the disk.
"""

import logging
import os
import shutil
import sys
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import ministack.app
from ministack.services import s3

_RESERVE = 64 << 20  # bytes that stay free: for sidecar files, the index and the logs beside the objects
_INCOMING = Path(os.environ["STATE_DIR"]) / "incoming"
_DATA = Path(os.environ["S3_DATA_DIR"])
_NO_SPACE = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>ServiceUnavailable</Code>'
    b"<Message>There is not enough space left on the disk</Message></Error>"
)

Scope = MutableMapping[str, Any]
Send = Callable[[Scope], Awaitable[None]]
Application = Callable[[Scope, Any, Send], Awaitable[None]]


def durable_write(path: str, data: bytes | str, *, text: bool = False) -> None:
    """Replace a file as a whole, synced to the disk, file and folder."""
    temporary = _INCOMING / uuid.uuid4().hex
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(Path(path).parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class EndOnFailedWrite(logging.Handler):
    """The server tells of failed writes in its log alone; no answer may follow one."""

    def emit(self, record: logging.LogRecord) -> None:
        """End the process when the message is about a write or a removal that did not reach the disk."""
        message = record.getMessage()
        if message.startswith(("Failed to persist", "Failed to delete persisted", "Failed to load persisted")):
            print(f"Ended, for the disk does not hold what was to be stored: {message}", file=sys.stderr, flush=True)
            os._exit(os.EX_IOERR)


def with_room(application: Application) -> Application:
    """Refuse bodies for which there is no room, before any of them is taken."""

    async def answer(scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("PUT", "POST") and not _fits(scope):
            await send(
                {"type": "http.response.start", "status": 503, "headers": [(b"content-type", b"application/xml")]}
            )
            await send({"type": "http.response.body", "body": _NO_SPACE})
            return
        await application(scope, receive, send)

    return answer


def _fits(scope: Scope) -> bool:
    length = next((int(value) for name, value in scope["headers"] if name.lower() == b"content-length"), 0)
    return shutil.disk_usage(_DATA).free - length > _RESERVE


def main() -> None:
    """Serve until SIGTERM, as MiniStack does."""
    shutil.rmtree(_INCOMING, ignore_errors=True)  # writes that a crash cut off
    _INCOMING.mkdir(parents=True)
    s3._atomic_write = durable_write
    logging.getLogger("s3").addHandler(EndOnFailedWrite())
    ministack.app.app = with_room(ministack.app.app)
    ministack.app.main()


if __name__ == "__main__":
    main()
