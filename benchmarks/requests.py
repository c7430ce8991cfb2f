"""How many AWS requests does a small item cost? Counted by a hook in the SDK, over moto, from deposit to two copies."""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import boto3
from botocore.session import Session
from moto import mock_aws

from benchmarks.measuring import line
from chalicelib.config import read_config
from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId
from chalicelib.domain.spaces import SpaceId
from chalicelib.messages import QUEUES, encode
from chalicelib.routes.queues import perform, work_through
from chalicelib.services.deposit import NewContent
from chalicelib.wiring import Wiring
from tests.tables import create_tables

_AIM = 12
BATCH = 10  # messages: as many as one call of the function for events gets
_REGION = "us-east-1"
_DATA = b"a small item"
_STORES = [
    {"id": "1", "type": "AMAZON_S3", "primary": True, "region": _REGION, "bucket_prefix": "bench-one"},
    {"id": "2", "type": "AMAZON_S3", "region": _REGION, "bucket_prefix": "bench-two"},
]
_ENVIRONMENT = {
    "DURACLOUD_STORES": json.dumps(_STORES),
    "DURACLOUD_INDEX": "dynamodb:bench",
    "DURACLOUD_QUEUE_PREFIX": "bench",
    "DURACLOUD_REGION": _REGION,
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
}


def run() -> None:
    """Tells of each step, and of the three that a copy takes together."""
    steps = counts()
    for step, counted in steps.items():
        told = ", ".join(f"{call} {n}" if n > 1 else call for call, n in counted.items())
        line(f"AWS requests of a small item: {step}", str(counted.total()), told)
    once = steps["deposit"].total() + steps["replicate"].total()
    alone, among = once + steps["register"].total(), once + steps[f"register {BATCH} in a batch"].total() / BATCH
    told = f"{among:.1f} where events come {BATCH} at a time (aim: at most {_AIM}); the first check comes on top"
    line("deposit, register and replicate together", str(alone), told)


def counts() -> dict[str, Counter[str]]:
    """The calls of each step of a new item of one part, with one further store, in a space that both stores have.

    A first item warms what is kept.
    """
    with mock_aws(), patch.dict(os.environ, _ENVIRONMENT), _counted() as calls:
        create_tables(boto3.client("dynamodb", _REGION), "bench")
        for queue in QUEUES:
            boto3.client("sqs", _REGION).create_queue(QueueName=f"bench-{queue}")
        service = Wiring(read_config(_ENVIRONMENT), _ENVIRONMENT)
        maps = service.spaces._create(SpaceId("maps"), "bench", {})
        for store in service.stores.providers.values():
            store.create_space(maps.id)
        steps = {}
        for name in ("warm", "item"):
            item = ContentId(name)
            work = {
                "deposit": lambda i=item: service.deposit.deposit(maps, NewContent(i, iter([_DATA]), "bench")),
                "register": lambda i=item: perform(jobs.Register(maps.id, i), service),
                "replicate": lambda i=item: perform(jobs.Replicate(maps.id, i, service.stores.ids[1]), service),
                "check": lambda i=item: perform(jobs.Check(maps.id, i, service.stores.ids[:1]), service),
            }
            for step, do in work.items():
                calls.clear()
                do()
                steps[step] = Counter(calls)
        names = [ContentId(f"item {n}") for n in range(BATCH)]
        for item in names:
            service.deposit.deposit(maps, NewContent(item, iter([_DATA]), "bench"))
        calls.clear()
        work_through("stored", [_Message(encode(jobs.Register(maps.id, item))) for item in names], service)
        steps[f"register {BATCH} in a batch"] = Counter(calls)
    return steps


@dataclass(frozen=True)
class _Message:
    """One of a queue, as a handler gets it."""

    body: str
    receipt_handle: str = "receipt"

    def to_dict(self) -> dict[str, Any]:
        """As Lambda gives it."""
        sent = str(int(time.time() * 1000))
        return {"messageId": self.body, "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": sent}}


@contextmanager
def _counted() -> Iterator[Counter[str]]:
    """Every call of every SDK client that is made meanwhile."""
    calls: Counter[str] = Counter()
    started = Session.__init__

    def begin(session: Session, *args: Any, **rest: Any) -> None:
        started(session, *args, **rest)
        session.register("provide-client-params", _note)

    def _note(model: Any, **_: Any) -> None:
        calls[model.name] += 1

    with patch.object(Session, "__init__", begin):
        yield calls
