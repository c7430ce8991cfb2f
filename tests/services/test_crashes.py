"""A crash between any two steps costs time, never a copy: every call to the world is once the process's last."""

import contextlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Conflict, NotFound, Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.domain.spaces import SYSTEM_SPACE
from chalicelib.domain.transfers import Sizes
from chalicelib.services.copy_content import Source
from chalicelib.services.describe import NewDescription

from .world import ADMIN, BYTES, HOLD, IN_PARTS, ITEM, MAPS, ONE, OWNER, TWO, Crash, World

OTHER = b"another edition of the map"


def first_deposit(world: World) -> None:
    world.put()


def direct_put(world: World) -> None:
    world.put_directly()


def overwrite(world: World) -> None:
    world.put(OTHER)


def nothing(world: World) -> None:
    pass


def whole(world: World) -> None:
    world.put()
    world.work()


def damage_second(world: World) -> None:
    whole(world)
    world.second.damage(MAPS, ITEM, b"rotten")


def damage_primary(world: World) -> None:
    whole(world)
    world.primary.damage(MAPS, ITEM, b"rotten")


def lose_second(world: World) -> None:
    whole(world)
    del world.second.contents[MAPS][ITEM]


def lose_primary(world: World) -> None:
    whole(world)
    del world.primary.contents[MAPS][ITEM]


def ask_for_check(world: World) -> None:
    world.queue.send([jobs.Check(MAPS, ITEM)])


def describe(world: World) -> None:
    world.describe.describe(world.maps, ITEM, NewDescription(properties={"title": "Atlas"}), "admin")


def copy_elsewhere(world: World) -> None:
    source = Source(world.maps, ContentId("source"), ONE)
    with contextlib.suppress(Unavailable):  # a large one takes several runs: it is deposited, and not there yet
        world.copy_content.copy(source, world.maps, ITEM, "admin", TWO)


def put_source(world: World) -> None:
    world.put(item="source")
    world.work()


def remove(world: World) -> None:
    world.delete.delete(world.maps, ITEM, "admin")


def remove_space(world: World) -> None:
    world.spaces.remove(ADMIN, MAPS)


def whole_and_deleted(world: World) -> None:
    whole(world)
    remove(world)
    world.work()


def undelete(world: World) -> None:
    with contextlib.suppress(Conflict):  # it was done, and nobody heard
        world.undelete.undelete(world.maps, ITEM, "admin")


Step = Callable[[World], None]

# before, the step that starts the work, the bytes that both stores hold at the end (None: not in the primary)
STORIES: dict[str, tuple[Step, Step, bytes | None]] = {
    "first deposit": (nothing, first_deposit, BYTES),
    "put by another S3 client": (nothing, direct_put, BYTES),
    "overwrite": (whole, overwrite, OTHER),
    "second copy damaged": (damage_second, ask_for_check, BYTES),
    "primary copy damaged": (damage_primary, ask_for_check, BYTES),
    "second copy lost": (lose_second, ask_for_check, BYTES),
    "primary copy lost": (lose_primary, ask_for_check, BYTES),
    "other properties": (whole, describe, BYTES),
    "copy into the second store": (put_source, copy_elsewhere, BYTES),
    "delete": (whole, remove, None),
    "delete the space": (whole, remove_space, None),
    "undelete": (whole_and_deleted, undelete, BYTES),
}


def restart(world: World) -> None:
    """What a restart does: settings again, and a sweep for whatever events failed to tell."""
    world.spaces.prepare()
    world.sweep.sweep()


def run(world: World, step: Step) -> bool:
    """Do the step and all that follows; after a crash, once more from the queue. True if it crashed."""
    crashed = False
    try:
        step(world)
    except Crash:
        crashed = True
        # Nothing was acknowledged: the caller asks again, as every client does, and may learn that it was done.
        with contextlib.suppress(NotFound):
            step(world)
    for _ in range(3):
        try:
            world.work()
        except Crash:
            crashed = True
            restart(world)
    return crashed


@pytest.mark.parametrize("sizes", [Sizes(), IN_PARTS], ids=["small", "in parts"])
@pytest.mark.parametrize("story", STORIES)
def test_every_story_ends_well_whichever_call_is_the_last(story: str, sizes: Sizes) -> None:
    before, step, expected = STORIES[story]
    crashes = 0
    for calls in range(10_000):
        world = World(sizes=sizes)
        before(world)
        world.fuse.left = calls
        if not run(world, step):
            break
        crashes += 1
        _assert_ended_well(world, story, expected, calls)
    assert crashes > 10, "the fuse was never lit"


