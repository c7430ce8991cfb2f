"""JobQueue: jobs arrive as they were sent, and come again later when their work could not be done."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.adapters.memory import MemoryQueue
from chalicelib.adapters.s3 import S3Store
from chalicelib.adapters.s3_buckets import BucketSettings
from chalicelib.adapters.sqs import SqsQueue
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.jobs import Check, CheckSpace, Job, Register, RemoveCopy, RemoveSpace, Replicate, SweepSpace
from chalicelib.domain.stores import StoreId
from chalicelib.messages import QUEUES, decode
from tests.adapters.faults import http, serving
from tests.adapters.rigs import NOW, PREFIX, Server, about, fresh_space
from tests.adapters.samples import AWKWARD, SPACE
from tests.adapters.test_storage_ids import ORDERED as AWKWARD_IDS

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


def test_what_waits_is_counted(queues: Queues) -> None:
    queues.queue.send(JOBS)
    before = {found.queue: (found.waiting, found.in_flight) for found in queues.queue.waiting()}
    assert before == {"stored": (14, 0), "replicate": (4, 0), "check": (2, 0), "chores": (5, 0)}
    assert list(before) == list(QUEUES)
    taken = len(queues.receive("check"))
    found = {found.queue: (found.waiting, found.in_flight) for found in queues.queue.waiting()}
    assert found["check"] == (2 - taken, taken)


def test_what_waits_in_memory_is_counted_too() -> None:
    queue = MemoryQueue()
    queue.send(JOBS)
    assert [(found.queue, found.waiting) for found in queue.waiting()] == [
        ("stored", 14),
        ("replicate", 4),
        ("check", 2),
        ("chores", 5),
    ]


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
    with pytest.raises(Unavailable):
        queue.waiting()


def test_a_message_that_is_not_held_is_unavailable(queues: Queues) -> None:
    with pytest.raises(Unavailable):
        queues.queue.back_off("stored", "no receipt", 1)


def test_a_server_that_is_down_is_unavailable(nobody: Server) -> None:
    queue = SqsQueue(nobody.client("sqs"), PREFIX)
    with pytest.raises(Unavailable):
        queue.send(JOBS)
    with pytest.raises(Unavailable):
        queue.back_off("stored", "receipt", 1)
    with pytest.raises(Unavailable):
        queue.waiting()


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


def received(queues: Queues, name: str, done: Callable[[list[Job]], bool]) -> list[Job]:
    """The jobs of a queue, until they are all there."""
    found: list[Job] = []
    deadline = time.monotonic() + 30
    while not done(found) and time.monotonic() < deadline:
        for message in queues.receive(name, wait=1):
            found += decode(message["Body"], PREFIX)
    return found


def test_ids_travel_in_jobs(queues: Queues) -> None:
    ids = [ContentId(text) for text in AWKWARD_IDS]
    store = StoreId("2")
    sent: dict[str, list[Job]] = {
        "stored": [Register(SPACE, one) for one in ids],
        "replicate": [job for one in ids for job in (Replicate(SPACE, one, store), RemoveCopy(SPACE, one, store))],
        "check": [Check(SPACE, one, (store,), NOW) for one in ids],
        "chores": [SweepSpace(SPACE, one) for one in ids],
    }
    queues.queue.send(job for jobs in sent.values() for job in jobs)
    for name, jobs in sent.items():
        found = received(queues, name, lambda found, jobs=jobs: len(found) >= len(jobs))  # type: ignore[misc]
        assert Counter(found) == Counter(jobs), name


def test_ids_travel_in_the_events_of_a_store(ministack: Server) -> None:
    client, space = ministack.client("sqs"), fresh_space()
    url = client.create_queue(QueueName=f"{PREFIX}-{space}-stored")["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    s3 = {"Service": "s3.amazonaws.com"}
    may_send = {"Effect": "Allow", "Principal": s3, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may_send]})
    client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    store = S3Store(ministack.client("s3"), PREFIX, BucketSettings(events_to=arn))
    store.create_space(space)
    for text in AWKWARD_IDS:
        store.put(space, ContentId(text), [text.encode()], about())
    found: list[Job] = []
    deadline = time.monotonic() + 30
    while len(found) < len(AWKWARD_IDS) and time.monotonic() < deadline:
        answer = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            found += decode(message["Body"], PREFIX)
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert Counter(found) == Counter(Register(space, ContentId(text)) for text in AWKWARD_IDS)
