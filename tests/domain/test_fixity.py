"""The judge, case by case; its comparison turned off makes these fail."""

import pytest

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.fixity import Absent, Bytes, NoAnswer, Reading, Verdict, judge
from chalicelib.domain.stores import StoreId

RECORD = Checksums("a" * 32, "a" * 64)
GOOD = Bytes(3, RECORD)
BAD = Bytes(3, Checksums("b" * 32, "b" * 64))
MD5_ONLY_BAD = Bytes(3, Checksums("b" * 32, "a" * 64))
SHA_ONLY_BAD = Bytes(3, Checksums("a" * 32, "b" * 64))
GONE, SILENT = Absent(), NoAnswer("timeout")
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
