"""ChecksumJobs: begun once, over when the store says so, and read page by page; S3 Batch against recorded answers."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote_plus

import boto3
import pytest
from botocore.config import Config

from chalicelib.adapters.memory_batch import MemoryBatch
from chalicelib.adapters.s3_batch import S3Batch
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Rejected, StoreDown
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports_batch import ChecksumJobs, Computed

from .batch_server import ACCOUNT, ROLE, Recorded, recording

MAPS = SpaceId("maps")
SUMS = [
    Computed(ContentId(name), Checksums(sha256=sha256(name.encode()).hexdigest()))
    for name in ("a", "b c/é+1%.txt", 'with "quotes", and commas', "d", "e")
]


@dataclass
class Batch:
    """A kind of jobs, with the power to end them."""

    jobs: ChecksumJobs
    end: Callable[[str], None]
    fail: Callable[[], None]


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    with recording() as found:
        yield found


@pytest.fixture
def s3(recorded: Recorded) -> S3Batch:
    given: dict[str, Any] = {
        "endpoint_url": f"http://127.0.0.1:{recorded.port}",
        "region_name": "us-east-1",
        "aws_access_key_id": "key",
        "aws_secret_access_key": "secret",
    }
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    control, client = (boto3.client(name, config=config, **given) for name in ("s3control", "s3"))
    control.meta.events.register("before-send", _to_this_machine)
    return S3Batch(control, client, "our-dc", ROLE)


def _to_this_machine(request: Any, **_: Any) -> None:
    """S3 Control puts the account before the name of the host, which no name of this machine has."""
    assert f"//{ACCOUNT}." in request.url
    request.url = request.url.replace(f"//{ACCOUNT}.", "//")


def row(computed: Computed, status: str = "succeeded", **changed: str) -> str:
    """A line of a report as AWS writes it."""
    digest = base64.b64encode(bytes.fromhex(computed.checksums.sha256 or "")).decode()
    told = {"checksum_base64": digest, "etag": "1", "checksumAlgorithm": "SHA256", "checksumType": "FULL_OBJECT"}
    message = json.dumps({**told, **changed}).replace('"', '""')
    return f'our-dc-maps,{quote_plus(computed.item)},,{status},200,,"{message}"\n'


def report(recorded: Recorded, job: str, lines: str) -> None:
    """The end of a job."""
    key = f"maps/job-{job}/results/6217b0fa.csv"
    results = [{"TaskExecutionStatus": "succeeded", "Bucket": "our-dc.batch", "MD5Checksum": "0", "Key": key}]
    recorded.objects[f"/our-dc.batch/{key}"] = lines.encode()
    recorded.objects[f"/our-dc.batch/maps/job-{job}/manifest.json"] = json.dumps({"Results": results}).encode()
    recorded.status = "Complete"


@pytest.fixture(params=["memory", "s3"])
def batch(request: pytest.FixtureRequest) -> Batch:
    if request.param == "memory":
        memory = MemoryBatch(SUMS)
        return Batch(memory, lambda _: setattr(memory, "over", True), lambda: setattr(memory, "failed", "no bucket"))
    recorded = request.getfixturevalue("recorded")
    lines = "".join(map(row, SUMS))
    s3 = request.getfixturevalue("s3")
    return Batch(s3, lambda job: report(recorded, job, lines), lambda: setattr(recorded, "status", "Failed"))


def test_a_job_is_begun_once_for_each_token(batch: Batch) -> None:
    first = batch.jobs.begin(MAPS, "a" * 64)
    assert batch.jobs.begin(MAPS, "a" * 64) == first
    assert batch.jobs.begin(MAPS, "b" * 64) != first


def test_a_job_has_no_reports_before_it_is_over(batch: Batch) -> None:
    job = batch.jobs.begin(MAPS, "a")
    assert batch.jobs.reports(MAPS, job) is None
    batch.end(job)
    assert batch.jobs.reports(MAPS, job)


def test_a_job_that_failed_says_why(batch: Batch) -> None:
    job = batch.jobs.begin(MAPS, "a")
    batch.fail()
    with pytest.raises(Rejected, match="no bucket"):
        batch.jobs.reports(MAPS, job)


@pytest.mark.parametrize("most", [1, 2, 5, 9])
def test_all_results_are_read_page_by_page(batch: Batch, most: int) -> None:
    job = batch.jobs.begin(MAPS, "a")
    batch.end(job)
    reports = batch.jobs.reports(MAPS, job)
    assert reports is not None
    found: list[Computed] = []
    pages, first = 0, 0
    while first is not None:
        page, first = batch.jobs.computed(reports[0], first, most)  # type: ignore[assignment]
        assert len(page) <= most
        found += page
        pages += 1
    assert found == SUMS
    assert pages == -(-len(SUMS) // most)


def test_what_is_sent_to_aws(recorded: Recorded, s3: S3Batch) -> None:
    s3.begin(MAPS, "a-token")
    ((method, path, body),) = recorded.requests
    assert (method, path) == ("POST", "/v20180820/jobs")
    for part in (
        "<S3ComputeObjectChecksum><ChecksumAlgorithm>SHA256</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>",
        "<SourceBucket>arn:aws:s3:::our-dc-maps</SourceBucket>",
        "<EnableManifestOutput>false</EnableManifestOutput>",
        "<Bucket>arn:aws:s3:::our-dc.batch</Bucket>",
        "<ReportScope>AllTasks</ReportScope>",
        "<ConfirmationRequired>false</ConfirmationRequired>",
        f"<ExpectedBucketOwner>{ACCOUNT}</ExpectedBucketOwner>",
        f"<RoleArn>{ROLE}</RoleArn>",
        "<ClientRequestToken>a-token</ClientRequestToken>",
    ):
        assert part in body, part


def test_a_report_that_is_not_written_yet_is_waited_for(recorded: Recorded, s3: S3Batch) -> None:
    job = s3.begin(MAPS, "a")
    recorded.status = "Complete"
    assert s3.reports(MAPS, job) is None


@pytest.mark.parametrize(
    "line",
    [
        row(SUMS[0], status="failed"),
        row(SUMS[0], checksumAlgorithm="CRC32"),
        row(SUMS[0], checksumType="COMPOSITE"),
        row(SUMS[0], checksum_base64="AAAA"),
        row(SUMS[0], checksum_base64="?"),
        "our-dc-maps,a,,succeeded,200,,nothing\n",
        'our-dc-maps,a,,succeeded,200,,"[]"\n',
    ],
)
def test_what_cannot_be_used_is_no_checksum(recorded: Recorded, s3: S3Batch, line: str) -> None:
    report(recorded, "j", line)
    found, further = s3.computed("maps/job-j/results/6217b0fa.csv", 0, 9)
    assert (found, further) == ([Computed(ContentId("a"), Checksums())], None)


def test_a_store_that_does_not_answer_is_down() -> None:
    clients = (
        boto3.client(
            name,
            endpoint_url="http://127.0.0.1:9",
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
            config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}, connect_timeout=1),
        )
        for name in ("s3control", "s3")
    )
    with pytest.raises(StoreDown):
        S3Batch(*clients, "our-dc", ROLE).begin(MAPS, "a")
