"""Copies follow: other stores get and lose spaces and copies as the primary does, and a deletion waits for its hold."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId

from .world import ADMIN, BYTES, HOLD, ITEM, MAPS, ONE, OWNER, TWO, World

THESES = SpaceId("theses")
NEW = b"the new edition"
NOW = timedelta(0)


@pytest.fixture
def whole(world: World) -> World:
    world.put()
    world.work()
    return world


@pytest.fixture
def at_once() -> World:
    """A world without holds, with an item."""
    world = World(hold=NOW)
    world.put()
    world.work()
    return world


def delete(world: World) -> None:
    world.delete.delete(world.maps, ITEM, "admin")


def later(world: World, time: timedelta = HOLD) -> None:
    world.now += time
    world.plan_checks.plan()
    world.work()


# --------------------------------------------------------------------------------------------------------------- spaces


def test_what_a_store_said_it_removed_and_did_not_is_no_removal(world: World) -> None:
    world.put()
    world.work()
    delete, world.primary.delete = world.primary.delete, lambda *_: None
    with pytest.raises(Unavailable, match="did not remove"):
        world.delete.delete(world.maps, ITEM, "member")
    world.primary.delete = delete
    world.delete.delete(world.maps, ITEM, "member")
    world.now += HOLD
    delete, world.second.delete = world.second.delete, lambda *_: None
    with pytest.raises(Unavailable, match="did not remove"):
        world.remove_copies.remove_copy(MAPS, ITEM, TWO)
    world.second.delete = delete
    world.remove_copies.remove_copy(MAPS, ITEM, TWO)
    assert world.bytes_in(world.second) is None


def test_a_new_space_is_made_in_every_store_that_is_to_keep_it(world: World) -> None:
    world.policies.replace(OWNER, Policies(spaces={SpaceId("alone"): ()}))
    for name in ("theses", "alone", "x-own"):
        world.spaces.create(ADMIN, name)
    world.work()
    assert {THESES, "alone", "x-own"} <= world.primary.contents.keys()
    assert world.second.contents.keys() & {THESES, "alone", "x-own"} == {THESES}


def test_a_store_that_is_down_gets_the_space_when_it_is_back(world: World) -> None:
    world.second.down = True
    world.spaces.create(ADMIN, "theses")
    world.work()
    assert THESES in world.primary.contents
    world.second.down = False
    world.work()
    assert THESES in world.second.contents


def test_a_space_that_another_store_lost_is_made_there_again_by_the_sweep(world: World) -> None:
    del world.second.contents[MAPS]
    world.sweep.sweep()
    world.work()
    assert MAPS in world.second.contents


def test_a_removed_empty_space_is_gone_everywhere(world: World) -> None:
    world.spaces.remove(ADMIN, MAPS)
    world.work()
    assert MAPS not in {*world.primary.contents, *world.second.contents}


def test_a_removed_space_leaves_other_stores_with_its_last_held_copy(world: World) -> None:
    world.put(item="one")
    world.put(item="two")
    world.work()
    world.spaces.remove(ADMIN, MAPS)
    world.work()
    later(world, HOLD - timedelta(seconds=1))
    assert set(world.second.contents[MAPS]) == {"one", "two"}
    later(world, timedelta(seconds=1))
    assert MAPS not in world.second.contents


def test_so_does_one_that_is_gone_while_its_last_copy_is_being_removed(at_once: World) -> None:
    remove = at_once.second.delete

    def others_meanwhile(space: SpaceId, item: ContentId, only: str | None = None) -> None:
        del at_once.second.delete
        at_once.spaces.remove_next(MAPS)
        at_once.follow_space.follow(MAPS, TWO)
        remove(space, item, only)

    at_once.spaces.remove(ADMIN, MAPS)
    at_once.spaces.remove_next(MAPS)
    at_once.second.delete = others_meanwhile  # type: ignore[method-assign]
    at_once.perform(jobs.RemoveCopy(MAPS, ITEM, TWO))
    assert at_once.index.space(MAPS) is None
    assert MAPS not in at_once.second.contents


def test_a_space_that_was_made_anew_is_not_taken_away_again(world: World) -> None:
    remove = world.second.remove_space

    def made_meanwhile(space: SpaceId) -> None:
        world.spaces.create(ADMIN, space)
        world.queue.jobs[:] = [job for job in world.queue.jobs if not isinstance(job, jobs.SweepSpace)]  # done already
        remove(space)

    world.second.remove_space = made_meanwhile
    world.spaces.remove(ADMIN, MAPS)
    world.work()
    assert MAPS in world.second.contents


def test_what_others_put_into_a_removed_space_stays_in_their_store(world: World) -> None:
    world.second.put(MAPS, ContentId("theirs"), [BYTES], About("text/plain", world.now, "them"))
    world.spaces.remove(ADMIN, MAPS)
    world.work()
    assert world.bytes_in(world.second, ContentId("theirs")) == BYTES


# -------------------------------------------------------------------------------------------------------------- deletes


def test_a_copy_is_held_and_then_removed_and_told(whole: World) -> None:
    delete(whole)
    whole.work()
    assert whole.item().held_until == whole.now + HOLD
    later(whole, HOLD - timedelta(seconds=1))
    assert whole.bytes_in(whole.second) == BYTES
    later(whole, timedelta(seconds=1))
    assert whole.bytes_in(whole.second) is None
    told = whole.index.history(MAPS, ITEM)[-1]
    assert (told.kind, told.store, told.detail) == (Kind.COPY_REMOVED, TWO, {"how": "the hold was over"})
    assert set(whole.item().copies) == {ONE}
    assert whole.item().next_check is None


def test_a_space_that_is_removed_while_its_last_copy_goes_is_not_left_over(at_once: World) -> None:
    remove = at_once.second.delete

    def meanwhile(*given: Any) -> None:
        at_once.second.delete = remove
        at_once.spaces.remove(ADMIN, MAPS)
        at_once.work()
        remove(*given)

    delete(at_once)
    at_once.queue.jobs.clear()
    at_once.second.delete = meanwhile
    at_once.remove_copies.remove_copy(MAPS, ITEM, TWO)
    assert MAPS not in at_once.second.contents


def test_without_a_hold_it_goes_at_once(at_once: World) -> None:
    delete(at_once)
    at_once.work()
    assert at_once.bytes_in(at_once.second) is None


def test_a_job_that_was_lost_only_delays_it(at_once: World) -> None:
    delete(at_once)
    at_once.queue.jobs.clear()
    later(at_once, NOW)
    assert at_once.bytes_in(at_once.second) is None


def test_a_store_that_is_down_is_asked_again_every_day(whole: World) -> None:
    delete(whole)
    whole.work()
    whole.second.down = True
    later(whole)
    whole.queue.jobs.clear()  # to the dead letters
    whole.second.down = False
    later(whole, timedelta(days=1))
    assert whole.bytes_in(whole.second) is None


def test_what_an_s3_client_replaced_and_took_away_again_is_held_elsewhere_and_then_removed(whole: World) -> None:
    whole.put_directly(NEW)
    whole.perform(whole.queue.jobs.pop(0))
    whole.primary.delete(MAPS, ITEM)
    whole.work()
    assert not whole.item().live
    later(whole, HOLD - timedelta(seconds=1))
    assert whole.bytes_in(whole.second) == BYTES
    later(whole, timedelta(seconds=1))
    assert whole.bytes_in(whole.second) is None


def test_a_job_that_comes_too_early_does_nothing(whole: World) -> None:
    delete(whole)
    whole.remove_copies.remove_copy(MAPS, ITEM, TWO)
    whole.remove_copies.remove_copy(MAPS, ITEM, ONE)
    whole.remove_copies.remove_copy(MAPS, ITEM, StoreId("7"))
    whole.remove_copies.remove_copy(MAPS, ContentId("never there"), TWO)
    assert whole.bytes_in(whole.second) == BYTES


def test_a_copy_in_a_store_that_is_wanted_no_more_goes_with_its_item(whole: World) -> None:
    whole.policies.replace(OWNER, Policies(spaces={MAPS: ()}))
    delete(whole)
    whole.work()
    later(whole)
    assert whole.bytes_in(whole.second) is None


def test_an_item_with_copies_in_unknown_stores_only_is_planned_no_more(whole: World) -> None:
    copies = {ONE: whole.item().copies[ONE], StoreId("7"): whole.item().copies[TWO]}
    whole.index.save(replace(whole.item(), copies=copies))
    delete(whole)
    whole.work()
    later(whole)
    later(whole, timedelta(days=1))
    assert whole.item().next_check is None


def test_a_deposit_during_the_hold_keeps_everything(whole: World) -> None:
    delete(whole)
    whole.put()
    whole.work()
    later(whole)
    whole.remove_copies.remove_copy(MAPS, ITEM, TWO)
    whole.work()
    assert whole.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
    assert Kind.COPY_REMOVED not in whole.kinds()
    assert whole.item().held_until is None


def test_bytes_of_an_earlier_deposit_are_ours_too(whole: World) -> None:
    whole.second.down = True
    whole.put(NEW)
    whole.put(b"and yet another")
    whole.queue.jobs.clear()
    delete(whole)
    whole.second.down = False
    later(whole)
    assert whole.bytes_in(whole.second) is None


@pytest.mark.parametrize("facts", [True, False])
def test_bytes_that_others_put_there_are_left_and_told_of(whole: World, facts: bool) -> None:
    delete(whole)
    whole.work()
    whole.second.put(MAPS, ITEM, [b"theirs"], About("text/plain", whole.now, "them"))
    if not facts:
        data, stored = whole.second.contents[MAPS][ITEM]
        whole.second.contents[MAPS][ITEM] = (data, replace(stored, metadata={}))
    later(whole)
    later(whole)
    assert whole.bytes_in(whole.second) == b"theirs"
    assert whole.kinds().count(Kind.COPY_LEFT) == 1
    assert Kind.COPY_REMOVED not in whole.kinds()


def test_our_bytes_without_facts_are_read_and_removed(whole: World) -> None:
    data, stored = whole.second.contents[MAPS][ITEM]
    whole.second.contents[MAPS][ITEM] = (data, replace(stored, metadata={}))
    delete(whole)
    whole.work()
    later(whole)
    assert whole.bytes_in(whole.second) is None


# ---------------------------------------------------------------------------------------------------------------- races


def just_before(port: Any, name: str, happens: Any) -> None:
    """Let something happen once, just before a call of a port."""
    plain = getattr(port, name)

    def call(*args: Any, **rest: Any) -> Any:
        setattr(port, name, plain)
        happens()
        return plain(*args, **rest)

    setattr(port, name, call)


@pytest.mark.parametrize("data", [BYTES, NEW])
@pytest.mark.parametrize("call", ["head", "delete"])
@pytest.mark.parametrize("replicated", [True, False])
def test_a_deposit_while_a_copy_is_being_removed_has_its_copy_in_the_end(
    at_once: World, data: bytes, call: str, replicated: bool
) -> None:
    delete(at_once)

    def deposit() -> None:
        at_once.put(data)
        if replicated:
            at_once.replicate.replicate(MAPS, ITEM, TWO)

    just_before(at_once.second, call, deposit)
    at_once.work()
    assert at_once.bytes_in(at_once.second) == data
    assert at_once.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_a_copy_that_was_found_in_place_and_then_removed_is_not_believed(at_once: World) -> None:
    """Replicate reads the old copy, the removal takes it away and looks again, and only then would it be recorded."""
    delete(at_once)
    removal = at_once.queue.jobs.pop()
    assert removal == jobs.RemoveCopy(MAPS, ITEM, TWO)
    prove = at_once.replicate.proof.prove

    def late(*args: Any, **rest: Any) -> None:
        object.__setattr__(at_once.replicate.proof, "prove", prove)
        at_once.second.delete(MAPS, ITEM)
        at_once.perform(removal)
        prove(*args, **rest)

    object.__setattr__(at_once.replicate.proof, "prove", late)
    at_once.put()
    at_once.work()
    assert at_once.bytes_in(at_once.second) == BYTES
    assert at_once.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


@pytest.mark.parametrize("hold", [NOW, HOLD])
def test_a_copy_that_was_being_made_while_its_item_was_deleted_goes_with_it(hold: timedelta) -> None:
    world = World(hold=hold)
    world.put()
    world.queue.jobs.clear()

    def gone() -> None:
        delete(world)
        if not hold:
            world.work()

    plain = world.second.put

    def put(space: Any, item: Any, body: Any, *rest: Any) -> Any:
        world.second.put = plain
        data = list(body)
        gone()
        return plain(space, item, data, *rest)

    world.second.put = put
    world.replicate.replicate(MAPS, ITEM, TWO)
    assert world.bytes_in(world.second) == BYTES
    world.work()
    later(world)
    assert world.bytes_in(world.second) is None
    assert world.kinds()[-1] is Kind.COPY_REMOVED


def test_a_removal_that_was_overtaken_tries_again(at_once: World) -> None:
    delete(at_once)
    removal = at_once.queue.jobs.pop()
    theirs = About("text/plain", at_once.now, "them")
    just_before(at_once.second, "delete", lambda: at_once.second.put(MAPS, ITEM, [NEW], theirs))
    with pytest.raises(Unavailable):
        at_once.perform(removal)
