"""S3 objects: how the facts of an item are written on an object, and read from it."""

from typing import Any

from chalicelib.domain.content import About, Stored


def headers_of(about: About) -> dict[str, Any]:
    """What is said of an item, as arguments of a request that writes it."""
    headers: dict[str, Any] = {"ContentType": about.content_type, "Metadata": about.metadata()}
    if about.content_encoding:
        headers["ContentEncoding"] = about.content_encoding
    return headers


def stored_from(answer: Any) -> Stored:
    """What an answer to HEAD or GET, also of a part, tells of the whole object."""
    whole = answer.get("ContentRange", "").rpartition("/")[2]  # "bytes 3-5/11": a part says how long the whole is
    return Stored(
        size=int(whole) if whole.isdecimal() else answer["ContentLength"],
        etag=answer["ETag"].strip('"'),
        modified=answer["LastModified"],
        content_type=answer["ContentType"],
        content_encoding=answer.get("ContentEncoding"),
        metadata=answer["Metadata"],
    )
