"""S3 signed: leave to send bytes straight to a bucket, which compares them as they come, and to read them there."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.adapters.s3_errors import translated
from chalicelib.adapters.s3_objects import headers_of
from chalicelib.domain.content import ContentId
from chalicelib.domain.downloads import as_attachment, file_name
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.uploads import Signed, UploadSession

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class S3Signed:
    """See Signs. Whoever sends has to send every header as it is told: all of them are in the signature."""

    client: "S3Client"
    prefix: str

    def part(self, session: UploadSession, number: int, sha256: str, expires: datetime) -> Signed:
        """See SignsUploads."""
        checksum = _base64(sha256)
        asked = {
            "UploadId": session.upload,
            "PartNumber": number,
            "ContentLength": session.size_of(number),
            "ChecksumSHA256": checksum,
        }
        return self._signed("upload_part", session, asked, {"x-amz-checksum-sha256": checksum}, expires)

    def whole(self, session: UploadSession, expires: datetime) -> Signed:
        """See SignsUploads."""
        checksums, about = session.about.checksums, headers_of(session.about)
        md5, sha256 = _base64(str(checksums.md5)), _base64(str(checksums.sha256))
        asked: dict[str, Any] = {
            **about,
            "ContentLength": session.size,
            "ContentMD5": md5,
            "ChecksumSHA256": sha256,
            **({"IfNoneMatch": "*"} if session.over is None else {"IfMatch": f'"{session.over}"'}),
        }
        headers = {
            "content-type": about["ContentType"],
            **({"content-encoding": about["ContentEncoding"]} if "ContentEncoding" in about else {}),
            "content-md5": md5,
            "x-amz-checksum-sha256": sha256,
            **({"if-none-match": "*"} if session.over is None else {"if-match": f'"{session.over}"'}),
            **{f"x-amz-meta-{name}": value for name, value in about["Metadata"].items()},
        }
        return self._signed("put_object", session, asked, headers, expires)

    def download(self, space: SpaceId, item: ContentId, expires: datetime) -> str:
        """See SignsDownloads."""
        return self._url(
            "get_object", space, item, {"ResponseContentDisposition": as_attachment(file_name(item))}, expires
        )

    def _signed(
        self, operation: str, session: UploadSession, asked: dict[str, Any], headers: dict[str, str], expires: datetime
    ) -> Signed:
        return Signed(self._url(operation, session.space, session.item, asked, expires), headers)

    def _url(self, operation: str, space: SpaceId, item: ContentId, asked: dict[str, Any], expires: datetime) -> str:
        where = {"Bucket": f"{self.prefix}-{space}", "Key": item}
        seconds = max(1, round((expires - datetime.now(UTC)).total_seconds()))
        with translated(f"sign an address of {item!r}"):
            return self.client.generate_presigned_url(operation, Params={**where, **asked}, ExpiresIn=seconds)


def _base64(digits: str) -> str:
    return base64.b64encode(bytes.fromhex(digits)).decode()
