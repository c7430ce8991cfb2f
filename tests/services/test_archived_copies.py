"""Copies in an archive: the word of the store is told as such; doubt and need have them read."""

from dataclasses import replace

import pytest

from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About
from chalicelib.domain.errors import Archived, StoreDown
from chalicelib.domain.fixity_plan import Limits
from chalicelib.domain.records import CopyState
from chalicelib.services.describe import NewDescription

from .archiving import COST, DAY, DEEP, LONG_AGO, NONE, archive, cold, freeze, restore, told
from .world import BYTES, IN_PARTS, ITEM, MAPS, THREE, World


def test_without_a_sample_the_word_of_the_store_is_all_and_that_is_said() -> None:
    world = cold(NONE)
    proven = world.item().copies[THREE].verified_at
    world.plan_checks.plan()
    world.work()
    assert archive(world).asked == []
    copy = world.item().copies[THREE]
    assert (copy.state, copy.by_word, copy.verified_at, copy.read_at) == (CopyState.INTACT, True, proven, proven)
    assert told(world)[-1]["verdict"] == "archived"
    assert told(world)[-1]["how"] == "not read"
    assert told(world)[-1]["evidence"] == "not read; the store's own checksum is that of the record"


def test_a_copy_whose_own_checksum_is_another_is_restored_and_is_in_doubt_until_then() -> None:
    world = cold(NONE)
    held = archive(world).contents[MAPS]
    held[ITEM] = (held[ITEM][0], replace(held[ITEM][1], own=LONG_AGO))
    world.plan_checks.plan()
    world.work(20)
    assert world.states()[THREE] is CopyState.UNREADABLE
    assert told(world)[-1]["evidence"] == "not read; the store's own checksum is not that of the record"
    assert archive(world).asked
    restore(world)
    world.work()
    assert world.states()[THREE] is CopyState.INTACT, "its bytes are right"


def test_the_only_copy_that_may_be_intact_is_restored_and_the_others_are_made_from_it() -> None:
    world = cold(NONE)
    world.primary.damage(MAPS, ITEM, b"rotten")
    world.second.delete(MAPS, ITEM)
    world.check.check(MAPS, ITEM)
    world.work(20)
    assert len(archive(world).asked) == 1
    restore(world)
    world.work()
    assert set(world.states().values()) == {CopyState.INTACT}
    assert world.bytes_in(world.primary) == world.bytes_in(world.second) == BYTES


def test_what_needs_a_restore_waits_for_the_money_of_another_day() -> None:
    world = cold(NONE, limits=Limits(money=COST))
    world.notes.add("checks", world.now.date().isoformat(), COST)
    world.primary.damage(MAPS, ITEM, b"rotten")
    world.second.delete(MAPS, ITEM)
    world.check.check(MAPS, ITEM)
    assert archive(world).asked == []
    world.now += DAY
    world.plan_checks.plan()
    world.work(20)
    assert len(archive(world).asked) == 1


def test_a_copy_that_could_not_be_reached_and_is_archived_as_it_was_is_no_longer_in_doubt() -> None:
    world = cold(NONE)
    archive(world).down = True
    with pytest.raises(StoreDown):
        world.check.check(MAPS, ITEM, (THREE,))
    assert world.states()[THREE] is CopyState.UNREADABLE
    archive(world).down = False
    world.check.check(MAPS, ITEM, (THREE,))
    assert world.states()[THREE] is CopyState.INTACT
    assert archive(world).asked == []


def test_one_that_was_damaged_and_is_now_archived_is_restored() -> None:
    world = cold(NONE)
    item = world.item()
    held = archive(world).contents[MAPS]
    held[ITEM] = (held[ITEM][0], replace(held[ITEM][1], own=Checksums()))
    damaged = replace(item.copies[THREE], state=CopyState.DAMAGED)
    assert world.index.save(item.with_copy(THREE, damaged))
    world.check.check(MAPS, ITEM)
    assert archive(world).asked


def test_an_archived_copy_is_replaced_without_a_restore_by_a_new_deposit_or_description() -> None:
    world = cold(NONE)
    world.describe.describe(world.maps, ITEM, NewDescription(content_type="image/jp2"), "admin")
    world.work()
    assert archive(world).contents[MAPS][ITEM][1].content_type == "image/jp2"
    freeze(world)
    world.put(b"a new edition")
    world.work()
    assert world.bytes_in(archive(world)) == b"a new edition"
    assert archive(world).asked == []


def test_archived_bytes_that_nobody_knows_are_not_replaced_before_they_can_be_kept() -> None:
    world = cold(NONE)
    archive(world).put(MAPS, ITEM, iter([b"of somebody else"]), About("image/tiff", world.now, "nobody"))
    freeze(world)
    world.put(b"a new edition")
    world.work(60)
    assert world.bytes_in(archive(world)) == b"of somebody else"


def test_an_archived_copy_is_not_proven_by_the_word_of_the_store() -> None:
    world = cold(NONE)
    item = world.item()
    assert world.index.save(item.with_copy(THREE, replace(item.copies[THREE], state=CopyState.PENDING)))
    with pytest.raises(Archived):
        world.replicate.replicate(MAPS, ITEM, THREE)


@pytest.mark.parametrize(("other", "evidence"), [(False, "is that"), (True, "is not that")])
def test_a_large_copy_is_judged_by_what_the_store_says_of_its_parts(other: bool, evidence: str) -> None:
    third = MemoryStore(confirms_sha256=True)
    world = World(third=third, classes=DEEP, sizes=IN_PARTS)
    world.put()
    world.work()
    held = third.contents[MAPS]
    assert held[ITEM][1].composite
    if other:
        held[ITEM] = (held[ITEM][0], replace(held[ITEM][1], composite=f"AAAA-{held[ITEM][1].composite[-1]}"))
    freeze(world)
    world.check.check(MAPS, ITEM)
    assert told(world)[-1]["evidence"] == f"not read; the store's own checksum {evidence} of the record"
    assert bool(third.asked) is other


def test_what_a_store_says_of_parts_that_were_cut_otherwise_says_nothing() -> None:
    third = MemoryStore(confirms_sha256=True)
    world = World(third=third, classes=DEEP, sizes=IN_PARTS)
    world.put()
    world.work()
    held = third.contents[MAPS]
    held[ITEM] = (held[ITEM][0], replace(held[ITEM][1], composite="AAAA-77"))
    freeze(world)
    world.check.check(MAPS, ITEM)
    assert told(world)[-1]["evidence"] == "not read; the store tells no checksum"
    assert third.asked == []
