"""Races: others write, delete or lose things while a job is at work; nothing acknowledged is ever overwritten."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.services.deposit import NewContent
from chalicelib.services.describe import NewDescription

from .world import BYTES, HOLD, ITEM, MAPS, ONE, OWNER, TWO, World

NEW = b"the new edition"


@pytest.fixture
def whole(world: World) -> World:
    world.put()
    world.work()
    return world


def while_reading(store: Any, happens: Callable[[], object]) -> None:
    """Let something happen once, after the store was opened for reading and before its bytes are."""

    def opened(*args: Any, **rest: Any) -> Any:
        del store.open
        with store.open(*args, **rest) as found:
            happens()
            return nullcontext(found)

    store.open = opened


def test_a_repair_of_the_primary_never_overwrites_a_newer_deposit(whole: World) -> None:
    whole.primary.damage(MAPS, ITEM, b"rotten")
    whole.check.check(MAPS, ITEM)
    while_reading(whole.second, lambda: whole.put(NEW))
    with pytest.raises(Unavailable):
        whole.perform(whole.queue.jobs[0])
    whole.work()
    assert (whole.bytes_in(whole.primary), whole.bytes_in(whole.second)) == (NEW, NEW)
    assert whole.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def just_before_the_write(store: Any, happens: Callable[[], object]) -> None:
    """Let something happen once, after the last byte was read and before the store writes."""
    plain = store.put

    def put(space: Any, item: Any, body: Any, *rest: Any, **more: Any) -> Any:
        if space != MAPS:
            return plain(space, item, body, *rest, **more)  # evidence
        store.put = plain
        whole = list(body)
        happens()
        return plain(space, item, whole, *rest, **more)

    store.put = put


def test_not_even_one_that_comes_with_its_last_byte(whole: World) -> None:
    whole.primary.damage(MAPS, ITEM, b"rotten")
    whole.check.check(MAPS, ITEM)
    repair = whole.queue.jobs[0]
    just_before_the_write(whole.primary, lambda: whole.put(NEW))
    with pytest.raises(Unavailable, match="changed by others"):
        whole.perform(repair)
    whole.work()
    assert (whole.bytes_in(whole.primary), whole.bytes_in(whole.second)) == (NEW, NEW)


@pytest.mark.parametrize("when", ["while it is read", "with its last byte"])
def test_a_lost_primary_is_not_made_again_for_an_item_that_was_deleted(whole: World, when: str) -> None:
    del whole.primary.contents[MAPS][ITEM]
    whole.check.check(MAPS, ITEM)
    repair = whole.queue.jobs.pop()

    def delete() -> None:
        whole.delete.delete(whole.maps, ITEM, "admin")

    if when == "while it is read":
        while_reading(whole.second, delete)
        with pytest.raises(Unavailable):
            whole.perform(repair)
    else:
        just_before_the_write(whole.primary, delete)
        whole.perform(repair)
    whole.work()
    assert not whole.item().live
    assert whole.bytes_in(whole.primary) is None


def test_what_was_read_before_it_was_written_again_does_not_count(whole: World) -> None:
    read = whole.check.examine._read

    def then_written(item: Any, store: Any) -> Any:
        object.__setattr__(whole.check.examine, "_read", read)
        reading = read(item, store)
        whole.put()  # the same bytes; and this time the disk keeps something else
        whole.primary.damage(MAPS, ITEM, b"torn")
        return reading

    object.__setattr__(whole.check.examine, "_read", then_written)
    whole.check.check(MAPS, ITEM)
    assert whole.states()[ONE] is CopyState.PENDING
    whole.work()
    assert whole.bytes_in(whole.primary) == BYTES


def test_a_repair_of_the_primary_never_brings_back_what_was_deleted(whole: World) -> None:
    whole.primary.damage(MAPS, ITEM, b"rotten")
    whole.check.check(MAPS, ITEM)
    while_reading(whole.second, lambda: whole.delete.delete(whole.maps, ITEM, "admin"))
    with pytest.raises(Unavailable):
        whole.perform(whole.queue.jobs[0])
    whole.work()
    assert not whole.item().live
    assert whole.bytes_in(whole.primary) is None


def test_a_copy_that_ends_late_does_not_stay_in_place_of_a_newer_one(world: World) -> None:
    """Store 2 may not be able to compare and write in one step: then the late write goes through, and is noticed."""
    world.put()
    world.queue.jobs.clear()
    plain = type(world.second).put

    def late(space: Any, item: Any, body: Any, about: Any, size: Any = None, only_over: Any = None) -> Any:
        del world.second.put
        whole = list(body)
        world.put(NEW)
        world.replicate.replicate(MAPS, ITEM, TWO)
        return plain(world.second, space, item, whole, about, size)

    world.second.put = late
    world.replicate.replicate(MAPS, ITEM, TWO)
    assert world.bytes_in(world.second) == BYTES, "the write came late"
    assert world.states()[TWO] is CopyState.PENDING
    world.work()
    assert world.bytes_in(world.second) == NEW
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


@pytest.mark.parametrize("job", [jobs.Check(MAPS, ITEM), jobs.Replicate(MAPS, ITEM, ONE)])
def test_an_upload_whose_event_is_late_is_registered_not_repaired_away(whole: World, job: Any) -> None:
    if isinstance(job, jobs.Replicate):
        whole.primary.damage(MAPS, ITEM, b"rotten")
        whole.check.check(MAPS, ITEM)
        whole.queue.jobs.clear()
    whole.primary.silent = True
    whole.put_directly(NEW)
    whole.primary.silent = False
    whole.queue.send([job])
    whole.work()
    assert (whole.bytes_in(whole.primary), whole.bytes_in(whole.second)) == (NEW, NEW)
    assert whole.evidence() == []


@pytest.mark.parametrize("event_first", [False, True])
def test_bytes_that_were_deposited_again_are_read_again(whole: World, event_first: bool) -> None:
    if event_first:
        put = whole.primary.put

        def told_at_once(*args: Any, **rest: Any) -> Any:
            whole.primary.put = put
            written = put(*args, **rest)
            whole.work()
            return written

        whole.primary.put = told_at_once
    whole.put()
    assert whole.states()[ONE] is CopyState.PENDING
    whole.primary.damage(MAPS, ITEM, b"rotten")
    whole.work()
    assert whole.bytes_in(whole.primary) == BYTES
    assert whole.evidence() == [b"rotten"]


def test_a_check_before_the_copy_does_not_hide_a_changed_description(world: World) -> None:
    world.put(properties={"color": "red"})
    world.work()
    world.put(properties={"color": "blue"})
    world.queue.jobs.insert(0, jobs.Check(MAPS, ITEM))
    world.work()
    assert world.second.contents[MAPS][ITEM][1].properties == {"color": "blue"}


def describe(world: World, color: str) -> None:
    world.now += timedelta(seconds=1)
    world.describe.describe(world.maps, ITEM, NewDescription(properties={"color": color}), "member")


@pytest.mark.parametrize("when", [while_reading, just_before_the_write])
def test_a_copy_that_was_on_its_way_when_its_item_was_described_is_made_anew(world: World, when: Any) -> None:
    world.put(properties={"color": "red"})
    when(world.primary if when is while_reading else world.second, lambda: describe(world, "blue"))
    world.queue.jobs.insert(0, jobs.Replicate(MAPS, ITEM, TWO))
    world.work()
    assert world.second.contents[MAPS][ITEM][1].properties == {"color": "blue"}
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


@pytest.mark.parametrize("when", [while_reading, just_before_the_write])
@pytest.mark.parametrize("how", ["described", "deposited"])
def test_a_repair_of_the_primary_does_not_bring_back_an_older_description(world: World, when: Any, how: str) -> None:
    world.put(properties={"color": "red"})
    world.work()
    world.primary.damage(MAPS, ITEM, b"rotten")
    world.check.check(MAPS, ITEM)
    said = describe if how == "described" else lambda world, color: world.put(properties={"color": color})
    when(world.second if when is while_reading else world.primary, lambda: said(world, "blue"))
    world.work()
    assert world.bytes_in(world.primary) == BYTES
    assert world.retrieve.describe(world.maps, ITEM).about.properties == {"color": "blue"}
    assert world.second.contents[MAPS][ITEM][1].properties == {"color": "blue"}


def drop_the_store(world: World) -> None:
    world.policies.replace(OWNER, Policies(default=()))
    world.register.register(MAPS, ITEM)


def test_a_copy_that_was_on_its_way_when_its_store_was_wanted_no_more_is_known_of(world: World) -> None:
    world.put()
    just_before_the_write(world.second, lambda: drop_the_store(world))
    world.work()
    assert world.bytes_in(world.second) == BYTES
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_nor_is_one_forgotten_whose_making_was_cut_off_before_it_was_recorded(world: World) -> None:
    world.put()
    body, about = [BYTES], world.item().about
    world.second.create_space(MAPS)
    world.second.put(MAPS, ITEM, body, about)
    drop_the_store(world)
    world.queue.send([jobs.Replicate(MAPS, ITEM, TWO)])  # comes again, since its work was not done
    world.work()
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_nor_is_it_forgotten_when_the_item_is_deleted_meanwhile(world: World) -> None:
    world.put()

    def drop_and_delete() -> None:
        drop_the_store(world)
        world.delete.delete(world.maps, ITEM, "admin")

    just_before_the_write(world.second, drop_and_delete)
    world.work()
    assert world.bytes_in(world.second) == BYTES
    world.now += HOLD
    world.plan_checks.plan()
    world.work()
    assert world.bytes_in(world.second) is None


def test_a_description_by_an_s3_client_whose_event_got_lost_is_found_by_the_next_check(whole: World) -> None:
    whole.primary.silent = True
    whole.put_directly()
    whole.primary.silent = False
    whole.check.check(MAPS, ITEM)
    whole.work()
    assert whole.item().about.properties == {"color": "red"}
    assert whole.second.contents[MAPS][ITEM][1].properties == {"color": "red"}


def test_a_repair_that_is_registered_before_it_is_recorded_is_told_all_the_same(whole: World) -> None:
    """The store's event of our own write may come while we read back what we wrote."""
    plain = whole.primary.put

    def put(space: Any, *rest: Any, **more: Any) -> Any:
        written = plain(space, *rest, **more)
        if space == MAPS:
            whole.register.register(MAPS, ITEM)
        return written

    whole.primary.damage(MAPS, ITEM, b"rotten")
    whole.check.check(MAPS, ITEM)
    whole.now += timedelta(seconds=2)
    whole.primary.put = put  # type: ignore[method-assign]
    whole.work()
    assert whole.kinds().count(Kind.REPAIRED) == 1
    assert whole.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_a_write_into_another_store_does_not_fail_because_a_job_was_faster(world: World) -> None:
    def job() -> None:
        world.perform(jobs.Replicate(MAPS, ITEM, TWO))

    just_before_the_write(world.second, job)
    new = NewContent(ITEM, iter([BYTES]), "member")
    assert world.deposit.deposit_into(TWO, world.maps, new).size == len(BYTES)
    assert world.item().copies[TWO].state is CopyState.INTACT
