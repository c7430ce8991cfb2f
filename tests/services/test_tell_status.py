"""What anybody may know: sums over public spaces, from the daily measurements alone."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.fixity_counts import Fixity
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.statistics import Measurement, Verdicts
from chalicelib.services.deposit import NewContent
from chalicelib.services.tell_status import KEPT_FOR, Status, TellStatus

from .world import ADMIN, BYTES, ITEM, MAPS, ONE, World

PUBLIC = {"Group-Public": "READ"}
DAY = timedelta(days=1)


@pytest.fixture
def opened(world: World) -> World:
    """Space maps, with one item, is public; space secret, with one item, is not; both were measured."""
    secret = world.spaces.create(ADMIN, "secret")
    world.deposit.deposit(secret, NewContent("letter", iter([BYTES]), "admin"))
    world.put()
    world.spaces.replace_access_rules(ADMIN, MAPS, PUBLIC)
    world.work()
    world.measure.measure()
    world.work()
    return world


def later(world: World) -> Status:
    world.now += KEPT_FOR
    return world.status.status()


def test_an_empty_service_has_nothing_to_tell(world: World) -> None:
    assert world.status.status() == Status()


def test_only_public_spaces_count_with_the_copies_of_all_stores(opened: World) -> None:
    read = Fixity(read=2, read_bytes=2 * len(BYTES))
    assert opened.status.status() == Status(1, 1, opened.now, Verdicts(2, 0, 0, opened.now, opened.now, read))
    opened.spaces.replace_access_rules(ADMIN, MAPS, {"group-staff": "READ"})
    assert later(opened) == Status()


def test_damage_is_told_after_the_next_measurement(opened: World) -> None:
    for store in (opened.primary, opened.second):
        store.damage(MAPS, ITEM, b"x" * len(BYTES))
    opened.check.check(MAPS, ITEM)
    opened.now += DAY
    opened.measure.measure()
    opened.work()
    read = Fixity(damaged=2, read_before=2, read_bytes_before=2 * len(BYTES))
    assert opened.status.status().verdicts == Verdicts(0, 2, 0, opened.now - DAY, opened.now - DAY, read)


def test_a_space_that_is_being_removed_counts_no_more(opened: World) -> None:
    opened.spaces.remove(ADMIN, MAPS)
    assert opened.status.status() == Status()


def test_measurements_of_an_earlier_space_of_the_name_count_for_nothing(opened: World) -> None:
    before = opened.now - timedelta(hours=1)
    opened.index.measured.clear()
    opened.index.save_measurement(Measurement(before, MAPS, ONE, 900, 9, Verdicts(9)))
    assert opened.status.status() == Status(1)


def test_old_measurements_are_not_told_as_if_they_were_new(opened: World) -> None:
    opened.now += 2 * DAY
    assert opened.status.status() == Status(1)


def test_it_is_asked_once_in_five_minutes_and_no_item_is_looked_at(opened: World) -> None:
    calls: list[str] = []

    class Counting:
        def __getattr__(self, name: str) -> Any:
            calls.append(name)
            return getattr(opened.index, name)

    index: Any = Counting()
    telling = TellStatus(opened.measure.stores, index, lambda: opened.now, opened.canary_heard)
    for _ in range(3):
        telling.status()
    assert calls == ["spaces", "measurements", "measurements"]
    opened.index.measured[ONE, opened.now.date(), SpaceId("maps")] = Measurement(opened.now, MAPS, ONE, 1, 7)
    assert telling.status().items == 1
    opened.now += KEPT_FOR
    assert telling.status().items == 7
