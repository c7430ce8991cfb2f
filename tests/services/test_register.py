"""Registering: events may come twice, late, out of order, or not at all."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState, Origin
from chalicelib.domain.registration import GRACE
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Written
from chalicelib.services.describe import NewDescription

from .world import BYTES, ITEM, MAPS, ONE, TWO, World, checksums


def no_answer(*_: Any) -> None:
    raise Unavailable("the connection was closed")


def test_a_deposit_is_recorded_before_its_event_and_followed_up_by_it(world: World) -> None:
    world.put()
    assert world.item().checksums == checksums(BYTES)
    assert world.item().next_check == world.now + GRACE
    assert world.queue.jobs == [jobs.Register(MAPS, ITEM)]
    world.perform(world.queue.jobs.pop())
    assert world.queue.jobs == [jobs.Check(MAPS, ITEM, (ONE,)), jobs.Replicate(MAPS, ITEM, TWO)]


def test_the_same_event_again_asks_for_the_follow_ups_again(world: World) -> None:
    """A crash may have come between the record and the jobs."""
    world.put()
    world.queue.jobs.clear()
    world.register.register(MAPS, ITEM)
    world.queue.jobs.clear()  # the jobs of the first delivery are lost
    world.register.register(MAPS, ITEM)
    assert jobs.Replicate(MAPS, ITEM, TWO) in world.queue.jobs
    assert world.kinds() == [Kind.DEPOSITED]


def test_nothing_follows_when_every_copy_is_proven(world: World) -> None:
    world.put()
    world.work()
    world.register.register(MAPS, ITEM)
    assert world.queue.jobs == []


def test_an_object_of_another_s3_client_gets_its_checksums_from_the_first_read(world: World) -> None:
    world.put_directly()
    world.work()
    assert world.item().origin is Origin.FIRST_READ
    assert world.item().checksums == checksums(BYTES)
    assert world.item().about.properties == {"color": "red"}
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
    assert world.kinds() == [Kind.DEPOSITED, Kind.CHECKSUMS_FIXED, Kind.CHECKED, Kind.REPLICATED]


@pytest.mark.parametrize("read_first", [False, True])
def test_an_event_that_overtakes_the_deposit_leaves_it_its_checksums(world: World, read_first: bool) -> None:
    """An object that was sent in parts has no checksums on it: the deposit alone knows them, until it records them."""
    put = world.primary.put

    def overtaken(*args: Any, **rest: Any) -> Written:
        written = put(*args, **rest)
        held, stored = world.primary.contents[MAPS][ITEM]
        facts = {name: value for name, value in stored.metadata.items() if name not in ("md5", "sha256")}
        world.primary.contents[MAPS][ITEM] = (held, replace(stored, metadata=facts))
        world.register.register(MAPS, ITEM)
        if read_first:
            world.primary.damage(MAPS, ITEM, b"rotten")
            world.check.check(MAPS, ITEM, (ONE,))
        return written

    world.primary.put = overtaken
    world.put()
    world.primary.put = put
    assert world.item().origin is Origin.DEPOSIT
    assert world.item().checksums == checksums(BYTES), "not those of whatever was read first"
    world.work()
    assert world.states()[ONE] is (CopyState.DAMAGED if read_first else CopyState.INTACT)


def test_an_old_event_after_a_newer_deposit_changes_nothing(world: World) -> None:
    world.put(b"first edition")
    late = world.queue.jobs.pop()
    world.put(b"second edition")
    world.work()
    before = world.item()
    world.perform(late)
    assert world.item() == before
    assert world.bytes_in(world.second) == b"second edition"


def test_an_overwrite_by_another_s3_client_is_a_new_deposit(world: World) -> None:
    world.put()
    world.work()
    world.put_directly(b"a different scan")
    world.work()
    assert world.item().generation == 2
    assert world.item().checksums == checksums(b"a different scan")
    assert world.bytes_in(world.second) == b"a different scan"
    assert world.evidence() == []  # the earlier edition was ours, and expected


def test_new_properties_for_the_same_bytes_reach_the_copy(world: World) -> None:
    world.put(properties={"color": "red"})
    world.work()
    world.put(properties={"color": "blue"})
    world.work()
    assert world.second.contents[MAPS][ITEM][1].properties == {"color": "blue"}


def test_whoever_loses_the_race_for_a_record_decides_anew(world: World) -> None:
    world.put(b"first edition")
    first = world.item()

    saves = world.index.save

    def interfering(item, events=()):
        world.index.save = saves
        world.put(b"second edition")  # comes between the other's reading and its saving
        return saves(item, events)

    world.index.save = interfering
    world.primary.damage(MAPS, ITEM, b"first edition")
    world.primary.contents[MAPS][ITEM] = (
        b"x",
        replace(world.primary.contents[MAPS][ITEM][1], etag="other", metadata={}),
    )
    world.register.register(MAPS, ITEM)
    assert world.item().checksums == checksums(b"second edition")
    assert world.item().generation > first.generation


def test_whoever_loses_the_race_for_a_record_reads_the_policies_again(world: World) -> None:
    world.put(b"first edition")
    saves = world.index.save

    def interfering(item, events=()):
        world.index.save = saves
        world.index.save_policies(replace(world.index.policies(), default=()))
        saves(replace(world.item(), copies={}))
        return saves(item, events)

    world.index.save = interfering
    world.primary.contents[MAPS][ITEM] = (
        b"x",
        replace(world.primary.contents[MAPS][ITEM][1], etag="other", metadata={}),
    )
    world.register.register(MAPS, ITEM)
    assert set(world.item().copies) == {ONE}


def test_what_vanished_from_the_primary_is_checked_not_forgotten(world: World) -> None:
    world.put()
    world.work()
    del world.primary.contents[MAPS][ITEM]
    world.register.register(MAPS, ITEM)
    assert world.queue.jobs == [jobs.Check(MAPS, ITEM)]
    world.work()
    assert world.bytes_in(world.primary) == BYTES


def test_a_deletion_that_was_cut_off_is_undone(world: World) -> None:
    """Nobody was told that it was done, and whoever asked may ask again."""
    world.put()
    world.work()
    held = world.primary.contents[MAPS][ITEM]
    world.delete.delete(world.maps, ITEM, "admin")
    world.primary.contents[MAPS][ITEM] = held  # the removal of the object never happened
    world.now += timedelta(hours=1)
    world.sweep.sweep()
    world.work()
    assert world.item().live
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
    world.delete.delete(world.maps, ITEM, "admin")
    world.work()
    assert not world.item().live


def test_what_decayed_is_not_made_the_record_by_a_deletion_that_was_cut_off(world: World) -> None:
    """Its checksums come from a first read: the object itself tells none."""
    world.put_directly()
    world.work()
    world.primary.damage(MAPS, ITEM, b"rotten")
    delete, world.primary.delete = world.primary.delete, no_answer
    with pytest.raises(Unavailable):
        world.delete.delete(world.maps, ITEM, "member")
    world.primary.delete = delete
    world.sweep.sweep()
    world.work()
    assert world.item().checksums == checksums(BYTES)
    assert world.bytes_in(world.primary) == world.bytes_in(world.second) == BYTES
    assert world.evidence() == [b"rotten"]


def test_a_deletion_that_was_cut_off_leaves_the_properties_that_were_given_last(world: World) -> None:
    world.put(properties={"color": "red"})
    world.work()
    world.describe.describe(world.maps, ITEM, NewDescription(properties={"color": "blue"}), "member")
    delete, world.primary.delete = world.primary.delete, no_answer
    with pytest.raises(Unavailable):
        world.delete.delete(world.maps, ITEM, "member")
    world.primary.delete = delete
    world.sweep.sweep()
    world.work()
    assert world.retrieve.describe(world.maps, ITEM).about.properties == {"color": "blue"}
    assert world.second.contents[MAPS][ITEM][1].properties == {"color": "blue"}


def test_a_deposit_after_a_deletion_is_a_deposit(world: World) -> None:
    world.put()
    world.work()
    world.delete.delete(world.maps, ITEM, "admin")
    world.work()
    world.put_directly(BYTES)
    world.work()
    assert world.item().live
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_an_unknown_space_is_final(world: World) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        world.register.register(SpaceId("nowhere"), ITEM)


def test_an_absence_that_was_a_mistake_costs_nothing(world: World) -> None:
    """The first look at what another S3 client put finds nothing, for a moment."""
    world.put_directly()
    world.perform(world.queue.jobs.pop(0))
    held = world.primary.contents.pop(MAPS)
    world.work()
    assert not world.item().live
    world.primary.contents[MAPS] = held
    world.now += timedelta(hours=1)
    world.sweep.sweep()
    world.work()
    assert world.item().live
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
