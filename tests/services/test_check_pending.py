"""A check and copies that are still to be made: what they hold is no finding, unless nobody put it there."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.domain.stores import StoreId

from .world import BYTES, ITEM, MAPS, ONE, TWO, World

NEW = b"another edition of the map"
PENDING = CopyState.PENDING


@pytest.fixture
def new(world: World) -> World:
    """A deposit whose copy is still to be made."""
    world.put()
    world.queue.jobs.clear()
    return world


@pytest.fixture
def renewed(world: World) -> World:
    """A deposit over an older one, of which the other store still holds a copy."""
    world.put()
    world.work()
    world.put(NEW)
    world.queue.jobs.clear()
    return world


def findings(world: World) -> list[tuple[StoreId | None, str]]:
    events = world.index.history(MAPS, ITEM)
    last = max((n for n, event in enumerate(events) if event.kind is Kind.DEPOSITED), default=0)
    return [(e.store, e.detail["verdict"]) for e in events[last:] if e.kind is Kind.CHECKED]


def test_one_that_was_never_made_is_made_and_not_called_missing(new: World) -> None:
    new.check.check(MAPS, ITEM)
    assert findings(new) == [(ONE, "intact")]
    assert new.states() == {ONE: CopyState.INTACT, TWO: PENDING}
    assert jobs.Replicate(MAPS, ITEM, TWO) in new.queue.jobs


def test_one_that_was_made_and_is_gone_is_called_missing(world: World) -> None:
    world.put()
    world.work()
    del world.second.contents[MAPS][ITEM]
    world.check.check(MAPS, ITEM)
    assert findings(world)[-1] == (TWO, "missing")


def test_a_check_of_the_primary_alone_asks_for_no_others(new: World) -> None:
    new.check.check(MAPS, ITEM, (ONE,))
    assert new.queue.jobs == []


def test_one_whose_bytes_are_there_already_is_finished(new: World) -> None:
    held = new.primary.contents[MAPS][ITEM]
    new.second.contents.setdefault(MAPS, {})[ITEM] = held
    new.check.check(MAPS, ITEM)
    assert new.states()[TWO] is PENDING, "making it writes its description, too"
    assert new.queue.jobs == [jobs.Replicate(MAPS, ITEM, TWO)]


def test_the_older_edition_is_no_damage_while_the_new_one_is_on_its_way(renewed: World) -> None:
    renewed.check.check(MAPS, ITEM)
    assert renewed.states() == {ONE: CopyState.INTACT, TWO: PENDING}
    assert findings(renewed) == [(ONE, "intact")]


@pytest.mark.parametrize("found", [b"rotten", BYTES[:-1]])
def test_and_it_is_when_its_bytes_are_nobodys(renewed: World, found: bytes) -> None:
    renewed.second.damage(MAPS, ITEM, found)
    renewed.check.check(MAPS, ITEM)
    assert renewed.states()[TWO] is CopyState.DAMAGED
    assert (TWO, "damaged") in findings(renewed)


def test_a_copy_that_was_made_anew_and_fell_back_to_the_older_edition_is_damaged(renewed: World) -> None:
    older = renewed.second.contents[MAPS][ITEM]
    renewed.perform(jobs.Replicate(MAPS, ITEM, TWO))
    assert renewed.states()[TWO] is CopyState.INTACT
    renewed.second.contents[MAPS][ITEM] = older
    renewed.check.check(MAPS, ITEM)
    assert renewed.states()[TWO] is CopyState.DAMAGED


def test_a_copy_that_is_wanted_no_more_since_it_was_read_is_not_judged(world: World) -> None:
    world.put()
    world.work()
    opened = world.second.open

    def read_late(*part: Any) -> Any:
        item = world.item()
        assert world.index.save(replace(item, copies={ONE: item.copies[ONE]}))
        world.second.open = opened  # type: ignore[method-assign]
        return opened(*part)

    world.second.open = read_late  # type: ignore[method-assign]
    world.check.check(MAPS, ITEM)
    assert world.states() == {ONE: CopyState.INTACT}
