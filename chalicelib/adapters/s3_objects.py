"""S3 objects: how the facts of an item are written on an object, and read from it."""

import base64
import binascii
import re
from typing import Any

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About, Stored

_MD5 = re.compile("[0-9a-f]{32}")
_SHA256_DIGITS = 64


def headers_of(about: About) -> dict[str, Any]:
    """What is said of an item, as arguments of a request that writes it."""
    headers: dict[str, Any] = {"ContentType": about.content_type, "Metadata": about.metadata()}
    if about.content_encoding:
        headers["ContentEncoding"] = about.content_encoding
    return headers


def stored_from(answer: Any) -> Stored:
    """What an answer to HEAD or GET, also of a part, tells of the whole object."""
    restore = answer.get("Restore", "")  # of what is in an archive: 'ongoing-request="true"', or "false" and a date
    whole = answer.get("ContentRange", "").rpartition("/")[2]  # "bytes 3-5/11": a part says how long the whole is
    return Stored(
        size=int(whole) if whole.isdecimal() else answer["ContentLength"],
        etag=answer["ETag"].strip('"'),
        modified=answer["LastModified"],
        content_type=answer["ContentType"],
        content_encoding=answer.get("ContentEncoding"),
        metadata=answer["Metadata"],
        own=own_checksums(answer),
        composite=_composite(answer),
        restoring='"true"' in restore,
        restored='"false"' in restore,
    )


def _composite(answer: Any) -> str | None:
    sha256 = str(answer.get("ChecksumSHA256", ""))
    return sha256 if "-" in sha256 else None


def own_checksums(answer: Any) -> Checksums:
    """What the store computed itself of an object that it took in one piece.

    The ETag is its MD5 unless it has parts (then it ends in their number) or a key of KMS or the customer's own
    encrypts it (Amazon S3, API reference of Object). A SHA-256 of parts ends in their number, too.
    """
    etag, sha256 = answer["ETag"].strip('"'), answer.get("ChecksumSHA256", "")
    by_key = str(answer.get("ServerSideEncryption", "")).startswith("aws:kms") or "SSECustomerAlgorithm" in answer
    try:
        told = base64.b64decode(sha256, validate=True).hex()
    except binascii.Error:
        told = ""
    md5 = etag if _MD5.fullmatch(etag) and not by_key else None
    return Checksums(md5, told if len(told) == _SHA256_DIGITS else None)
