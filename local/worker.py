"""Worker: gives queue messages and clock ticks to the handlers in `app.py`, exactly as Lambda would."""

import logging
import os
import signal
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Rate, ScheduledEventConfig, SQSEventConfig

from app import app
from chalicelib.adapters.sqs import SqsQueue
from chalicelib.wiring import instance

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

log = logging.getLogger("worker")

# Handlers at work at once: copying and reading wait for stores most of the time.
_THREADS = {"register": 2, "replicate": 3, "check": 2, "chores": 1, "dead_letters": 1}
_KEEP = 100  # seconds between two extensions of a message's time
_WAIT = 2  # seconds of one long poll, and so the longest that a stop waits
_AS_LONG_AS_IT_NEEDS = 10**8  # seconds
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}

Handler = Callable[[Mapping[str, Any], Any], Any]


class Context:
    """What handlers may ask of Lambda's context."""

    function_name = "local"

    def __init__(self) -> None:
        self.aws_request_id = str(uuid.uuid4())
        self._ends = time.monotonic() + int(os.environ.get("DURACLOUD_JOB_SECONDS", _AS_LONG_AS_IT_NEEDS))

    def get_remaining_time_in_millis(self) -> int:
        """On a machine of one's own, work may take as long as it needs; drills give it as little as Lambda might."""
        return int(1000 * (self._ends - time.monotonic()))


def main() -> None:
    """Work until SIGTERM; a handler that is at work then is allowed to finish."""
    logging.basicConfig(level=os.environ.get("DURACLOUD_LOG_LEVEL", "WARNING"), format="%(asctime)s %(message)s")
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    wired = instance()
    _ = (
        wired.replicate,
        wired.check_fixity,
        wired.sweep,
        wired.spaces,
        wired.dead_letters,
        wired.watch_stores,
    )  # SDK clients are not made thread-safely
    client = cast(SqsQueue, wired.jobs).client
    threads = [threading.Thread(target=_clock, args=(stopping,))]
    for source in app.event_sources:
        if isinstance(source, SQSEventConfig):
            threads += [
                threading.Thread(target=_poll, args=(client, source, stopping)) for _ in range(_THREADS[source.name])
            ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _poll(client: "SQSClient", source: SQSEventConfig, stopping: threading.Event) -> None:
    url = ""
    while not stopping.is_set():
        try:
            url = url or client.get_queue_url(QueueName=str(source.queue))["QueueUrl"]
            answer = client.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=source.batch_size,
                WaitTimeSeconds=_WAIT,
                MessageSystemAttributeNames=["All"],
            )
            if messages := answer.get("Messages"):
                deliver(client, url, source.name, messages)
        except Exception:  # a worker outlives the restart of its queue server and bugs in handlers: both are logged
            log.exception("Queue %s", source.queue)
            url = ""
            stopping.wait(1)


def deliver(client: "SQSClient", url: str, name: str, messages: list[Any]) -> None:
    """One invocation of a handler; messages that it does not name as failed are done, as with Lambda."""
    event = {"Records": [_record(message, url) for message in messages]}
    handler = cast(Handler, app.handler_map[name])
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(client, url, messages, done), daemon=True)
    keeper.start()
    try:
        result = handler(event, Context()) or {}
    finally:
        done.set()
        keeper.join()
    failed = {failure["itemIdentifier"] for failure in result.get("batchItemFailures", [])}
    for message in messages:
        if message["MessageId"] not in failed:
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _keep(client: "SQSClient", url: str, messages: list[Any], done: threading.Event) -> None:
    """Keep messages from being delivered again while their handler is at work, however long it takes."""
    while not done.wait(_KEEP):
        for message in messages:
            try:
                client.change_message_visibility(
                    QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=3 * _KEEP
                )
            except (ClientError, BotoCoreError):
                log.exception("A message may be delivered twice")  # which is harmless


def _record(message: Mapping[str, Any], url: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:local:000000000000:{url.rpartition('/')[2]}",
        "awsRegion": "local",
    }


def _clock(stopping: threading.Event) -> None:
    """Fire each schedule when the stack starts and then at its rate; the daily sweep also runs at every set-up."""
    schedules = [source for source in app.event_sources if isinstance(source, ScheduledEventConfig)]
    due = {source.name: time.monotonic() + (0 if source.name != "sweep" else _rate(source)) for source in schedules}
    while not stopping.wait(0.5):
        for source in schedules:
            if time.monotonic() < due[source.name]:
                continue
            due[source.name] = time.monotonic() + _rate(source)
            try:
                cast(Handler, app.handler_map[source.name])(tick(source.name), Context())
            except Exception:  # one failed tick must not stop the clock; the next one comes at its time
                log.exception("Schedule %s", source.name)


def _rate(source: ScheduledEventConfig) -> int:
    expression = source.schedule_expression
    assert isinstance(expression, Rate), "the clock of this stack knows rates"
    value, unit = expression.to_string().removeprefix("rate(").removesuffix(")").split()
    return int(value) * _SECONDS[unit.removesuffix("s")]


def tick(name: str) -> dict[str, Any]:
    """The event of a schedule, as AWS sends it."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "local",
        "resources": [f"arn:aws:events:local:000000000000:rule/{name}"],
        "detail": {},
    }


if __name__ == "__main__":
    main()
