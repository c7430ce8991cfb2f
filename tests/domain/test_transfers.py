"""Transfers: what several runs did comes together, in any order and however often it is told."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.checksums import tally
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.parts import PartList
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.domain.transfers import OVERDUE, Transfer

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ABOUT = About("image/tiff", NOW, "member", properties={"a": "1", "b": "2"}, checksums=tally([b"x"]).checksums)
ITEM = Item(SpaceId("maps"), ContentId("plate"), 10, ABOUT, "mark", {})
TEN = PartList((1,) * 10, (bytes(32),) * 10)
NEW = Transfer.of(ITEM, StoreId("2"), TEN, "upload", None, False)

runs = st.lists(st.tuples(st.integers(1, 10), st.integers(1, 10)).map(lambda run: (min(run), max(run))))


@given(runs, st.integers(1, 10))
def test_what_is_left_is_what_nobody_did(done: list[tuple[int, int]], most: int) -> None:
    transfer = NEW
    for run in done:
        transfer = transfer.with_done(run)
    did = {number for first, last in done for number in range(first, last + 1)}
    left = transfer.left(most, NOW)
    assert sorted(number for first, last in left for number in range(first, last + 1)) == sorted({*range(1, 11)} - did)
    assert all(0 <= last - first < most for first, last in left)
    assert transfer.whole == (not left)


@given(runs, st.sets(st.sampled_from([StoreId("1"), StoreId("3"), StoreId("10")])), st.booleans())
def test_it_is_noted_and_read_again(done: list[tuple[int, int]], sources: set[StoreId], unseen: bool) -> None:
    transfer = NEW
    for run in done:
        transfer = transfer.with_done(run, frozenset(sources), unseen)
    for one in (transfer, transfer.handed_out(done, NOW), transfer.completed("mark")):
        assert Transfer.decode(one.encode()) == one


def test_nothing_of_a_completed_object_is_read_back_yet() -> None:
    assert NEW.with_done((1, 10)).whole
    assert NEW.with_done((1, 10)).completed("mark").left(4, NOW) == [(1, 4), (5, 8), (9, 10)]


def test_it_serves_the_same_deposit_described_alike_and_no_other() -> None:
    assert NEW.serves(replace(ITEM, revision=7, about=replace(ABOUT, properties={"b": "2", "a": "1"})))
    assert not NEW.serves(None)
    assert not NEW.serves(replace(ITEM, deleted_at=NOW))
    assert not NEW.serves(replace(ITEM, generation=2))
    assert not NEW.serves(replace(ITEM, about=replace(ABOUT, properties={"a": "1"})))
    assert not NEW.serves(replace(ITEM, about=ABOUT.with_checksums(tally([b"y"]).checksums)))


def test_what_is_out_is_not_left_until_it_is_overdue() -> None:
    out = NEW.with_done((1, 2)).handed_out([(3, 5), (6, 8)], NOW)
    assert out.left(4, NOW) == out.left(4, NOW + OVERDUE / 2) == [(9, 10)]
    assert out.given_up((3, 5)).left(4, NOW) == [(3, 5), (9, 10)]
    assert out.handed_out([(4, 5)], NOW + OVERDUE).left(4, NOW + OVERDUE) == [(3, 3), (6, 9), (10, 10)]
    assert out.left(4, NOW - OVERDUE) == out.left(4, NOW + OVERDUE) == [(3, 6), (7, 10)], (
        "the clock may have been ahead"
    )


def test_a_note_of_before_runs_were_handed_out_is_read() -> None:
    said = {name: value for name, value in json.loads(NEW.encode()).items() if name != "out"}
    assert Transfer.decode(json.dumps(said).encode()) == NEW
