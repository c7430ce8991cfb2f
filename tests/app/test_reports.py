"""Reports through Lambda: what fits goes out in one piece, what does not is refused with the way to it."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app import app
from chalicelib.domain import jobs
from chalicelib.domain.spaces import SYSTEM_SPACE, SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.messages import encode
from chalicelib.wiring import Wiring

from .test_lambda import DATA, GOLDEN, ITEM, MD5, PATH, call, deliver, deposited, waiting

__all__ = ["deposited"]

MAPS = SpaceId("maps")
LINE = f"maps\ta/b é+1%.bin\t{MD5}\n"


def test_a_manifest_goes_out_in_one_piece(deposited: Wiring) -> None:
    answer = call("GET", "/durastore/manifest/maps", query="format=bagit")
    assert (answer["statusCode"], answer["body"].decode()) == (200, f"{MD5}  maps/a/b é+1%.bin\n")
    assert answer["headers"] == {"Content-Type": "text/bagit"}
    head = call("HEAD", "/durastore/manifest/maps")
    assert (head["statusCode"], head["body"], head["headers"]) == (200, b"", {"Content-Type": TSV})


TSV = "text/tab-separated-values"


def test_a_manifest_that_does_not_fit_is_413_and_names_the_way(
    deposited: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*_: object) -> Iterator[bytes]:
        while True:
            yield bytes(1 << 20)

    monkeypatch.setattr(type(deposited.manifests), "pages", endless)
    answer = call("GET", "/durastore/manifest/maps")
    assert answer["statusCode"] == 413
    assert b"POST to this path" in answer["body"]


def test_a_manifest_is_written_by_a_job(deposited: Wiring) -> None:
    answer = call("POST", "/durastore/manifest/maps", who="ada")
    assert answer["statusCode"] == 202
    (job,) = waiting()
    assert deliver("chores", encode(job)) == {"batchItemFailures": []}
    found = call("GET", answer["headers"]["Location"].removeprefix("https://archive.example.org"))
    assert gzip.decompress(found["body"]).decode().endswith(LINE)
    assert deposited.index.space(SYSTEM_SPACE) is not None
    assert PATH not in answer["headers"]["Location"]


def test_what_is_switched_off_is_501_in_its_own_words(deposited: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(deposited.__dict__, "config", replace(deposited.config, disabled=frozenset({"manifest"})))
    for method in ("GET", "POST"):
        answer = call(method, "/durastore/manifest/maps")
        assert (answer["statusCode"], answer["body"]) == (501, b"This endpoint is currently disabled.")
        assert call(method, "/durastore/manifest/maps", who="")["statusCode"] == 401


def test_the_daily_schedule_ends_in_statistics_and_a_report(deposited: Wiring) -> None:
    assert call("HEAD", "/durastore/bit-integrity/maps")["statusCode"] == 204
    deposited.check_fixity.check(MAPS, ITEM, (StoreId("1"),))
    waiting()
    app.handler_map["sweep"](json.loads((GOLDEN / "scheduled-event-aws.json").read_text()), None)
    asked = [job for job in waiting() if isinstance(job, jobs.MeasureSpace)]
    assert MAPS in {job.space for job in asked}
    for job in asked:
        deliver("chores", encode(job))
    (report,) = [job for job in waiting() if isinstance(job, jobs.ReportIntegrity)]
    assert deliver("chores", encode(report)) == {"batchItemFailures": []}
    (entry,) = json.loads(call("GET", "/durastore/report/space/maps")["body"])
    assert (entry["byteCount"], entry["objectCount"], entry["spaceId"]) == (len(DATA), 1, "maps")
    head, got = call("HEAD", "/durastore/bit-integrity/maps"), call("GET", "/durastore/bit-integrity/maps")
    assert got["headers"] == head["headers"]
    assert got["headers"]["Bit-Integrity-Report-Result"] == "SUCCESS"
    assert int(got["headers"]["Content-Length"]) == len(got["body"])
    deposited.measure.measure()
    assert not [job for job in waiting() if isinstance(job, jobs.MeasureSpace)]  # measured today
