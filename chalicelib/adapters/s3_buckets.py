"""S3 buckets: the settings that the bucket of a space gets in its store."""

from dataclasses import dataclass
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
    """

    region: str = "us-east-1"
    versioned: bool = False
    private: bool = False
    tidy: bool = False
    events_to: str | None = None


def apply_settings(client: "S3Client", bucket: str, settings: BucketSettings) -> None:
    """Create the bucket where there is none and (re)apply its settings. Repeatable."""
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
    if settings.tidy:
        client.put_bucket_lifecycle_configuration(
            Bucket=bucket,
            LifecycleConfiguration={
                "Rules": [
                    {
                        "ID": "remove-abandoned-uploads",
                        "Status": "Enabled",
                        "Filter": {"Prefix": ""},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    }
                ]
            },
        )
    if settings.events_to:
        client.put_bucket_notification_configuration(
            Bucket=bucket,
            NotificationConfiguration={
                "QueueConfigurations": [
                    {"QueueArn": settings.events_to, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
                ]
            },
        )


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
