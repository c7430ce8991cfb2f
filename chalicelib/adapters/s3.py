"""S3: any S3-compatible endpoint as a store, one bucket per space, key = content id."""

import base64
import hashlib
import logging
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.s3_buckets import BucketSettings, apply_settings
from chalicelib.adapters.s3_errors import ABSENT, translated
from chalicelib.adapters.s3_objects import headers_of, stored_from
from chalicelib.adapters.s3_parts import PART, part_sizes, pieces
from chalicelib.domain.checksums import Tally
from chalicelib.domain.content import MAX_ID_BYTES, About, ContentId, Stored, require_promised
from chalicelib.domain.errors import Overtaken, Rejected, Unavailable
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Entry, Opened, Over, Written

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = logging.getLogger(__name__)

_CHUNK = 1 << 20
_IN_FLIGHT = 2  # parts being sent while the next is read: memory stays at three parts


@dataclass(frozen=True)
class S3Store:
    """One provider, account and region. The client must address buckets by path where the endpoint is not AWS.

    `withdraws_damaged`: the store hides an object once a complete read has shown it to be damaged (Swift).
    `replaces_conditionally`: the store knows If-Match on writes; all know If-None-Match (Swift: only that).
    """

    client: "S3Client"
    prefix: str
    buckets: BucketSettings
    withdraws_damaged: bool = False
    replaces_conditionally: bool = True

    def create_space(self, space: SpaceId, versions_for: timedelta | None = None) -> None:
        """See StorageProvider."""
        with translated(f"create space {space!r}"):
            apply_settings(self.client, self._bucket(space), self.buckets, versions_for)

    def remove_space(self, space: SpaceId) -> None:
        """See StorageProvider. A bucket that still keeps old versions stays, for as long as they do."""
        with translated(f"remove space {space!r}"):
            try:
                self.client.delete_bucket(Bucket=self._bucket(space))
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "BucketNotEmpty" and self.list(space, limit=1):
                    raise Rejected(f"Space {space!r} is not empty") from error
                if code not in {*ABSENT, "BucketNotEmpty"}:
                    raise

    def spaces(self) -> list[SpaceId]:
        """See StorageProvider."""
        start = f"{self.prefix}-"
        with translated("list spaces"):
            names = [bucket["Name"] for bucket in self.client.list_buckets()["Buckets"]]
        return sorted(SpaceId(name.removeprefix(start)) for name in names if name.startswith(start))

    def head(self, space: SpaceId, item: ContentId) -> Stored | None:
        """See StorageProvider."""
        if not _possible(item):
            return None
        with translated(f"look at {item!r} in {space!r}"):
            try:
                return stored_from(self.client.head_object(Bucket=self._bucket(space), Key=item))
            except ClientError as error:
                if error.response["Error"]["Code"] in ABSENT:
                    return None
                raise

    @contextmanager
    def open(self, space: SpaceId, item: ContentId, first: int = 0, last: int | None = None) -> Iterator[Opened | None]:
        """See StorageProvider."""
        if self.withdraws_damaged and first == 0 and last is None:
            with self._open_in_two(space, item) as opened:
                yield opened
            return
        found = self._get(space, item, first, last) if first or last is not None else self._get(space, item)
        if found is None:
            yield None
            return
        stored, body = found
        with closing(body):
            yield Opened(stored, self._chunks(body, space, item))

    @contextmanager
    def _open_in_two(self, space: SpaceId, item: ContentId) -> Iterator[Opened | None]:
        """Read the whole object in two ranges.

        Swift compares its own checksum at the end of a complete read and withdraws the object when it differs: the
        damaged bytes would be gone before they could be kept as evidence. Ranges are not compared.
        """
        head = self.head(space, item)
        if head is None:
            yield None
            return
        with ExitStack() as stack:
            bodies = []
            for first, last in ((0, 0), (1, None)) if head.size > 1 else ((None, None),):
                found = self._get(space, item, first, last, head.etag)
                if found is not None:
                    bodies.append(stack.enter_context(closing(found[1])))
                elif bodies:
                    raise Unavailable(f"{item!r} in {space!r} went away while it was opened")
            chunks = chain.from_iterable(self._chunks(body, space, item) for body in bodies)
            yield Opened(head, chunks) if bodies else None

    def _get(
        self, space: SpaceId, item: ContentId, first: int | None = None, last: int | None = None, etag: str = ""
    ) -> tuple[Stored, Any] | None:
        """The store's answer to GET and its body, or None when there is no object; `etag` pins what was seen."""
        if not _possible(item):
            return None
        where: dict[str, Any] = {"Bucket": self._bucket(space), "Key": item}
        if first is not None:
            where["Range"] = f"bytes={first}-{'' if last is None else last}"
        if etag:
            where["IfMatch"] = etag
        with translated(f"read {item!r} in {space!r}"):
            try:
                answer = self.client.get_object(**where)
                return stored_from(answer), answer["Body"]
            except ClientError as error:
                if error.response["Error"]["Code"] not in ABSENT:
                    raise
        return None

    def _chunks(self, body: Any, space: SpaceId, item: ContentId) -> Iterator[bytes]:
        with translated(f"read {item!r} in {space!r} to its end"):
            yield from body.iter_chunks(_CHUNK)

    def put(
        self,
        space: SpaceId,
        item: ContentId,
        body: Iterable[bytes],
        about: About,
        size: int | None = None,
        only_over: Over | None = None,
    ) -> Written:
        """See StorageProvider. Small bodies go in one request, with all facts; larger ones in parts.

        Every request carries the MD5 of what it sends, so that the store refuses damage on the way.
        """
        tally = Tally()
        cut = pieces(tally.watch(body), part_sizes(size))
        first = next(cut, bytearray())
        if len(first) < PART:
            require_promised(about, size, tally)
            condition = self._condition(space, item, only_over)
            with translated(f"store {item!r} in {space!r}"):
                answer = self.client.put_object(
                    Bucket=self._bucket(space),
                    Key=item,
                    Body=first,  # type: ignore[arg-type]  # botocore takes a bytearray; its stubs do not say so
                    ContentMD5=_content_md5(bytes.fromhex(str(tally.checksums.md5))),
                    **condition,
                    **headers_of(about.with_checksums(tally.checksums)),
                )
                return Written(tally.size, tally.checksums, answer["ETag"].strip('"'))
        return self._put_parts(space, item, first, cut, tally, about, size, only_over)

    def _put_parts(
        self,
        space: SpaceId,
        item: ContentId,
        first: bytearray,
        rest: Iterator[bytearray],
        tally: Tally,
        about: About,
        size: int | None,
        only_over: Over | None,
    ) -> Written:
        where: dict[str, Any] = {"Bucket": self._bucket(space), "Key": item}
        with translated(f"store {item!r} in {space!r}"):
            where["UploadId"] = self.client.create_multipart_upload(**where, **headers_of(about))["UploadId"]
        try:
            parts = self._send_parts(where, first, rest)
            require_promised(about, size, tally)
            condition = self._condition(space, item, only_over)
            with translated(f"complete {item!r} in {space!r}"):
                answer = self.client.complete_multipart_upload(**where, **condition, MultipartUpload={"Parts": parts})
                return Written(tally.size, tally.checksums, answer["ETag"].strip('"'))
        except BaseException:
            self._abort(where)
            raise

    def _condition(self, space: SpaceId, item: ContentId, only_over: Over | None) -> dict[str, Any]:
        """The arguments that make a write conditional. Raises Unavailable when it is clear that it would fail."""
        if only_over is None:
            return {}
        if only_over.etag is None:
            return {"IfNoneMatch": "*"}
        there = self.head(space, item)
        if there is None or there.etag != only_over.etag:
            raise Overtaken(f"{item!r} in {space!r} was changed by others")
        return {"IfMatch": f'"{only_over.etag}"'} if self.replaces_conditionally else {}

    def _send_parts(self, where: dict[str, Any], first: bytearray, rest: Iterator[bytearray]) -> list[Any]:
        sent: list[Any] = []
        waiting: deque[Future[Any]] = deque()
        with ThreadPoolExecutor(_IN_FLIGHT) as pool:
            piece: bytearray | None = first
            while piece is not None:
                waiting.append(pool.submit(self._send_part, where, len(sent) + len(waiting) + 1, piece))
                if len(waiting) == _IN_FLIGHT:
                    sent.append(waiting.popleft().result())
                piece = next(rest, None)
            sent.extend(part.result() for part in waiting)
        return sent

    def _send_part(self, where: dict[str, Any], number: int, piece: bytearray) -> dict[str, Any]:
        with translated(f"store part {number} of {where['Key']!r}"):
            md5 = _content_md5(_md5(piece))
            answer = self.client.upload_part(**where, PartNumber=number, ContentMD5=md5, Body=piece)  # type: ignore[arg-type]  # as above
            return {"PartNumber": number, "ETag": answer["ETag"]}

    def _abort(self, where: dict[str, Any]) -> None:
        try:
            self.client.abort_multipart_upload(**where)
        except (ClientError, BotoCoreError) as error:
            # Invisible to readers, and removed by the bucket's lifecycle; the first error is the one to report.
            log.warning("An upload of %r was left unfinished: %s", where["Key"], error)

    def delete(self, space: SpaceId, item: ContentId, only: str | None = None) -> None:
        """See StorageProvider."""
        condition: dict[str, Any] = {}
        if only is not None:
            if self.head(space, item) is None:
                return
            condition = self._condition(space, item, Over(only))
        with translated(f"delete {item!r} in {space!r}"):
            try:
                self.client.delete_object(Bucket=self._bucket(space), Key=item, **condition)
            except ClientError as error:
                if error.response["Error"]["Code"] not in ABSENT:
                    raise

    def list(self, space: SpaceId, prefix: str = "", after: str = "", limit: int = 1000) -> list[Entry]:
        """See StorageProvider."""
        entries: list[Entry] = []
        with translated(f"list {space!r}"):
            while len(entries) < limit:
                try:
                    page = self.client.list_objects_v2(
                        Bucket=self._bucket(space),
                        Prefix=prefix,
                        StartAfter=entries[-1].id if entries else after,
                        MaxKeys=limit - len(entries),
                    )
                except ClientError as error:
                    if error.response["Error"]["Code"] in ABSENT:
                        return []
                    raise
                contents = page.get("Contents", [])
                entries += [Entry(ContentId(o["Key"]), o["Size"], o["ETag"].strip('"')) for o in contents]
                if not page["IsTruncated"] or not contents:
                    break
        return entries

    def _bucket(self, space: SpaceId) -> str:
        return f"{self.prefix}-{space}"


def _possible(item: ContentId) -> bool:
    """Whether a store could hold such a key; S3 answers a HEAD for any other with a bare 400."""
    return 1 <= len(item.encode()) <= MAX_ID_BYTES


def _md5(data: bytearray) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _content_md5(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
