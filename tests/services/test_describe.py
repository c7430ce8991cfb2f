"""Replacing properties: the bytes stay, the record tells, other stores follow."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.content import About
from chalicelib.domain.errors import Invalid, NotFound
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.services.describe import NewDescription

from .world import BYTES, ITEM, MAPS, ONE, TWO, World

NEW = NewDescription("image/tiff", None, {"Creator": "jdoe", "content-size": "1"})


@pytest.fixture
def described(world: World) -> World:
    world.put(content_type="text/plain", content_encoding="gzip", properties={"color": "red"})
    world.work()
    world.now += timedelta(seconds=5)
    world.describe.describe(world.maps, ITEM, NEW, "member")
    return world


def about(world: World) -> About:
    return world.retrieve.describe(world.maps, ITEM).about


def told(of: About) -> tuple[str, str | None, dict[str, str]]:
    return of.content_type, of.content_encoding, dict(of.properties)


def test_all_properties_are_replaced_and_calculated_ones_ignored(described: World) -> None:
    assert told(about(described)) == ("image/tiff", None, {"creator": "jdoe"})
    assert described.bytes_in(described.primary) == BYTES


def test_without_a_type_the_item_keeps_its_own(described: World) -> None:
    described.describe.describe(described.maps, ITEM, NewDescription(), "member")
    assert told(about(described)) == ("image/tiff", None, {})


def test_it_was_modified_when_it_was_described(described: World) -> None:
    before = described.retrieve.describe(described.maps, ITEM).modified
    described.now += timedelta(minutes=1)
    described.describe.describe(described.maps, ITEM, NEW, "member")
    assert described.retrieve.describe(described.maps, ITEM).modified >= before + timedelta(minutes=1)


def test_the_other_store_follows_and_the_primary_object_is_left_alone(described: World) -> None:
    etag = described.item().etag
    described.work()
    assert described.second.contents[MAPS][ITEM][1].metadata["creator"] == "jdoe"
    assert described.second.contents[MAPS][ITEM][1].content_type == "image/tiff"
    assert described.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
    assert described.item().etag == etag
    assert described.primary.contents[MAPS][ITEM][1].metadata["color"] == "red"


def test_it_is_no_new_deposit_however_often_the_object_is_looked_at(described: World) -> None:
    for _ in range(2):
        described.queue.send([jobs.Register(MAPS, ITEM), jobs.Check(MAPS, ITEM)])
        described.work()
    described.sweep.sweep()
    described.work()
    assert described.item().generation == 1
    assert described.kinds().count(Kind.DEPOSITED) == 1
    assert told(about(described)) == ("image/tiff", None, {"creator": "jdoe"})


def test_the_history_tells_what_is_said_since(described: World) -> None:
    event = described.index.history(MAPS, ITEM)[-1]
    assert (event.kind, event.agent) == (Kind.DESCRIBED, "member")
    assert event.detail == {"content-type": "image/tiff", "properties": '{"creator": "jdoe"}'}


def test_a_repaired_primary_carries_what_is_said_since(described: World) -> None:
    described.work()
    described.primary.damage(MAPS, ITEM, b"rotten")
    described.queue.send([jobs.Check(MAPS, ITEM)])
    described.work()
    assert described.bytes_in(described.primary) == BYTES
    assert described.primary.contents[MAPS][ITEM][1].metadata["creator"] == "jdoe"
    assert told(about(described)) == ("image/tiff", None, {"creator": "jdoe"})


def test_a_deposit_lays_its_properties_over_the_new_ones(described: World) -> None:
    described.now += timedelta(seconds=5)
    described.put(b"other bytes", properties={"title": "Atlas"})
    described.work()
    assert told(about(described)) == ("image/tiff", None, {"creator": "jdoe", "title": "Atlas"})
    assert described.item().described_at is None


@pytest.mark.parametrize("later", [b"other bytes", BYTES])
def test_what_another_s3_client_writes_later_is_a_new_deposit(described: World, later: bytes) -> None:
    described.work()
    described.put_directly(later)
    held, stored = described.primary.contents[MAPS][ITEM]
    stored = replace(stored, modified=described.now + timedelta(minutes=1))
    described.primary.contents[MAPS][ITEM] = (held, stored)
    described.work()
    assert told(about(described)) == ("image/tiff", None, {"color": "red"})
    assert described.bytes_in(described.second) == later


def test_an_item_that_is_described_before_its_event_keeps_both(world: World) -> None:
    world.put_directly()
    world.describe.describe(world.maps, ITEM, NEW, "member")
    world.work()
    assert told(about(world)) == ("image/tiff", None, {"creator": "jdoe"})
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
    assert world.second.contents[MAPS][ITEM][1].metadata["creator"] == "jdoe"


def test_what_breaks_a_rule_changes_nothing(described: World) -> None:
    for wrong in (NewDescription("not a type"), NewDescription(properties={"title": "Übersicht"})):
        with pytest.raises(Invalid):
            described.describe.describe(described.maps, ITEM, wrong, "member")
    assert told(about(described)) == ("image/tiff", None, {"creator": "jdoe"})


def test_nothing_is_there_to_describe(world: World) -> None:
    with pytest.raises(NotFound):
        world.describe.describe(world.maps, ITEM, NEW, "member")
    world.put()
    world.delete.delete(world.maps, ITEM, "admin")
    with pytest.raises(NotFound):
        world.describe.describe(world.maps, ITEM, NEW, "member")


def test_a_store_that_tells_the_time_of_an_object_otherwise_changes_nothing(described: World) -> None:
    held, stored = described.primary.contents[MAPS][ITEM]
    described.primary.contents[MAPS][ITEM] = (held, replace(stored, modified=stored.modified - timedelta(seconds=1)))
    described.queue.send([jobs.Register(MAPS, ITEM)])
    described.work()
    assert told(about(described)) == ("image/tiff", None, {"creator": "jdoe"})
    assert described.item().generation == 1


def test_the_primary_object_is_not_written_again_for_its_description(world: World) -> None:
    world.put()
    world.describe.describe(world.maps, ITEM, NEW, "member")
    before = world.primary.contents[MAPS][ITEM]
    world.perform(jobs.Replicate(MAPS, ITEM, ONE))
    assert world.primary.contents[MAPS][ITEM] == before
    assert world.item().copies[ONE].state is CopyState.INTACT


def test_a_copy_that_could_not_be_read_just_then_is_written_again_when_it_can(world: World) -> None:
    world.put(properties={"color": "red"})
    world.work()
    world.second.down = True
    world.check.check(MAPS, ITEM)
    assert world.states()[TWO] is CopyState.UNREADABLE
    world.describe.describe(world.maps, ITEM, NEW, "member")
    world.queue.jobs.clear()
    world.second.down = False
    world.check.check(MAPS, ITEM)
    world.work()
    assert world.second.contents[MAPS][ITEM][1].metadata["creator"] == "jdoe"
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_lost_jobs_are_made_good_by_the_next_check(described: World) -> None:
    def later() -> None:
        described.now += timedelta(minutes=16)
        described.plan_checks.plan()
        described.work()

    later()
    later()  # all is proven, and the next check is far away
    described.describe.describe(described.maps, ITEM, NewDescription(properties={"creator": "rroe"}), "member")
    described.queue.jobs.clear()
    later()
    assert described.second.contents[MAPS][ITEM][1].metadata["creator"] == "rroe"
