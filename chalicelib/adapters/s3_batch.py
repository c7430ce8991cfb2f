"""S3 Batch Operations: Amazon S3 computes the checksums of all objects of a bucket, and writes reports of them."""

import base64
import csv
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from botocore.exceptions import ClientError

from chalicelib.adapters.s3_errors import ABSENT, translated
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import ChecksumMismatch, Rejected
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports_batch import Computed

_ENDED_BADLY = frozenset({"Failed", "Failing", "Cancelled", "Cancelling"})


@dataclass(frozen=True)
class S3Batch:
    """See ChecksumJobs. `control` and `client` are of S3 Control and S3 in the region of the store.

    `role`: the ARN of the role that S3 takes for the work, in the account that owns the buckets. Reports are written to
    the bucket `<prefix>.batch`, which no space can be.
    """

    control: Any
    client: Any
    prefix: str
    role: str

    def begin(self, space: SpaceId, token: str) -> str:
        """See ChecksumJobs. S3 lists the bucket itself: no list of ours is sent."""
        source = {"SourceBucket": self._arn(f"{self.prefix}-{space}"), "ExpectedBucketOwner": self._account}
        report = {"Bucket": self._arn(self._reports), "Prefix": space, "ExpectedBucketOwner": self._account}
        with translated(f"compute checksums in {space!r}"):
            answer = self.control.create_job(
                AccountId=self._account,
                ConfirmationRequired=False,
                Operation={"S3ComputeObjectChecksum": {"ChecksumAlgorithm": "SHA256", "ChecksumType": "FULL_OBJECT"}},
                Report={**report, "Format": "Report_CSV_20180820", "Enabled": True, "ReportScope": "AllTasks"},
                ManifestGenerator={"S3JobManifestGenerator": {**source, "EnableManifestOutput": False}},
                ClientRequestToken=token,
                Description=f"Fixity check of {space}",
                Priority=1,
                RoleArn=self.role,
            )
            return str(answer["JobId"])

    def reports(self, space: SpaceId, job: str) -> list[str] | None:
        """See ChecksumJobs."""
        with translated(f"ask for the checksums in {space!r}"):
            told = self.control.describe_job(AccountId=self._account, JobId=job)["Job"]
            if told["Status"] in _ENDED_BADLY:
                why = ((one.get("FailureCode"), one.get("FailureReason")) for one in told.get("FailureReasons", []))
                reasons = "; ".join(f"{code}: {reason}" for code, reason in why) or told["Status"]
                raise Rejected(f"S3 gave up computing the checksums in {space!r} (job {job}): {reasons}")
            if told["Status"] != "Complete":
                return None
            try:
                answer = self.client.get_object(Bucket=self._reports, Key=f"{space}/job-{job}/manifest.json")
            except ClientError as error:
                if error.response["Error"]["Code"] in ABSENT:
                    return None  # it is written a little later
                raise
            return [result["Key"] for result in json.load(answer["Body"])["Results"]]

    def computed(self, report: str, first: int, most: int) -> tuple[list[Computed], int | None]:
        """See ChecksumJobs."""
        found: list[Computed] = []
        with translated(f"read the report {report!r}"):
            answer = self.client.get_object(Bucket=self._reports, Key=report, Range=f"bytes={first}-")
            end = first + answer["ContentLength"]
            for line in answer["Body"].iter_lines(keepends=True):
                first += len(line)
                found.extend(_computed(row) for row in csv.reader([line.decode()]) if len(row) == len(_COLUMNS))
                if len(found) == most:
                    break
        return found, first if first < end else None

    @property
    def _account(self) -> str:
        return self.role.split(":")[4]

    @property
    def _reports(self) -> str:
        return f"{self.prefix}.batch"

    def _arn(self, bucket: str) -> str:
        return f"arn:{self.role.split(':')[1]}:s3:::{bucket}"


# As the reports have them; the page of AWS names the two in the middle in the other order, and neither is used.
_COLUMNS = ("Bucket", "Key", "VersionId", "TaskStatus", "HTTPStatusCode", "ErrorCode", "ResultMessage")


def _computed(row: list[str]) -> Computed:
    """One line of a report, whose keys are URL-encoded and whose message is JSON."""
    item, checksums = ContentId(unquote_plus(row[1])), Checksums()
    if row[3] == "succeeded":
        try:
            told = json.loads(row[6])
            if (told["checksumAlgorithm"], told["checksumType"]) == ("SHA256", "FULL_OBJECT"):
                checksums = Checksums(sha256=base64.b64decode(told["checksum_base64"], validate=True).hex())
        except (ValueError, KeyError, TypeError, ChecksumMismatch):
            pass  # as if it had told nothing: whoever asked looks at the object
    return Computed(item, checksums)
