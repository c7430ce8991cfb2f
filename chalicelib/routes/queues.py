"""Queues: messages in, use cases called, failures told one by one."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from chalicelib.domain import jobs
from chalicelib.domain.errors import Rejected, Unavailable
from chalicelib.domain.jobs import Job
from chalicelib.messages import decode
from chalicelib.wiring import Wiring, instance

log = logging.getLogger(__name__)


class Record(Protocol):
    """One message of a Chalice SQS event."""

    body: str
    receipt_handle: str

    def to_dict(self) -> Mapping[str, Any]:
        """The record as Lambda gave it."""


def work_through(queue: str, records: Iterable[Record]) -> dict[str, Any]:
    """Do the work of each message; those whose work is Unavailable are named as failed, and come back later.

    What is Rejected will never succeed: it is logged and dropped, with the rest of the batch unharmed. Any other
    error is a bug: the whole batch fails and its messages end in the dead-letter queue.
    """
    failed = []
    for record in records:
        message = record.to_dict()
        try:
            for job in decode(record.body, instance().config.primary.bucket_prefix):
                perform(job, instance())
        except Rejected as error:
            log.error("Dropped from %s: %s: %s", queue, type(error).__name__, error)
        except Unavailable as error:
            attempts = int(message["attributes"]["ApproximateReceiveCount"])
            log.warning("Attempt %d from %s failed: %s", attempts, queue, error)
            instance().jobs.back_off(queue, record.receipt_handle, attempts)
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}


def perform(job: Job, service: Wiring) -> None:
    """Call the use case that a job asks for."""
    match job:
        case jobs.Register(space, item):
            service.register.register(space, item)
        case jobs.Replicate(space, item, store):
            service.replicate.replicate(space, item, store)
        case jobs.Check(space, item, stores, planned):
            service.check_fixity.check(space, item, stores, planned)
        case jobs.CheckSpace(space, after):
            service.plan_checks.check_space(space, after)
        case jobs.SweepSpace(space, after):
            service.sweep.sweep_space(space, after)
        case jobs.FollowSpace(space, store):
            service.follow_space.follow(space, store)
        case jobs.RemoveCopy(space, item, store):
            service.remove_copies.remove_copy(space, item, store)
        case jobs.RemoveSpace(space):
            service.spaces.remove_next(space)
        case jobs.GenerateManifest(space, store, form, name):
            service.manifests.generate(space, store, form, name)
        case jobs.MeasureSpace():
            service.measure.measure_space(job)
        case jobs.ReportIntegrity(space, store, at):
            service.integrity.write(space, store, at)
        case jobs.Stitch(space, item, since):
            service.stitch.stitch(space, item, since)
