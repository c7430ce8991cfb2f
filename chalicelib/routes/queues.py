"""Queues: messages in, use cases called, failures told one by one."""

import logging
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from chalicelib.domain import jobs
from chalicelib.domain.dead_letters import MOST_BODY, DeadLetter
from chalicelib.domain.deadlines import Deadline
from chalicelib.domain.delays import MOST_ATTEMPTS, delay
from chalicelib.domain.errors import DuraCloudError, Invalid, NotFound, Rejected, StoreDown, Unavailable
from chalicelib.domain.jobs import Job, comes_again
from chalicelib.messages import decode, encode, queue_of, strangers
from chalicelib.wiring import Wiring, instance

log = logging.getLogger(__name__)

_SPARE = timedelta(minutes=1)
_NO_DEADLINE = Deadline()


class Record(Protocol):
    """One message of a Chalice SQS event."""

    body: str
    receipt_handle: str

    def to_dict(self) -> Mapping[str, Any]:
        """The record as Lambda gave it."""


def work_through(
    queue: str, records: Iterable[Record], service: Wiring | None = None, deadline: Deadline = _NO_DEADLINE
) -> dict[str, Any]:
    """Do the work of each message; those whose work could not be done are named as failed, and come back later.

    `service` is the instance that works, None the one of this process. What may take long hands on what it has not
    done by the `deadline`.

    | what went wrong                                  | the message                                                  |
    |--------------------------------------------------|--------------------------------------------------------------|
    | it is no message of ours, or of a foreign bucket | becomes a dead letter; ours among its records are worked on  |
    | NotFound: the space or item is gone meanwhile    | is dropped, logged                                           |
    | anything else that is Rejected                   | becomes a dead letter                                        |
    | Unavailable, or a bug                            | comes back after a delay (chalicelib.domain.delays)          |
    | the same at the last attempt                     | becomes a dead letter                                        |
    | a store is down, at the last attempt             | is dropped: the record waits for it; what a person asked for |
    |                                                  | is asked for anew                                            |
    | the process ends in its middle, each time        | goes to the dead-letter queue of SQS: see `bury`             |
    """
    service = service or instance()
    problems: dict[str, tuple[_Received, Exception]] = {}
    asked: list[_Asked] = []
    for record in records:
        received = _Received.of(service, queue, record)
        try:
            service.backlog.received(queue, received.sent, received.body)
            problem = _work_off(received, deadline, asked)
        except Exception as error:  # noqa: BLE001 - a bug about one message must not keep the others from being done
            problem = error
        if problem is not None:
            problems[received.id] = received, problem
    try:
        service.jobs.send([job for _, _, follow_ups in asked for job in follow_ups])
    except Exception as error:  # noqa: BLE001 - each message comes back, and asks for the same again
        for received, work, follow_ups in asked:
            if not follow_ups:
                continue
            if received.attempts < MOST_ATTEMPTS:
                problems[received.id] = received, error
            else:
                _end(received, work, error)
    for received, problem in problems.values():
        log.warning("Attempt %d from %s failed: %s", received.attempts, queue, problem, exc_info=_trace(problem))
        seconds = delay(problem, received.attempts, random.random())  # noqa: S311 - spreads retries, guards nothing
        service.jobs.back_off(queue, received.receipt, seconds)
    return {"batchItemFailures": [{"itemIdentifier": name} for name in problems]}


def bury(records: Iterable[Record], service: Wiring | None = None) -> dict[str, Any]:
    """Make dead letters of what SQS gave up, because the process that worked on it ended each time."""
    failed, service = [], service or instance()
    for record in records:
        received = _Received.of(service, "stored", record)
        try:
            work = decode(received.body, service.config.primary.bucket_prefix)
            received = replace(received, queue=queue_of(work[0]) if work else received.queue)
            received.given_up("Stopped", "The process that worked on it ended each time: see its log")
        except Invalid as error:
            received.given_up("Invalid", str(error))
        except Unavailable as error:
            log.warning("A dead letter could not be kept: %s", error)
            failed.append({"itemIdentifier": received.id})
    return {"batchItemFailures": failed}


@dataclass(frozen=True)
class _Received:
    """One message as it came to an instance."""

    service: Wiring
    queue: str
    id: str
    receipt: str
    body: str
    attempts: int
    sent: datetime

    @classmethod
    def of(cls, service: Wiring, queue: str, record: Record) -> "_Received":
        message = record.to_dict()
        attributes = message["attributes"]
        sent = datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC)
        name, attempts = message["messageId"], int(attributes["ApproximateReceiveCount"])
        return cls(service, queue, name, record.receipt_handle, record.body, attempts, sent)

    def given_up(self, error: str, reason: str, body: str | None = None, about: str = "") -> None:
        """Keep it as a dead letter. Raises Unavailable."""
        kept, now = (self.body if body is None else body)[:MOST_BODY], self.service.register.clock()
        letter = DeadLetter(self.queue, kept, error, reason, self.attempts, min(self.sent, now), now, self.id, about)
        self.service.dead_letters.keep(letter)


