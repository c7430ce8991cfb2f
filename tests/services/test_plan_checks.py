"""The plan: oldest first, within its limits, sooner after an incident, whatever the clock does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId
from chalicelib.domain.fixity_plan import Limits
from chalicelib.domain.prices import PRICES
from chalicelib.domain.records import CopyState
from chalicelib.domain.stores import Mode

from .world import ITEM, MAPS, ONE, THREE, TWO, World

DAY = timedelta(days=1)
YEAR = 365 * DAY


def filled(items: int = 10, **given: object) -> World:
    """A world in which every copy of so many items is proven, and none is due."""
    world = World(**given)  # type: ignore[arg-type]
    for number in range(items):
        world.put(item=f"{number}")
    world.work(10_000)
    for number in range(items):
        world.check.check(MAPS, ContentId(f"{number}"))
    assert {state for item in world.index.records.values() for state in map(_state, item.copies.values())} == {"intact"}
    assert world.plan_checks.plan() == 0
    return world


def _state(copy: object) -> CopyState:
    return copy.state  # type: ignore[attr-defined,no-any-return]


def checks(world: World) -> list[jobs.Check]:
    return [job for job in world.queue.jobs if isinstance(job, jobs.Check)]


def dates(world: World) -> list[datetime]:
    return [item.next_check for item in world.index.records.values() if item.next_check]


def run_dry(world: World) -> Iterator[int]:
    """Plan, five minutes after five minutes, until nothing is due, telling how many were taken each time."""
    while (taken := world.plan_checks.plan()) > 0:
        yield taken
        world.work(10_000)
        world.now += timedelta(minutes=5)


def test_a_run_takes_no_more_than_its_items() -> None:
    world = filled(limits=Limits(items=3))
    world.now += 91 * DAY
    assert list(run_dry(world)) == [3, 3, 3, 1]


def test_a_run_takes_no_more_than_its_bytes() -> None:
    world = filled(limits=Limits(bytes=200))
    world.now += 91 * DAY
    size = world.item(ContentId("0")).size * 2
    assert list(run_dry(world)) == [200 // size] * 2 + [10 - 2 * (200 // size)]


def test_a_day_costs_no_more_than_its_money() -> None:
    one = PRICES["instant"].of(22)
    world = filled(third=MemoryStore(), limits=Limits(money=4 * one + 1))
    world.now = world.now.replace(hour=0) + 95 * DAY
    assert list(run_dry(world)) == [4]
    assert world.plan_checks.spent() == 4 * one
    world.now += DAY
    assert list(run_dry(world)) == [4]
    world.now += DAY
    assert list(run_dry(world)) == [2]


def test_what_is_not_proven_waits_for_no_money() -> None:
    world = filled(third=MemoryStore(), limits=Limits(money=1))
    world.now = (world.now + 96 * DAY).replace(hour=1)  # what was spent counts for a day
    assert list(run_dry(world)) == [1], "the first of a day is taken, whatever it costs"
    world.put(item="new")
    world.queue.jobs.clear()
    world.now += timedelta(hours=2)
    found = world.plan_checks.preview()
    assert [reading.item.id for reading in found.taken] == ["new"]


def test_the_plan_is_shown_before_it_runs_and_changes_nothing() -> None:
    world = filled(third=MemoryStore(), limits=Limits(items=4))
    world.now += 91 * DAY
    before = dict(world.index.records)
    found = world.plan_checks.preview()
    assert (len(found.taken), found.more) == (4, True)
    assert found.bytes == sum(reading.item.size * 3 for reading in found.taken)
    assert world.index.records == before
    assert not world.queue.jobs
    assert world.plan_checks.plan() == 4
    assert [job.item for job in checks(world)] == [reading.item.id for reading in found.taken]
    assert world.plan_checks.spent() == found.money > 0


def test_only_the_copies_that_are_due_are_read() -> None:
    world = filled(1, periods={TWO: 180 * DAY})
    world.now += 90 * DAY
    world.plan_checks.plan()
    assert [job.stores for job in checks(world)] == [(ONE,)]
    world.work()
    assert world.item(ContentId("0")).copies[TWO].checked_at < world.now - 80 * DAY
    world.now += 90 * DAY
    world.plan_checks.plan()
    assert [job.stores for job in checks(world)] == [()], "then both are"


def test_damage_that_is_found_when_one_copy_is_due_is_repaired_from_the_others() -> None:
    world = filled(1, periods={TWO: 180 * DAY})
    world.primary.damage(MAPS, ContentId("0"), b"rotten")
    world.now += 90 * DAY
    world.plan_checks.plan()
    world.work()
    assert set(world.states(ContentId("0")).values()) == {CopyState.INTACT}


def incident(world: World) -> None:
    world.put(item="victim")
    world.work(10_000)
    world.second.damage(MAPS, ContentId("victim"), b"rotten")
    world.check.check(MAPS, ContentId("victim"))
    world.work(10_000)


def test_after_an_incident_other_copies_in_the_same_store_are_read_sooner() -> None:
    world = filled()
    world.now += 70 * DAY
    assert world.plan_checks.preview().taken == ()
    incident(world)
    assert world.plan_checks.plan() == 10
    world.work(10_000)
    world.now += timedelta(hours=2)
    world.plan_checks.plan()
    world.work(10_000)
    assert world.plan_checks.plan() == 0, "each once"


def test_after_an_incident_nothing_is_read_sooner_that_the_store_does_not_hold() -> None:
    world = filled()
    for item in list(world.index.records.values()):
        copies = {ONE: item.copies[ONE]}
        world.index.save(replace(world.index.item(MAPS, item.id), copies=copies))
    world.now += 70 * DAY
    incident(world)
    assert [reading.item.id for reading in world.plan_checks.preview().taken] == []


def test_an_incident_of_long_ago_hastens_nothing() -> None:
    world = filled()
    world.now += 60 * DAY
    incident(world)
    world.now += 8 * DAY
    found = {reading.item.id for reading in world.plan_checks.preview().taken if reading.item.space == MAPS}
    assert found <= {"victim"}


def test_after_an_incident_the_copy_in_that_store_is_read_though_another_is_due_first() -> None:
    world = filled(1, periods={TWO: 180 * DAY})
    world.now += 70 * DAY
    incident(world)
    found = {reading.item.id: reading.stores for reading in world.plan_checks.preview().taken}
    assert found["0"] == (ONE, TWO)


def test_incidents_are_remembered_for_seven_days_after_the_last() -> None:
    world = World()
    hasten = world.plan_checks.hasten
    hasten.after([TWO])
    world.now += 6 * DAY
    hasten.after([TWO])
    world.now += 6 * DAY
    assert hasten.stores() == {TWO}
    world.now += DAY
    assert hasten.stores() == frozenset()
    world.now -= YEAR
    assert hasten.stores() == frozenset(), "noted by a clock that was wrong"


def test_a_copy_that_was_never_made_is_no_incident() -> None:
    world = World()
    world.put()
    world.check.check(MAPS, ITEM)
    assert world.plan_checks.hasten.stores() == frozenset()


def test_what_waits_in_the_queue_is_not_planned_again_after_an_incident() -> None:
    world = filled()
    world.now += 70 * DAY
    incident(world)
    assert world.plan_checks.plan() == 10
    assert world.plan_checks.plan() == 0


def test_a_clock_that_jumps_ahead_a_year_and_back_makes_no_stampede() -> None:
    world = filled(60, limits=Limits(items=20))
    right = world.now
    world.now += YEAR
    assert list(run_dry(world)) == [20, 20, 20], "no run takes more than its limit"
    ahead = dates(world)
    assert max(ahead) - min(ahead) > 30 * DAY, "and what comes next is spread"
    world.now = right + DAY
    assert world.plan_checks.plan() == 0
    world.sweep.sweep_space(MAPS)  # the daily one
    world.work(10_000)
    back = dates(world)
    assert right < min(back) <= max(back) <= right + 93 * DAY, "all come within the period, though read in the future"
    assert max(back) - min(back) > 60 * DAY
    world.now = max(back)
    assert sum(run_dry(world)) == 60


def test_a_clock_that_jumps_back_a_year_and_ahead_makes_no_stampede() -> None:
    world = filled(60, limits=Limits(items=20))
    right = world.now
    world.now -= YEAR
    assert world.plan_checks.plan() == 0
    world.sweep.sweep_space(MAPS)
    back = dates(world)
    assert world.now <= min(back) <= max(back) <= world.now + 91 * DAY
    world.now = right
    taken = list(run_dry(world))
    assert max(taken) == 20
    later = dates(world)
    assert right + 40 * DAY < min(later) <= max(later) <= world.now + 90 * DAY


def test_a_live_item_without_a_date_gets_one_from_the_sweep() -> None:
    world = filled(1)
    world.index.save(replace(world.item(ContentId("0")), next_check=None))
    world.sweep.sweep_space(MAPS)
    assert world.now <= world.item(ContentId("0")).next_check <= world.now + 90 * DAY


def test_a_copy_that_waits_in_a_store_that_is_not_written_is_not_read_for_ever() -> None:
    world = filled(1, third=MemoryStore())
    record = world.item(ContentId("0"))
    world.index.save(record.with_copy(THREE, replace(record.copies[THREE], state=CopyState.MISSING)))
    policies = world.index.policies()
    world.index.save_policies(policies.with_mode(THREE, Mode.READ_ONLY))
    del world.stores[THREE].contents[MAPS][ContentId("0")]
    world.now += 91 * DAY
    assert list(run_dry(world)) == [1]
