"""Policies: where items are kept, edited while items are there."""

from dataclasses import replace

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.access import ANONYMOUS, Caller, Role
from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Denied, Invalid, Outdated, Unauthenticated
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.domain.spaces import SYSTEM_SPACE, SpaceId
from chalicelib.domain.stores import Mode, StoreId

from .world import ADMIN, BYTES, ITEM, MAPS, ONE, OWNER, TWO, World

ALONE = Policies(spaces={MAPS: ()})
MEMBER = Caller("member", frozenset({Role.USER}))


def edit(world: World, policies: Policies) -> Policies:
    return world.policies.replace(OWNER, policies)


def test_a_space_can_be_kept_in_the_primary_alone(world: World) -> None:
    edit(world, ALONE)
    world.put()
    world.work()
    assert world.states() == {ONE: CopyState.INTACT}
    assert world.bytes_in(world.second) is None
    world.sweep.sweep()
    world.work()
    assert world.states() == {ONE: CopyState.INTACT}


def test_a_store_that_is_added_is_filled_at_once(world: World) -> None:
    edit(world, ALONE)
    world.put()
    world.work()
    edit(world, Policies())
    world.work()
    assert world.bytes_in(world.second) == BYTES
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_only_the_spaces_that_an_edit_concerns_are_swept(world: World) -> None:
    world.spaces.create(ADMIN, "theses")
    world.work()
    edit(world, ALONE)
    assert world.queue.jobs == [jobs.SweepSpace(MAPS)]


def test_a_store_that_is_taken_out_keeps_its_copies_and_gets_no_new_ones(world: World) -> None:
    world.put()
    world.work()
    edit(world, ALONE)
    world.put(item="new")
    world.work()
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
    assert world.states(ContentId("new")) == {ONE: CopyState.INTACT}
    world.second.damage(MAPS, ITEM, b"rotten")
    world.check.check(MAPS, ITEM)
    world.work()
    assert world.bytes_in(world.second) == BYTES, "it is checked and repaired as before"
    world.put(b"the new edition")
    world.work()
    assert world.bytes_in(world.second) == b"the new edition", "it follows its item"


def test_a_copy_that_was_asked_for_and_is_wanted_no_more_is_not_made(world: World) -> None:
    world.second.down = True
    world.put()
    world.work()
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.PENDING}
    waiting = list(world.queue.jobs)
    edit(world, ALONE)
    world.second.down = False
    world.queue.jobs[:] = [*waiting, jobs.Replicate(MAPS, ITEM, TWO), *world.queue.jobs]
    world.work()
    assert world.bytes_in(world.second) is None
    assert world.states() == {ONE: CopyState.INTACT}


def test_spaces_of_the_system_are_kept_in_the_primary_alone_save_the_services_own(world: World) -> None:
    edit(world, Policies(ignored=frozenset({SYSTEM_SPACE})))
    world.put()
    for name, stores in ((world.spaces.create(ADMIN, "x-service-out").id, {ONE}), (SYSTEM_SPACE, {ONE, TWO})):
        world.primary.contents[name][ITEM] = world.primary.contents[MAPS][ITEM]
        world.register.register(name, ITEM)
        world.work()
        found = world.index.item(name, ITEM)
        assert found is not None
        assert set(found.copies) == stores
        assert (ITEM in world.second.contents.get(name, {})) == (TWO in stores)


def test_only_administrators_see_and_edit_them(world: World) -> None:
    for who, refusal in ((MEMBER, Denied), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(refusal):
            world.policies.show(who)
        with pytest.raises(refusal):
            world.policies.replace(who, ALONE)
    assert world.index.policies() == Policies()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Policies(), Policies(default=())),
        (Policies(), ALONE),
        (Policies(), Policies(ignored=frozenset({MAPS}))),
        (Policies(spaces={SpaceId("later"): (TWO,)}), Policies(spaces={SpaceId("later"): ()})),
        (Policies((), {MAPS: (TWO,)}), Policies(())),
    ],
    ids=["from the default", "from a space", "by ignoring a space", "from an entry", "by removing an entry"],
)
def test_only_an_owner_takes_a_store_away(world: World, before: Policies, after: Policies) -> None:
    edit(world, before)
    with pytest.raises(Denied, match="'admin' does not have the role 'owner'"):
        world.policies.replace(ADMIN, after)
    assert edit(world, after).named == after.named


def test_an_administrator_adds_stores_and_keeps_a_space_to_come_in_the_primary_alone(world: World) -> None:
    edit(world, ALONE)
    world.policies.replace(ADMIN, Policies())
    world.policies.replace(ADMIN, Policies(spaces={SpaceId("scratch"): ()}))
    assert world.index.policies().spaces == {SpaceId("scratch"): ()}


def test_stores_that_do_not_exist_are_named_and_nothing_is_changed(world: World) -> None:
    with pytest.raises(Invalid, match="no store '7', '9': the stores are 1, 2"):
        edit(world, Policies((StoreId("9"),), {SpaceId("theses"): (TWO, StoreId("7"))}))
    assert world.index.policies() == Policies()


def test_an_edit_of_what_others_changed_meanwhile_is_refused(world: World) -> None:
    read = edit(world, ALONE)
    assert read.revision == 1
    edit(world, Policies(default=()))
    with pytest.raises(Outdated):
        world.policies.replace(OWNER, read, read.revision)
    save = world.index.save_policies
    world.index.save_policies = lambda *given: save(Policies(revision=2)) and save(*given)
    with pytest.raises(Outdated):
        edit(world, ALONE)


def test_an_edit_leaves_the_modes_of_the_stores_alone(world: World) -> None:
    world.index.save_policies(Policies().with_mode(TWO, Mode.READ_ONLY))
    assert edit(world, ALONE).mode(TWO) is Mode.READ_ONLY
    assert edit(world, Policies()).mode(TWO) is Mode.READ_ONLY


def test_an_edit_that_changes_nothing_leaves_no_trace_and_any_other_is_told(world: World) -> None:
    world.queue.jobs.clear()
    assert edit(world, Policies()).revision == 0
    assert world.queue.jobs == []
    edit(world, replace(ALONE, default=(TWO,), ignored=frozenset({SpaceId("scratch")})))
    told = world.index.history(SYSTEM_SPACE, None)[-1]
    assert (told.kind, told.agent) == (Kind.POLICIES_CHANGED, "owner")
    assert told.detail == {"default": "2", "ignored": "scratch", "space maps": ""}
