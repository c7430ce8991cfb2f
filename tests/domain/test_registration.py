"""Registration: which object is a new deposit, case by case."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About, ContentId, Stored
from chalicelib.domain.records import Copy, CopyState, Item, Origin
from chalicelib.domain.registration import Known, deposited, is_deposit, seen_again
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SUMS, OTHERS = Checksums("a" * 32, "a" * 64), Checksums("b" * 32, "b" * 64)
ONE, TWO = StoreId("1"), StoreId("2")
ABOUT = About("text/plain", NOW, "ada", properties={"color": "red"}, checksums=SUMS)
INTACT = Copy(CopyState.INTACT, NOW, NOW, SUMS)
ITEM = Item(SpaceId("maps"), ContentId("a"), 3, ABOUT, "e1", {ONE: INTACT, TWO: INTACT}, modified=NOW)
SEEN = Stored(3, "e1", NOW, "text/plain", metadata=ABOUT.metadata())
BARE = replace(SEEN, metadata={"color": "red"})  # sent in parts, or by another S3 client: no checksums on it


@pytest.mark.parametrize(
    ("before", "seen", "known", "deposit"),
    [
        (None, SEEN, None, True),
        (replace(ITEM, deleted_at=NOW), SEEN, None, True),
        (ITEM, SEEN, None, False),
        (ITEM, replace(SEEN, etag="e2"), None, False),  # the same bytes in parts have another mark
        (ITEM, replace(SEEN, size=4, etag="e2"), None, True),
        (ITEM, replace(SEEN, size=4), None, False),  # decay: writing changes the mark
        (ITEM, replace(SEEN, content_type="text/html"), None, True),
        (ITEM, replace(SEEN, content_encoding="gzip"), None, True),
        (ITEM, replace(SEEN, metadata=replace(ABOUT, checksums=OTHERS).metadata()), None, True),
        (ITEM, replace(SEEN, metadata=replace(ABOUT, properties={"color": "blue"}).metadata()), None, True),
        (ITEM, replace(SEEN, metadata=replace(ABOUT, properties={"md5": "mine"}).metadata()), None, False),
        (ITEM, BARE, None, False),
        (ITEM, replace(BARE, etag="e2"), None, True),
        (ITEM, BARE, Known("e1", ABOUT), False),
        (ITEM, BARE, Known("e1", replace(ABOUT, checksums=OTHERS)), True),
        (ITEM, BARE, Known("e0", replace(ABOUT, checksums=OTHERS)), False),  # somebody wrote behind us
        (replace(ITEM, origin=Origin.FIRST_READ), BARE, Known("e1", ABOUT), True),  # an event overtook the deposit
    ],
)
def test_what_is_a_deposit(before: Item | None, seen: Stored, known: Known | None, deposit: bool) -> None:
    assert is_deposit(before, seen, known) is deposit


def test_a_deposit_remembers_what_the_stores_held_and_proves_nothing() -> None:
    item = deposited(ITEM, ITEM.space, ITEM.id, BARE, None, NOW, [ONE, TWO, StoreId("3")])
    assert (item.generation, item.origin) == (2, Origin.FIRST_READ)
    assert [copy.state for copy in item.copies.values()] == [CopyState.PENDING] * 3
    assert [copy.held for copy in item.copies.values()] == [SUMS, SUMS, Checksums()]


@pytest.mark.parametrize(
    ("later", "properties"), [(timedelta(0), ABOUT.properties | {"note": "x" * 3000}), (timedelta(seconds=1), {})]
)
def test_properties_that_did_not_fit_are_those_of_the_same_deposit(
    later: timedelta, properties: dict[str, str]
) -> None:
    about = replace(ABOUT, properties={**ABOUT.properties, "note": "x" * 3000})
    before = replace(ITEM, about=about, deleted_at=NOW, modified=None)
    again = replace(SEEN, etag="e2", metadata=replace(about, deposited_at=NOW + later).metadata())
    item = deposited(before, ITEM.space, ITEM.id, again, None, NOW, [ONE])
    assert item.about.properties == properties
    assert item.checksums == SUMS


@pytest.mark.parametrize(
    ("seen", "known", "read_again"),
    [
        (SEEN, None, False),
        (replace(SEEN, etag="e2"), None, True),
        (replace(SEEN, modified=NOW + timedelta(seconds=1)), None, True),
        (SEEN, Known("e1", ABOUT), True),
        (SEEN, Known("e0", ABOUT), False),
    ],
)
def test_bytes_that_were_written_again_are_to_be_read_again(
    seen: Stored, known: Known | None, read_again: bool
) -> None:
    after = seen_again(ITEM, seen, known, NOW, ONE, [ONE, TWO])
    assert (after.copies[ONE].state is CopyState.PENDING) is read_again
    assert after.copies[TWO].state is CopyState.INTACT
    assert after.writes == int(read_again)
    assert (after.next_check is not None) is read_again
