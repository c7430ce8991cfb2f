"""A store cannot be read for a day: nothing is repaired, nobody is told of damage, and all is caught up afterwards."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import StoreDown, Unavailable
from chalicelib.domain.incidents import Incident, State
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.messages_incidents import decode_incident
from chalicelib.services.keep_incidents import CURRENT

from .world import MAPS, ONE, TWO, World

ITEMS = [ContentId(f"plate {n}") for n in range(6)]
HOUR = timedelta(hours=1)


def nothing_answers(store: MemoryStore) -> None:
    store.down = True


def only_reads_fail(store: MemoryStore) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise StoreDown("500")

    store.open = fails  # type: ignore[method-assign]


def every_body_is_cut_short(store: MemoryStore) -> None:
    plain = store.open

    def short(*args: Any, **rest: Any) -> Any:
        opening = plain(*args, **rest)
        opened = opening.__enter__()
        if opened is not None:
            opened = replace(opened, chunks=iter([b"half"]))
        return nullcontext(opened)

    store.open = short  # type: ignore[method-assign]


@pytest.mark.parametrize("away", [nothing_answers, only_reads_fail, every_body_is_cut_short])
@pytest.mark.parametrize("store", [ONE, TWO])
def test_a_store_that_cannot_be_read_for_a_day(away: Callable[[MemoryStore], None], store: str) -> None:
    world = World()
    for item in ITEMS:
        world.put(item=item)
    world.work()
    world.now += timedelta(days=100)
    provider = next(provider for name, provider in world.stores.items() if name == store)
    held = {item: dict(world.stores[name].contents[MAPS])[item] for name in (ONE, TWO) for item in ITEMS}
    told = len(world.letters)
    away(provider)
    for _ in range(23):
        a_hour_passes(world)
    assert {world.states(item)[store] for item in ITEMS} == {CopyState.UNREADABLE}  # type: ignore[index]
    assert bad_news(world) == []
    assert [incident for incident in incidents(world) if incident.item or incident.state is not State.WATCHED] == []
    assert len(world.letters) == told
    vars(provider).pop("open", None)
    provider.down = False
    back = world.now
    for _ in range(25):
        a_hour_passes(world)
    for item in ITEMS:
        assert world.states(item) == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
        assert min(copy.verified_at or back for copy in world.item(item).copies.values()) >= back - 25 * HOUR
        assert world.item(item).copies[store].verified_at > back  # type: ignore[index,operator]
    assert bad_news(world) == []
    assert held == {item: dict(world.stores[name].contents[MAPS])[item] for name in (ONE, TWO) for item in ITEMS}
    for _ in range(72):
        a_hour_passes(world)
    assert [incident for incident in incidents(world) if incident.state is not State.CLOSED] == []


def a_hour_passes(world: World) -> None:
    world.now += HOUR
    world.plan_checks.plan()
    if world.now.hour == 3:
        world.sweep.sweep()
    before = list(world.queue.jobs)
    for job in before:
        world.queue.jobs.remove(job)
        try:
            world.perform(job)
        except Unavailable:
            world.queue.jobs.append(job)
    world.work(most=30)
    world.tell_incidents.settle()


def bad_news(world: World) -> list[Kind]:
    wrong = {Kind.REPAIRED, Kind.LOST, Kind.EVIDENCE_KEPT}
    return [kind for item in ITEMS for kind in world.kinds(item) if kind in wrong]


def incidents(world: World) -> list[Incident]:
    return [decode_incident(note.body) for note in world.notes.notes(CURRENT)]
