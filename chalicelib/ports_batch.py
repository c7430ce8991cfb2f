"""Port for jobs in which a store itself computes the checksums of what it holds, without giving us the bytes.

Every method may raise `Unavailable`, and may then be repeated.
"""

from dataclasses import dataclass
from typing import Protocol

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import ContentId
from chalicelib.domain.spaces import SpaceId


@dataclass(frozen=True)
class Computed:
    """What the store computed of the bytes of one object; unknown when it could not."""

    item: ContentId
    checksums: Checksums


class ChecksumJobs(Protocol):
    """Jobs of one store; each takes hours or days, and costs money (chalicelib.domain.prices.BATCH)."""

    def begin(self, space: SpaceId, token: str) -> str:
        """Have checksums of all objects of a space computed; gives the job's name.

        Repeatable with the same token (at most 64 characters): one job is begun.
        """

    def reports(self, space: SpaceId, job: str) -> list[str] | None:
        """The names of the reports of a job that is over; None while it is at work. Raises Rejected when it failed."""

    def computed(self, report: str, first: int, most: int) -> tuple[list[Computed], int | None]:
        """At most so many results from byte `first` of a report on, and the byte to go on from; None: no more."""
