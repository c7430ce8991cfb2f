"""Batches: what follows from several new items is asked for together, or all of them come back."""

from typing import Any

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Unavailable
from chalicelib.messages import encode
from chalicelib.routes.queues import work_through

from .sqs import Sqs
from .world import ADMIN, MAPS, ONE, TWO, World


@pytest.fixture
def sqs(world: World) -> Sqs:
    return Sqs(world)


def three_new_items(sqs: Sqs) -> list[list[Any]]:
    """Three messages of one batch; what is sent to the queues from then on, call by call."""
    world: Any = sqs.world
    for name in "abc":
        world.put(item=name)
    world.queue.jobs.clear()
    for name in "abc":
        sqs.send("stored", encode(jobs.Register(MAPS, ContentId(name))))
    sent: list[list[Any]] = []
    world.queue.send = lambda several: sent.append(list(several))
    return sent


def test_what_follows_from_a_batch_is_asked_for_together(sqs: Sqs) -> None:
    sent = three_new_items(sqs)
    assert work_through("stored", sqs.messages, sqs.world) == {"batchItemFailures": []}  # type: ignore[arg-type]
    each = [(jobs.Check(MAPS, ContentId(n), (ONE,)), jobs.Replicate(MAPS, ContentId(n), TWO)) for n in "abc"]
    assert sent == [[job for pair in each for job in pair]]


def test_a_batch_whose_follow_ups_nobody_took_comes_back_as_a_whole(sqs: Sqs) -> None:
    three_new_items(sqs)
    world: Any = sqs.world
    world.queue.send = lambda _: (_ for _ in ()).throw(Unavailable("the queue is away"))
    sqs.messages[2].attempts = 12
    failed = work_through("stored", sqs.messages, world)["batchItemFailures"]
    assert [one["itemIdentifier"] for one in failed] == [m.receipt_handle for m in sqs.messages[:2]]
    (letter,) = world.dead_letters.page(ADMIN)
    assert (letter.reason, letter.body) == ("the queue is away", encode(jobs.Register(MAPS, ContentId("c"))))
