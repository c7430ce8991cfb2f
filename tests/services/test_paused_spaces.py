"""A paused space: other stores keep what they hold, first copies and repairs go on, until an owner releases it."""

from datetime import timedelta

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Denied, NotFound
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.services.describe import NewDescription

from .losing import LARGER, NEW, delete, filled, pause, release, space
from .world import ADMIN, BYTES, HOLD, IN_PARTS, ITEM, MAPS, ONE, OWNER, TWO, Crash, World


@pytest.fixture
def whole(world: World) -> World:
    world.put()
    world.work()
    return world


@pytest.fixture
def paused(whole: World) -> World:
    pause(whole)
    return whole


# ------------------------------------------------------------------------------------------------------- while paused


def test_no_copy_is_overwritten_by_a_newer_deposit(paused: World) -> None:
    paused.put(NEW)
    paused.work()
    assert (paused.bytes_in(paused.primary), paused.bytes_in(paused.second)) == (NEW, BYTES)
    assert paused.states() == {ONE: CopyState.INTACT, TWO: CopyState.PENDING}
    paused.now += timedelta(days=2)
    paused.plan_checks.plan()
    paused.sweep.sweep()
    paused.work()
    assert paused.bytes_in(paused.second) == BYTES
    assert paused.states()[TWO] is CopyState.PENDING, "an earlier edition is not a damaged one"
    assert paused.evidence() == []
    release(paused)
    assert paused.bytes_in(paused.second) == NEW
    assert paused.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_nor_one_of_a_large_item_whose_renewal_had_begun() -> None:
    world = World(sizes=IN_PARTS)
    world.put()
    world.work()
    world.put(LARGER)
    world.perform(jobs.Replicate(MAPS, ITEM, TWO))
    assert any(isinstance(job, jobs.CopyParts) for job in world.queue.jobs)
    pause(world)
    world.work()
    assert world.bytes_in(world.second) == BYTES
    world.sweep.sweep()
    world.work()
    assert world.bytes_in(world.second) == BYTES
    release(world)
    assert world.bytes_in(world.second) == LARGER
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_none_is_removed_however_long_its_hold_is_over(paused: World) -> None:
    paused.delete.delete(paused.maps, ITEM, "admin")
    for _ in range(3):
        paused.now += HOLD
        paused.plan_checks.plan()
        paused.work()
    assert paused.bytes_in(paused.second) == BYTES
    release(paused)
    paused.now += timedelta(days=1)
    paused.plan_checks.plan()
    paused.work()
    assert paused.bytes_in(paused.second) is None


def test_first_copies_go_on(paused: World) -> None:
    paused.put(item="new")
    paused.work()
    assert paused.bytes_in(paused.second, ContentId("new")) == BYTES


@pytest.mark.parametrize("store", [ONE, TWO])
@pytest.mark.parametrize("how", ["damaged", "lost"])
def test_so_do_repairs(paused: World, store: str, how: str) -> None:
    held = paused.primary if store == ONE else paused.second
    if how == "lost":
        del held.contents[MAPS][ITEM]
    else:
        held.damage(MAPS, ITEM, b"rotten")
    paused.check.check(MAPS, ITEM)
    paused.work()
    assert paused.bytes_in(paused.primary) == paused.bytes_in(paused.second) == BYTES


def test_a_repair_that_was_cut_off_after_its_evidence_goes_on(paused: World) -> None:
    for calls in range(200):
        world = World()
        world.put()
        world.work()
        pause(world)
        world.second.damage(MAPS, ITEM, b"rotten")
        world.queue.send([jobs.Check(MAPS, ITEM)])
        world.fuse.left = calls
        crashed = False
        for _ in range(3):
            try:
                world.work()
            except Crash:
                crashed = True
        assert world.bytes_in(world.second) == BYTES, calls
        if not crashed:
            return


def test_so_does_bringing_back(paused: World) -> None:
    paused.delete.delete(paused.maps, ITEM, "admin")
    paused.work()
    paused.undelete.undelete(paused.maps, ITEM, "curator")
    assert paused.bytes_in(paused.primary) == BYTES


def test_another_description_is_written_everywhere(paused: World) -> None:
    paused.describe.describe(paused.maps, ITEM, NewDescription(properties={"color": "red"}), "member")
    paused.work()
    assert paused.second.contents[MAPS][ITEM][1].properties == {"color": "red"}


def test_all_that_was_lost_within_the_hour_comes_back() -> None:
    world = filled(60, hold=timedelta(days=1))
    delete(world, *range(55))
    world.work(5000)
    world.now += timedelta(days=400)
    world.plan_checks.plan()
    world.sweep.sweep()
    world.work(5000)
    assert len(world.second.contents[MAPS]) == 60


# ------------------------------------------------------------------------------------------------------------ release


def test_owners_alone_release(paused: World) -> None:
    for caller in (ADMIN, Caller("member", frozenset({Role.USER}))):
        with pytest.raises(Denied):
            paused.edit_space.release(caller, MAPS)
    paused.edit_space.release(OWNER, MAPS)
    assert space(paused).paused is None
    told = paused.index.history(MAPS, None)[-1]
    assert (told.kind, told.agent) == (Kind.RELEASED, "owner")
    with pytest.raises(NotFound):
        paused.edit_space.release(OWNER, "nowhere")


def test_after_it_losses_count_anew() -> None:
    world = filled(160)
    delete(world, *range(50))
    release(world)
    delete(world, *range(50, 99))
    assert space(world).paused is None
    delete(world, 99)
    assert space(world).paused is not None


def test_twice_is_as_once(paused: World) -> None:
    for _ in range(2):
        release(paused)
    assert [event.kind for event in paused.index.history(MAPS, None)].count(Kind.RELEASED) == 1
