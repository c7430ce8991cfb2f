"""Fixity: judging copies by evidence: the checksum of record, the bytes of each, and what each store says of its own.

A store's own checksum is the one that it computed when it took the object: an ETag that is an MD5, a SHA-256 that it
tells. It explains a verdict, and stands in for a record that is missing; it never overrules the bytes.

| what was found                                     | verdict on that copy   | what follows                          |
|----------------------------------------------------|------------------------|---------------------------------------|
| bytes with the checksum of record                  | intact                 | nothing                               |
| the same, and the store's own checksum is another  | intact                 | nothing; the history tells of it      |
| other bytes, twice: one bad copy                   | damaged                | repair from an intact one, keep bytes |
| the same, and the store's own is that of record    | damaged (decayed)      | the same                              |
| the same, and the store's own is that of the bytes | damaged (written)      | the same                              |
| the same, and they are those of an earlier deposit | damaged (older version)| the same                              |
| a large copy: a part of it is another, twice       | damaged                | the same; the parts are named         |
| no object, where one was proven before             | missing                | repair from an intact copy            |
| no object, never proven there                      | missing                | the copy is still to be made          |
| no answer, a part of one, or others at every read  | unreadable             | look again later; never repaired      |
| in an archive: nothing can be read before a restore| archived               | nothing; its own checksum is told     |
| the same, and that is not the one of record        | archived, in doubt     | it is restored and read               |
| bad, and no intact one, but one in an archive      | damaged, not lost      | that one is restored and read         |
| the store computed the checksum of record anew     | intact, so it says     | nothing; the history tells of it      |
| the same, and it is another, or it could not       | unreadable, in doubt   | it is read before that is believed    |
| all bad, in different ways                         | damaged, missing: lost | touch nothing, call a person          |
| all bad, in the same way                           | damaged: lost          | the same; the record is not adapted   |
| bad, beside one that is unreadable or archived     | damaged, not lost      | nothing is repaired before it is read |
| no record; a third source tells which is right     | by that                | see `establish`                       |
| no record; none does                               | undecided              | touch nothing, call a person          |
| another deposit came while it was read             | none                   | what was read does not count          |
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.parts import listed
from chalicelib.domain.stores import StoreId


class Verdict(StrEnum):
    """The outcome of one fixity check of one copy."""

    INTACT = "intact"
    DAMAGED = "damaged"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    ARCHIVED = "archived"
    UNDECIDED = "undecided"


BAD = frozenset({Verdict.DAMAGED, Verdict.MISSING})
_MAY_SERVE = frozenset({Verdict.INTACT, Verdict.UNREADABLE, Verdict.ARCHIVED})


@dataclass(frozen=True)
class Bytes:
    """A copy was read to its end.

    `own`: the store's own checksums · `facts`: those that a depositor's software wrote on the object · `earlier`: the
    history knows these bytes as another deposit of the same item · `restored`: they were brought back from an archive.
    """

    size: int
    checksums: Checksums
    own: Checksums = field(default_factory=Checksums)
    facts: Checksums = field(default_factory=Checksums)
    earlier: bool = False
    restored: bool = False


@dataclass(frozen=True)
class Absent:
    """The store answered, and holds nothing under this id."""


@dataclass(frozen=True)
class NoAnswer:
    """The store did not answer, stopped in the middle, or contradicted itself."""

    reason: str


@dataclass(frozen=True)
class InArchive:
    """The store holds it where it cannot be read; `own` is all that it tells of the bytes.

    `parts`: whether what it says of the checksums of the parts is what the record says; None: one of them is not known.
    `restoring`: it is being brought back.
    """

    own: Checksums
    parts: bool | None = None
    restoring: bool = False

    def agrees(self, record: Checksums) -> bool:
        """Whether the store's own checksum is that of the record."""
        return self.own.agrees(record) if self.own.known else self.parts is True

    def differs(self, record: Checksums) -> bool:
        """Whether it is another one, which is a reason to read the bytes; not telling any is none."""
        return not self.own.agrees(record) if self.own.known and record.known else self.parts is False


@dataclass(frozen=True)
class PartsDiffer:
    """A large copy was read part by part, and these, of so many, are twice not what they should be."""

    bad: tuple[int, ...]
    parts: int


@dataclass(frozen=True)
class ComputedThere:
    """The store computed these checksums of the bytes that it holds, and gave none of them; unknown: it could not."""

    checksums: Checksums


Reading = Bytes | Absent | NoAnswer | InArchive | PartsDiffer | ComputedThere


@dataclass(frozen=True)
class Judgement:
    """Verdicts by store; `repair` names the copies to make whole again, `lost` is True when no copy can serve.

    `evidence` says, for a copy of which there is more to tell than the verdict, what.
    """

    verdicts: Mapping[StoreId, Verdict]
    readings: Mapping[StoreId, Reading]
    repair: tuple[StoreId, ...]
    lost: bool
    evidence: Mapping[StoreId, str] = field(default_factory=dict)


