"""SQS: queues of jobs, found by name."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.throttled import THROTTLED
from chalicelib.domain.backlog import Waiting
from chalicelib.domain.errors import Throttled, Unavailable
from chalicelib.domain.jobs import Job
from chalicelib.messages import QUEUES, encode, queue_of

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

_BATCH = 10  # SQS takes no more in one call


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        kind = Throttled if code in THROTTLED else Unavailable
        raise kind(f"The queue did not answer: {code}") from error
    except BotoCoreError as error:
        raise Unavailable(f"The queue did not answer: {type(error).__name__}") from error


@dataclass(frozen=True)
class SqsQueue:
    """See JobQueue. Queues are named `<prefix>-<queue>`."""

    client: "SQSClient"
    prefix: str
    _urls: dict[str, str] = field(default_factory=dict)

    def send(self, jobs: Iterable[Job]) -> None:
        """See JobQueue."""
        for queue, group in groupby(sorted(jobs, key=queue_of), key=queue_of):
            waiting = list(group)
            for start in range(0, len(waiting), _BATCH):
                self._send_batch(queue, waiting[start : start + _BATCH])

    def _send_batch(self, queue: str, batch: list[Job]) -> None:
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": str(n), "MessageBody": encode(job)} for n, job in enumerate(batch)
        ]
        with _translated():
            answer = self.client.send_message_batch(QueueUrl=self._url(queue), Entries=entries)
        if (taken := len(answer.get("Successful", []))) < len(entries):
            raise Unavailable(f"The queue {queue!r} took {taken} of {len(entries)} jobs")

    def waiting(self) -> list[Waiting]:
        """See JobQueue."""
        return [self._waiting(queue) for queue in QUEUES]

    def _waiting(self, queue: str) -> Waiting:
        names: list[QueueAttributeNameType] = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
        ]
        with _translated():
            found = self.client.get_queue_attributes(QueueUrl=self._url(queue), AttributeNames=names)["Attributes"]
        waiting, delayed, in_flight = (int(found.get(name, "0")) for name in names)
        return Waiting(queue, waiting + delayed, in_flight)

    def back_off(self, queue: str, receipt: str, seconds: int) -> None:
        """See JobQueue."""
        with _translated():
            self.client.change_message_visibility(
                QueueUrl=self._url(queue), ReceiptHandle=receipt, VisibilityTimeout=seconds
            )

    def _url(self, queue: str) -> str:
        if queue not in self._urls:
            with _translated():
                self._urls[queue] = self.client.get_queue_url(QueueName=f"{self.prefix}-{queue}")["QueueUrl"]
        return self._urls[queue]
