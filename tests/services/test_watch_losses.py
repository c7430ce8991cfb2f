"""Watch losses: too many deletions or overwrites within an hour keep other stores as they are, until an owner says."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.brake import Loss
from chalicelib.domain.errors import Rejected
from chalicelib.domain.journal import Kind
from chalicelib.domain.statistics import Measurement
from chalicelib.ports_accounts import Message
from chalicelib.services.describe import NewDescription
from chalicelib.services.edit_space import SpaceSettings

from .losing import (
    MINUTE,
    NEW,
    delete,
    filled,
    name,
    overwrite,
    overwrite_directly,
    pause,
    release,
    space,
    vanish,
)
from .world import ADMIN, BYTES, MAPS, ONE, OWNER, Crash, World


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
