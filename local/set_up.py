"""Set up: queues, accounts and the system space, before the first request (`python -m local.set_up`)."""

import json
import os
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from chalicelib.adapters.sqs import SqsQueue
from chalicelib.domain.access import Role
from chalicelib.domain.delays import MOST_ATTEMPTS
from chalicelib.messages import DEAD, QUEUES
from chalicelib.wiring import instance
from local.folder import Secrets

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_VISIBILITY = "300"  # seconds until a message of a worker that died comes back


def main() -> None:
    """Repeatable; run at every start."""
    queue = cast(SqsQueue, instance().jobs)
    dead = _created(queue.client, f"{queue.prefix}-{DEAD}", {"MessageRetentionPeriod": "1209600"})
    arn = queue.client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for name in QUEUES:
        _queue(queue.client, f"{queue.prefix}-{name}", arn)
    accounts = instance().accounts
    accounts.provide(Secrets.admin, os.environ["FIRST_ADMIN_PASSWORD"], Role.ROOT)
    accounts.provide(Secrets.member, os.environ["FIRST_MEMBER_PASSWORD"], Role.USER)
    instance().spaces.prepare()
    instance().canary.begin()
    instance().sweep.sweep()
    instance().complete_uploads.forget()
    instance().measure.measure()
    instance().tell_incidents.begin()


def _queue(client: "SQSClient", name: str, dead: str) -> None:
    """A queue that gives up to the queue `dead`; S3 may send to it."""
    own = f"{dead.rpartition(':')[0]}:{name}"
    may_send = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": own,
    }
    attributes = {
        "VisibilityTimeout": _VISIBILITY,
        "Policy": json.dumps({"Version": "2012-10-17", "Statement": [may_send]}),
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": str(MOST_ATTEMPTS)}),
    }
    _created(client, name, attributes)


def _created(client: "SQSClient", name: str, attributes: dict[str, str]) -> str:
    try:
        url = client.get_queue_url(QueueName=name)["QueueUrl"]
    except ClientError as error:
        if "NonExistentQueue" not in error.response["Error"]["Code"]:
            raise
        url = client.create_queue(QueueName=name)["QueueUrl"]
    client.set_queue_attributes(QueueUrl=url, Attributes=attributes)  # type: ignore[arg-type]  # stubs want literal keys
    return url


if __name__ == "__main__":
    main()
