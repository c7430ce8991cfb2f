"""Messages: jobs there and back, and S3 events as they arrive from different senders."""

import json
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Invalid
from chalicelib.domain.integrity_report import Survey
from chalicelib.domain.jobs import Job
from chalicelib.domain.manifest import ManifestFormat
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.messages import QUEUES, decode, encode, queue_of, strangers

GOLDEN = Path(__file__).parent.parent / "golden" / "events"
_space, _item = st.text().map(SpaceId), st.text().map(ContentId)
_store = st.sampled_from(["1", "27"]).map(StoreId)
_moments = st.datetimes(timezones=st.just(UTC))
_jobs = st.one_of(
    st.builds(jobs.Register, _space, _item),
    st.builds(jobs.Replicate, _space, _item, _store),
    st.builds(
        jobs.Check,
        *(_space, _item, st.lists(_store).map(tuple), st.none() | _moments, st.lists(_store).map(tuple)),
    ),
    st.builds(jobs.CheckSpace, _space, st.text()),
    st.builds(jobs.SweepSpace, _space, st.text(), st.none() | _moments),
    st.builds(jobs.RemoveSpace, _space),
    st.builds(jobs.FollowSpace, _space, _store),
    st.builds(jobs.LookAtStore, _store),
    st.builds(jobs.RemoveCopy, _space, _item, _store),
    st.builds(
        jobs.MeasureSpace,
        _space,
        _moments,
        st.text(),
        st.dictionaries(_store, st.builds(Survey, oldest=st.none() | _moments, newest=st.none() | _moments)),
        st.booleans(),
    ),
    st.builds(jobs.ReportIntegrity, _space, _store, _moments),
    st.builds(jobs.ComputeChecksums, _space, _store, st.text(), st.integers(0), st.none() | _moments),
    st.builds(jobs.GenerateManifest, _space, _store, st.sampled_from(ManifestFormat), _item),
    st.builds(jobs.Stitch, _space, _item, _moments),
)


@given(_jobs)
def test_jobs_go_there_and_back(job: Job) -> None:
    assert decode(encode(job), "duracloud") == [job]
    assert queue_of(job) in QUEUES


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("s3-put-aws.json", [("annual-reports", "2019/Q&A é+1%.txt")]),
        ("s3-delete-marker-aws.json", [("annual-reports", "2019/report.pdf")]),
        ("s3-put-ministack.json", [("x-test", "a b/é+1%.txt")]),
        ("s3-two-records.json", [("maps", "a"), ("maps", "b/c")]),
        ("s3-other-bucket.json", []),
        ("s3-test-event.json", []),
    ],
)
def test_s3_events(file: str, expected: list[tuple[str, str]]) -> None:
    found = decode((GOLDEN / file).read_text(), "duracloud")
    assert found == [jobs.Register(SpaceId(space), ContentId(item)) for space, item in expected]


def test_the_buckets_of_others_are_named() -> None:
    assert strangers((GOLDEN / "s3-other-bucket.json").read_text(), "duracloud") == ["somebody-elses"]
    assert strangers((GOLDEN / "s3-two-records.json").read_text(), "duracloud") == []
    assert strangers(encode(jobs.RemoveSpace(SpaceId("maps"))), "duracloud") == []


@pytest.mark.parametrize(
    "text",
    [
        *("", "not JSON", "[]", "{}", '{"job":"dance","space":"maps"}', '{"job":"check"}', "17", "[" * 100_000),
        *('{"job":"register","space":1,"item":"a"}', '{"Records":[{"s3":{"bucket":{"name":1},"object":{"key":2}}}]}'),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="Not a message"):
        decode(text, "duracloud")


def test_golden_events_are_what_they_say() -> None:
    for path in GOLDEN.glob("s3-*.json"):
        json.loads(path.read_text())
