"""Sweeping: streams side by side give what sets give, and each difference has its finding."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import jobs
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.domain.sweeping import Counts, Found, Judge, Sight, counted, march
from chalicelib.messages_sweep import decode_sweeps, encode_sweeps

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MAPS, ONE, TWO, THREE = SpaceId("maps"), StoreId("1"), StoreId("2"), StoreId("3")
PROVEN = Copy(CopyState.INTACT, NOW, NOW, Checksums("0" * 32, "0" * 64))


@dataclass(frozen=True)
class Entry:
    id: ContentId
    size: int = 5
    etag: str = "etag"


def item(name: str = "a", **changed: Any) -> Item:
    about = About("text/plain", NOW, "member", checksums=PROVEN.held)
    made = Item(MAPS, ContentId(name), 5, about, "etag", {ONE: PROVEN, TWO: PROVEN})
    return replace(made, **changed)


names = st.sets(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=3).map(ContentId), max_size=12)


def in_order(names: set[ContentId]) -> list[ContentId]:
    return sorted(names, key=str.encode)


@given(names, names, names)
def test_streams_side_by_side_give_what_sets_give(
    known: set[ContentId], one: set[ContentId], two: set[ContentId]
) -> None:
    listings = {ONE: map(Entry, in_order(one)), TWO: map(Entry, in_order(two))}
    sights = list(march((item(name) for name in in_order(known)), listings))
    assert [sight.id for sight in sights] == in_order(known | one | two)
    assert {sight.id for sight in sights if sight.item} == known
    assert all(sight.item is None or sight.item.id == sight.id for sight in sights)
    for store, names in ((ONE, one), (TWO, two)):
        assert {sight.id for sight in sights if store in sight.held} == names
        assert all(sight.held[store].id == sight.id for sight in sights if store in sight.held)


def test_no_stream_is_read_ahead() -> None:
    read = 0

    def entries() -> Iterator[Entry]:
        nonlocal read
        for n in range(1_000_000):
            read += 1
            yield Entry(ContentId(f"{n:09}"))

    assert len(list(islice(march([], {ONE: entries()}), 10))) == 10
    assert read <= 12


def findings(item: Item | None, held: dict[StoreId, Entry], **changed: Any) -> list[tuple[Found, StoreId, Any]]:
    judge = Judge(MAPS, ONE, changed.pop("wanted", (ONE, TWO)), changed.pop("heard", {ONE, TWO, THREE}), NOW)
    return [(f.kind, f.store, f.job) for f in judge.findings(Sight(ContentId("a"), item, held))]


A = ContentId("a")
ENTRY, LONGER, OTHER = Entry(A), Entry(A, size=6), Entry(A, etag="other")
REGISTER, CHECK = jobs.Register(MAPS, A), jobs.Check(MAPS, A)
HELD = item(deleted_at=NOW, held_until=NOW + timedelta(seconds=1))
OVER = replace(HELD, held_until=NOW)
ADOPT, REMOVE = jobs.Replicate(MAPS, A, THREE), jobs.RemoveCopy(MAPS, A, TWO)


@pytest.mark.parametrize(
    ("item", "held", "expected"),
    [
        (item(), {ONE: ENTRY, TWO: ENTRY}, []),
        (item(), {ONE: ENTRY, TWO: OTHER}, []),  # other stores have marks of their own
        (None, {ONE: ENTRY}, [(Found.EXTRA, ONE, REGISTER)]),
        (None, {ONE: ENTRY, TWO: ENTRY}, [(Found.EXTRA, ONE, REGISTER)]),
        (None, {TWO: ENTRY, THREE: ENTRY}, [(Found.FOREIGN, TWO, None), (Found.FOREIGN, THREE, None)]),
        (item(), {TWO: ENTRY}, [(Found.MISSING, ONE, REGISTER)]),
        (item(), {ONE: OTHER, TWO: ENTRY}, [(Found.DIFFERENT, ONE, REGISTER)]),
        (item(), {ONE: ENTRY}, [(Found.MISSING, TWO, CHECK)]),
        (item(), {}, [(Found.MISSING, ONE, REGISTER), (Found.MISSING, TWO, CHECK)]),
        (item(), {ONE: ENTRY, TWO: LONGER}, [(Found.DIFFERENT, TWO, CHECK)]),
        (item(copies={ONE: PROVEN, TWO: Copy()}), {ONE: ENTRY}, [(Found.WAITING, TWO, REGISTER)]),
        (item(copies={ONE: Copy(), TWO: PROVEN}), {ONE: ENTRY, TWO: ENTRY}, [(Found.WAITING, ONE, REGISTER)]),
        (item(copies={ONE: PROVEN}), {ONE: ENTRY, TWO: ENTRY}, [(Found.WAITING, TWO, REGISTER)]),
        (item(), {ONE: ENTRY, TWO: ENTRY, THREE: ENTRY}, [(Found.EXTRA, THREE, ADOPT)]),
        (item(), {ONE: ENTRY, TWO: ENTRY, THREE: LONGER}, [(Found.FOREIGN, THREE, None)]),
        (HELD, {TWO: ENTRY}, []),
        (HELD, {ONE: ENTRY}, [(Found.EXTRA, ONE, REGISTER)]),
        (OVER, {}, []),
        (OVER, {TWO: ENTRY}, [(Found.EXTRA, TWO, REMOVE)]),
        (OVER, {TWO: LONGER}, [(Found.EXTRA, TWO, REMOVE)]),
        (replace(OVER, copies={}), {TWO: ENTRY}, [(Found.EXTRA, TWO, REMOVE)]),
        (replace(OVER, copies={}), {TWO: LONGER}, [(Found.FOREIGN, TWO, None)]),
    ],
)
def test_each_difference_has_its_finding(item: Item | None, held: dict[StoreId, Entry], expected: list[Any]) -> None:
    assert findings(item, held) == expected


def test_who_is_not_heard_is_not_judged() -> None:
    assert findings(item(), {ONE: ENTRY}, heard={ONE}) == []
    assert findings(item(), {TWO: ENTRY}, heard={TWO}) == []
    assert findings(item(copies={ONE: PROVEN, TWO: Copy()}), {ONE: ENTRY}, heard={ONE}) == []


counts = st.builds(
    Counts,
    st.integers(0, 9),
    st.dictionaries(st.sampled_from(Found), st.integers(1, 9)),
    st.integers(0, 9),
    st.none() | st.datetimes(timezones=st.just(UTC)),
    st.lists(st.tuples(st.sampled_from(Found), st.just(TWO), st.text().map(ContentId)), max_size=30).map(tuple),
    st.frozensets(st.sampled_from([ONE, TWO])),
)


@given(counts, st.lists(st.integers(0, 2), max_size=6))
def test_pages_are_counted_once_however_often_they_are_done(one: Counts, again: list[int]) -> None:
    pages = [("", "m"), ("m", "t"), ("t", None)]
    sweeps = None
    for number, (after, end) in enumerate(pages):
        sweeps = counted(sweeps, NOW, after, end, one, NOW)
        for earlier in again:
            if earlier <= number:
                assert counted(sweeps, NOW, *pages[earlier], one, NOW) == sweeps
    assert sweeps is not None
    assert sweeps.last is not None
    assert sweeps.last.counts == Counts() + one + one + one
    assert decode_sweeps(encode_sweeps(sweeps)) == sweeps


def test_the_last_whole_sweep_is_told_while_another_one_is_under_way() -> None:
    first = counted(None, NOW, "", None, Counts(7), NOW)
    later = NOW + timedelta(days=1)
    second = counted(first, later, "", "m", Counts(3), later)
    assert (second.last, second.running) == (first.latest, second.latest)
    assert second.latest.counts.seen == 3
    assert counted(second, NOW, "", None, Counts(1), later) == second, "a late page of an earlier one"
    third = counted(second, later + timedelta(days=1), "", None, Counts(5), later)
    assert (third.last, third.before) == (third.latest, first.latest), "one that was never ended is forgotten"
