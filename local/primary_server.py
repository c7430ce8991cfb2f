"""Primary server: MiniStack made to keep its word about what it has stored; run by MiniStack's own Python.

As published (1.5.33) it answers 200 to a PUT also when the file could not be written, writes every object through
`<key>.tmp` (where another object of that very name may lie), and does not sync. Here a write goes through a name of
its own and is synced; a disk that is nearly full is refused beforehand (503, which clients retry); and a write that
fails all the same ends the process before it can answer: what it says after its restart is what is on the disk.

It also takes a whole object into memory to answer with any range of it, and all parts of an upload until that is
complete; to copy a range of one it reads all of it. Here objects are read as they are sent, of a range that is copied
only that is read, and parts wait on the disk.
"""

import logging
import mmap
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import ministack.app
from ministack.core.responses import StreamingResponse
from ministack.services import s3

_PIECE = 1 << 20  # bytes read at once; bodies that are no larger are left as they were
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


class OnDisk:
    """The body of a large object, or a range of it: read when it is sent, from the file as it was when opened."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "rb")  # noqa: SIM115 - closed by `send`, or with the answer that nobody wanted
        self.range = range(os.fstat(self._file.fileno()).st_size)

    def __len__(self) -> int:
        return len(self.range)

    def __getitem__(self, piece: slice) -> "OnDisk":
        self.range = self.range[piece]
        return self

    async def send(self, send: Send, receive: Any) -> None:
        """All of it; should the file have been cut short since, the answer ends early."""
        with self._file as file:
            file.seek(self.range.start)
            for start in range(0, len(self), _PIECE):
                piece = file.read(min(_PIECE, len(self) - start))
                if not piece:
                    return
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def reading_late(get_object: Callable[..., Any], read_body: Callable[..., Any]) -> Callable[..., Any]:
    """GET that takes no large object into memory. A file of another size than it should have is answered as before."""

    def late(bucket: str, key: str, record: MutableMapping[str, Any]) -> Any:
        path = s3._object_disk_path(bucket, key) if record.get("body") is None else None
        if path is None or record["size"] <= _PIECE or not os.path.isfile(path):
            return read_body(bucket, key, record)
        return OnDisk(path) if os.path.getsize(path) == record["size"] else read_body(bucket, key, record)

    def answer(*request: Any) -> Any:
        s3._read_body = late  # requests are answered one after another: nobody else reads meanwhile
        try:
            status, headers, body = get_object(*request)
        finally:
            s3._read_body = read_body
        return status, headers, StreamingResponse(body.send) if isinstance(body, OnDisk) else body

    return answer


def keeping_parts(upload_part: Callable[..., Any]) -> Callable[..., Any]:
    """UploadPart that puts large parts on the disk, in files without a name that go with it."""

    def answer(bucket: str, key: str, body: bytes, query: MutableMapping[str, list[str]], headers: Any) -> Any:
        answered = upload_part(bucket, key, body, query, headers)
        if answered[0] == 200 and len(body) > _PIECE:
            part = s3._multipart_uploads[query["uploadId"][0]]["parts"][int(query["partNumber"][0])]
            with tempfile.TemporaryFile(dir=_INCOMING) as file:
                file.write(body)
                file.flush()
                part["body"] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return answered

    return answer


class Cut:
    """The body of a large object, of which a range is copied: only that is read, and goes to the disk at once."""

    def __init__(self, path: str) -> None:
        self._path, self._size = path, os.path.getsize(path)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, piece: slice) -> Any:
        first, last, _ = piece.indices(self._size)
        with open(self._path, "rb") as file, tempfile.TemporaryFile(dir=_INCOMING) as kept:
            file.seek(first)
            while first < last and (data := file.read(min(_PIECE, last - first))):
                kept.write(data)
                first += len(data)
            kept.flush()
            return mmap.mmap(kept.fileno(), 0, access=mmap.ACCESS_READ)


def copying_ranges(copy_part: Callable[..., Any], read_body: Callable[..., Any]) -> Callable[..., Any]:
    """UploadPartCopy that takes no large object into memory, and keeps what it copies on the disk."""

    def cut(bucket: str, key: str, record: MutableMapping[str, Any]) -> Any:
        path = s3._object_disk_path(bucket, key) if record.get("body") is None else None
        large = path is not None and os.path.isfile(path) and os.path.getsize(path) > _PIECE
        return Cut(str(path)) if large else read_body(bucket, key, record)

    def answer(bucket: str, key: str, query: MutableMapping[str, list[str]], headers: Any) -> Any:
        s3._read_body = cut if headers.get("x-amz-copy-source-range") else read_body
        try:
            return copy_part(bucket, key, query, headers)
        finally:
            s3._read_body = read_body

    return answer


def main() -> None:
    """Serve until SIGTERM, as MiniStack does."""
    shutil.rmtree(_INCOMING, ignore_errors=True)  # writes that a crash cut off
    _INCOMING.mkdir(parents=True)
    s3._atomic_write = durable_write
    s3._get_object = reading_late(s3._get_object, s3._read_body)
    s3._upload_part = keeping_parts(s3._upload_part)
    s3._upload_part_copy = copying_ranges(s3._upload_part_copy, s3._read_body)
    logging.getLogger("s3").addHandler(EndOnFailedWrite())
    ministack.app.app = with_room(ministack.app.app)
    ministack.app.main()


if __name__ == "__main__":
    main()
