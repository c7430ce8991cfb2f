"""Asking for checks: what is named is read, what is not known is told of, and the cost stands before the work."""

from dataclasses import replace

import pytest

from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain import jobs
from chalicelib.domain.access import ANONYMOUS, Caller, Role
from chalicelib.domain.cold import Sample
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Conflict, Denied, NotFound, Unauthenticated
from chalicelib.domain.item_lists import Row
from chalicelib.domain.prices import BATCH, PRICES
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import Mode, StoreId

from .world import ADMIN, BYTES, ITEM, MAPS, THREE, TWO, World


@pytest.fixture
def three() -> World:
    world = World(third=MemoryStore())
    world.put()
    world.put(item="b")
    world.work()
    world.measure.measure()
    world.work()
    return world


def test_an_item_is_read_in_every_store_and_its_cost_told(three: World) -> None:
    asked = three.ask_checks.item(ADMIN, MAPS, ITEM)
    assert (asked.copies, asked.bytes) == (3, 3 * len(BYTES))
    assert asked.money == PRICES["instant"].of(len(BYTES))
    assert three.queue.jobs == [jobs.Check(MAPS, ITEM)]


def test_only_the_cost_is_told_when_that_is_asked(three: World) -> None:
    for asked in (
        three.ask_checks.item(ADMIN, MAPS, ITEM, estimate=True),
        three.ask_checks.space(ADMIN, MAPS, estimate=True),
        three.ask_checks.store(ADMIN, THREE, estimate=True),
    ):
        assert asked.money > 0
    assert three.queue.jobs == []


def test_half_of_a_list_is_not_known_and_the_rest_is_checked(three: World) -> None:
    three.delete.delete(three.maps, ContentId("b"), "member")
    three.queue.jobs.clear()
    rows = [
        Row(1, "maps", ITEM),
        Row(2, "maps", "nowhere"),
        Row(3, "atlases", ITEM),
        Row(4, "maps", "b"),
        Row(5, "maps", ITEM),
        Row(6, problem="has 1 fields"),
        Row(7, "maps", ""),
        Row(8, "", "x" * 5000),
        Row(9, "maps", "\ud800"),
    ]
    asked = three.ask_checks.items(ADMIN, rows)
    assert three.queue.jobs == [jobs.Check(MAPS, ITEM)]
    assert asked.copies == 3
    reasons = {row.line: row.problem for row in asked.refused}
    assert list(reasons) == [2, 3, 4, 6, 7, 8, 9]
    assert reasons[2] == "'nowhere' in 'maps' is not known"
    assert reasons[3] == "Space 'atlases' does not exist"
    assert "was deleted at" in reasons[4]


def test_a_store_is_checked_space_after_space(three: World) -> None:
    asked = three.ask_checks.store(ADMIN, TWO)
    assert asked.copies is not None
    done = three.work()
    checked = [job for job in done if isinstance(job, jobs.Check) and job.space == MAPS]
    assert {(job.item, job.stores) for job in checked} == {(ITEM, (TWO,)), ("b", (TWO,))}


def test_a_store_is_checked_page_after_page_and_only_where_it_holds_something(
    three: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.services.ask_checks._PAGE", 1)
    record = three.item(ContentId("b"))
    three.index.save(replace(record, copies={store: copy for store, copy in record.copies.items() if store != TWO}))
    three.put(item="c")
    three.work()
    three.ask_checks.check_space(MAPS, "", (TWO,))
    done = three.work()
    assert [(job.item, job.stores) for job in done if isinstance(job, jobs.Check)] == [(ITEM, (TWO,)), ("c", (TWO,))]


def test_nothing_is_read_in_a_space_that_is_being_removed(three: World) -> None:
    three.index.save_space(replace(three.index.space(MAPS), removing=True))
    assert three.ask_checks.items(ADMIN, [Row(1, MAPS, ITEM)]).refused[0].problem == "Space 'maps' does not exist"
    with pytest.raises(NotFound):
        three.ask_checks.space(ADMIN, MAPS)


def test_a_space_costs_what_it_was_last_measured_to_hold(three: World) -> None:
    asked = three.ask_checks.space(ADMIN, MAPS)
    assert (asked.copies, asked.bytes) == (6, 6 * len(BYTES))
    assert three.queue.jobs == [jobs.CheckSpace(MAPS)]


def test_before_the_first_measurement_nothing_is_guessed(world: World) -> None:
    assert world.ask_checks.space(ADMIN, MAPS).copies is None


def test_what_does_not_exist_is_refused(three: World) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        three.ask_checks.item(ADMIN, MAPS, "nowhere")
    with pytest.raises(NotFound, match="atlases"):
        three.ask_checks.space(ADMIN, SpaceId("atlases"))
    with pytest.raises(NotFound, match="'9'"):
        three.ask_checks.store(ADMIN, StoreId("9"))


def test_a_store_that_is_out_of_service_is_not_asked(three: World) -> None:
    three.index.save_policies(three.index.policies().with_mode(TWO, Mode.OUT_OF_SERVICE))
    with pytest.raises(Conflict, match="out of service"):
        three.ask_checks.store(ADMIN, TWO)
    assert three.ask_checks.item(ADMIN, MAPS, ITEM).copies == 2


def test_the_outlook_tells_what_checks_cost_in_a_year(three: World) -> None:
    outlook = {found.store: found for found in three.ask_checks.outlook(ADMIN)}
    assert outlook[THREE].kept_as == "instant"
    assert outlook[THREE].money_a_year == round(outlook[THREE].held.money * 365 / 90) > 0
    assert outlook[TWO].money_a_year == 0
    assert outlook[THREE].restored == 0
    assert outlook[THREE].batch == BATCH.of(outlook[THREE].held.bytes, outlook[THREE].held.copies or 0)


def test_the_outlook_of_an_archive_counts_what_is_restored() -> None:
    world = World(third=MemoryStore(), classes={THREE: "deep"}, sample=Sample(0.5))
    world.put()
    world.work()
    world.measure.measure()
    world.work()
    (found,) = [one for one in world.ask_checks.outlook(ADMIN) if one.store == THREE]
    assert found.restored == PRICES["deep"].restoring(round(found.held.bytes / 2), (found.held.copies or 0) / 2) > 0
    assert found.money_a_year == round((found.held.money + found.restored) * 365 / 90)


def test_only_administrators_ask(three: World) -> None:
    member = Caller("member", frozenset({Role.USER}))
    for caller, error in ((member, Denied), (ANONYMOUS, Unauthenticated)):
        for ask in (
            lambda who: three.ask_checks.item(who, MAPS, ITEM),
            lambda who: three.ask_checks.space(who, MAPS),
            lambda who: three.ask_checks.store(who, TWO),
            three.ask_checks.preview,
            three.ask_checks.outlook,
        ):
            with pytest.raises(error):
                ask(caller)
    assert three.queue.jobs == []
