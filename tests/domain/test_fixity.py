"""The judge, case by case; its comparison turned off makes these fail."""

from dataclasses import replace

import pytest

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.fixity import (
    Absent,
    Bytes,
    ComputedThere,
    InArchive,
    NoAnswer,
    PartsDiffer,
    Reading,
    Verdict,
    details,
    establish,
    evidence,
    judge,
)
from chalicelib.domain.stores import StoreId

RECORD = Checksums("a" * 32, "a" * 64)
GOOD = Bytes(3, RECORD)
BAD = Bytes(3, Checksums("b" * 32, "b" * 64))
MD5_ONLY_BAD = Bytes(3, Checksums("b" * 32, "a" * 64))
SHA_ONLY_BAD = Bytes(3, Checksums("a" * 32, "b" * 64))
GONE, SILENT, COLD = Absent(), NoAnswer("timeout"), InArchive(Checksums("a" * 32))
PARTS = PartsDiffer((4,), 9)
ARCHIVED, UNDECIDED = Verdict.ARCHIVED, Verdict.UNDECIDED
RIGHT, WRONG, OTHER = Checksums("a" * 32), Checksums("b" * 32), Checksums("c" * 32)
INTACT, DAMAGED, MISSING, UNREADABLE = Verdict.INTACT, Verdict.DAMAGED, Verdict.MISSING, Verdict.UNREADABLE


@pytest.mark.parametrize(
    ("first", "second", "verdicts", "repair", "lost"),
    [
        (GOOD, GOOD, (INTACT, INTACT), "", False),
        (GOOD, BAD, (INTACT, DAMAGED), "2", False),
        (BAD, GOOD, (DAMAGED, INTACT), "1", False),
        (GOOD, MD5_ONLY_BAD, (INTACT, DAMAGED), "2", False),
        (GOOD, SHA_ONLY_BAD, (INTACT, DAMAGED), "2", False),
        (GOOD, GONE, (INTACT, MISSING), "2", False),
        (GONE, GOOD, (MISSING, INTACT), "1", False),
        (GOOD, SILENT, (INTACT, UNREADABLE), "", False),
        (SILENT, GOOD, (UNREADABLE, INTACT), "", False),
        (BAD, BAD, (DAMAGED, DAMAGED), "", True),
        (BAD, GONE, (DAMAGED, MISSING), "", True),
        (GONE, GONE, (MISSING, MISSING), "", True),
        (BAD, SILENT, (DAMAGED, UNREADABLE), "", False),
        (SILENT, GONE, (UNREADABLE, MISSING), "", False),
        (SILENT, SILENT, (UNREADABLE, UNREADABLE), "", False),
        (GOOD, PARTS, (INTACT, DAMAGED), "2", False),
        (PARTS, GONE, (DAMAGED, MISSING), "", True),
        (GOOD, COLD, (INTACT, ARCHIVED), "", False),
        (BAD, COLD, (DAMAGED, ARCHIVED), "", False),
        (COLD, GONE, (ARCHIVED, MISSING), "", False),
        (COLD, COLD, (ARCHIVED, ARCHIVED), "", False),
        (GOOD, ComputedThere(RECORD), (INTACT, INTACT), "", False),
        (GOOD, ComputedThere(WRONG), (INTACT, UNREADABLE), "", False),
        (GONE, ComputedThere(WRONG), (MISSING, UNREADABLE), "", False),
        (GOOD, ComputedThere(Checksums()), (INTACT, UNREADABLE), "", False),
    ],
)
def test_each_case(first: Reading, second: Reading, verdicts: tuple[Verdict, Verdict], repair: str, lost: bool) -> None:
    judgement = judge(RECORD, {StoreId("1"): first, StoreId("2"): second})
    assert tuple(judgement.verdicts.values()) == verdicts
    assert judgement.repair == tuple(repair)
    assert judgement.lost is lost


def test_a_third_copy_can_serve_two_bad_ones() -> None:
    judgement = judge(RECORD, {StoreId("1"): BAD, StoreId("2"): GONE, StoreId("3"): GOOD})
    assert judgement.repair == ("1", "2")
    assert not judgement.lost


