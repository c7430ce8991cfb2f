"""StorageProvider: a store that does not answer well is Unavailable; only a refusal for good is Invalid."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from chalicelib.adapters.memory import MemoryStore
from chalicelib.adapters.s3 import S3Store
from chalicelib.adapters.s3_buckets import BucketSettings
from chalicelib.adapters.s3_clients import send_small_at_once
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Invalid, Unavailable
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import StorageProvider
from chalicelib.ports_parts import Address, SentPart, Upload
from tests.adapters.faults import Answers, Request, error, http, serving
from tests.adapters.rigs import MIB, PART, PREFIX, Rig, Server, about, stream

SPACE, ITEM = SpaceId("space"), ContentId("item")
UPLOAD = Upload(SPACE, ITEM, "upload")
DATA = b"0123456789" * 100_000
SETTINGS = BucketSettings(versioned=True, private=True, tidy=True, events_to="arn:aws:sqs:us-east-1:0:stored")
OBJECT = {"ETag": '"mark"', "Last_Modified": "Fri, 20 Nov 2026 12:00:00 GMT", "Content_Type": "text/plain"}


def read(store: StorageProvider, first: int = 0, last: int | None = None) -> bytes | None:
    with store.open(SPACE, ITEM, first, last) as opened:
        return None if opened is None else b"".join(opened.chunks)


CALLS: dict[str, Callable[[StorageProvider], object]] = {
    "create_space": lambda store: store.create_space(SPACE),
    "remove_space": lambda store: store.remove_space(SPACE),
    "spaces": lambda store: store.spaces(),
    "head": lambda store: store.head(SPACE, ITEM),
    "open": read,
    "open a range": lambda store: read(store, 2, 3),
    "put": lambda store: store.put(SPACE, ITEM, [b"x"], about()),
    "put in parts": lambda store: store.put(SPACE, ITEM, stream(PART + 1), about()),
    "begin": lambda store: store.begin(SPACE, ITEM, about()),
    "send": lambda store: store.send(UPLOAD, 1, b"x", hashlib.sha256(b"x").hexdigest()),
    "copy a part": lambda store: store.copy_part(UPLOAD, 1, Address("account", "bucket", ITEM, "mark"), 0, 1),
    "parts": lambda store: store.parts(UPLOAD),
    "complete": lambda store: store.complete(UPLOAD, [SentPart(1, 1, "mark")]),
    "abandon": lambda store: store.abandon(UPLOAD),
    "uploads": lambda store: store.uploads(SPACE, ITEM),
    "delete": lambda store: store.delete(SPACE, ITEM),
    "list": lambda store: store.list(SPACE),
}
SILENT = ("create_space", "remove_space", "delete", "abandon", "uploads")
EVERY_CALL = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
BOTH_WAYS = pytest.mark.parametrize("withdraws_damaged", [False, True], ids=["in one piece", "in two ranges"])


def s3(server: Server, withdraws_damaged: bool = False, **changed: object) -> S3Store:
    return S3Store(server.client("s3", **changed), PREFIX, SETTINGS, withdraws_damaged)


@EVERY_CALL
def test_a_store_that_is_down_is_unavailable(call: Callable[[StorageProvider], object], nobody: Server) -> None:
    for store in (MemoryStore(down=True), s3(nobody), s3(nobody, withdraws_damaged=True)):
        with pytest.raises(Unavailable):
            call(store)


@EVERY_CALL
@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(error(503, "SlowDown"), id="busy"),
        pytest.param(error(500, "InternalError"), id="broken"),
        pytest.param(error(403, "AccessDenied"), id="closed"),
        pytest.param(error(400, "ExpiredToken"), id="key too old"),
        pytest.param(lambda _: http(502, b"<html>Bad Gateway"), id="a proxy in between"),
        pytest.param(lambda _: b"", id="no answer"),
        pytest.param(lambda _: b"SSH-2.0-OpenSSH\r\n", id="another protocol"),
    ],
)
def test_a_store_that_answers_badly_is_unavailable(call: Callable[[StorageProvider], object], answers: Answers) -> None:
    with serving(answers) as server, pytest.raises(Unavailable):
        call(s3(server))


# Where a store need not say more than 200, anybody's 200 passes for its answer.
@pytest.mark.parametrize("name", [name for name in CALLS if name not in SILENT])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html><p>Welcome</p></html>", id="another website"),
        pytest.param(b"<html><p>Wel", id="half an answer"),
        pytest.param(b"", id="an empty answer"),
    ],
)
def test_what_is_no_answer_of_a_store_is_unavailable(name: str, body: bytes) -> None:
    def answers(asked: Request) -> bytes:
        return http(200, b"" if asked.method == "HEAD" else body)

    with serving(answers) as server, pytest.raises(Unavailable):
        CALLS[name](s3(server))


# moto takes any key, MiniStack any secret of a key that it knows.
@EVERY_CALL
@pytest.mark.parametrize(("name", "wrong"), [("ministack", {"key": "DCUNKNOWN"}), ("swift", {"secret": "wrong"})])
def test_a_store_that_refuses_the_key_is_unavailable(
    call: Callable[[StorageProvider], object], name: str, wrong: dict[str, str], request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(name)
    rig: Rig = request.getfixturevalue(f"{name}_rig")
    rig.store.create_space(SPACE)
    with pytest.raises(Unavailable):
        call(s3(replace(server, **wrong)))


def test_a_store_that_does_not_answer_in_time_is_unavailable() -> None:
    waiting = threading.Event()

    def answers(_: Request) -> bytes:
        waiting.wait(10)
        return b""

    with serving(answers) as server:
        with pytest.raises(Unavailable):
            s3(server, read_timeout=0.2).head(SPACE, ITEM)
        waiting.set()


@pytest.mark.parametrize("code", ["InvalidArgument", "KeyTooLongError", "MetadataTooLarge", "EntityTooLarge"])
@pytest.mark.parametrize("call", ["put", "put in parts"])
def test_what_a_store_refuses_for_good_is_invalid(call: str, code: str) -> None:
    with serving(error(400, code)) as server, pytest.raises(Invalid, match=code):
        CALLS[call](s3(server))


def part_head(first: int, last: int) -> bytes:
    head = f"--cut\r\nContent-Type: text/plain\r\nContent-Range: bytes {first}-{last}/{len(DATA)}\r\n\r\n".encode()
    return b"\r\n" + head if first else head


@pytest.mark.parametrize(("size", "asks"), [(MIB, None), (MIB + 1, "100-continue")])
def test_only_what_is_large_waits_for_the_word_that_it_will_be_taken(size: int, asks: str | None) -> None:
    expected: list[str | None] = []

    def answers(asked: Request) -> bytes:
        expected.append(asked.headers.get("expect"))
        return http(200, ETag='"mark"')

    with serving(answers) as server:
        store = S3Store(send_small_at_once(server.client("s3")), PREFIX, SETTINGS)
        store.put(SPACE, ITEM, [bytes(size)], about())
    assert expected == [asks]


class TestIncompleteAnswers:
    """The store stops before the last byte."""

    @BOTH_WAYS
    @pytest.mark.parametrize("sent", [0, 1, len(DATA) // 2, len(DATA) - 1])
    def test_a_read_that_breaks_off_is_unavailable(self, withdraws_damaged: bool, sent: int) -> None:
        def answers(asked: Request) -> bytes:
            if "range" not in asked.headers:
                return http(200, b"" if asked.method == "HEAD" else DATA[:sent], length=len(DATA), **OBJECT)
            heads, end = [part_head(0, 0), part_head(1, len(DATA) - 1)], b"\r\n--cut--"
            length = len(b"".join(heads)) + len(DATA) + len(end)
            cut = heads[0] + DATA[:sent] if sent < 2 else heads[0] + DATA[:1] + heads[1] + DATA[1:sent]
            return http(206, cut, length=length, **OBJECT | {"Content_Type": "multipart/byteranges;boundary=cut"})

        with serving(answers) as server, s3(server, withdraws_damaged).open(SPACE, ITEM) as opened:
            assert opened is not None
            assert opened.stored.size == len(DATA)
            with pytest.raises(Unavailable):
                self._read_on(opened.chunks)

    def test_what_was_seen_is_read_in_one_request(self) -> None:
        asked_for: list[str] = []

        def answers(asked: Request) -> bytes:
            asked_for.append(f"{asked.method} {asked.headers['range']} {asked.headers['if-match']}")
            body = part_head(0, 0) + DATA[:1] + part_head(1, len(DATA) - 1) + DATA[1:] + b"\r\n--cut--"
            return http(206, body, **OBJECT | {"Content_Type": "multipart/byteranges;boundary=cut"})

        with serving(answers) as server, s3(server, True).open(SPACE, ITEM, etag="mark") as opened:
            assert opened is not None
            assert b"".join(opened.chunks) == DATA
        assert asked_for == ['GET bytes=0-0,1- "mark"']

    def test_a_chunked_read_that_breaks_off_is_unavailable(self) -> None:
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in OBJECT.items())
        cut = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n{head}\r\n5\r\n01234\r\n".encode()
        with serving(lambda _: cut) as server, s3(server).open(SPACE, ITEM) as opened:
            assert opened is not None
            with pytest.raises(Unavailable):
                self._read_on(opened.chunks)

    @pytest.mark.parametrize(("status", "code"), [(404, "NoSuchKey"), (412, "PreconditionFailed")])
    def test_an_object_that_goes_or_changes_between_two_ranges_is_unavailable(self, status: int, code: str) -> None:
        sent_in_parts, last = OBJECT | {"ETag": '"mark-2"'}, len(DATA) - 1

        def answers(asked: Request) -> bytes:
            if asked.method == "HEAD":
                return http(200, length=len(DATA), **sent_in_parts)
            if asked.headers["range"] == f"bytes=0-{last - 1}":
                return http(206, DATA[:-1], Content_Range=f"bytes 0-{last - 1}/{len(DATA)}", **sent_in_parts)
            return error(status, code)(asked)

        with serving(answers) as server, pytest.raises(Unavailable):
            read(s3(server, withdraws_damaged=True))

    def test_a_listing_goes_on_where_the_server_stopped_short(self) -> None:
        ids = ["a", "b b", "c&amp;", "d", "e"]

        def answers(asked: Request) -> bytes:
            query = dict(parse_qsl(asked.target.partition("?")[2]))
            start = ["", "b b", "d"].index(query.get("start-after", "")) * 2
            end = start + min(2, int(query["max-keys"]))
            page = "".join(f"<Contents><Key>{i}</Key><Size>1</Size><ETag>e</ETag></Contents>" for i in ids[start:end])
            more = "true" if end < len(ids) else "false"
            body = f"<ListBucketResult><IsTruncated>{more}</IsTruncated>{page}</ListBucketResult>"
            return http(200, body.encode(), content_type="application/xml")

        with serving(answers) as server:
            assert [entry.id for entry in s3(server).list(SPACE)] == ["a", "b b", "c&", "d", "e"]
            assert [entry.id for entry in s3(server).list(SPACE, limit=3)] == ["a", "b b", "c&"]

    @pytest.mark.parametrize("fails", ["PUT", "POST"])
    def test_an_upload_in_parts_that_fails_is_given_up(self, fails: str) -> None:
        asked: list[str] = []

        def answers(request: Request) -> bytes:
            asked.append(request.method)
            if request.method == "POST" and "uploads" in request.target:
                begun = "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
                return http(200, begun.encode())
            if request.method == fails:
                return error(500, "InternalError")(request)
            return http(200, ETag='"part"')

        with serving(answers) as server, pytest.raises(Unavailable):
            CALLS["put in parts"](s3(server))
        assert asked[-1] == "DELETE"

    @staticmethod
    def _read_on(chunks: Iterator[bytes]) -> None:
        for _ in chunks:
            pass
