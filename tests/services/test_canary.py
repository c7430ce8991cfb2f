"""The canary: what is damaged on purpose is found, or everybody hears of it."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.canary import DAMAGED, ITEMS, LATE, MISSING, RIGHT, UNTOLD, WRONG, Song
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Denied
from chalicelib.domain.fixity import Judgement, Verdict
from chalicelib.domain.incidents import Incident, Problem, State
from chalicelib.domain.spaces import CANARY_SPACE
from chalicelib.domain.statistics import Verdicts
from chalicelib.domain.stores import Mode
from chalicelib.messages import decode
from chalicelib.services.fly_canary import HearCanary

from .world import ADMIN, MAPS, ONE, OWNER, TWO, Crash, World

DAY = timedelta(days=1)


def day(world: World) -> None:
    """What the schedule of a day asks for, and all that follows."""
    world.now += DAY
    world.canary.begin()
    world.work()


@pytest.fixture
def flying(world: World) -> World:
    """The items are whole, and a first round of damage was done."""
    day(world)
    day(world)
    return world


def song(world: World) -> Song:
    return world.canary_heard.song()[0]


def silence(world: World, *, only_open: bool = True) -> list[Incident]:
    page, _ = world.incidents.page(ADMIN, only_open, None, None, "")
    return [incident for incident in page if incident.problem is Problem.SILENT]


def test_it_does_damage_that_is_found_and_repaired_every_day(flying: World) -> None:
    assert song(flying) is Song.WAITING
    for number in range(4):
        before = {store: dict(held.contents[CANARY_SPACE]) for store, held in flying.stores.items()}
        flying.now += DAY
        flying.canary.fly()
        assert song(flying) is Song.FOUND, number
        assert flying.second.contents[CANARY_SPACE][DAMAGED][0] == WRONG
        gone = [store for store, held in flying.stores.items() if MISSING not in held.contents[CANARY_SPACE]]
        assert gone == [(ONE, TWO)[(number + 2) % 2]], "by turns"
        flying.work()
        for store, held in flying.stores.items():
            assert held.contents[CANARY_SPACE][DAMAGED][0] == before[store][DAMAGED][0] == RIGHT
            assert held.contents[CANARY_SPACE][MISSING][0] == RIGHT
            assert held.contents[CANARY_SPACE][UNTOLD][0] != before[store][UNTOLD][0]
    assert silence(flying, only_open=False) == []


def judge_is_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def intact(record: object, readings: object) -> Judgement:
        return Judgement(dict.fromkeys(readings, Verdict.INTACT), readings, (), lost=False)  # type: ignore[call-overload]

    monkeypatch.setattr("chalicelib.services.check_fixity.judge", intact)


def checks_are_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.check_fixity.CheckFixity.check", lambda *_: None)


def repairs_are_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.replicate.Replicate.replicate", lambda *_: None)


def sweeps_are_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.sweep.Sweep.sweep_space", lambda *_: None)


def incidents_are_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.keep_incidents.KeepIncidents.follow", lambda *_: None)


@pytest.mark.parametrize(
    ("broken", "word"),
    [
        (judge_is_off, "damaged in store 2 was not found"),
        (checks_are_off, "was not found"),
        (repairs_are_off, "was found, and not repaired"),
        (sweeps_are_off, "bytes that no event told of were not registered"),
        (incidents_are_off, "was not found"),
    ],
)
def test_it_sings_when_a_part_of_the_detector_is_off(
    flying: World,
    broken: Callable[[World, pytest.MonkeyPatch], None],
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    day(flying)
    assert song(flying) is Song.FOUND
    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        broken(flying, patched)
        for _ in range(3):
            day(flying)
    assert song(flying) is Song.SILENT
    assert any("SILENT:" in line and word in line for line in caplog.messages)
    (found,) = silence(flying)
    assert found.state is State.PERSON
    assert not found.of_canary, "it counts"
    (message,) = [message for message in flying.outbox if found.id in message.text]
    assert "do not rely on its checks" in message.text
    for _ in range(3):
        flying.queue.send([jobs.Check(CANARY_SPACE, item) for item in ITEMS])
        flying.queue.send([jobs.SweepSpace(CANARY_SPACE)])
        flying.work()
        day(flying)
    assert song(flying) is Song.FOUND, "mended, it is found again"
    assert silence(flying) == []


def test_its_own_incidents_are_marked_and_in_no_digest(flying: World) -> None:
    page, _ = flying.incidents.page(ADMIN, False, CANARY_SPACE, None, "")
    assert {incident.problem for incident in page} == {Problem.DAMAGED, Problem.MISSING}
    assert all(incident.of_canary and incident.closed for incident in page)
    flying.now += DAY
    flying.tell_incidents.begin()
    flying.work()
    assert flying.outbox == []


def test_a_store_that_is_down_is_no_alarm_and_no_proof(flying: World) -> None:
    day(flying)
    flying.now += DAY
    flying.canary.fly()
    proven = flying.status.status().found_at
    flying.second.down = True
    flying.work()
    for _ in range(2):
        day(flying)
        assert song(flying) is Song.FOUND
    assert silence(flying) == []
    flying.now += LATE
    assert (song(flying), flying.status.status().found_at) == (Song.LATE, proven)


def test_with_one_store_to_write_to_only_the_sweep_is_tried(world: World) -> None:
    world.index.save_policies(Policies(modes={TWO: Mode.READ_ONLY}))
    for _ in range(3):
        day(world)
    assert song(world) is Song.FOUND
    assert world.primary.contents[CANARY_SPACE][DAMAGED][0] == RIGHT


def test_nobody_sees_its_space_or_writes_there(flying: World) -> None:
    assert CANARY_SPACE not in [space.id for space, _ in flying.spaces.visible(ADMIN)]
    for forbidden in (flying.spaces.writable, flying.spaces.remove, flying.spaces.create):
        with pytest.raises(Denied):
            forbidden(OWNER, CANARY_SPACE)
    flying.measure.measure()
    flying.work()
    today = flying.now.date()
    assert {m.space for m in flying.index.measurements(ONE, today, today)} >= {MAPS}
    assert CANARY_SPACE not in {m.space for m in flying.index.measurements(ONE, today, today)}
    assert flying.status.status().verdicts == Verdicts()


def test_the_event_of_its_bytes_is_dropped_and_no_other() -> None:
    def event(space: str, key: str) -> str:
        return json.dumps({"Records": [{"s3": {"bucket": {"name": f"dc-{space}"}, "object": {"key": key}}}]})

    assert decode(event(CANARY_SPACE, UNTOLD), "dc") == []
    assert decode(event(CANARY_SPACE, MISSING), "dc") == [jobs.Register(CANARY_SPACE, MISSING)]
    assert decode(event(MAPS, UNTOLD), "dc") == [jobs.Register(MAPS, UNTOLD)]


def test_switched_off_it_does_nothing(world: World) -> None:
    object.__setattr__(world.canary, "on", False)
    day(world)
    world.canary.fly()
    assert world.index.space(CANARY_SPACE) is None
    assert HearCanary(world.notes, lambda: world.now, on=False).song() == (Song.OFF, None)


def test_while_the_primary_is_only_read_it_waits_and_is_late(flying: World) -> None:
    flying.index.save_policies(Policies(modes={ONE: Mode.READ_ONLY}))
    note = flying.notes.note("canary", "flight")
    for _ in range(4):
        day(flying)
    assert flying.notes.note("canary", "flight") == note
    assert song(flying) is Song.LATE


def test_a_clock_that_was_a_year_ahead_is_no_alarm_and_no_proof(flying: World) -> None:
    now = flying.now
    flying.now += 365 * DAY
    day(flying)
    flying.now = now
    assert song(flying) is Song.LATE
    for _ in range(3):
        day(flying)
    assert song(flying) is Song.FOUND
    assert silence(flying, only_open=False) == []


def test_a_round_is_flown_once_a_day_however_often_it_is_asked_for(flying: World) -> None:
    note = flying.notes.note("canary", "flight")
    for _ in range(3):
        flying.canary.begin()
    flying.work()
    assert flying.notes.note("canary", "flight") == note


def test_a_crash_anywhere_leaves_what_is_found_a_day_later() -> None:
    calls, crashed = 0, True
    while crashed:
        world = World()
        day(world)
        day(world)
        world.now += DAY
        world.canary.begin()
        world.fuse.left = calls
        crashed = False
        for _ in range(3):
            try:
                world.work()
                break
            except Crash:
                crashed = True
        world.fuse.left = -1
        day(world)
        assert song(world) is Song.FOUND, f"crash at call {calls}"
        assert silence(world, only_open=False) == [], f"crash at call {calls}"
        calls += 1
    assert calls > 40


def test_a_day_costs_as_many_requests_of_stores_as_the_page_says(flying: World) -> None:
    asked: list[object] = []
    flying.fuse.call = lambda port, name, args, kwargs: asked.append(port) or getattr(port, name)(*args, **kwargs)  # type: ignore[method-assign, func-returns-value]
    days = []
    for _ in range(4):
        asked.clear()
        day(flying)
        days.append(sum(port in flying.stores.values() for port in asked))
    assert days[2:] in ([35, 44], [44, 35])
