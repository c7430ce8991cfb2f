"""Prices: what reading a copy costs, by the class of storage that its store keeps it in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

from chalicelib.domain.errors import Invalid

NANO = 1_000_000_000  # money is counted in whole billionths of a dollar, so that sums of it are exact
TIERS = ("Bulk", "Standard")  # how S3 restores what is in an archive
RESTORED_DAYS = 3  # for which it then stays readable: a check comes at least every 11 hours, and may need a second run
_KEEPING = 0.023 / 30  # of each GiB and day, in S3 Standard, where the restored bytes are
_GIB = 1 << 30


@dataclass(frozen=True)
class Price:
    """In US dollars: of 1,000 read requests, and of each GiB that is retrieved or transferred to the functions.

    `cold` says that the class is meant for what is seldom read: its copies are checked half as often by default. `tier`
    says that it is an archive: nothing is read before it is restored, in this way (Standard or Bulk); 1,000 requests
    for that cost `restore`, and then counts what is retrieved or transferred.
    """

    read: float = 0.0
    retrieval: float = 0.0
    transfer: float = 0.0
    cold: bool = False
    tier: str = ""
    restore: float = 0.0

    def __post_init__(self) -> None:
        for name in ("read", "retrieval", "transfer", "restore"):
            amount = getattr(self, name)
            if type(amount) not in (int, float) or not isfinite(amount) or amount < 0:
                raise Invalid(f"{name} {amount!r} must be an amount of dollars, 0 or more")
        if type(self.cold) is not bool:
            raise Invalid(f"cold {self.cold!r} must be true or false")
        if self.tier not in ("", *TIERS):
            raise Invalid(f"tier {self.tier!r} must be {' or '.join(TIERS)}, or be left out")

    def of(self, size: int, requests: int = 1) -> int:
        """What a check of copies of so many bytes costs, in billionths of a dollar: in an archive, nothing is read."""
        moved = 0.0 if self.tier else self._moving(size)
        return round(NANO * (requests * self.read / 1000 + moved))

    def restoring(self, size: int, objects: float = 1) -> int:
        """What it costs to bring so many bytes in so many objects back, keep them readable for a while, and read them.

        Nothing where there is no archive.
        """
        if not self.tier:
            return 0
        kept = size * RESTORED_DAYS * _KEEPING / _GIB
        return round(NANO * (objects * self.restore / 1000 + self._moving(size) + kept))

    def _moving(self, size: int) -> float:
        return size * (self.retrieval + self.transfer) / _GIB


AS_OF = date(2026, 11, 20)
SOURCE = "https://aws.amazon.com/s3/pricing/"
OTHER = "other"  # a store that is not AWS's, of whose prices nothing is known
# S3 in US East (N. Virginia), read from functions in the same region; site/data/prices.yml names the sources.
PRICES: Mapping[str, Price] = {
    "standard": Price(read=0.0004),
    "infrequent": Price(read=0.001, retrieval=0.01),
    "instant": Price(read=0.01, retrieval=0.03, cold=True),
    "flexible": Price(read=0.0004, cold=True, tier="Bulk"),
    "flexible-standard": Price(read=0.0004, retrieval=0.01, cold=True, tier="Standard", restore=0.05),
    "deep": Price(read=0.0004, retrieval=0.0025, cold=True, tier="Bulk", restore=0.025),
    "deep-standard": Price(read=0.0004, retrieval=0.02, cold=True, tier="Standard", restore=0.1),
    OTHER: Price(),
}


@dataclass(frozen=True)
class BatchPrice:
    """A job in which S3 itself computes checksums, in US dollars: for the job, 1,000 objects, and each GiB."""

    job: float
    objects: float
    hashed: float

    def of(self, size: int, objects: int) -> int:
        """What one job over so many bytes in so many objects costs, in billionths of a dollar."""
        return round(NANO * (self.job + objects * self.objects / 1000 + size * self.hashed / _GIB))


BATCH = BatchPrice(job=0.25, objects=0.001, hashed=0.004)  # S3 Batch Operations, of any storage class


def parse_prices(given: Any) -> dict[str, Price]:
    """The prices of all classes: those above, with others over them or beside them. Raises Invalid.

    `given` is a mapping such as `{"infrequent": {"read": 0.001, "retrieval": 0.01, "transfer": 0.01}}`.
    """
    try:
        return {**PRICES, **{name: Price(**price) for name, price in given.items()}}
    except (TypeError, AttributeError) as error:
        raise Invalid(
            'Prices are a JSON object such as {"standard": {"read": 0.0004, "retrieval": 0, "transfer": 0,'
            f' "cold": false}}}}: {error}'
        ) from None