@pytest.mark.parametrize(
    ("reading", "told"),
    [
        (GOOD, ""),
        (replace(GOOD, own=RIGHT, facts=RECORD), ""),
        (replace(GOOD, own=WRONG), "the store's own checksum is wrong, the bytes are right"),
        (replace(GOOD, own=RIGHT, facts=WRONG), "the checksum written on the object is wrong, the bytes are right"),
        (BAD, ""),
        (replace(BAD, own=RIGHT), "decayed: the store's own checksum is that of the record"),
        (replace(BAD, own=WRONG), "written: the store took these very bytes"),
        (replace(BAD, own=OTHER), ""),
        (replace(BAD, own=WRONG, earlier=True), "older version: the bytes of an earlier deposit"),
        (COLD, "not read; the store's own checksum is that of the record"),
        (InArchive(WRONG), "not read; the store's own checksum is not that of the record"),
        (InArchive(Checksums()), "not read; the store tells no checksum"),
        (InArchive(Checksums(), parts=True), "not read; the store's own checksum is that of the record"),
        (InArchive(Checksums(), parts=False), "not read; the store's own checksum is not that of the record"),
        (InArchive(RIGHT, parts=False), "not read; the store's own checksum is that of the record"),
        (InArchive(WRONG, parts=True), "not read; the store's own checksum is not that of the record"),
        (ComputedThere(RECORD), "not read; the checksum that the store computed is that of the record"),
        (ComputedThere(WRONG), "not read; the checksum that the store computed is not that of the record"),
        (ComputedThere(Checksums()), "not read; the store could not compute a checksum"),
        (PartsDiffer((4, 7), 9), "2 of 9 parts differ: 4, 7"),
        (PartsDiffer(tuple(range(1, 21)), 30), f"20 of 30 parts differ: {', '.join(map(str, range(1, 21)))}"),
        (PartsDiffer(tuple(range(30)), 30), f"30 of 30 parts differ: {', '.join(map(str, range(20)))}, ..."),
        (GONE, ""),
        (SILENT, ""),
    ],
)
def test_what_evidence_tells_beside_the_verdict(reading: Reading, told: str) -> None:
    assert evidence(RECORD, reading) == told
    assert judge(RECORD, {StoreId("1"): GOOD, StoreId("2"): reading}).evidence == ({"2": told} if told else {})


@pytest.mark.parametrize(
    ("readings", "told"),
    [
        ((BAD, BAD), ("every copy has these bytes", "every copy has these bytes")),
        ((BAD, replace(BAD, own=WRONG)), ("every copy has", "written: the store took these very bytes; every copy")),
        (
            (BAD, replace(BAD, earlier=True)),
            ("every copy has", "older version: the bytes of an earlier deposit; every"),
        ),
        (
            (BAD, replace(BAD, own=RIGHT)),
            ("every copy has", "decayed: the store's own checksum is that of the record;"),
        ),
        ((BAD, MD5_ONLY_BAD), (None, None)),
        ((BAD, GONE), (None, None)),
        ((GONE, GONE), (None, None)),
        ((BAD,), (None,)),
    ],
)
def test_all_bad_in_the_same_way_is_lost_too_and_told(readings: tuple[Reading, ...], told: tuple[str | None]) -> None:
    judgement = judge(RECORD, {StoreId(str(n)): reading for n, reading in enumerate(readings, 1)})
    assert judgement.lost
    assert judgement.repair == ()
    for n, text in enumerate(told, 1):
        found = judgement.evidence.get(StoreId(str(n)))
        assert found.startswith(text) if found and text else found is text


def test_without_a_record_bytes_are_undecided_and_nothing_is_repaired() -> None:
    readings = {StoreId("1"): GOOD, StoreId("2"): BAD, StoreId("3"): GONE}
    judgement = judge(Checksums(), readings)
    assert tuple(judgement.verdicts.values()) == (UNDECIDED, UNDECIDED, MISSING)
    assert judgement.repair == ()
    assert not judgement.evidence


@pytest.mark.parametrize(
    ("primary", "others", "record"),
    [
        (GOOD, [], GOOD),
        (GOOD, [BAD], None),
        (GOOD, [GOOD], GOOD),
        (GOOD, [BAD, GOOD], GOOD),
        (replace(GOOD, own=RIGHT), [BAD], GOOD),
        (replace(GOOD, own=WRONG), [], None),
        (replace(GOOD, own=WRONG), [GOOD], GOOD),
        (replace(GOOD, own=WRONG), [BAD], BAD),
        (replace(GOOD, own=OTHER), [BAD], None),
    ],
)
def test_a_missing_record_is_what_a_third_source_says_or_undecided(
    primary: Bytes, others: list[Bytes], record: Bytes | None
) -> None:
    assert establish(primary, others) == (record.checksums if record else None)


@pytest.mark.parametrize(
    ("reading", "told"),
    [
        (GOOD, {"how": "read", "size": "3", "md5": "a" * 32, "sha256": "a" * 64}),
        (replace(GOOD, restored=True), {"how": "restored and read", "size": "3", "md5": "a" * 32, "sha256": "a" * 64}),
        (PARTS, {"how": "read", "bad-parts": "1"}),
        (SILENT, {"reason": "timeout"}),
        (COLD, {"how": "not read", "own-md5": "a" * 32}),
        (InArchive(Checksums()), {"how": "not read"}),
        (InArchive(RECORD), {"how": "not read", "own-md5": "a" * 32, "own-sha256": "a" * 64}),
        (ComputedThere(RECORD), {"how": "computed by the store", "own-sha256": "a" * 64}),
        (ComputedThere(Checksums()), {"how": "computed by the store"}),
        (GONE, {}),
    ],
)
def test_how_a_copy_was_checked_is_told(reading: Reading, told: dict[str, str]) -> None:
    assert details(reading) == told
