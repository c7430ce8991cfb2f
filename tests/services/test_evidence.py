"""Judging by evidence: what stores say of their objects, records that are missing, and answers that are no evidence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About, ContentId, Stored
from chalicelib.domain.errors import Archived, StoreDown
from chalicelib.domain.fixity import Verdict
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.ports import Opened

from .world import BYTES, ITEM, MAPS, ONE, THREE, TWO, ScriptedReads, World, checksums

OTHER = b"bytes of somebody else"


@pytest.fixture
def whole(world: World) -> World:
    world.put()
    world.work()
    return world


def said(world: World, store: Any = TWO) -> dict[str, str]:
    """The detail of the last check of a store."""
    events = world.index.history(MAPS, ITEM)
    return dict([event for event in events if (event.kind, event.store) == (Kind.CHECKED, store)][-1].detail)


def change(world: World, store: Any, change: Callable[[Stored], Stored]) -> None:
    """Change what a store says of the object."""
    held = world.stores[store].contents[MAPS]
    held[ITEM] = (held[ITEM][0], change(held[ITEM][1]))


def without_a_record(world: World, in_second: bytes | None) -> None:
    """An object without facts in the primary, and one of which nobody knows in the second store."""
    world.put_directly()
    if in_second is not None:
        world.second.create_space(MAPS)
        world.second.put(MAPS, ITEM, iter([in_second]), About("image/tiff", world.now, "nobody"))


def test_decay_is_told_from_writing_by_the_checksum_of_the_store(whole: World) -> None:
    whole.second.damage(MAPS, ITEM, OTHER)
    whole.check.check(MAPS, ITEM)
    assert said(whole)["evidence"].startswith("decayed")
    whole.work()
    whole.second.put(MAPS, ITEM, iter([OTHER]), About("image/tiff", whole.now, "nobody"))
    whole.check.check(MAPS, ITEM)
    assert said(whole)["evidence"].startswith("written")
    whole.work()
    assert whole.bytes_in(whole.second) == BYTES


def test_a_wrong_checksum_of_the_store_beside_right_bytes_is_told_and_repairs_nothing(whole: World) -> None:
    change(whole, TWO, lambda stored: replace(stored, own=Checksums("0" * 32)))
    whole.check.check(MAPS, ITEM)
    assert said(whole)["verdict"] == "intact"
    assert said(whole)["evidence"] == "the store's own checksum is wrong, the bytes are right"
    assert whole.queue.jobs == []


def test_an_older_version_is_damage_that_is_told_as_such(whole: World) -> None:
    older = whole.second.contents[MAPS][ITEM]
    whole.put(b"a new edition")
    whole.work()
    whole.second.contents[MAPS][ITEM] = older
    whole.check.check(MAPS, ITEM)
    assert said(whole)["evidence"] == "older version: the bytes of an earlier deposit"
    whole.work()
    assert whole.bytes_in(whole.second) == b"a new edition"
    assert whole.evidence() == [BYTES]


def test_a_body_that_is_cut_short_is_unreadable(whole: World) -> None:
    whole.check.stores.providers[TWO] = ScriptedReads(whole.second, [BYTES[:9], BYTES[:9]])
    whole.check.check(MAPS, ITEM)
    assert whole.states()[TWO] is CopyState.UNREADABLE
    assert said(whole)["reason"] == f"Store 2 gives 9 of {len(BYTES)} bytes"


def test_bytes_that_change_with_every_read_are_unreadable(whole: World) -> None:
    whole.check.stores.providers[TWO] = ScriptedReads(whole.second, [b"one", b"two", b"three"])
    whole.check.check(MAPS, ITEM)
    assert whole.states()[TWO] is CopyState.UNREADABLE
    assert said(whole)["reason"] == "Store 2 gives something else at every read"


def test_what_was_bad_but_once_after_an_error_is_read_a_third_time(whole: World) -> None:
    noise = b"noise in the line.." + BYTES[19:]
    whole.check.stores.providers[TWO] = ScriptedReads(whole.second, [StoreDown("reset"), noise, BYTES])
    whole.check.check(MAPS, ITEM)
    assert whole.states()[TWO] is CopyState.INTACT


@pytest.mark.parametrize("gone", [True, False])
def test_a_stale_answer_is_no_damage(whole: World, gone: bool) -> None:
    """Reads give the version before, while the store says that it holds another, or none."""
    older = replace(whole.second.contents[MAPS][ITEM][1], etag="older", size=len(OTHER))

    @contextmanager
    def stale(*_: Any) -> Iterator[Opened]:
        yield Opened(older, iter([OTHER]))

    if gone:
        del whole.second.contents[MAPS][ITEM]
    whole.second.open = stale
    whole.check.check(MAPS, ITEM)
    assert whole.states()[TWO] is CopyState.UNREADABLE
    assert said(whole)["reason"] == "Store 2 shows another object than the one that it gives"


def test_an_object_that_is_shown_and_not_given_is_not_missing(whole: World) -> None:
    whole.check.stores.providers[TWO] = ScriptedReads(whole.second, [None, None])
    whole.check.check(MAPS, ITEM)
    assert whole.states()[TWO] is CopyState.UNREADABLE


def test_a_finding_that_the_store_cannot_be_asked_about_is_unreadable(whole: World) -> None:
    def fails(*_: Any) -> None:
        raise StoreDown("no answer")

    whole.second.damage(MAPS, ITEM, OTHER)
    whole.second.head = fails
    whole.check.check(MAPS, ITEM)
    assert whole.states()[TWO] is CopyState.UNREADABLE


@pytest.mark.parametrize("answers", [True, False])
def test_an_archived_copy_stays_as_it_was_and_its_own_checksum_is_told(whole: World, answers: bool) -> None:
    before = whole.item().copies[TWO]
    whole.now += timedelta(days=90)

    @contextmanager
    def archived(*_: Any) -> Iterator[Opened]:
        raise Archived("to be restored first")
        yield

    def fails(*_: Any) -> None:
        raise StoreDown("no answer")

    whole.second.open = archived
    if not answers:
        whole.second.head = fails
    whole.primary.damage(MAPS, ITEM, OTHER)
    whole.check.check(MAPS, ITEM)
    assert whole.item().copies[TWO] == replace(before, checked_at=whole.now, by_word=True)
    assert whole.item().copies[TWO].read_at == before.verified_at, "nothing was read"
    assert said(whole)["verdict"] == Verdict.ARCHIVED
    assert said(whole).get("own-md5") == (checksums(BYTES).md5 if answers else None)
    assert "None" not in said(whole).values(), "what the store does not tell is not told"
    assert Kind.LOST not in whole.kinds()
    assert whole.bytes_in(whole.primary) == OTHER, "nothing was proven intact: nothing is repaired"


def test_a_missing_record_is_made_from_another_copy_when_the_primary_decayed(world: World) -> None:
    without_a_record(world, BYTES)
    world.primary.damage(MAPS, ITEM, b"the only cosy of a map")
    world.work()
    assert world.item().checksums == checksums(BYTES)
    assert world.bytes_in(world.primary) == BYTES
    assert world.evidence() == [b"the only cosy of a map"]


@pytest.mark.parametrize("in_second", [None, OTHER])
def test_without_a_record_and_a_third_source_a_person_decides(
    world: World, in_second: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    without_a_record(world, in_second)
    world.primary.damage(MAPS, ITEM, b"the only cosy of a map")
    world.work()
    assert not world.item().checksums.known
    assert world.bytes_in(world.primary) == b"the only cosy of a map"
    assert world.bytes_in(world.second) == in_second
    assert said(world, ONE)["verdict"] == Verdict.UNDECIDED
    assert "UNDECIDED" in caplog.text
    world.put()  # what a person does: deposits the right bytes
    world.work()
    assert set(world.states().values()) == {CopyState.INTACT}


def test_a_store_that_vouches_for_its_bytes_is_the_third_source(world: World) -> None:
    without_a_record(world, OTHER)
    world.work()
    assert world.item().checksums == checksums(BYTES)
    assert world.bytes_in(world.second) == BYTES
    assert world.evidence() == [OTHER], "nobody expected them"


def test_two_stores_that_agree_make_the_record(world: World) -> None:
    without_a_record(world, BYTES)
    change(world, ONE, lambda stored: replace(stored, own=Checksums()))
    world.work()
    assert world.item().checksums == checksums(BYTES)
    assert set(world.states().values()) == {CopyState.INTACT}


def test_what_is_known_of_an_earlier_deposit_does_not_keep_the_next_one_from_its_record(whole: World) -> None:
    """Another S3 client replaced it, in parts: the second store rightly holds the one before."""
    whole.put_directly(b"a new edition")
    change(whole, ONE, lambda stored: replace(stored, own=Checksums()))
    whole.work()
    assert whole.item().checksums == checksums(b"a new edition")
    assert whole.bytes_in(whole.second) == b"a new edition"


@pytest.mark.parametrize("gone", ["deleted", "unknown"])
def test_what_is_deleted_or_unknown_is_not_read(whole: World, gone: str) -> None:
    whole.index.save(replace(whole.item(), deleted_at=whole.now))
    opened: list[object] = []
    whole.primary.open = lambda *args, **_: opened.append(args)  # type: ignore[assignment,method-assign]
    whole.check.check(MAPS, ITEM if gone == "deleted" else ContentId("unknown"))
    assert opened == []
    assert whole.queue.jobs == []


def test_what_nobody_ever_read_is_held_as_long_as_its_space_says(world: World) -> None:
    world.index.save_space(replace(world.maps, hold=timedelta(days=3), revision=1))
    world.primary.silent = True
    world.put_directly()
    world.register.register(MAPS, ITEM)
    del world.primary.contents[MAPS][ITEM]
    world.check.check(MAPS, ITEM)
    assert world.item().held_until == world.now + timedelta(days=3)


def test_the_store_whose_bytes_became_the_record_is_told() -> None:
    third = MemoryStore()
    world = World(third=third)
    world.primary.silent = True
    world.put_directly()
    world.register.register(MAPS, ITEM)
    for store, data in ((world.second, b"other bytes"), (third, BYTES)):
        store.create_space(MAPS)
        store.put(MAPS, ITEM, iter([data]), replace(world.item().about, checksums=Checksums()))
    world.primary.damage(MAPS, ITEM, b"rotten")
    world.check.check(MAPS, ITEM)
    (fixed,) = (e for e in world.index.history(MAPS, ITEM) if e.kind is Kind.CHECKSUMS_FIXED)
    assert (fixed.store, world.item().checksums, world.item().size) == (THREE, checksums(BYTES), len(BYTES))
