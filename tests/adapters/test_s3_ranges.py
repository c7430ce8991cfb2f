"""S3 ranges: one answer that holds both gives the whole object, and nothing else passes for it."""

from io import BytesIO
from typing import Any

import pytest

from chalicelib.adapters.s3_ranges import joined
from chalicelib.domain.errors import Unavailable

DATA = b"--cut\r\n in the bytes is no end of them"


def part(first: int, last: int, data: bytes = DATA) -> bytes:
    head = f"--cut\r\nContent-Type: text/plain\r\nContent-Range: bytes {first}-{last}/{len(data)}\r\n\r\n"
    return head.encode() + data[first : last + 1] + b"\r\n"


def answer(body: bytes, kind: str = "multipart/byteranges;boundary=cut", **more: Any) -> dict[str, Any]:
    return {"ContentType": kind, "ContentLength": len(body), "Body": BytesIO(body), **more}


def test_two_ranges_give_the_object_as_if_it_came_in_one_piece() -> None:
    told, chunks = joined(answer(part(0, 0) + part(1, len(DATA) - 1) + b"--cut--", ETag="mark"))
    assert b"".join(chunks) == DATA
    assert (told["ContentType"], told["ContentRange"], told["ETag"]) == ("text/plain", f"bytes 0-0/{len(DATA)}", "mark")


def test_a_range_of_the_whole_and_an_object_of_nothing_are_taken_as_they_are() -> None:
    _, chunks = joined(answer(b"x", "text/plain", ContentRange="bytes 0-0/1"))
    assert b"".join(chunks) == b"x"
    _, chunks = joined(answer(b"", "text/plain"))
    assert b"".join(chunks) == b""


LAST = len(DATA) - 1


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(answer(DATA, "text/plain"), id="no range"),
        pytest.param(answer(b"x", "text/plain", ContentRange="bytes 0-0/2"), id="one of two ranges"),
        pytest.param(answer(b"x", "text/plain", ContentRange="bytes"), id="a range of nothing"),
        pytest.param(answer(DATA), id="no parts"),
        pytest.param(answer(part(0, 0)), id="one part"),
        pytest.param(answer(part(0, 0) + b"--cut--"), id="an end too soon"),
        pytest.param(answer(part(0, 0) + part(2, LAST)), id="a gap"),
        pytest.param(answer(part(0, 0) + part(0, LAST)), id="bytes that come twice"),
        pytest.param(answer(part(0, 0) + part(1, LAST)[:-9]), id="a part cut short"),
        pytest.param(answer(part(0, 0) + b"--cut\r\n" + b"x" * 100_000), id="a head without end"),
    ],
)
def test_nothing_else_passes_for_the_object(asked: dict[str, Any]) -> None:
    with pytest.raises(Unavailable):
        b"".join(joined(asked)[1])
