"""Watch losses: too many deletions or overwrites within an hour keep other stores as they are, until an owner says."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.brake import Loss
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Denied, NotFound, Rejected
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.domain.spaces import Pause, Space
from chalicelib.domain.statistics import Measurement
from chalicelib.ports_accounts import Message
from chalicelib.services.describe import NewDescription
from chalicelib.services.edit_space import SpaceSettings

from .world import ADMIN, BYTES, HOLD, IN_PARTS, ITEM, MAPS, ONE, OWNER, TWO, Crash, World

NEW = b"another edition of the map"
LARGER = BYTES + b", and of its frame"
MINUTE = timedelta(minutes=1)


def filled(items: int, hold: timedelta = HOLD) -> World:
    """A world with so many items, none of whose copies is to be made any more."""
    world = World(hold=hold)
    for number in range(items):
        world.put(item=name(number))
    world.work(5000)
    return world


def name(number: int) -> ContentId:
    return ContentId(f"item {number:03}")


def delete(world: World, *numbers: int) -> None:
    for number in numbers:
        world.delete.delete(world.maps, name(number), "member")


def overwrite(world: World, *numbers: int) -> None:
    for number in numbers:
        world.put(NEW, name(number))


def overwrite_directly(world: World, *numbers: int) -> None:
    for number in numbers:
        world.put_directly(NEW, name(number))
        world.register.register(MAPS, name(number))


def vanish(world: World, *numbers: int) -> None:
    """What another S3 client does."""
    for number in numbers:
        world.primary.delete(MAPS, name(number))
    world.work(5000)


def space(world: World) -> Space:
    found = world.index.space(MAPS)
    assert found is not None
    return found


def pause(world: World) -> None:
    assert world.index.save_space(
        Space(**{**space(world).__dict__, "paused": Pause(world.now, "a test", told=True), "pauses": 1})
    )


def release(world: World) -> None:
    world.edit_space.release(OWNER, MAPS)
    world.work(5000)


@pytest.fixture
def whole(world: World) -> World:
    world.put()
    world.work()
    return world


@pytest.fixture
def paused(whole: World) -> World:
    pause(whole)
    return whole


# ---------------------------------------------------------------------------------------------------------- it pulls


@pytest.mark.parametrize("lose", [delete, overwrite, overwrite_directly, vanish])
def test_the_fiftieth_loss_of_few_items_pauses_the_space(lose: Callable[..., None]) -> None:
    world = filled(60)
    lose(world, *range(49))
    assert space(world).paused is None
    lose(world, 49)
    assert space(world).paused is not None
    (told,) = [event for event in world.index.history(MAPS, None) if event.kind is Kind.PAUSED]
    assert "50 items" in told.detail["why"]


def test_of_many_items_more_must_be_lost() -> None:
    world = filled(12)
    world.index.save_measurement(Measurement(world.now, MAPS, ONE, 1000, 1000))
    for _ in range(200):
        world.losses.lost(MAPS, Loss.DELETED)
    assert space(world).paused is None
    for _ in range(8):
        world.losses.lost(MAPS, Loss.DELETED)
    assert space(world).paused is not None


def test_deletions_and_overwrites_count_together() -> None:
    world = filled(60)
    delete(world, *range(25))
    overwrite(world, *range(25, 49))
    assert space(world).paused is None
    overwrite(world, 49)
    assert space(world).paused is not None


def test_what_is_spread_over_more_than_an_hour_does_not() -> None:
    world = filled(80)
    for start in range(0, 75, 15):
        delete(world, *range(start, start + 15))
        world.now += 25 * MINUTE
    assert space(world).paused is None


def test_the_same_bytes_and_other_properties_are_no_loss() -> None:
    world = filled(60)
    for number in range(60):
        world.put(item=name(number))
        world.describe.describe(world.maps, name(number), NewDescription(properties={"color": "red"}), "member")
    world.work(5000)
    assert space(world).paused is None


def test_nor_are_chunks_whose_whole_is_proven() -> None:
    world = filled(60)
    for number in range(60):
        world.delete.delete(world.maps, name(number), "member", loss=False)
    assert space(world).paused is None


def test_in_a_retained_space_one_other_edition_by_an_s3_client_is_enough(whole: World) -> None:
    whole.edit_space.replace(OWNER, MAPS, SpaceSettings(None, date(2999, 1, 1)))
    whole.put_directly(NEW)
    whole.work()
    found = space(whole).paused
    assert found is not None
    assert "2999-01-01" in found.why
    assert whole.bytes_in(whole.second) == BYTES
    release(whole)
    assert whole.bytes_in(whole.second) == BYTES, "the retention is still in force"


def test_the_access_does_not_grow_with_the_space() -> None:
    """Of any large space, no more than five items are looked at for each loss; of a few losses, none at all."""
    world, read = filled(0), []
    items = world.index.items
    world.index.items = lambda *a, limit=1000, **k: read.append(limit) or items(*a, limit=limit, **k)  # type: ignore
    for _ in range(40):
        world.losses.lost(MAPS, Loss.DELETED)
    assert read == []


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


# ---------------------------------------------------------------------------------------------- removal of the space


def test_a_space_that_an_administrator_removes_waits_empty_for_an_owner() -> None:
    world = filled(60, hold=timedelta(0))
    world.spaces.remove(ADMIN, MAPS)
    world.work(5000)
    world.sweep.sweep()
    world.work(5000)
    assert not world.primary.contents[MAPS]
    assert space(world).removing
    assert len(world.second.contents[MAPS]) > 0
    release(world)
    world.now += timedelta(days=1)
    world.plan_checks.plan()
    world.work(5000)
    assert world.index.space(MAPS) is None
    assert MAPS not in {*world.primary.contents, *world.second.contents}


def test_one_that_an_owner_removes_does_not() -> None:
    world = filled(60)
    world.spaces.remove(OWNER, MAPS)
    world.work(5000)
    assert world.index.space(MAPS) is None


# ------------------------------------------------------------------------------------------------------- who is told


def test_the_alarm_and_the_letter_go_out_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.losses._pause(MAPS, "fifty at once")
    world.work()
    world.sweep.sweep()
    world.perform(jobs.TellPause(MAPS))
    world.work()
    assert [record.message for record in caplog.records if "PAUSED:" in record.message] == [
        "PAUSED: space 'maps': fifty at once"
    ]
    (letter,) = world.letters
    assert (letter.to, letter.subject) == ("alarms@example.org", "Space maps is paused")
    assert "fifty at once" in letter.text


def test_they_go_out_the_next_day_when_the_job_was_lost(world: World) -> None:
    world.losses._pause(MAPS, "fifty at once")
    world.queue.jobs.clear()
    world.sweep.sweep()
    world.work()
    assert len(world.letters) == 1


def test_an_address_that_cannot_be_becomes_a_dead_letter(world: World) -> None:
    def send(message: Message) -> None:
        raise Rejected("no such mailbox")

    world.notifier.send = send  # type: ignore[method-assign]
    world.losses._pause(MAPS, "fifty at once")
    with pytest.raises(Rejected):
        world.perform(jobs.TellPause(MAPS))
    assert space(world).paused is not None


# ------------------------------------------------------------------------------------------------------------ crashes


def test_a_crash_at_any_call_neither_forgets_the_pause_nor_tells_it_never() -> None:
    crashes = 0
    for calls in range(1000):
        world = filled(0)
        for _ in range(49):
            world.losses.lost(MAPS, Loss.DELETED)
        world.fuse.left = calls
        try:
            world.losses.lost(MAPS, Loss.DELETED)
            world.work()
        except Crash:
            crashes += 1
            for _ in range(4):  # more is lost; the space stays paused, or is paused now
                world.losses.lost(MAPS, Loss.DELETED)
        else:
            break
        world.sweep.sweep()
        world.work()
        assert space(world).paused is not None, calls
        assert 1 <= len(world.letters) <= 2, calls
        assert [e.kind for e in world.index.history(MAPS, None)].count(Kind.PAUSED) == 1, calls
    assert crashes > 10


def test_a_crash_at_any_call_of_a_release_ends_with_everything_caught_up() -> None:
    for calls in range(1000):
        world = World()
        world.put()
        world.work()
        pause(world)
        world.put(NEW)
        world.work()
        world.fuse.left = calls
        crashed = False
        with suppress(Crash):
            try:
                release(world)
            except Crash:
                crashed = True
        world.fuse.left = -1
        release(world)
        world.sweep.sweep()
        world.work()
        assert world.bytes_in(world.second) == NEW, calls
        if not crashed:
            return