def _assert_ended_well(world: World, story: str, expected: bytes | None, calls: int) -> None:
    where = f"{story}, crash at call {calls}"
    assert not world.queue.jobs, where
    assert not world.notes.notes("transfer"), where
    assert world.bytes_in(world.primary) == expected, where
    if expected is None:
        assert not world.item().live, where
        assert Kind.DELETED in world.kinds(), where
        return
    assert world.bytes_in(world.second) == expected, where
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}, where
    assert world.evidence() == ([b"rotten"] if "damaged" in story else []), where
    if story == "other properties":
        assert world.item().about.properties == {"title": "Atlas"}, where
        assert world.second.contents[MAPS][ITEM][1].metadata["title"] == "Atlas", where
    if "damaged" in story or "lost" in story:
        assert Kind.REPAIRED in world.kinds(), where
    assert world.kinds().count(Kind.DEPOSITED) <= (3 if story == "overwrite" else 2), where


def remove_and_deposit(world: World) -> None:
    with contextlib.suppress(NotFound):
        remove(world)
    world.put()


def keep_alone(world: World) -> None:
    world.policies.replace(OWNER, Policies(spaces={MAPS: ()}))
    whole(world)


def keep_everywhere(world: World) -> None:
    world.policies.replace(OWNER, Policies())


# before, the step that starts the work, the bytes that both stores hold at the end
WITHOUT_HOLD: dict[str, tuple[Step, Step, bytes | None]] = {
    "delete": (whole, remove, None),
    "delete the space": (whole, remove_space, None),
    "delete and deposit anew": (whole, remove_and_deposit, BYTES),
    "add a store": (keep_alone, keep_everywhere, BYTES),
}


@pytest.mark.parametrize("story", WITHOUT_HOLD)
def test_copies_follow_whichever_call_is_the_last(story: str) -> None:
    before, step, expected = WITHOUT_HOLD[story]
    crashes = 0
    for calls in range(10_000):
        world = World(hold=timedelta(0))
        before(world)
        world.fuse.left = calls
        crashed = run(world, step)
        world.fuse.left = -1
        world.plan_checks.plan()
        world.sweep.sweep()  # what comes by itself, sooner or later
        world.work()
        where = f"{story}, crash at call {calls}"
        assert (world.bytes_in(world.primary), world.bytes_in(world.second)) == (expected, expected), where
        if expected is not None:
            assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}, where
        if story == "delete the space":
            assert MAPS not in {*world.primary.contents, *world.second.contents}, where
        if not crashed:
            break
        crashes += 1
    assert crashes > 10, "the fuse was never lit"


def alone(world: World) -> None:
    world.policies.replace(OWNER, Policies(spaces={MAPS: ()}))
    whole(world)


def alone_and_deleted(world: World) -> None:
    alone(world)
    remove(world)
    world.work()


def remove_and_undelete(world: World) -> None:
    with contextlib.suppress(NotFound):
        remove(world)
    undelete(world)


# of what the primary alone keeps: before, the step, and whether the item lives at the end
ALONE: dict[str, tuple[Step, Step, bool]] = {
    "delete": (alone, remove, False),
    "undelete": (alone_and_deleted, undelete, True),
    "delete and undelete": (alone, remove_and_undelete, True),
}


@pytest.mark.parametrize("story", ALONE)
def test_what_one_store_keeps_is_never_lost_within_the_hold_whichever_call_is_the_last(story: str) -> None:
    before, step, lives = ALONE[story]
    crashes = 0
    for calls in range(10_000):
        world = World()
        before(world)
        world.fuse.left = calls
        crashed = run(world, step)
        world.fuse.left = -1
        world.plan_checks.plan()
        world.sweep.sweep()
        world.work()
        where = f"{story}, crash at call {calls}"
        aside = {data for name, (data, _) in world.primary.contents[SYSTEM_SPACE].items() if "deleted/" in name}
        assert world.item().live == lives, where
        assert (world.bytes_in(world.primary) if lives else aside) == (BYTES if lives else {BYTES}), where
        assert not lives or world.states() == {ONE: CopyState.INTACT}, where
        assert Kind.LOST not in world.kinds(), where
        world.now += HOLD
        world.sweep.sweep()
        world.work()
        left = [name for name in world.primary.contents[SYSTEM_SPACE] if name.startswith("deleted/")]
        assert left == [], where
        if not crashed:
            break
        crashes += 1
    assert crashes > 10, "the fuse was never lit"
