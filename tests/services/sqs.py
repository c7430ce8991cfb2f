"""Queues as SQS has them, on a world: delays, counts of receives, and the queue of what was received too often."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from chalicelib.domain.delays import MOST_ATTEMPTS
from chalicelib.messages import encode, queue_of
from chalicelib.routes.queues import bury, work_through

from .world import Crash, World

_numbers = count()


@dataclass(eq=False)
class Message:
    """One message, as a handler sees it."""

    queue: str
    body: str
    visible: datetime
    sent: datetime
    receipt_handle: str
    attempts: int = 0

    def to_dict(self) -> dict[str, Any]:
        sent = str(round(self.sent.timestamp() * 1000))
        return {
            "messageId": self.receipt_handle,
            "attributes": {"ApproximateReceiveCount": str(self.attempts), "SentTimestamp": sent},
        }


class Sqs:
    """The queues of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.messages: list[Message] = []
        self.delivered = 0

    def send(self, queue: str, body: str, attempts: int = 0) -> None:
        """Put a message on a queue, that was received so often already."""
        now = self.world.now
        self.messages.append(Message(queue, body, now, now, f"message-{next(_numbers)}", attempts))

    def deliver(self) -> int:
        """Hand over whatever is visible now, and what follows from it, one message at a time; counts."""
        before = self.delivered
        self._take()
        while ready := [m for m in self.messages if m.visible <= self.world.now]:
            for message in ready:
                self._hand_over(message)
            self._take()
        return self.delivered - before

    def pass_time(self, time: timedelta, step: timedelta = timedelta(minutes=15)) -> None:
        """Time goes by; the plan looks for what is due."""
        end = self.world.now + time
        while self.world.now < end:
            self.world.now += step
            self.world.plan_checks.plan()
            self.deliver()

    def _take(self) -> None:
        for job in self.world.queue.jobs:
            self.send(queue_of(job), encode(job))
        self.world.queue.jobs.clear()

    def _hand_over(self, message: Message) -> None:
        service: Any = self.world
        message.attempts += 1
        self.delivered += 1
        self.messages.remove(message)
        try:
            if message.attempts > MOST_ATTEMPTS:
                failed = bury([message], service)["batchItemFailures"]
            else:
                failed = work_through(message.queue, [message], service)["batchItemFailures"]
        except Crash:
            message.visible = self.world.now + timedelta(minutes=90)
            self.messages.append(message)
            return
        if failed:
            wait = self.world.queue.backed_off[-1][2] if message.attempts <= MOST_ATTEMPTS else 360
            message.visible = self.world.now + timedelta(seconds=wait)
            self.messages.append(message)
