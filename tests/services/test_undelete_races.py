"""Undelete and whatever happens at the same time: it ends as one of them meant."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Conflict, NotFound, Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.domain.spaces import SYSTEM_SPACE, SpaceId

from .undeleting import NEW, aside, day_after_day, delete, kept_alone, kept_in_both, undelete
from .world import BYTES, HOLD, ITEM, MAPS, OWNER, TWO, World, checksums


@pytest.fixture
def whole(world: World) -> World:
    return kept_in_both(world)


@pytest.fixture
def alone(world: World) -> World:
    return kept_alone(world)


@pytest.mark.parametrize("kept_in", ["whole", "alone"])
def test_a_removal_that_has_begun_is_not_overtaken(kept_in: str, request: pytest.FixtureRequest) -> None:
    """The clock of the machine that brings back may be behind the one that removes."""
    world: World = request.getfixturevalue(kept_in)
    delete(world)
    world.work()
    world.now += HOLD
    store = world.second if kept_in == "whole" else world.primary
    remove = store.delete

    def removed(space: SpaceId, item: ContentId, only: str | None = None) -> None:
        world.now -= HOLD
        with pytest.raises(NotFound):
            undelete(world)
        world.now += HOLD
        remove(space, item, only)

    store.delete = removed  # type: ignore[method-assign]
    world.remove_copies.remove_copy(MAPS, ITEM, TWO)
    world.keep_aside.remove_old()
    assert (world.bytes_in(world.second), aside(world)) == (None, {})
    assert not world.item().live


def test_what_is_being_brought_back_is_not_removed_however_late_it_is(
    alone: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.services.undelete._AT_ONCE", 1)
    delete(alone)
    alone.work()
    undelete(alone)
    waiting = alone.queue.jobs[:]
    alone.queue.jobs.clear()
    alone.now += HOLD
    alone.keep_aside.remove_old()
    assert len(aside(alone)) == 1
    alone.queue.send(waiting)
    alone.work()
    assert alone.bytes_in(alone.primary) == BYTES


def test_bytes_that_come_while_others_are_put_aside_are_not_deleted(alone: World) -> None:
    put = alone.primary.put

    def slowly(space: SpaceId, *rest: object, **more: object) -> object:
        alone.primary.put = put  # type: ignore[method-assign]
        written = put(space, *rest, **more)  # type: ignore[arg-type]
        if space == SYSTEM_SPACE:
            alone.put_directly(NEW)
        return written

    alone.primary.put = slowly  # type: ignore[method-assign, assignment]
    with pytest.raises(Unavailable):
        delete(alone)
    alone.work()
    assert alone.bytes_in(alone.primary) == NEW


def interrupted(world: World, step: Callable[[World], None], other: Callable[[World], None], calls: int) -> bool:
    """A step, in the middle of which another one happens; False when it ended before."""
    done: list[bool] = []

    def happens() -> None:
        done.append(True)
        with suppress(Conflict, NotFound, Unavailable):
            other(world)

    world.fuse.left, world.fuse.happens = calls, happens
    with suppress(Conflict, NotFound, Unavailable):
        step(world)
    world.fuse.left = -1
    return bool(done)


def deposit_anew(world: World) -> None:
    world.put(NEW)


def all_jobs(world: World) -> None:
    world.sweep.sweep()
    world.work()


@pytest.mark.parametrize("kept_in", ["whole", "alone"])
@pytest.mark.parametrize(
    ("step", "other"),
    [(undelete, delete), (delete, undelete), (undelete, deposit_anew), (undelete, undelete), (undelete, all_jobs)],
)
def test_whatever_comes_between_it_ends_as_one_of_them_meant(
    kept_in: str, step: Callable[[World], None], other: Callable[[World], None]
) -> None:
    happened = 0
    for calls in range(1000):
        world = World()
        if kept_in == "alone":
            world.policies.replace(OWNER, Policies(spaces={MAPS: ()}))
        world.put()
        world.work()
        if step is not delete:
            delete(world)
            world.work()
        if not interrupted(world, step, other, calls):
            break
        happened += 1
        world.work()
        day_after_day(world, timedelta(hours=1))
        where = f"call {calls}"
        item, held = world.item(), world.bytes_in(world.primary)
        if not item.live:
            assert held is None, where
            assert item.held, where
            assert world.bytes_in(world.second) == BYTES or BYTES in aside(world).values(), where
            undelete(world)
            world.work()
            item, held = world.item(), world.bytes_in(world.primary)
        assert item.live, where
        assert held is not None, where
        assert checksums(held) == item.checksums, where
        assert set(world.states().values()) == {CopyState.INTACT}, where
        assert Kind.LOST not in world.kinds(), where
        if step is undelete and other is not deposit_anew:
            assert item.generation == 1, f"{where}: it came back as a deposit that nobody made"
        if other is deposit_anew:
            assert held == NEW or Kind.DEPOSITED in world.kinds(), where
    assert happened > 5
