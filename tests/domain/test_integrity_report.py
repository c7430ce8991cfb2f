"""Bit-integrity reports: no copy is called good that was not read and found right."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.checksums import Checksums, tally
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.fixity_counts import Fixity
from chalicelib.domain.integrity_report import HEAD, Report, Result, Survey, due, judge, line, parse_stamp, stamp
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import Store, StoreId

NOW = datetime(2023, 5, 6, 7, 8, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RIGHT = tally([b"right"]).checksums
STORE = Store(StoreId("12"), "AMAZON_S3", True)
NAMES = HEAD.rstrip("\n").split("\t")


def item(copy: Copy | None, deposited_at: datetime = NOW - HOUR, name: str = "2019/report.pdf") -> Item:
    """An item with one copy."""
    about = About("application/pdf", deposited_at, "ann", checksums=RIGHT)
    return Item(SpaceId("maps"), ContentId(name), 5, about, "mark", {STORE.id: copy} if copy else {})


def copy(state: CopyState, read: datetime | None = NOW) -> Copy:
    return Copy(state, read, read, RIGHT)


def test_the_example_of_the_contract() -> None:
    assert HEAD == (
        "date-checked\taccount\tstore-id\tstore-type\tspace-id\tcontent-id\tresult\tcontent-checksum"
        "\tprovider-checksum\tmanifest-checksum\tdetails\n"
    )
    md5s = "\t".join([str(RIGHT.md5)] * 3)
    expected = f"2023-05-06T07:08:09\tacme\t12\tAMAZON_S3\tmaps\t2019/report.pdf\tSUCCESS\t{md5s}\t--\n"
    assert line(item(copy(CopyState.INTACT)), STORE, "acme", NOW, None) == expected


@pytest.mark.parametrize(
    ("state", "age", "result"),
    [
        (CopyState.INTACT, DAY * 900, Result.SUCCESS),
        (CopyState.DAMAGED, HOUR, Result.FAILURE),
        (CopyState.MISSING, HOUR, Result.FAILURE),
        (CopyState.UNREADABLE, HOUR, Result.ERROR),
        (CopyState.PENDING, HOUR, Result.IGNORE),
        (CopyState.PENDING, DAY, Result.ERROR),
    ],
)
def test_each_state_has_its_result(state: CopyState, age: timedelta, result: Result) -> None:
    assert judge(item(copy(state), NOW - age), copy(state), NOW)[0] is result


def test_what_damaged_bytes_were_is_told_where_it_is_known() -> None:
    values = dict(
        zip(NAMES, line(item(copy(CopyState.DAMAGED)), STORE, "acme", NOW, "bad")[:-1].split("\t"), strict=True)
    )
    assert (values["content-checksum"], values["manifest-checksum"]) == ("bad", RIGHT.md5)
    unread = line(item(Copy()), STORE, "acme", NOW, None)[:-1].split("\t")
    assert [unread[0], *unread[6:9]] == ["--", "IGNORE", "--", "--"]


@given(st.text(), st.sampled_from(CopyState), st.none() | st.datetimes(timezones=st.just(UTC)))
def test_every_line_can_be_taken_apart_and_success_is_only_what_was_read(
    name: str, state: CopyState, read: datetime | None
) -> None:
    text = line(item(copy(state, read), name=name), STORE, "acme", NOW, None)
    if not text:
        assert set(name) & set("\t\r\n")
        return
    assert (text.count("\n"), text.count("\t"), text[-1]) == (1, len(NAMES) - 1, "\n")
    values = dict(zip(NAMES, text[:-1].split("\t"), strict=True))
    assert values["content-id"] == name
    assert (values["result"] == "SUCCESS") == (state is CopyState.INTACT)


def test_a_store_that_is_not_to_keep_the_item_has_no_line() -> None:
    assert line(item(None), STORE, "acme", NOW, None) == ""


def survey(*items: Item) -> Survey:
    found = Survey()
    for one in items:
        found = found.counting(one, STORE, NOW)
    return found


def test_a_survey_counts_what_the_manifest_lists_and_how_copies_were_found() -> None:
    early = NOW - DAY
    found = survey(
        item(copy(CopyState.INTACT, early)), item(copy(CopyState.DAMAGED)), item(Copy()), item(Copy(), NOW - DAY)
    )
    read = {"read": 1, "read_bytes": 5, "read_before": 1, "read_bytes_before": 5}
    fixity = Fixity(damaged=1, unread=2, **read)
    assert found == Survey(objects=4, bytes=20, bad=2, unread=1, intact=1, oldest=early, newest=NOW, fixity=fixity)
    other = replace(STORE, id=StoreId("13"), primary=False)
    assert Survey().counting(item(copy(CopyState.INTACT)), other, NOW) == Survey()


DONE = NOW - 10 * DAY
GOOD = Report(ContentId("x"), Result.SUCCESS, DONE, 1)
BAD = replace(GOOD, result=Result.FAILURE)
ALL_AGAIN = Survey(2, 10, oldest=DONE + HOUR, newest=NOW)
SOME_AGAIN = replace(ALL_AGAIN, oldest=DONE - HOUR)


@pytest.mark.parametrize(
    ("found", "last", "asked", "expected"),
    [
        (Survey(), None, True, False),  # nothing was ever read
        (Survey(2, 10, unread=2), None, True, False),
        (Survey(2, 10, bad=1, unread=1), None, False, True),
        (ALL_AGAIN, None, False, True),
        (replace(ALL_AGAIN, unread=1), None, False, False),
        (replace(ALL_AGAIN, unread=1, bad=1), None, False, True),
        (replace(ALL_AGAIN, unread=1), None, True, True),
        (ALL_AGAIN, GOOD, False, True),
        (SOME_AGAIN, GOOD, False, False),
        (SOME_AGAIN, GOOD, True, True),
        (replace(SOME_AGAIN, bad=1), GOOD, False, True),
        (replace(SOME_AGAIN, bad=1), BAD, False, False),
        (SOME_AGAIN, BAD, False, True),
        (replace(ALL_AGAIN, oldest=DONE - DAY, newest=DONE), GOOD, True, False),  # nothing was read since
    ],
)
def test_when_a_report_is_due(found: Survey, last: Report | None, asked: bool, expected: bool) -> None:
    assert due(found, last, asked) is expected


def test_stamps_go_there_and_back() -> None:
    assert (stamp(NOW), parse_stamp(stamp(NOW))) == ("2023-05-06T07:08:09", NOW)
    assert Checksums() == item(Copy()).copies[STORE.id].held