def verdict(record: Checksums, reading: Reading) -> Verdict:
    """Judge one reading against the checksum of record; a record without any leaves bytes undecided."""
    match reading:
        case NoAnswer():
            return Verdict.UNREADABLE
        case Absent():
            return Verdict.MISSING
        case InArchive():
            return Verdict.ARCHIVED
        case PartsDiffer():
            return Verdict.DAMAGED
        case ComputedThere(found):
            return Verdict.INTACT if record.agrees(found) else Verdict.UNREADABLE
        case Bytes() if not record.known:
            return Verdict.UNDECIDED
        case Bytes(checksums=found):
            return Verdict.INTACT if record.agrees(found) else Verdict.DAMAGED


def judge(record: Checksums, readings: Mapping[StoreId, Reading]) -> Judgement:
    """Judge all copies that were read in one check."""
    verdicts = {store: verdict(record, reading) for store, reading in readings.items()}
    bad = tuple(store for store, v in verdicts.items() if v in BAD)
    found = set(verdicts.values())
    lost = bool(bad) and not found & _MAY_SERVE
    alike = lost and _alike(readings)
    told = {store: evidence(record, reading, alike) for store, reading in readings.items()}
    repair = bad if Verdict.INTACT in found else ()
    return Judgement(verdicts, readings, repair, lost, {store: text for store, text in told.items() if text})


def evidence(record: Checksums, reading: Reading, alike: bool = False) -> str:
    """What there is to tell of a copy beside its verdict; `alike`: every copy has the same bytes. Empty: nothing."""
    match reading:
        case Bytes(checksums=found, own=own, facts=facts) if record.agrees(found):
            if own.known and not own.agrees(found):
                return "the store's own checksum is wrong, the bytes are right"
            if facts.known and not facts.agrees(found):
                return "the checksum written on the object is wrong, the bytes are right"
        case Bytes(checksums=found, own=own, earlier=earlier) if record.known:
            same = "; every copy has these bytes" if alike else ""
            if earlier:
                return f"older version: the bytes of an earlier deposit{same}"
            if own.agrees(record):
                return f"decayed: the store's own checksum is that of the record{same}"
            if own.agrees(found):
                return f"written: the store took these very bytes{same}"
            return same.removeprefix("; ")
        case InArchive() as told:
            right, wrong = told.agrees(record), told.differs(record)
            if not right and not wrong:
                return "not read; the store tells no checksum"
            return f"not read; the store's own checksum is {'that' if right else 'not that'} of the record"
        case ComputedThere(found):
            if not found.known:
                return "not read; the store could not compute a checksum"
            right = record.agrees(found)
            return f"not read; the checksum that the store computed is {'' if right else 'not '}that of the record"
        case PartsDiffer(bad, parts):
            return f"{len(bad)} of {parts} parts differ: {listed(bad)}"
    return ""


def details(reading: Reading) -> dict[str, str]:
    """What the history tells of a reading: `how` the copy was checked, and what was found."""
    match reading:
        case Bytes(size, found, restored=restored):
            how = "restored and read" if restored else "read"
            return {"how": how, "size": str(size), "md5": str(found.md5), "sha256": str(found.sha256)}
        case PartsDiffer(bad):
            return {"how": "read", "bad-parts": str(len(bad))}
        case NoAnswer(reason):
            return {"reason": reason}
        case InArchive(own):
            told = {"own-md5": own.md5, "own-sha256": own.sha256}
            return {"how": "not read", **{name: value for name, value in told.items() if value}}
        case ComputedThere(found):
            return {"how": "computed by the store", **({"own-sha256": found.sha256} if found.sha256 else {})}
        case Absent():
            return {}


def establish(primary: Bytes, others: Collection[Bytes]) -> Checksums | None:
    """The checksum of record of an item that has none, or None: a person has to say. `others` are copies elsewhere.

    | the primary's own checksum is | and another copy has             | the record becomes                    |
    |-------------------------------|----------------------------------|---------------------------------------|
    | that of its bytes             | whatever                         | that of its bytes: the newest deposit |
    | another, or not told          | the primary's bytes              | that of these: two stores agree       |
    | another                       | the bytes that it is of          | that of those: the primary decayed    |
    | another                       | none of these; or there is none  | –                                     |
    | not told                      | other bytes                      | –                                     |
    | not told                      | there is none                    | that of its bytes: the first read     |
    """
    found, own = primary.checksums, primary.own
    if own.agrees(found) or any(other.checksums == found for other in others):
        return found
    if own.known:
        return next((other.checksums for other in others if own.agrees(other.checksums)), None)
    return None if others else found


def _alike(readings: Mapping[StoreId, Reading]) -> bool:
    """Whether several copies were read, and all gave the same."""
    found = [reading.checksums if isinstance(reading, Bytes) else None for reading in readings.values()]
    return len(found) > 1 and None not in found and len(set(found)) == 1
