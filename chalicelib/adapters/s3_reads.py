"""S3 reads: looking at, reading and listing what an S3-compatible store holds."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.adapters.s3_buckets import BucketSettings
from chalicelib.adapters.s3_errors import ABSENT, translated
from chalicelib.adapters.s3_objects import stored_from
from chalicelib.adapters.s3_ranges import IN_TWO, joined
from chalicelib.domain.content import MAX_ID_BYTES, ContentId, Stored
from chalicelib.domain.errors import Overtaken, Unavailable
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Entry, Opened
from chalicelib.ports_parts import Over

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CHUNK = 1 << 20
_WINDOW = 4 << 20  # every part but the last has 5 MiB
_MD5_OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e"  # of which there is no range


@dataclass(frozen=True)
class S3Reads:
    """One provider, account and region. The client must address buckets by path where the endpoint is not AWS.

    `withdraws_damaged`: the store hides an object once a complete read has shown it to be damaged (Swift).
    `replaces_conditionally`: the store knows If-Match on writes; all know If-None-Match (Swift: only that).
    `confirms_sha256`: it keeps the SHA-256 of what it takes, compares it with the bytes, and tells it (AWS).
    `account`: equal for stores that are reached at one endpoint with one key; None: it is not asked to copy by itself.
    """

    client: "S3Client"
    prefix: str
    buckets: BucketSettings
    withdraws_damaged: bool = False
    replaces_conditionally: bool = True
    confirms_sha256: bool = False
    account: str | None = None

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
                # Only asked of HEAD: of GET, the SDK would compare it itself, and give no bytes that are damaged.
                told: dict[str, Any] = {"ChecksumMode": "ENABLED"} if self.confirms_sha256 else {}
                return stored_from(self.client.head_object(Bucket=self._bucket(space), Key=item, **told))
            except ClientError as error:
                if error.response["Error"]["Code"] in ABSENT:
                    return None
                raise

    @contextmanager
    def open(
        self, space: SpaceId, item: ContentId, first: int = 0, last: int | None = None, etag: str | None = None
    ) -> Iterator[Opened | None]:
        """See StorageProvider."""
        whole = first == 0 and last is None
        if self.withdraws_damaged and (whole or (etag and _sent_in_parts(etag))):
            with self._open_so_that_it_stays(space, item, first, last, etag) as opened:
                yield opened
            return
        found = self._get(space, item, None if whole else _range(first, last), etag)
        if found is None:
            yield None
            return
        with closing(found["Body"]) as body:
            yield Opened(stored_from(found), self._chunks(body.iter_chunks(_CHUNK), space, item))

    @contextmanager
    def _open_so_that_it_stays(
        self, space: SpaceId, item: ContentId, first: int, last: int | None, etag: str | None
    ) -> Iterator[Opened | None]:
        """Read the object, or a range of one that was sent in parts, in several ranges.

        Swift compares its own checksum at the end of a complete read and withdraws the object when it differs: the
        damaged bytes would be gone before they could be kept as evidence. Ranges are not compared. What was sent in
        parts is kept in objects of their own, so there no range may be as long as a part.
        """
        if etag is None or _sent_in_parts(etag):
            head = self.head(space, item)
            if head is None:
                yield None
                return
            if etag not in (None, head.etag):
                raise Overtaken(f"{item!r} in {space!r} was changed by others")
            etag = head.etag
            if _sent_in_parts(etag):
                with self._open_in_windows(space, item, first, last, head) as opened:
                    yield opened
                return
        found = self._get(space, item, None if etag == _MD5_OF_NOTHING else IN_TWO, etag)
        if found is None:
            yield None
            return
        with closing(found["Body"]):
            with translated(f"read {item!r} in {space!r}"):
                told, chunks = joined(found)
                stored = stored_from(told)
            yield Opened(stored, self._chunks(chunks, space, item))

    @contextmanager
    def _open_in_windows(
        self, space: SpaceId, item: ContentId, first: int, last: int | None, head: Stored
    ) -> Iterator[Opened | None]:
        last = head.size - 1 if last is None else last
        ranges = _in_windows(first, last) if last >= first else iter([None])
        found = self._get(space, item, next(ranges), head.etag)
        if found is None:
            yield None
            return

        def chunks() -> Iterator[bytes]:
            yield from found["Body"].iter_chunks(_CHUNK)
            for piece in ranges:
                further = self._get(space, item, piece, head.etag)
                if further is None:
                    raise Unavailable(f"{item!r} in {space!r} went away while it was read")
                with closing(further["Body"]) as body:
                    yield from body.iter_chunks(_CHUNK)

        with closing(found["Body"]):
            yield Opened(head, self._chunks(chunks(), space, item))

    def _get(self, space: SpaceId, item: ContentId, piece: str | None, etag: str | None) -> Any:
        """The store's answer to GET, or None when there is no object; `etag` pins what was seen."""
        if not _possible(item):
            return None
        where: dict[str, Any] = {"Bucket": self._bucket(space), "Key": item}
        if piece is not None:
            where["Range"] = piece
        if etag:
            where["IfMatch"] = f'"{etag}"'
        with translated(f"read {item!r} in {space!r}"):
            try:
                answer = self.client.get_object(**where)
                stored_from(answer)  # else it is no answer of a store
                return answer
            except ClientError as error:
                if error.response["Error"]["Code"] not in ABSENT:
                    raise
        return None

    def _chunks(self, chunks: Iterator[bytes], space: SpaceId, item: ContentId) -> Iterator[bytes]:
        with translated(f"read {item!r} in {space!r} to its end"):
            yield from chunks

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

    def _bucket(self, space: SpaceId) -> str:
        return f"{self.prefix}-{space}"


def _sent_in_parts(etag: str) -> bool:
    return "-" in etag


def _range(first: int, last: int | None) -> str:
    return f"bytes={first}-{'' if last is None else last}"


def _in_windows(first: int, last: int) -> Iterator[str | None]:
    """Ranges that are shorter than any part but the last, which may have two bytes."""
    yield from (_range(at, min(at + _WINDOW, last) - 1) for at in range(first, last, _WINDOW))
    yield _range(last, last)


def _possible(item: ContentId) -> bool:
    """Whether a store could hold such a key; S3 answers a HEAD for any other with a bare 400."""
    return 1 <= len(item.encode()) <= MAX_ID_BYTES
