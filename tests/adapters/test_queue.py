"""JobQueue: jobs arrive as they were sent, and come again later when their work could not be done."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.adapters.memory import MemoryQueue
from chalicelib.adapters.sqs import SqsQueue
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.jobs import Check, CheckSpace, Job, Register, RemoveSpace, Replicate, SweepSpace
from chalicelib.domain.stores import StoreId
from chalicelib.messages import QUEUES, decode
from tests.adapters.faults import http, serving
from tests.adapters.rigs import PREFIX, Server, fresh_space
from tests.adapters.samples import AWKWARD, SPACE

ITEM = ContentId("folder/é \U0001f600 +%25")
JOBS: list[Job] = [
    *(Register(SPACE, ContentId(f"item {n}")) for n in range(12)),
    Register(SPACE, ContentId(AWKWARD)),
    Register(SPACE, ContentId("k" * 1024)),
    *(Replicate(SPACE, ITEM, StoreId(str(n))) for n in range(4)),
    Check(SPACE, ITEM),
    Check(SPACE, ITEM, (StoreId("1"), StoreId("20"))),
    CheckSpace(SPACE),
    CheckSpace(SPACE, ITEM),
    SweepSpace(SPACE),
    SweepSpace(SPACE, ITEM),
    RemoveSpace(SPACE),
]


@dataclass(frozen=True)
class Queues:
    """Queues of one test, and what a worker needs to look into them."""

    queue: SqsQueue

    def receive(self, name: str, wait: int = 0) -> list[dict[str, Any]]:
        """Up to ten messages, waiting for the first for some seconds."""
        url = self.queue.client.get_queue_url(QueueName=f"{self.queue.prefix}-{name}")["QueueUrl"]
        answer = self.queue.client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
        return list(answer.get("Messages", []))


@pytest.fixture(params=["moto", "ministack"])
def queues(request: pytest.FixtureRequest) -> Iterator[Queues]:
    """The queues of an instance that only this test uses."""
    server: Server = request.getfixturevalue(request.param)
    client, prefix = server.client("sqs"), f"{PREFIX}-{fresh_space()}"
    urls = [client.create_queue(QueueName=f"{prefix}-{name}")["QueueUrl"] for name in QUEUES]
    yield Queues(SqsQueue(client, prefix))
    for url in urls:
        client.delete_queue(QueueUrl=url)


def test_jobs_arrive_on_their_queues_as_they_were_sent(queues: Queues) -> None:
    assert len(JOBS) == 25
    queues.queue.send(JOBS)
    found: dict[str, list[Job]] = {name: [] for name in QUEUES}
    for name in QUEUES:
        while messages := queues.receive(name):
            for message in messages:
                found[name] += decode(message["Body"], PREFIX)
    kinds = {name: {type(job) for job in jobs} for name, jobs in found.items()}
    assert kinds == {
        "stored": {Register},
        "replicate": {Replicate},
        "check": {Check},
        "chores": {CheckSpace, SweepSpace, RemoveSpace},
    }
    assert Counter(job for jobs in found.values() for job in jobs) == Counter(JOBS)


def test_jobs_in_memory_are_the_jobs_that_were_sent() -> None:
    queue = MemoryQueue()
    queue.send(JOBS[:20])
    queue.send(iter(JOBS[20:]))
    assert queue.jobs == JOBS


def test_no_jobs_are_no_message(queues: Queues) -> None:
    queues.queue.send([])
    assert [queues.receive(name) for name in QUEUES] == [[], [], [], []]


def test_a_message_that_was_backed_off_comes_again_after_a_while(queues: Queues) -> None:
    queues.queue.send([JOBS[0]])
    (message,) = queues.receive("stored")
    queues.queue.back_off("stored", message["ReceiptHandle"], seconds=4)
    begin = time.monotonic()
    assert queues.receive("stored", wait=2) == []
    (again,) = queues.receive("stored", wait=8)
    assert 2.5 <= time.monotonic() - begin <= 6  # and a poll of the server
    assert again["Body"] == message["Body"]


def test_an_unknown_queue_is_unavailable(queues: Queues) -> None:
    queue = SqsQueue(queues.queue.client, "absent")
    with pytest.raises(Unavailable):
        queue.send(JOBS)
    with pytest.raises(Unavailable):
        queue.back_off("stored", "receipt", 1)


def test_a_message_that_is_not_held_is_unavailable(queues: Queues) -> None:
    with pytest.raises(Unavailable):
        queues.queue.back_off("stored", "no receipt", 1)


def test_a_server_that_is_down_is_unavailable(nobody: Server) -> None:
    queue = SqsQueue(nobody.client("sqs"), PREFIX)
    with pytest.raises(Unavailable):
        queue.send(JOBS)
    with pytest.raises(Unavailable):
        queue.back_off("stored", "receipt", 1)


@pytest.mark.parametrize(
    "answer",
    [
        http(200, b'{"Successful": [], "Failed": [{"Id": "0", "SenderFault": false, "Code": "InternalError"}]}'),
        http(200, b'{"Successful": [{"Id": "0", "MessageId": "1", "MD5OfMessageBody": "x"}]}'),
        http(200, b"<html>"),
        http(500, b"{}"),
        b"",
    ],
    ids=["refused", "some taken", "another website", "broken", "no answer"],
)
def test_jobs_that_were_not_all_taken_are_unavailable(answer: bytes) -> None:
    with serving(lambda _: answer) as server:
        queue = SqsQueue(server.client("sqs"), PREFIX, {"stored": f"http://127.0.0.1:{server.port}/stored"})
        with pytest.raises(Unavailable):
            queue.send(JOBS[:2])
