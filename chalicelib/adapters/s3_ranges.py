"""S3 ranges: all of an object in one answer, and yet in two ranges, of which none covers the whole of it."""

import re
from collections.abc import Iterator
from email.message import Message
from http.client import HTTPException, parse_headers
from io import BufferedReader
from typing import Any

from chalicelib.domain.errors import Unavailable

IN_TWO = "bytes=0-0,1-"  # the first byte, and all that follow
_PLACE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_CHUNK = 1 << 20
_LINE = 1 << 10  # bytes; the longest boundary has 70


def joined(answer: Any) -> tuple[Any, Iterator[bytes]]:
    """What an answer to a request for `IN_TWO` tells of the object, as if it were one to GET, and all its bytes.

    Both ranges come in one body, each with a head of its own (RFC 9110, 14.6). An object of one byte, and a server that
    joins what lies side by side, give one range; one of no bytes was asked for as a whole. Raises Unavailable for
    anything else, also while the bytes are read.
    """
    if not answer["ContentLength"]:
        return answer, iter(())
    if not answer["ContentType"].startswith("multipart/byteranges"):
        first, last, size = _place(answer.get("ContentRange"))
        if (first, last) != (0, size - 1):
            raise Unavailable(f"The store gave {answer.get('ContentRange')}, where the whole object was asked for")
        return answer, _take(answer["Body"], size)
    body = BufferedReader(answer["Body"])
    head = _head(body)
    return {**answer, **head}, _chunks(body, head)


def _chunks(body: Any, head: dict[str, str]) -> Iterator[bytes]:
    done = 0
    while True:
        first, last, size = _place(head["ContentRange"])
        if first != done:
            raise Unavailable(f"The store gave bytes from {first} on, where those from {done} were due")
        yield from _take(body, last + 1 - first)
        done = last + 1
        if done >= size:
            body.read(_LINE)  # to the end of the body: only then is the connection free for the next request
            return
        head = _head(body)


def _take(body: Any, size: int) -> Iterator[bytes]:
    left = size
    while left > 0:
        chunk = body.read(min(_CHUNK, left))
        if not chunk:
            raise Unavailable(f"The store gave {size - left} of {size} bytes")
        left -= len(chunk)
        yield chunk


def _head(body: Any) -> dict[str, str]:
    """What the next range says of itself."""
    line = body.readline(_LINE)
    if line == b"\r\n":  # it ended the range before
        line = body.readline(_LINE)
    try:
        fields = parse_headers(body) if line.startswith(b"--") else Message()
    except HTTPException as error:
        raise Unavailable(f"The store gave a range without a head: {error}") from error
    return {"ContentType": fields.get("Content-Type") or "", "ContentRange": fields.get("Content-Range") or ""}


def _place(text: str | None) -> tuple[int, int, int]:
    """First and last byte of a range, and how many the whole object has."""
    found = _PLACE.fullmatch(text or "")
    if found is None:
        raise Unavailable(f"The store gave no range of the object, but {text!r}")
    first, last, size = map(int, found.groups())
    return first, last, size
