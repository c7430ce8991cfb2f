"""Edit space: who may set which hold and which retention, and what a retention keeps from happening."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.domain.access import Caller, Role, held
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import ChecksumMismatch, Conflict, Denied, Invalid, NotFound, Outdated
from chalicelib.domain.journal import Kind
from chalicelib.domain.spaces import SYSTEM_SPACE, Pause, Space
from chalicelib.services.describe import NewDescription
from chalicelib.services.edit_space import SpaceSettings

from .world import ADMIN, BYTES, HOLD, ITEM, MAPS, OWNER, World, checksums

DAY = timedelta(days=1)
NEW = b"another edition of the map"
ROOT = Caller("root", held(Role.ROOT))


def days(number: int) -> SpaceSettings:
    return SpaceSettings(timedelta(days=number))


def until(day: date | None) -> SpaceSettings:
    return SpaceSettings(None, day)


@pytest.fixture
def whole(world: World) -> World:
    world.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    world.put()
    world.work()
    return world


@pytest.fixture
def retained(whole: World) -> World:
    whole.maps = whole.edit_space.replace(OWNER, MAPS, until(date(2026, 11, 22)))
    whole.work()
    return whole


# ---------------------------------------------------------------------------------------------------------- who may


@pytest.mark.parametrize("number", [1, 30, 36500])
def test_administrators_set_a_hold_of_a_day_or_more(world: World, number: int) -> None:
    assert world.edit_space.replace(ADMIN, MAPS, days(number)).hold == timedelta(days=number)
    told = world.index.history(MAPS, None)[-1]
    assert (told.kind, told.agent, told.detail["hold-days"]) == (Kind.SETTINGS_CHANGED, "admin", str(number))


@pytest.mark.parametrize("owner", [OWNER, ROOT])
def test_only_owners_set_none_and_administrators_end_it(world: World, owner: Caller) -> None:
    with pytest.raises(Denied):
        world.edit_space.replace(ADMIN, MAPS, days(0))
    assert world.edit_space.replace(owner, MAPS, days(0)).hold == timedelta(0)
    assert world.edit_space.replace(ADMIN, MAPS, SpaceSettings()).hold is None


def test_members_set_nothing(world: World) -> None:
    with pytest.raises(Denied):
        world.edit_space.replace(Caller("member", frozenset({Role.USER})), MAPS, days(1))


def test_no_hold_is_longer_than_a_century(world: World) -> None:
    with pytest.raises(Invalid):
        world.edit_space.replace(OWNER, MAPS, days(36501))


def test_the_system_space_and_those_that_are_being_deleted_have_no_settings(world: World) -> None:
    with pytest.raises(Denied):
        world.edit_space.replace(OWNER, SYSTEM_SPACE, days(1))
    with pytest.raises(NotFound):
        world.edit_space.replace(OWNER, "nowhere", days(1))
    world.spaces.remove(ADMIN, MAPS)
    with pytest.raises(NotFound):
        world.edit_space.replace(OWNER, MAPS, days(1))


def test_who_read_before_others_edited_changes_nothing(world: World) -> None:
    read = world.maps.revision
    first = world.edit_space.replace(ADMIN, MAPS, days(1), read)
    with pytest.raises(Outdated):
        world.edit_space.replace(ADMIN, MAPS, days(2), read)
    assert world.index.space(MAPS) == first


def test_the_same_again_is_no_event(world: World) -> None:
    for _ in range(2):
        world.edit_space.replace(ADMIN, MAPS, days(1))
    assert [event.kind for event in world.index.history(MAPS, None)].count(Kind.SETTINGS_CHANGED) == 1


def test_a_change_of_access_in_the_same_moment_keeps_both(world: World) -> None:
    save = world.index.save_space

    def while_others_do(space: Space, *events: object) -> bool:
        world.index.save_space = save  # type: ignore[method-assign]
        world.spaces.replace_access_rules(ADMIN, MAPS, {"jane": "READ"})
        return save(space, *events)  # type: ignore[arg-type]

    world.index.save_space = while_others_do  # type: ignore[method-assign, assignment]
    after = world.edit_space.replace(ADMIN, MAPS, days(5))
    assert (after.acl, after.hold) == ({"jane": "READ"}, timedelta(days=5))
    assert world.index.space(MAPS) == after


# -------------------------------------------------------------------------------------------------------- retention


def test_a_retention_is_set_and_moved_later_by_owners_only(retained: World) -> None:
    with pytest.raises(Denied):
        retained.edit_space.replace(ADMIN, MAPS, until(date(2026, 12, 1)))
    assert retained.edit_space.replace(OWNER, MAPS, until(date(2026, 12, 1))).retained_until == date(2026, 12, 1)


@pytest.mark.parametrize("day", [None, date(2026, 11, 21)])
def test_it_is_never_shortened_nor_ended_while_it_is_in_force(retained: World, day: date | None) -> None:
    with pytest.raises(Conflict):
        retained.edit_space.replace(ROOT, MAPS, until(day))
    retained.now += 2 * DAY
    assert retained.edit_space.replace(OWNER, MAPS, until(None)).retained_until is None


def test_administrators_still_set_the_hold(retained: World) -> None:
    settings = replace(days(5), retained_until=date(2026, 11, 22))
    assert retained.edit_space.replace(ADMIN, MAPS, settings).hold == timedelta(days=5)


def test_a_day_that_has_begun_is_none_to_retain_until(whole: World) -> None:
    with pytest.raises(Invalid):
        whole.edit_space.replace(OWNER, MAPS, until(date(2026, 11, 20)))


def test_until_midnight_nothing_is_deleted_and_then_it_can_be(retained: World) -> None:
    retained.now = datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC)
    with pytest.raises(Conflict, match="2026-11-22"):
        retained.delete.delete(retained.maps, ITEM, "admin")
    with pytest.raises(Conflict):
        retained.spaces.remove(OWNER, MAPS)
    assert retained.item().live
    retained.now += timedelta(seconds=1)
    retained.delete.delete(retained.maps, ITEM, "admin")
    retained.spaces.remove(OWNER, MAPS)


def test_no_item_gets_other_bytes(retained: World) -> None:
    for promised in ({}, {"promised": checksums(NEW)}):
        with pytest.raises(Conflict, match="retained until 2026-11-22"):
            retained.put(NEW, **promised)
    retained.work()
    assert retained.bytes_in(retained.primary) == retained.bytes_in(retained.second) == BYTES
    assert retained.item().generation == 1


def test_not_even_one_whose_object_was_lost(retained: World) -> None:
    del retained.primary.contents[MAPS][ITEM]
    with pytest.raises(Conflict):
        retained.put(NEW)
    retained.put()
    retained.work()
    assert retained.bytes_in(retained.primary) == BYTES


def test_the_same_bytes_other_properties_and_new_items_are_as_ever(retained: World) -> None:
    retained.put(properties={"color": "red"})
    retained.put(promised=checksums(BYTES))
    retained.describe.describe(retained.maps, ITEM, NewDescription(properties={"color": "blue"}), "member")
    retained.put(NEW, "new")
    with pytest.raises(ChecksumMismatch):
        retained.put(NEW, "other", promised=checksums(BYTES))
    retained.work()
    assert retained.item().about.properties == {"color": "blue"}
    assert retained.item().copies.keys() == {"1", "2"}


def test_what_was_put_elsewhere_at_the_same_moment_is_not_overwritten(retained: World) -> None:
    put = retained.primary.put

    def late(*args: object, **rest: object) -> object:
        retained.primary.put = put  # type: ignore[method-assign]
        retained.put(BYTES, "twice")
        return put(*args, **rest)  # type: ignore[arg-type]

    retained.primary.put = late  # type: ignore[method-assign, assignment]
    with pytest.raises(Exception, match="changed by others"):
        retained.put(NEW, "twice")


def test_an_object_that_an_s3_client_deletes_is_put_back(retained: World) -> None:
    retained.primary.delete(MAPS, ITEM)
    retained.work()
    assert retained.bytes_in(retained.primary) == BYTES


def test_copies_of_what_was_deleted_before_stay_until_the_day(whole: World) -> None:
    whole.delete.delete(whole.maps, ITEM, "admin")
    whole.edit_space.replace(OWNER, MAPS, until(date(2027, 11, 20)))
    whole.now += HOLD
    whole.plan_checks.plan()
    whole.work()
    assert whole.second.contents[MAPS][ITEM][0] == BYTES
    whole.now = datetime(2027, 11, 20, tzinfo=UTC)
    whole.plan_checks.plan()
    whole.work()
    assert whole.bytes_in(whole.second) is None


def test_so_does_what_was_put_aside(whole: World) -> None:
    whole.policies.replace(OWNER, Policies(spaces={MAPS: ()}))
    whole.put(item="alone")
    whole.delete.delete(whole.maps, ITEM, "admin")
    whole.delete.delete(whole.maps, whole.index.items(MAPS)[0].id, "admin")
    whole.edit_space.replace(OWNER, MAPS, until(date(2027, 11, 20)))
    for moment, left in ((whole.now + HOLD, 1), (datetime(2027, 11, 20, tzinfo=UTC), 0)):
        whole.now = moment
        whole.sweep.sweep()
        whole.work()
        assert len([name for name in whole.primary.contents[SYSTEM_SPACE] if name.startswith("deleted/")]) == left


# -------------------------------------------------------------------------------------------------------- old versions


def test_stores_keep_old_versions_as_long_as_the_hold_or_the_retention() -> None:
    made = datetime(2026, 11, 20, 12, tzinfo=UTC)
    space = Space(MAPS, made, "admin")
    assert space.versions_for(HOLD) == HOLD
    assert replace(space, hold=timedelta(0)).versions_for(HOLD) == timedelta(0)
    assert replace(space, retained_until=date(2027, 11, 20)).versions_for(HOLD) == timedelta(days=365)
    assert replace(space, paused=Pause(made, "because")).versions_for(HOLD) is None
