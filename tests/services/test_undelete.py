"""Undelete: while its hold lasts, a deleted item comes back as it was, wherever its bytes are."""

from datetime import timedelta

import pytest

from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Conflict, NotFound, Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState, Origin
from chalicelib.domain.spaces import SYSTEM_SPACE
from chalicelib.services.edit_space import SpaceSettings

from .undeleting import NEW, aside, day_after_day, delete, kept_alone, kept_in_both, undelete
from .world import ADMIN, BYTES, HOLD, ITEM, MAPS, ONE, TWO, World, checksums

SECOND = timedelta(seconds=1)
INTACT = {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


@pytest.fixture
def whole(world: World) -> World:
    return kept_in_both(world)


@pytest.fixture
def alone(world: World) -> World:
    return kept_alone(world)


# ------------------------------------------------------------------------------------------------------- it comes back


@pytest.mark.parametrize("kept_in", ["whole", "alone"])
def test_it_is_there_at_once_with_properties_checksums_and_history(
    kept_in: str, request: pytest.FixtureRequest
) -> None:
    world: World = request.getfixturevalue(kept_in)
    before = world.item()
    delete(world)
    world.work()
    undelete(world)
    assert world.bytes_in(world.primary) == BYTES
    assert world.states()[ONE] is CopyState.INTACT
    world.work()
    after = world.item()
    assert (after.about, after.generation, after.live) == (before.about, before.generation, True)
    assert world.retrieve.describe(world.maps, ITEM).about.properties == {"title": "Atlas"}
    assert set(world.states().values()) == {CopyState.INTACT}
    kinds = world.kinds()
    assert kinds[kinds.index(Kind.DELETED) :][:2] == [Kind.DELETED, Kind.UNDELETED]
    assert [e.agent for e in world.index.history(MAPS, ITEM) if e.kind is Kind.UNDELETED] == ["curator"]
    day_after_day(world, HOLD)
    assert world.bytes_in(world.primary) == BYTES
    assert aside(world) == {}


def test_a_large_item_follows_by_a_job_and_is_missing_until_then(whole: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.undelete._AT_ONCE", 1)
    delete(whole)
    whole.work()
    undelete(whole)
    assert whole.bytes_in(whole.primary) is None
    assert whole.states() == {ONE: CopyState.MISSING, TWO: CopyState.INTACT}
    whole.work()
    assert whole.bytes_in(whole.primary) == BYTES
    assert whole.states() == INTACT


@pytest.mark.parametrize("kept_in", ["whole", "alone"])
def test_a_job_that_was_lost_only_delays_it(
    kept_in: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.services.undelete._AT_ONCE", 1)
    world: World = request.getfixturevalue(kept_in)
    delete(world)
    world.work()
    undelete(world)
    world.queue.jobs.clear()
    day_after_day(world, timedelta(minutes=15))
    assert world.bytes_in(world.primary) == BYTES
    assert Kind.LOST not in world.kinds()


def test_with_the_other_store_down_it_comes_when_that_is_back(whole: World) -> None:
    delete(whole)
    whole.second.down = True
    undelete(whole)
    assert whole.bytes_in(whole.primary) is None
    whole.second.down = False
    whole.work()
    assert whole.bytes_in(whole.primary) == BYTES


def test_what_nobody_had_read_yet_gets_its_checksums_when_it_is_put_aside(world: World) -> None:
    world.put_directly()
    delete(world)
    undelete(world)
    world.work()
    assert (world.item().checksums, world.item().origin) == (checksums(BYTES), Origin.FIRST_READ)
    assert world.bytes_in(world.primary) == world.bytes_in(world.second) == BYTES


def test_nothing_is_deleted_when_the_primary_did_not_put_it_aside_as_it_said(alone: World) -> None:
    plain, alone.primary.put = alone.primary.put, MemoryStore({SYSTEM_SPACE: {}}).put  # type: ignore[method-assign]
    with pytest.raises(Unavailable, match="aside"):
        delete(alone)
    alone.primary.put = plain  # type: ignore[method-assign]
    assert alone.bytes_in(alone.primary) == BYTES
    alone.queue.send([jobs.Register(MAPS, ITEM)])
    alone.work()
    assert alone.states() == {ONE: CopyState.INTACT}


@pytest.mark.parametrize("lost", [True, False])
def test_what_was_put_aside_and_is_bad_is_said_to_be_lost_also_where_other_copies_were_to_be_made(
    world: World, lost: bool
) -> None:
    world.put()
    delete(world)
    (name,) = aside(world)
    if lost:
        del world.primary.contents[SYSTEM_SPACE][name]
    else:
        world.primary.damage(SYSTEM_SPACE, name, b"rotten")
    undelete(world)
    world.work()
    assert world.states() == {ONE: CopyState.MISSING, TWO: CopyState.PENDING}
    assert Kind.LOST in world.kinds()


def test_a_removed_space_comes_back_item_by_item_once_it_is_made_again(whole: World) -> None:
    whole.spaces.remove(ADMIN, MAPS)
    whole.work()
    whole.maps = whole.spaces.create(ADMIN, MAPS)
    assert [item.id for item in whole.undelete.deleted(whole.maps)[0]] == [ITEM]
    undelete(whole)
    whole.work()
    assert whole.states() == INTACT


# ------------------------------------------------------------------------------------------------------------ the hold


def test_it_can_be_brought_back_until_the_last_second_of_the_hold(whole: World) -> None:
    delete(whole)
    day_after_day(whole, HOLD - SECOND)
    undelete(whole)
    whole.work()
    assert whole.states() == INTACT


def test_and_not_in_the_next(whole: World) -> None:
    delete(whole)
    whole.work()
    whole.now += HOLD
    with pytest.raises(NotFound, match="over"):
        undelete(whole)
    assert whole.undelete.deleted(whole.maps) == ([], None)


def test_what_was_put_aside_goes_with_the_hold(alone: World) -> None:
    delete(alone)
    assert list(aside(alone).values()) == [BYTES]
    day_after_day(alone, HOLD - SECOND)
    assert len(aside(alone)) == 1
    day_after_day(alone, SECOND)
    assert aside(alone) == {}
    assert alone.item().hold_over


def test_what_another_store_holds_is_not_put_aside(whole: World) -> None:
    delete(whole)
    assert aside(whole) == {}


@pytest.mark.parametrize("state", [CopyState.DAMAGED, CopyState.MISSING, CopyState.PENDING, CopyState.UNREADABLE])
def test_unless_that_is_in_doubt(whole: World, state: CopyState) -> None:
    item = whole.item()
    assert whole.index.save(item.with_copy(TWO, item.copies[TWO].found(state, whole.now)))
    delete(whole)
    assert list(aside(whole).values()) == [BYTES]
    del whole.second.contents[MAPS][ITEM]
    undelete(whole)
    whole.work()
    assert whole.bytes_in(whole.primary) == BYTES


def test_without_a_hold_nothing_is_put_aside() -> None:
    world = World(hold=timedelta(0))
    world.put()
    delete(world)
    assert aside(world) == {}
    with pytest.raises(NotFound):
        undelete(world)


def test_what_waits_aside_is_no_item_and_nobody_copies_it(alone: World) -> None:
    delete(alone)
    day_after_day(alone, SECOND)
    assert alone.index.items(SYSTEM_SPACE) == []
    assert not alone.second.contents.get(SYSTEM_SPACE)


def test_a_space_has_a_hold_of_its_own(whole: World) -> None:
    whole.maps = whole.edit_space.replace(ADMIN, MAPS, SpaceSettings(timedelta(days=2)))
    delete(whole)
    day_after_day(whole, timedelta(days=2) - SECOND)
    assert whole.bytes_in(whole.second) == BYTES
    day_after_day(whole, SECOND)
    assert whole.bytes_in(whole.second) is None


def test_many_that_are_over_go_page_by_page(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.keep_aside._PAGE", 2)
    for number in range(5):
        alone.put(item=f"item {number}")
        alone.delete.delete(alone.maps, ContentId(f"item {number}"), "admin")
    assert len(aside(alone)) == 5
    day_after_day(alone, HOLD)
    assert aside(alone) == {}


# ----------------------------------------------------------------------------------------------------------- the list


def test_the_list_tells_by_whom_until_when_and_from_where(whole: World, monkeypatch: pytest.MonkeyPatch) -> None:
    delete(whole)
    (item,), following = whole.undelete.deleted(whole.maps)
    assert (item.deleted_by, item.deleted_at, item.held_until) == ("admin", whole.now, whole.now + HOLD)
    assert (whole.undelete.sources(item), following) == ((TWO,), None)


def test_the_list_comes_page_by_page(alone: World) -> None:
    names = [f"item {number}" for number in range(5)]
    for name in names:
        alone.put(item=name)
        alone.delete.delete(alone.maps, ContentId(name), "admin")
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page, after = alone.undelete.deleted(alone.maps, after, 2)
        found += [item.id for item in page]
        assert all(alone.undelete.sources(item) == (ONE,) for item in page)
    assert found == names


# ----------------------------------------------------------------------------------------------------------- refusals


def test_what_lives_cannot_be_brought_back(whole: World) -> None:
    with pytest.raises(Conflict):
        undelete(whole)
    with pytest.raises(NotFound):
        whole.undelete.undelete(whole.maps, ContentId("never"), "curator")


@pytest.mark.parametrize("event_came", [True, False])
def test_nor_is_what_was_deposited_since_overwritten(whole: World, event_came: bool) -> None:
    delete(whole)
    whole.work()
    whole.primary.silent = not event_came
    whole.put_directly(NEW)
    whole.primary.silent = False
    with pytest.raises(Conflict):
        undelete(whole)
    whole.work()
    assert whole.bytes_in(whole.primary) == NEW


def test_not_in_a_space_that_is_being_deleted(whole: World) -> None:
    delete(whole)
    whole.spaces.remove(ADMIN, MAPS)
    space = whole.index.space(MAPS)
    assert space is not None
    with pytest.raises(NotFound):
        whole.undelete.undelete(space, ITEM, "curator")


def test_a_job_alone_brings_nothing_back(whole: World) -> None:
    delete(whole)
    whole.perform(jobs.BringBack(MAPS, ITEM))
    assert not whole.item().live
    assert whole.bytes_in(whole.primary) is None
