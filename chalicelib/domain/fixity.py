"""Fixity: judging what was read of each copy against the checksum of record.

| what the reads gave                         | verdict on that copy | what follows                               |
|---------------------------------------------|----------------------|--------------------------------------------|
| bytes with the checksum of record           | intact               | nothing                                    |
| other bytes, twice                          | damaged              | repair from an intact copy, keep the bytes |
| no object, where one was proven before      | missing              | repair from an intact copy                 |
| no object, never proven there               | missing              | the copy is still to be made               |
| no complete answer from the store           | unreadable           | look again later; never repaired from this |
| no copy intact, none unreadable             | –                    | lost: touch nothing, call a person         |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.stores import StoreId


class Verdict(StrEnum):
    """The outcome of one fixity check of one copy."""

    INTACT = "intact"
    DAMAGED = "damaged"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Bytes:
    """A copy was read to its end."""

    size: int
    checksums: Checksums


@dataclass(frozen=True)
class Absent:
    """The store answered, and holds nothing under this id."""


@dataclass(frozen=True)
class NoAnswer:
    """The store did not answer, or stopped in the middle."""

    reason: str


Reading = Bytes | Absent | NoAnswer


@dataclass(frozen=True)
class Judgement:
    """Verdicts by store; `repair` names the copies to make whole again, `lost` is True when no copy can serve."""

    verdicts: Mapping[StoreId, Verdict]
    readings: Mapping[StoreId, Reading]
    repair: tuple[StoreId, ...]
    lost: bool


def verdict(record: Checksums, reading: Reading) -> Verdict:
    """Judge one reading against the checksum of record."""
    match reading:
        case NoAnswer():
            return Verdict.UNREADABLE
        case Absent():
            return Verdict.MISSING
        case Bytes(checksums=found):
            return Verdict.INTACT if record.agrees(found) else Verdict.DAMAGED


def judge(record: Checksums, readings: Mapping[StoreId, Reading]) -> Judgement:
    """Judge all copies that were read in one check. `record` must be known."""
    verdicts = {store: verdict(record, reading) for store, reading in readings.items()}
    bad = tuple(store for store, v in verdicts.items() if v in (Verdict.DAMAGED, Verdict.MISSING))
    found = set(verdicts.values())
    lost = bool(bad) and Verdict.INTACT not in found and Verdict.UNREADABLE not in found
    return Judgement(verdicts, readings, bad if Verdict.INTACT in found else (), lost)
