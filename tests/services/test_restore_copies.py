"""Restores: some copies in an archive are brought back and read, each asked for once, within the money."""

from datetime import timedelta

import pytest

from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain.errors import Archived
from chalicelib.domain.fixity_plan import Limits
from chalicelib.domain.prices import PRICES
from chalicelib.domain.records import CopyState

from .archiving import ALL, COST, DAY, DEEP, NONE, archive, cold, freeze, restore, told, waiting
from .world import BYTES, IN_PARTS, ITEM, MAPS, ONE, THREE, TWO, Crash, World


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


def test_a_large_copy_is_restored_and_read_part_by_part() -> None:
    world = cold(sizes=IN_PARTS)
    world.plan_checks.plan()
    world.work(20)
    restore(world)
    archive(world).damage(MAPS, ITEM, BYTES[:-1] + b"X")
    world.work()
    assert world.states() == dict.fromkeys((ONE, TWO, THREE), CopyState.INTACT)
    assert world.notes.notes("restoring") == []
