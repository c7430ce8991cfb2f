"""S3: any S3-compatible endpoint as a store, one bucket per space, key = content id."""

import base64
import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.s3_buckets import apply_settings
from chalicelib.adapters.s3_errors import ABSENT, translated
from chalicelib.adapters.s3_objects import headers_of
from chalicelib.adapters.s3_uploads import S3Uploads, content_md5
from chalicelib.domain.checksums import Tally
from chalicelib.domain.content import About, ContentId, require_promised
from chalicelib.domain.errors import Rejected
from chalicelib.domain.parts import PART, PartList, part_sizes, pieces
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Over, Written
from chalicelib.ports_parts import SentPart, Upload

_IN_FLIGHT = 2  # parts being sent while the next is read: memory stays at three parts

_Sent = tuple[SentPart, str]  # a part and the SHA-256 that was sent with it


@dataclass(frozen=True)
class S3Store(S3Uploads):
    """See StorageProvider; the fields are told in S3Reads."""

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

        Every request carries the checksums of what it sends, so that the store refuses damage on the way.
        """
        tally = Tally()
        cut = pieces(tally.watch(body), part_sizes(size))
        first = next(cut, b"")
        if len(first) < PART:
            require_promised(about, size, tally)
            condition = self._condition(space, item, only_over)
            sha256 = base64.b64encode(bytes.fromhex(str(tally.checksums.sha256))).decode()
            with translated(f"store {item!r} in {space!r}"):
                answer = self.client.put_object(
                    Bucket=self._bucket(space),
                    Key=item,
                    Body=first,
                    ContentMD5=content_md5(bytes.fromhex(str(tally.checksums.md5))),
                    ChecksumSHA256=sha256,
                    **condition,
                    **headers_of(about.with_checksums(tally.checksums)),
                )
                confirmed = self.confirms_sha256 and answer.get("ChecksumSHA256") == sha256
                return Written(tally.size, tally.checksums, answer["ETag"].strip('"'), confirmed)
        upload = self.begin(space, item, about)
        try:
            sent = self._send_parts(upload, first, cut)
            require_promised(about, size, tally)
            done = self.complete(upload, [part for part, _ in sent], only_over)
        except BaseException:
            self.give_up(upload)
            raise
        parts = PartList(tuple(part.size for part, _ in sent), tuple(bytes.fromhex(sha256) for _, sha256 in sent))
        confirmed = self.confirms_sha256 and done.composite == parts.composite
        return Written(tally.size, tally.checksums, done.etag, confirmed, parts)

    def _send_parts(self, upload: Upload, first: bytes, rest: Iterator[bytes]) -> list[_Sent]:
        sent: list[_Sent] = []
        waiting: deque[Future[_Sent]] = deque()
        with ThreadPoolExecutor(_IN_FLIGHT) as pool:
            piece: bytes | None = first
            while piece is not None:
                waiting.append(pool.submit(self._send_hashed, upload, len(sent) + len(waiting) + 1, piece))
                if len(waiting) == _IN_FLIGHT:
                    sent.append(waiting.popleft().result())
                piece = next(rest, None)
            sent.extend(part.result() for part in waiting)
        return sent

    def _send_hashed(self, upload: Upload, number: int, piece: bytes) -> _Sent:
        sha256 = hashlib.sha256(piece).hexdigest()
        return self.send(upload, number, piece, sha256), sha256

    def restore(self, space: SpaceId, item: ContentId, tier: str, days: int) -> None:
        """See StorageProvider."""
        wanted: Any = {"Days": days, "GlacierJobParameters": {"Tier": tier}}
        with translated(f"restore {item!r} in {space!r}"):
            try:
                self.client.restore_object(Bucket=self._bucket(space), Key=item, RestoreRequest=wanted)
            except ClientError as error:
                # The last is said of what is in no archive, or is being restored in a slower way.
                if error.response["Error"]["Code"] not in {*ABSENT, "RestoreAlreadyInProgress", "InvalidObjectState"}:
                    raise

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
