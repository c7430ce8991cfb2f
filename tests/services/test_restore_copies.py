"""Copies in an archive: checked by the store's word, some restored and read, each asked for once, within the money."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain import jobs
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.cold import Sample
from chalicelib.domain.content import About
from chalicelib.domain.errors import Archived, StoreDown
from chalicelib.domain.fixity_plan import Limits
from chalicelib.domain.journal import Kind
from chalicelib.domain.prices import PRICES
from chalicelib.domain.records import CopyState
from chalicelib.services.describe import NewDescription

from .world import BYTES, IN_PARTS, ITEM, MAPS, ONE, THREE, TWO, Crash, World

DAY = timedelta(days=1)
ALL, NONE = Sample(1.0, "seed"), Sample()
DEEP = {THREE: "deep"}
COST = PRICES["deep"].of(len(BYTES)) + PRICES["deep"].restoring(len(BYTES))
LONG_AGO = Checksums("0" * 32, "0" * 64)


def cold(sample: Sample = ALL, **given: object) -> World:
    """An item whose third copy went into an archive after it was proven, and whose time for a check has come."""
    world = World(third=MemoryStore(), classes=DEEP, sample=sample, **given)  # type: ignore[arg-type]
    world.put()
    world.work()
    world.check.check(MAPS, ITEM)
    assert set(world.states().values()) == {CopyState.INTACT}
    freeze(world)
    world.now += 200 * DAY
    return world


def archive(world: World) -> MemoryStore:
    assert world.third is not None
    return world.third


def freeze(world: World) -> None:
    archive(world).archive[MAPS, ITEM] = False


def restore(world: World) -> None:
    """What the store was asked for is there."""
    assert archive(world).archive[MAPS, ITEM] is None
    archive(world).archive[MAPS, ITEM] = True


def told(world: World) -> list[dict[str, str]]:
    """What the history says of the checks of the third copy."""
    events = world.index.history(MAPS, ITEM)
    return [dict(event.detail) for event in events if (event.kind, event.store) == (Kind.CHECKED, THREE)]


def waiting(world: World) -> list[jobs.Job]:
    return [job for job in world.queue.jobs if job == jobs.Check(MAPS, ITEM, (THREE,))]


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


def test_a_copy_of_the_sample_is_restored_read_and_judged() -> None:
    world = cold()
    (planned,) = world.plan_checks.preview().taken
    assert planned.restore == (THREE,)
    assert planned.money == COST
    world.plan_checks.plan()
    world.work(20)
    assert archive(world).asked == [(ITEM, "Bulk", 3)]
    assert world.plan_checks.spent() == COST
    assert told(world)[-1]["how"] == "not read"
    assert waiting(world)
    world.now += 2 * DAY
    restore(world)
    world.work()
    assert told(world)[-1]["verdict"] == "intact"
    assert told(world)[-1]["how"] == "restored and read"
    copy = world.item().copies[THREE]
    assert (copy.verified_at, copy.by_word) == (world.now, False)
    assert world.notes.notes("restoring") == []
    assert len(archive(world).asked) == 1


def test_a_restored_copy_that_is_damaged_is_repaired() -> None:
    world = cold()
    archive(world).damage(MAPS, ITEM, b"rotten in the archive!")
    world.plan_checks.plan()
    world.work(20)
    restore(world)
    world.work()
    assert world.states()[THREE] is CopyState.INTACT
    assert world.bytes_in(archive(world)) == BYTES
    assert b"rotten in the archive!" in world.evidence()


def test_the_check_that_waits_tells_nothing_until_it_has_read() -> None:
    world = cold()
    world.plan_checks.plan()
    world.work(20)
    before = len(told(world))
    for _ in range(3):
        with pytest.raises(Archived):
            world.check.check(MAPS, ITEM, (THREE,))
        world.now += DAY / 2
    assert len(told(world)) == before
    assert len(archive(world).asked) == 1


def test_a_second_check_meanwhile_asks_for_nothing() -> None:
    world = cold()
    world.plan_checks.plan()
    world.work(20)
    world.now += DAY
    world.queue.jobs.clear()
    world.check.check(MAPS, ITEM)
    world.check.check(MAPS, ITEM, restore=(THREE,))
    assert len(archive(world).asked) == 1
    assert waiting(world) == [], "one waits already"


def test_two_runs_at_once_ask_once() -> None:
    world = cold()

    def other_run() -> None:
        world.check.check(MAPS, ITEM, restore=(THREE,))

    for calls in range(200):
        freeze(world)
        archive(world).asked.clear()
        world.notes.erase("restoring", next((n.name for n in world.notes.notes("restoring")), "none"))
        world.fuse.left, world.fuse.happens = calls, other_run
        world.check.check(MAPS, ITEM, restore=(THREE,))
        assert len(archive(world).asked) == 1, calls
        assert waiting(world)
        if world.fuse.left >= 0:
            return
    pytest.fail("the other run was never over")


def test_wherever_it_crashes_the_copy_is_restored_and_read() -> None:
    for calls in range(200):
        world = cold()
        world.plan_checks.plan()
        (job,) = world.queue.jobs
        world.fuse.left = calls
        try:
            world.perform(job)
            world.queue.jobs.remove(job)
        except Crash:
            world.fuse.left = -1
            world.now += timedelta(hours=2)
        whole = world.fuse.left >= 0
        world.fuse.left = -1
        world.work(30)
        restore(world)
        world.work()
        assert told(world)[-1]["how"] == "restored and read", calls
        assert len(archive(world).asked) == 1
        if whole:
            return
    pytest.fail("it never ran to its end")


def test_one_that_expired_is_asked_for_again_with_new_money() -> None:
    world = cold()
    world.plan_checks.plan()
    world.work(20)
    world.now += 5 * DAY
    freeze(world)
    world.work(5)
    assert len(archive(world).asked) == 2
    assert world.plan_checks.spent() == PRICES["deep"].restoring(len(BYTES)), "of that day"
    restore(world)
    world.work()
    assert told(world)[-1]["how"] == "restored and read"


def test_one_that_expired_waits_for_money() -> None:
    world = cold(limits=Limits(money=COST))
    world.plan_checks.plan()
    world.work(20)
    world.now += 5 * DAY
    world.notes.add("checks", world.now.date().isoformat(), COST)
    freeze(world)
    world.work(20)
    assert len(archive(world).asked) == 1
    assert world.queue.jobs == []
    world.now += DAY
    world.check.check(MAPS, ITEM)
    assert len(archive(world).asked) == 2


def test_the_plan_takes_no_more_of_the_sample_than_its_money() -> None:
    world = World(third=MemoryStore(), classes=DEEP, sample=ALL, limits=Limits(money=COST + 1))
    for name in "ab":
        world.put(item=name)
    world.work()
    for name in "ab":
        world.check.check(MAPS, world.index.items(MAPS)["ab".index(name)].id)
    world.now += 200 * DAY
    assert len(world.plan_checks.preview().taken) == 1


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


def test_a_store_of_which_no_price_is_known_is_not_asked() -> None:
    world = cold()
    world.second.archive[MAPS, ITEM] = False
    world.check.check(MAPS, ITEM, restore=(TWO,))
    assert world.second.asked == []


def test_what_a_person_had_restored_is_read() -> None:
    world = cold(NONE)
    archive(world).archive[MAPS, ITEM] = None
    world.check.check(MAPS, ITEM)
    assert waiting(world)
    assert archive(world).asked == []
    restore(world)
    world.work()
    assert told(world)[-1]["how"] == "restored and read"


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


def test_a_wish_for_an_earlier_deposit_is_forgotten() -> None:
    world = cold()
    world.plan_checks.plan()
    world.work(20)
    world.queue.jobs.clear()
    world.put(b"a new edition")
    world.work()
    freeze(world)
    world.now += DAY
    world.check.check(MAPS, ITEM)
    assert len(archive(world).asked) == 1


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


def test_a_large_copy_is_restored_and_read_part_by_part() -> None:
    world = cold(sizes=IN_PARTS)
    world.plan_checks.plan()
    world.work(20)
    restore(world)
    archive(world).damage(MAPS, ITEM, BYTES[:-1] + b"X")
    world.work()
    assert world.states() == dict.fromkeys((ONE, TWO, THREE), CopyState.INTACT)
    assert world.notes.notes("restoring") == []