_Asked = tuple[_Received, Job, list[Job]]  # a message, a job of it, and what that has asked for


def _work_off(received: _Received, deadline: Deadline, asked: list[_Asked]) -> Exception | None:
    """Do all that one message asks for; gives what is worth another attempt, None when the message is done with.

    What follows from new items is put into `asked`: for all messages of a batch it takes a request or two to queues.
    """
    prefix = received.service.config.primary.bucket_prefix
    problem: Exception | None = None
    try:
        work, foreign = decode(received.body, prefix), strangers(received.body, prefix)
    except Invalid as error:
        received.given_up("Invalid", str(error))
        return None
    for bucket in foreign:
        reason = f"An event of the bucket {bucket!r}, which is not of this instance: stop it from sending here"
        received.given_up("Foreign", reason, about=f"foreign {bucket}")
    for job in work:
        try:
            follow_ups: list[Job] = []
            perform(job, received.service, deadline, follow_ups)
            asked.append((received, job, follow_ups))
        except NotFound as error:
            log.warning("Dropped from %s: %s", received.queue, error)
        except Rejected as error:
            received.given_up(type(error).__name__, str(error), encode(job))
        except Exception as error:  # noqa: BLE001 - the other jobs of the message are done all the same
            if received.attempts < MOST_ATTEMPTS:
                problem = error
            else:
                _end(received, job, error)
    return problem


def _end(received: _Received, job: Job, error: Exception) -> None:
    """After the last attempt."""
    if not isinstance(error, StoreDown):
        log.error("Given up: %s", job, exc_info=_trace(error))
        received.given_up(type(error).__name__, str(error), encode(job))
        return
    log.warning("Store %s is down: %s waits for it", error.store, job)
    if not comes_again(job):
        received.service.jobs.send([job])


def _trace(error: Exception) -> Exception | None:
    """What the log shows of the place where it happened: nothing for what was to be expected."""
    return None if isinstance(error, DuraCloudError) else error


def deadline_of(context: Any) -> Deadline:
    """When a run has to be over so that nothing is cut off: a minute before Lambda, whose `context` it is, ends it."""
    left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    return Deadline(instance().register.clock() + max(left - _SPARE, timedelta(0)))


def perform(job: Job, service: Wiring, deadline: Deadline = _NO_DEADLINE, follow_ups: list[Job] | None = None) -> None:
    """Call the use case that a job asks for; what follows from a new item is put into `follow_ups`, or sent."""
    match job:
        case jobs.Register(space, item) if follow_ups is not None:
            follow_ups += service.register.follow_ups(space, item)
        case jobs.Register(space, item):
            service.register.register(space, item)
        case jobs.Replicate(space, item, store):
            service.replicate.replicate(space, item, store, deadline)
        case jobs.CopyParts(space, item, store, first, last):
            service.copy_parts.copy(space, item, store, first, last, deadline)
        case jobs.Check(space, item, stores, planned, restore):
            service.check_fixity.check(space, item, stores, planned, deadline, restore)
        case jobs.CheckSpace(space, after, stores):
            service.ask_checks.check_space(space, after, stores)
        case jobs.SweepSpace(space, after, started):
            service.sweep.sweep_space(space, after, started)
        case jobs.FollowSpace(space, store):
            service.follow_space.follow(space, store)
        case jobs.LookAtStore(store):
            service.watch_stores.look(store)
        case jobs.RemoveCopy(space, item, store):
            service.remove_copies.remove_copy(space, item, store)
        case jobs.BringBack(space, item):
            service.undelete.bring_back(space, item)
        case jobs.RemoveAside(after):
            service.keep_aside.remove_old(after)
        case jobs.TellPause(space):
            service.losses.tell(space)
        case jobs.TellIncident(name):
            service.tell_incidents.tell(name)
        case jobs.FlyCanary():
            service.canary.fly()
        case jobs.SettleIncidents():
            service.tell_incidents.settle()
        case jobs.RemoveSpace(space):
            service.spaces.remove_next(space)
        case jobs.GenerateManifest(space, store, form, name):
            service.manifests.generate(space, store, form, name)
        case jobs.MeasureSpace():
            service.measure.measure_space(job)
        case jobs.ComputeChecksums(space, store, report, first, begun) if begun is not None:
            service.compute_checksums.judge(space, store, report, first, begun)
        case jobs.ComputeChecksums(space, store):
            service.compute_checksums.look(space, store)
        case jobs.ReportIntegrity(space, store, at):
            service.integrity.write(space, store, at)
        case jobs.Stitch(space, item, since):
            service.stitch.stitch(space, item, since)
