"""S3 uploads: an object that is sent in parts, each proven by the store as it comes."""

import base64
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.s3_errors import ABSENT, translated
from chalicelib.adapters.s3_objects import headers_of
from chalicelib.adapters.s3_reads import S3Reads
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports_parts import Address, Completed, Over, SentPart, Upload

log = logging.getLogger(__name__)

_NO_UPLOAD = ABSENT | {"NoSuchUpload"}


@dataclass(frozen=True)
class S3Uploads(S3Reads):
    """See PartUploads. Every part carries MD5 and SHA-256: what a store does not know of these it ignores."""

    def begin(self, space: SpaceId, item: ContentId, about: About) -> Upload:
        """See PartUploads."""
        where: dict[str, Any] = {"Bucket": self._bucket(space), "Key": item}
        with translated(f"store {item!r} in {space!r}"):
            answer = self.client.create_multipart_upload(**where, ChecksumAlgorithm="SHA256", **headers_of(about))
            return Upload(space, item, answer["UploadId"])

    def send(self, upload: Upload, number: int, data: bytes, sha256: str) -> SentPart:
        """See PartUploads."""
        with translated(f"store part {number} of {upload.item!r}"):
            answer = self.client.upload_part(
                **self._where(upload),
                PartNumber=number,
                Body=data,
                ContentMD5=content_md5(md5(data)),
                ChecksumSHA256=base64.b64encode(bytes.fromhex(sha256)).decode(),
            )
            return SentPart(number, len(data), answer["ETag"].strip('"'), self._told(answer))

    def copy_part(self, upload: Upload, number: int, source: Address, first: int, last: int) -> SentPart:
        """See PartUploads."""
        with translated(f"copy part {number} of {upload.item!r}"):
            answer = self.client.upload_part_copy(
                **self._where(upload),
                PartNumber=number,
                CopySource={"Bucket": source.bucket, "Key": source.item},
                CopySourceRange=f"bytes={first}-{last}",
                CopySourceIfMatch=f'"{source.etag}"',
            )["CopyPartResult"]
            return SentPart(number, last - first + 1, answer["ETag"].strip('"'), self._told(answer))

    def parts(self, upload: Upload) -> list[SentPart] | None:
        """See PartUploads."""
        found: list[SentPart] = []
        with translated(f"list the parts of {upload.item!r}"):
            try:
                while True:
                    after = found[-1].number if found else 0
                    page = self.client.list_parts(**self._where(upload), PartNumberMarker=after)
                    told = page.get("Parts", [])
                    found += [SentPart(p["PartNumber"], p["Size"], p["ETag"].strip('"'), self._told(p)) for p in told]
                    if not page["IsTruncated"] or not told:
                        return found
            except ClientError as error:
                if error.response["Error"]["Code"] in _NO_UPLOAD:
                    return None
                raise

    def complete(self, upload: Upload, parts: Sequence[SentPart], only_over: Over | None = None) -> Completed:
        """See PartUploads."""
        listed = [
            {
                "PartNumber": p.number,
                "ETag": f'"{p.etag}"',
                **({"ChecksumSHA256": _base64(p.sha256)} if p.sha256 else {}),
            }
            for p in parts
        ]
        condition = self._condition(upload.space, upload.item, only_over)
        with translated(f"complete {upload.item!r} in {upload.space!r}"):
            answer = self.client.complete_multipart_upload(
                **self._where(upload),
                **condition,
                MultipartUpload={"Parts": listed},  # type: ignore[typeddict-item]  # a part may go without
            )
            return Completed(answer["ETag"].strip('"'), answer.get("ChecksumSHA256"))

    def abandon(self, upload: Upload) -> None:
        """See PartUploads."""
        with translated(f"abandon an upload of {upload.item!r}"):
            try:
                self.client.abort_multipart_upload(**self._where(upload))
            except ClientError as error:
                if error.response["Error"]["Code"] not in _NO_UPLOAD:
                    raise

    def uploads(self, space: SpaceId, item: ContentId) -> list[Upload]:
        """See PartUploads."""
        with translated(f"list the uploads of {item!r}"):
            try:
                answer = self.client.list_multipart_uploads(Bucket=self._bucket(space), Prefix=item)
            except ClientError as error:
                if error.response["Error"]["Code"] in ABSENT:
                    return []
                raise
            return [Upload(space, ContentId(u["Key"]), u["UploadId"]) for u in answer.get("Uploads", [])]

    def address(self, space: SpaceId, item: ContentId, etag: str) -> Address | None:
        """See PartUploads. One that withdraws what it finds damaged must not read damaged bytes by itself."""
        if self.account is None or self.withdraws_damaged:
            return None
        return Address(self.account, self._bucket(space), item, etag)

    def give_up(self, upload: Upload) -> None:
        """Abandon an upload after an error, which is the one to report."""
        try:
            self.client.abort_multipart_upload(**self._where(upload))
        except (ClientError, BotoCoreError) as error:
            # Invisible to readers, and removed by the bucket's lifecycle.
            log.warning("An upload of %r was left unfinished: %s", upload.item, error)

    def _told(self, answer: Any) -> str | None:
        """The SHA-256 that the store says it found, in hexadecimal digits."""
        told = answer.get("ChecksumSHA256")
        return base64.b64decode(told).hex() if told else None

    def _where(self, upload: Upload) -> dict[str, Any]:
        return {"Bucket": self._bucket(upload.space), "Key": upload.item, "UploadId": upload.id}


def md5(data: bytes) -> bytes:
    """The MD5 of some bytes."""
    return hashlib.md5(data, usedforsecurity=False).digest()


def content_md5(digest: bytes) -> str:
    """As the header Content-MD5 has it."""
    return base64.b64encode(digest).decode()


def _base64(digits: str) -> str:
    return base64.b64encode(bytes.fromhex(digits)).decode()
