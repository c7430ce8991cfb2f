"""S3 buckets: the settings that the bucket of a space gets in its store."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.adapters.s3_errors import ABSENT

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_OURS = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})


@dataclass(frozen=True)
class BucketSettings:
    """What to ask of a store for each bucket; third-party stores know few of these.

    `region`: where new buckets are made. `events_to`: ARN of the queue that hears of every change (primary only).
    `pages_from`: the origin whose pages may send and read, with addresses that were signed for them (primary only).
    """

    region: str = "us-east-1"
    versioned: bool = False
    private: bool = False
    tidy: bool = False
    events_to: str | None = None
    pages_from: str | None = None


def apply_settings(
    client: "S3Client", bucket: str, settings: BucketSettings, versions_for: timedelta | None = None
) -> None:
    """Create the bucket where there is none and (re)apply its settings. Repeatable.

    `versions_for`: how long old versions are kept, at least a day; None: as long as the bucket says already.
    """
    if not _exists(client, bucket):
        _create(client, bucket, settings.region)
    if settings.private:
        client.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
    if settings.versioned:
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rules = _rules(settings, versions_for)
    # One call replaces all rules: who does not know how long old versions are kept leaves them alone.
    if rules and (versions_for is not None or not settings.versioned):
        client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    if settings.events_to:
        client.put_bucket_notification_configuration(
            Bucket=bucket,
            NotificationConfiguration={
                "QueueConfigurations": [
                    {"QueueArn": settings.events_to, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
                ]
            },
        )
    if settings.pages_from:
        client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [_for_pages(settings.pages_from)]})


def _for_pages(origin: str) -> Any:
    """What a browser lets pages of that origin do; signed addresses decide what they may."""
    return {
        "ID": "pages-of-the-service",
        "AllowedOrigins": [origin],
        "AllowedMethods": ["GET", "HEAD", "PUT"],
        "AllowedHeaders": [
            "content-encoding",
            "content-md5",
            "content-type",
            "if-match",
            "if-none-match",
            "range",
            "x-amz-checksum-sha256",
            "x-amz-meta-*",
        ],
        "ExposeHeaders": ["ETag", "x-amz-checksum-sha256", "x-amz-version-id"],
        "MaxAgeSeconds": 3000,
    }


def _rules(settings: BucketSettings, versions_for: timedelta | None) -> list[Any]:
    """What the store removes by itself."""
    everything = {"Status": "Enabled", "Filter": {"Prefix": ""}}
    rules: list[Any] = []
    if settings.tidy:
        unfinished = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
        rules.append({"ID": "remove-abandoned-uploads", **everything, **unfinished})
    if settings.versioned and versions_for is not None:
        days = {"NoncurrentDays": max(1, versions_for.days)}
        marks = {"ExpiredObjectDeleteMarker": True}
        rules.append(
            {"ID": "remove-old-versions", **everything, "NoncurrentVersionExpiration": days, "Expiration": marks}
        )
    return rules


def _exists(client: "S3Client", bucket: str) -> bool:
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] in ABSENT:
            return False
        raise
    return True


def _create(client: "S3Client", bucket: str, region: str) -> None:
    where: dict[str, Any] = (
        {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    )
    try:
        client.create_bucket(Bucket=bucket, **where)
    except ClientError as error:
        # Another process of ours may have been faster; a bucket of somebody else then refuses the next call.
        if error.response["Error"]["Code"] not in _OURS:
            raise
