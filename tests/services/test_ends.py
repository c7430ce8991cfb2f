"""Ends: whatever is wrong, the jobs come to an end, and the plan looks again at sensible times."""

from dataclasses import replace
from datetime import timedelta

from chalicelib.domain import jobs
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.errors import Rejected, Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import Copy, CopyState
from chalicelib.domain.stores import StoreId

from .world import ADMIN, BYTES, ITEM, MAPS, ONE, TWO, World

ATTEMPTS = 12  # then a queue puts a message to its dead letters


def drain(world: World) -> int:
    """Deliver everything, each message at most as often as a queue does; counts deliveries."""
    tries: dict[int, int] = {}
    delivered = 0
    while world.queue.jobs:
        job = world.queue.jobs.pop(0)
        delivered += 1
        assert delivered < 100, f"no end: {[job, *world.queue.jobs[:3]]}"
        try:
            world.perform(job)
        except Rejected:
            continue
        except Unavailable:
            tries[id(job)] = tries.get(id(job), 0) + 1
            if tries[id(job)] < ATTEMPTS:
                world.queue.jobs.append(job)
    return delivered


def test_put_and_taken_away_again_by_an_s3_client_before_the_first_read(world: World) -> None:
    world.put_directly()
    world.perform(world.queue.jobs.pop(0))
    world.primary.delete(MAPS, ITEM)
    drain(world)
    assert not world.item().live
    assert Kind.LOST not in world.kinds(), "nobody had acknowledged it"


def test_a_deposit_that_vanished_before_its_first_check_is_lost_once(world: World) -> None:
    world.put()
    del world.primary.contents[MAPS][ITEM]
    drain(world)
    assert world.kinds().count(Kind.LOST) == 1


def test_a_deposit_that_was_damaged_before_its_first_copy_is_lost_once(world: World) -> None:
    world.put()
    world.primary.damage(MAPS, ITEM, b"rotten")
    drain(world)
    assert world.kinds().count(Kind.LOST) == 1
    assert world.bytes_in(world.second) is None


def test_a_damaged_primary_while_the_second_store_is_down(world: World) -> None:
    world.put()
    world.work()
    world.second.down = True
    world.primary.damage(MAPS, ITEM, b"rotten")
    world.queue.send([jobs.Check(MAPS, ITEM)])
    assert drain(world) < 20
    assert world.states() == {ONE: CopyState.DAMAGED, TWO: CopyState.UNREADABLE}
    assert Kind.LOST not in world.kinds()


def test_a_copy_in_a_store_that_is_gone_does_not_stand_in_the_way(world: World) -> None:
    world.put()
    world.work()
    world.index.save(world.item().with_copy(StoreId("7"), Copy(CopyState.PENDING)))
    world.second.damage(MAPS, ITEM, b"rotten")
    world.queue.send([jobs.Check(MAPS, ITEM)])
    drain(world)
    world.check.check(MAPS, ITEM)
    assert world.states()[TWO] is CopyState.INTACT
    due = world.item().next_check
    assert due is not None
    assert due > world.now + timedelta(days=80)


def test_a_planned_check_whose_work_was_cut_off_is_done_when_it_comes_again(world: World) -> None:
    world.put()
    world.work()
    world.second.damage(MAPS, ITEM, b"rotten")
    world.now += timedelta(days=91)
    world.plan_checks.plan()
    check = world.queue.jobs[0]
    world.perform(check)
    world.queue.jobs[:] = [check]  # the verdict was saved; then the process died, and asked for no repair
    drain(world)
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_a_planned_check_while_every_store_is_down_is_made_up_for_the_same_day(world: World) -> None:
    world.put()
    world.work()
    world.now += timedelta(days=91)
    world.plan_checks.plan()
    world.primary.down = world.second.down = True
    drain(world)
    world.primary.down = world.second.down = False
    world.now += timedelta(days=1)
    world.plan_checks.plan()
    drain(world)
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_a_length_that_was_wrong_at_the_first_look_starts_no_circle(world: World) -> None:
    world.put_directly()
    world.perform(world.queue.jobs.pop(0))
    told = replace(world.primary.contents[MAPS][ITEM][1], own=Checksums())  # it vouches for nothing
    world.primary.contents[MAPS][ITEM] = (BYTES + b" and more", told)
    drain(world)
    assert world.item().size == len(BYTES + b" and more")
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_a_rewrite_that_was_damaged_is_repaired_without_crying_lost(world: World) -> None:
    world.put(properties={"color": "red"})
    world.work()
    world.put(properties={"color": "blue"})
    world.primary.damage(MAPS, ITEM, b"torn")
    drain(world)
    assert Kind.LOST not in world.kinds()
    assert world.bytes_in(world.primary) == BYTES


def test_a_new_store_is_filled_by_the_sweep(world: World) -> None:
    world.put()
    world.work()
    item = world.item()
    world.index.save(replace(item, copies={ONE: item.copies[ONE]}))
    del world.second.contents[MAPS]
    world.sweep.sweep()
    drain(world)
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_a_removed_space_leaves_nothing_that_could_be_repaired_into_it(world: World) -> None:
    world.put()
    world.work()
    del world.primary.contents[MAPS][ITEM]
    world.spaces.remove(ADMIN, MAPS)
    drain(world)
    world.now += timedelta(days=400)
    world.plan_checks.plan()
    drain(world)
    assert not world.item().live
    assert MAPS not in world.primary.contents


def test_what_stays_lost_is_read_less_and_less_often(world: World) -> None:
    world.put()
    world.work()
    world.primary.damage(MAPS, ITEM, b"rotten")
    world.second.damage(MAPS, ITEM, b"mouldy")
    world.queue.send([jobs.Check(MAPS, ITEM)])
    drain(world)
    looks = 0
    for _ in range(24 * 60):
        looks += world.plan_checks.plan()
        drain(world)
        world.now += timedelta(hours=1)
    assert 60 <= looks <= 66, "a few times on the first day, then daily"


def test_a_backlog_holds_the_work_of_each_item_once(world: World) -> None:
    for n in range(10):
        world.put(item=f"item {n}")
    world.work()
    world.now += timedelta(days=91)
    for _ in range(12):  # nobody works for half a month
        world.plan_checks.plan()
        world.now += timedelta(hours=25)
    before = len(world.index.events)
    assert len(world.queue.jobs) == 120
    world.work(1000)
    assert len(world.index.events) - before == 20, "each copy of each item was checked once"
