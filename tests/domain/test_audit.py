"""Audit log: each line says what happened, in the original's words, and can be taken apart again."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.audit import HEAD, line, timestamp
from chalicelib.domain.content import ContentId
from chalicelib.domain.journal import Event, Kind
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId

AT = datetime(2023, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
NAMES = HEAD.rstrip("\n").split("\t")


def told(kind: Kind, detail: dict[str, str] | None = None, item: str | None = "2019/report.pdf") -> dict[str, str]:
    """The filled columns of the only line."""
    event = Event(kind, AT, "jdoe", SpaceId("maps"), ContentId(item) if item else None, detail=detail or {})
    text = line(event, "acme", StoreId("12"))
    assert text.endswith("\n")
    values = dict(zip(NAMES, text[:-1].split("\t"), strict=True))
    assert (values["account"], values["store-id"], values["space-id"]) == ("acme", "12", "maps")
    assert (values["timestamp"], values["username"]) == ("2023-05-06T07:08:09.009", "jdoe")
    common = ("account", "store-id", "space-id", "timestamp", "username")
    return {name: value for name, value in values.items() if value and name not in common}


def test_the_columns_are_those_of_the_original() -> None:
    assert HEAD == (
        "account\tstore-id\tspace-id\tcontent-id\tcontent-md5\tcontent-size\tcontent-mimetype\tcontent-properties"
        "\tspace-acls\tsource-space-id\tsource-content-id\ttimestamp\taction\tusername\n"
    )


def test_the_example_of_the_contract() -> None:
    detail = {"md5": "9e10", "size": "73211", "content-type": "application/pdf", "properties": '{"creator":"jdoe"}'}
    event = Event(Kind.DEPOSITED, AT, "jdoe", SpaceId("annual-reports"), ContentId("2019/report.pdf"), detail=detail)
    assert line(event, "acme", StoreId("12")) == (
        'acme\t12\tannual-reports\t2019/report.pdf\t9e10\t73211\tapplication/pdf\t{"creator":"jdoe"}'
        "\t\t\t\t2023-05-06T07:08:09.009\tADD_CONTENT\tjdoe\n"
    )


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        (Kind.DEPOSITED, "ADD_CONTENT"),
        (Kind.REPLICATED, "ADD_CONTENT"),
        (Kind.REPAIRED, "ADD_CONTENT"),
        (Kind.DESCRIBED, "SET_CONTENT_PROPERTIES"),
        (Kind.DELETED, "DELETE_CONTENT"),
        (Kind.COPY_REMOVED, "DELETE_CONTENT"),
    ],
)
def test_what_happens_to_items(kind: Kind, action: str) -> None:
    assert told(kind, {"md5": "9e"}) == {"content-id": "2019/report.pdf", "content-md5": "9e", "action": action}


def test_what_happens_to_spaces() -> None:
    assert told(Kind.SPACE_CREATED, item=None) == {"action": "CREATE_SPACE"}
    assert told(Kind.SPACE_REMOVAL_ASKED, item=None) == {"action": "DELETE_SPACE"}
    rules = {"jdoe": "WRITE", "group-public": "READ"}
    expected = {"space-acls": "{acl-jdoe=WRITE, acl-group-public=READ}", "action": "SET_SPACE_ACLS"}
    assert told(Kind.ACCESS_CHANGED, rules, None) == expected
    assert told(Kind.ACCESS_CHANGED, {}, None) == {"space-acls": "{}", "action": "SET_SPACE_ACLS"}


def test_a_user_may_be_called_like_a_column() -> None:
    found = told(Kind.ACCESS_CHANGED, {"md5": "READ", "copied-from": "WRITE"}, None)
    assert found == {"space-acls": "{acl-md5=READ, acl-copied-from=WRITE}", "action": "SET_SPACE_ACLS"}


def test_a_copy_names_its_source() -> None:
    found = told(Kind.DEPOSITED, {"copied-from": "maps-2/folder/plate.tif"})
    assert (found["action"], found["source-space-id"]) == ("COPY_CONTENT", "maps-2")
    assert found["source-content-id"] == "folder/plate.tif"


@pytest.mark.parametrize(
    "kind", [Kind.CHECKED, Kind.LOST, Kind.EVIDENCE_KEPT, Kind.CHECKSUMS_FIXED, Kind.SPACE_REMOVED]
)
def test_what_the_original_did_not_tell_has_no_line(kind: Kind) -> None:
    assert line(Event(kind, AT, "jdoe", SpaceId("maps")), "acme", StoreId("12")) == ""


def test_times_are_utc_and_end_with_their_seconds() -> None:
    assert timestamp(AT) == "2023-05-06T07:08:09.009"
    assert timestamp(AT.astimezone(timezone(timedelta(hours=2)))) == "2023-05-06T07:08:09.009"


@given(st.sampled_from(Kind), st.text(), st.text(), st.dictionaries(st.text(), st.text()), st.text())
def test_every_line_is_one_line_of_fourteen_columns(
    kind: Kind, agent: str, item: str, detail: dict[str, str], source: str
) -> None:
    event = Event(kind, AT, agent, SpaceId("maps"), ContentId(item), detail={**detail, "copied-from": f"maps/{source}"})
    text = line(event, "acme", StoreId("12"))
    if text:
        assert (text.count("\n"), text.count("\t"), "\r" in text) == (1, 13, False)
        values = dict(zip(NAMES, text[:-1].split("\t"), strict=True))
        assert values["content-id"] == item
        if kind is not Kind.ACCESS_CHANGED:
            assert values["source-content-id"] == source
