"""Incidents: one for each problem, from its finding to its end, told to people as seldom as can be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from chalicelib.domain.fixity import Absent, Judgement, Verdict
from chalicelib.domain.incidents import Incident, Problem, State
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.domain.spaces import SpaceId
from chalicelib.messages_incidents import decode_digest, decode_incident, encode_digest, encode_incident
from chalicelib.ports_accounts import Message
from chalicelib.ports_work import Note
from chalicelib.services.keep_incidents import CURRENT

from .world import ADMIN, BYTES, ITEM, MAPS, ONE, TWO, Crash, World

SOMEBODY = Caller("bob", frozenset({Role.USER}))
DAY = timedelta(days=1)


@pytest.fixture
def whole(world: World) -> World:
    world.put()
    world.work()
    world.check.check(MAPS, ITEM)
    return world


def incidents(world: World, *, only_open: bool = False) -> list[Incident]:
    return world.incidents.page(ADMIN, only_open, None, None, "")[0]


def check(world: World) -> None:
    world.queue.send([jobs.Check(MAPS, ITEM)])
    world.work()


def lose(world: World) -> None:
    world.primary.damage(MAPS, ITEM, b"rotten")
    world.second.damage(MAPS, ITEM, b"mouldy")
    check(world)


def digest(world: World) -> None:
    world.tell_incidents.begin()
    world.work()


def test_what_is_whole_costs_no_note(whole: World) -> None:
    before, item = whole.fuse.burnt, whole.item()
    whole.incidents.follow(item, item)
    assert whole.fuse.burnt == before


def test_a_damaged_copy_is_one_incident_that_its_repair_ends(whole: World) -> None:
    whole.second.damage(MAPS, ITEM, b"rotten")
    whole.check.check(MAPS, ITEM)
    whole.check.check(MAPS, ITEM)
    (found,) = incidents(whole, only_open=True)
    assert (found.problem, found.state, found.stores) == (Problem.DAMAGED, State.REPAIRING, (TWO,))
    whole.work()
    (ended,) = incidents(whole)
    assert (ended.id, ended.state, ended.how) == (found.id, State.CLOSED, "no copy is damaged any more")
    assert incidents(whole, only_open=True) == []


def test_a_missing_copy_is_an_incident_of_its_own_kind(whole: World) -> None:
    del whole.second.contents[MAPS][ITEM]
    check(whole)
    (ended,) = incidents(whole)
    assert (ended.problem, ended.state) == (Problem.MISSING, State.CLOSED)


def test_a_copy_that_is_still_to_be_made_is_none(world: World) -> None:
    world.put()
    world.check.check(MAPS, ITEM)
    assert incidents(world) == []


def test_without_an_intact_copy_to_read_it_stays_open(whole: World) -> None:
    whole.second.damage(MAPS, ITEM, b"rotten")
    whole.primary.down = True
    whole.check.check(MAPS, ITEM)
    (found,) = incidents(whole)
    assert found.state is State.OPEN


def test_lost_supersedes_what_was_found_before_and_is_told_once(whole: World) -> None:
    whole.second.damage(MAPS, ITEM, b"mouldy")
    whole.check.check(MAPS, ITEM)
    whole.queue.jobs.clear()
    lose(whole)
    by_problem = {incident.problem: incident for incident in incidents(whole)}
    assert by_problem[Problem.DAMAGED].how == "the item is lost"
    assert by_problem[Problem.LOST].state is State.PERSON
    check(whole)
    (message,) = whole.outbox
    assert message.to == "operators@localhost"
    assert by_problem[Problem.LOST].id in message.text
    whole.put(BYTES)
    check(whole)
    assert incidents(whole, only_open=True) == []


def test_what_comes_back_within_days_is_the_same_incident_and_later_another(whole: World) -> None:
    def damaged() -> Incident:
        whole.second.damage(MAPS, ITEM, b"rotten")
        check(whole)
        return next(i for i in incidents(whole) if i.closed_at == whole.now)

    first = damaged()
    whole.now += 2 * DAY
    again = damaged()
    assert (again.id, again.reopened) == (first.id, 1)
    whole.now += 4 * DAY
    assert damaged().id != first.id
    assert len(incidents(whole)) == 2, "the earlier one is kept"


def test_a_person_closes_what_waits_for_one_and_nothing_else(whole: World) -> None:
    lose(whole)
    (found,) = incidents(whole)
    for who, note, error in ((SOMEBODY, "done", Denied), (ADMIN, " ", Invalid), (ADMIN, "x" * 2001, Invalid)):
        with pytest.raises(error):
            whole.incidents.close(who, found.id, note)
    closed = whole.incidents.close(ADMIN, found.id, "it was on a tape")
    assert (closed.state, closed.how, closed.closed_by) == (State.CLOSED, "it was on a tape", "admin")
    assert whole.incidents.close(ADMIN, found.id, "it was on a tape") == closed, "asked twice"
    assert whole.kinds()[-1] is Kind.INCIDENT_CLOSED
    with pytest.raises(Conflict, match="only one that needs a person"):
        whole.incidents.close(ADMIN, found.id, "another word")
    with pytest.raises(NotFound):
        whole.incidents.close(ADMIN, "20260101T000000Z_maps_x_lost", "done")


def test_the_evidence_is_what_the_history_tells_of_that_time(whole: World) -> None:
    whole.now += 3 * DAY
    whole.second.damage(MAPS, ITEM, b"rotten")
    check(whole)
    _, events = whole.incidents.incident(ADMIN, incidents(whole)[0].id)
    assert [event.kind for event in events] == [Kind.CHECKED, Kind.CHECKED, Kind.EVIDENCE_KEPT, Kind.REPAIRED]


def test_a_store_that_gives_nothing_for_a_day_is_one_incident_of_the_store(whole: World) -> None:
    whole.put(item="another")
    whole.work()
    whole.second.down = True
    for _ in range(24):
        for item in (ITEM, ContentId("another")):
            whole.check.check(MAPS, item)
        assert incidents(whole) == []
        whole.now += DAY / 24
    whole.check.check(MAPS, ITEM)
    (found,) = incidents(whole)
    assert (found.item, found.stores, found.state) == (None, (TWO,), State.PERSON)
    whole.second.down = False
    whole.queue.jobs.clear()
    whole.now += 3 * DAY
    digest(whole)
    (ended,) = incidents(whole)
    assert ended.closed


def test_a_store_that_stops_for_an_hour_is_no_incident(whole: World) -> None:
    whole.second.down = True
    whole.check.check(MAPS, ITEM)
    whole.now += DAY / 20
    whole.check.check(MAPS, ITEM)
    assert incidents(whole) == []


def many(world: World, number: int, problem: Problem = Problem.DAMAGED) -> None:
    """Incidents as a store that rots leaves them."""
    for n in range(number):
        state = State.PERSON if problem is Problem.LOST else State.REPAIRING
        one = Incident(problem, MAPS, ContentId(f"item {n}"), (TWO,), state, world.now, world.now)
        world.notes.save(Note(CURRENT, one.name, encode_incident(one)))


def test_a_page_at_a_time_and_ended_ones_behind_the_open(world: World) -> None:
    many(world, 25)
    first = incidents(world)[0]
    old = replace(first, space=SpaceId("films"), state=State.CLOSED, closed_at=world.now)
    world.incidents.put_away(old)
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page, after = world.incidents.page(ADMIN, False, None, None, after, 10)
        assert len(page) <= 10
        seen += [incident.id for incident in page]
    assert len(seen) == len(set(seen)) == 26
    assert seen[-1] == old.id
    assert world.incidents.page(ADMIN, False, "films", None, "") == ([old], None)
    assert world.incidents.page(ADMIN, True, "map", None, "") == ([], None)
    assert len(world.incidents.page(ADMIN, True, "maps", "2", "")[0]) == 25
    assert world.incidents.page(ADMIN, True, None, "1", "") == ([], None)
    with pytest.raises(Denied):
        world.incidents.page(SOMEBODY, True, None, None, "")


def test_very_many_lost_items_are_few_messages_and_a_short_digest(world: World) -> None:
    for n in range(300):
        world.put(item=f"item {n}")
    world.queue.jobs.clear()
    many(world, 300, Problem.LOST)
    for note in list(world.notes.kept.values()):
        world.queue.send([jobs.TellIncident(note.name)])
    world.work(most=400)
    assert len(world.outbox) == 10
    for n in range(300):  # as the check that found it left the record
        item = world.item(ContentId(f"item {n}"))
        bad = {store: replace(copy, state=CopyState.DAMAGED) for store, copy in item.copies.items()}
        world.index.save(replace(item, copies=bad))
    world.now += timedelta(minutes=1)
    digest(world)
    assert len(world.outbox) == 11
    assert "maps: found 300, ended 0, in repair 0, for a person 300" in world.outbox[-1].text
    assert len(world.outbox[-1].text) < 5000


def test_a_day_has_one_digest_and_only_when_there_is_something(whole: World) -> None:
    digest(whole)
    assert whole.outbox == []
    whole.now += DAY
    whole.second.damage(MAPS, ITEM, b"rotten")
    check(whole)
    digest(whole)
    digest(whole)
    (message,) = whole.outbox
    assert "maps: found 1, ended 1, in repair 0, for a person 0" in message.text
    whole.now += DAY
    digest(whole)
    assert len(whole.outbox) == 1


def test_every_week_has_a_summary_of_every_space(whole: World) -> None:
    digest(whole)
    whole.now += timedelta(minutes=1)
    whole.second.damage(MAPS, ITEM, b"rotten")
    check(whole)
    for _ in range(8):
        whole.now += DAY
        whole.measure.measure()
        whole.work()
        digest(whole)
    weekly = [message for message in whole.outbox if "week" in message.subject]
    assert len(weekly) in (1, 2)
    text = weekly[0].text if "found 1" in weekly[0].text else weekly[-1].text
    assert "maps: incidents found 1, ended 1" in text
    assert f"store 2: 1 items, {len(BYTES)} bytes; copies intact 1, bad 0, unread 0, oldest check" in text


def test_a_clock_that_was_a_year_ahead_delays_no_digest(whole: World) -> None:
    whole.now += 365 * DAY
    digest(whole)
    whole.now -= 364 * DAY
    lose(whole)
    whole.now += DAY
    digest(whole)
    assert [message.subject for message in whole.outbox].count(f"Incidents of {whole.now.date()}") == 1


def test_what_a_digest_finds_to_be_over_is_closed_and_later_put_away(whole: World) -> None:
    many(whole, 1)
    digest(whole)
    (ended,) = incidents(whole)
    assert ended.how == "the item was deleted"
    for _ in range(5):
        whole.now += DAY
        digest(whole)
    assert whole.notes.notes(CURRENT) == []
    assert incidents(whole) == [ended], "it can still be looked up"
    assert whole.incidents.incident(ADMIN, ended.id) == (ended, [])


def test_a_repair_that_does_not_come_is_for_a_person(whole: World) -> None:
    whole.second.damage(MAPS, ITEM, b"rotten")
    whole.check.check(MAPS, ITEM)
    whole.queue.jobs.clear()
    whole.now += 4 * DAY
    digest(whole)
    (found,) = incidents(whole)
    assert found.state is State.PERSON


def test_records_kept_as_json_are_the_same_afterwards(whole: World) -> None:
    lose(whole)
    digest(whole)
    for note in whole.notes.notes(CURRENT):
        assert encode_incident(decode_incident(note.body)) == note.body
    note = whole.notes.note("digest", "daily")
    assert note is not None
    assert encode_digest(decode_digest(note.body)) == note.body


def test_a_message_that_cannot_be_sent_now_is_sent_later(whole: World) -> None:
    lose(whole)
    whole.outbox.clear()
    refusals = [Unavailable("no mail server"), None]

    def send(message: Message) -> None:
        if error := refusals.pop(0):
            raise error
        whole.outbox.append(message)

    object.__setattr__(whole.tell_incidents, "notifier", SimpleNamespace(send=send))
    digest(whole)
    assert len(whole.outbox) == 1


STORIES: list[Callable[[World], None]] = [
    lambda world: world.second.damage(MAPS, ITEM, b"rotten"),
    lambda world: world.primary.damage(MAPS, ITEM, b"rotten"),
    lambda world: world.second.contents[MAPS].pop(ITEM) and None,
]


def survive(world: World, step: Callable[[], object]) -> bool:
    """Do a step, and all that follows, again and again until nothing crashes."""
    crashed = False
    for _ in range(4):
        try:
            step()
            world.work()
        except Crash:
            crashed = True
            continue
        return crashed
    raise AssertionError("it does not end")


@pytest.mark.parametrize("damage", STORIES)
def test_a_crash_anywhere_leaves_one_incident_that_ends_and_is_told(damage: Callable[[World], None]) -> None:
    calls, crashed = 0, True
    while crashed:
        world = World()
        world.put()
        world.work()
        world.now += DAY
        damage(world)
        world.queue.send([jobs.Check(MAPS, ITEM)])
        world.fuse.left = calls
        crashed = survive(world, lambda: None)
        crashed |= survive(world, world.tell_incidents.begin)
        world.fuse.left = -1
        (found,) = incidents(world)
        assert found.closed, f"crash at call {calls}"
        world.now += DAY
        digest(world)
        told = [message for message in world.outbox if "maps: found 1" in message.text]
        assert 1 <= len(told) <= 2, f"crash at call {calls}"
        calls += 1
    assert calls > 30


@pytest.mark.parametrize("step", ["check", "tell"])
def test_lost_is_told_at_least_once_and_at_most_twice_whatever_crashes(step: str) -> None:
    calls, crashed = 0, True
    while crashed:
        world = World()
        world.put()
        world.work()
        world.primary.damage(MAPS, ITEM, b"rotten")
        world.second.damage(MAPS, ITEM, b"mouldy")
        world.queue.send([jobs.Check(MAPS, ITEM)])
        if step == "tell":
            world.perform(world.queue.jobs.pop(0))
        world.fuse.left = calls
        crashed = survive(world, lambda: None)
        world.fuse.left = -1
        assert 1 <= len(world.outbox) <= 2, f"crash at call {calls}"
        calls += 1


def test_what_only_a_person_can_decide_is_one_incident_until_a_copy_is_proven(whole: World) -> None:
    item = whole.item()
    undecided = Judgement({ONE: Verdict.UNDECIDED}, {ONE: Absent()}, (), lost=False)
    whole.incidents.follow(item, item, undecided)
    (found,) = incidents(whole)
    assert (found.problem, found.state) == (Problem.UNDECIDED, State.PERSON)
    digest(whole)
    assert incidents(whole)[0].closed
