"""Dead letters: what is given up stays visible with its reason, and comes back when somebody says so."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.content import ContentId
from chalicelib.domain.dead_letters import MOST_BODY, DeadLetter
from chalicelib.domain.errors import Conflict, Denied, Invalid, NotFound, StoreDown, Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.domain.spaces import SpaceId
from chalicelib.messages import encode
from chalicelib.messages_dead import decode_letter, encode_letter
from chalicelib.routes.queues import work_through

from .sqs import Sqs
from .world import ADMIN, ITEM, MAPS, ONE, TWO, Crash, World

GOLDEN = Path(__file__).parents[1] / "golden" / "events"
SOMEBODY = Caller("bob", frozenset({Role.USER}))
GONE = jobs.Register(SpaceId("nowhere"), ITEM)


@pytest.fixture
def sqs(world: World) -> Sqs:
    world.put()
    queues = Sqs(world)
    queues.deliver()
    return queues


def letters(world: World) -> list[DeadLetter]:
    return world.dead_letters.page(ADMIN)


def failing(world: World, error: BaseException) -> None:
    def fail(*_: Any) -> None:
        raise error

    object.__setattr__(world.replicate, "replicate", fail)


def again(world: World) -> None:
    object.__delattr__(world.replicate, "replicate")


COPY = jobs.Replicate(MAPS, ITEM, TWO)


@pytest.mark.parametrize("body", ["not JSON", "", "[" * 100_000, '{"job":"register","space":1,"item":[]}', "\ud800"])
def test_what_is_no_message_becomes_a_dead_letter_at_once(sqs: Sqs, body: str) -> None:
    sqs.send("stored", body)
    assert sqs.deliver() == 1
    (letter,) = letters(sqs.world)
    assert (letter.queue, letter.error, letter.attempts) == ("stored", "Invalid", 1)
    assert letter.body == body[:MOST_BODY]
    assert "Not a message of this service" in letter.reason


def test_an_event_of_a_foreign_bucket_is_told_of_and_the_rest_of_its_message_goes_on(sqs: Sqs) -> None:
    sqs.world.primary.silent = True
    sqs.world.put(item="new")
    event = json.loads((GOLDEN / "s3-other-bucket.json").read_text())
    ours = json.loads((GOLDEN / "s3-two-records.json").read_text())["Records"][0]
    ours["s3"]["object"]["key"] = "new"
    for _ in range(3):
        sqs.send("stored", json.dumps({"Records": [*event["Records"], ours]}))
    sqs.deliver()
    assert sqs.world.item(ContentId("new")).live
    (letter,) = letters(sqs.world)
    assert (letter.error, letter.attempts) == ("Foreign", 3)
    assert "'somebody-elses'" in letter.reason


@pytest.mark.parametrize("file", ["s3-test-event.json", "s3-put-aws.json"])
def test_events_as_aws_sends_them_are_no_dead_letters(sqs: Sqs, file: str) -> None:
    sqs.send("stored", (GOLDEN / file).read_text())  # of a space that is gone, or of none
    sqs.deliver()
    assert letters(sqs.world) == []


def test_work_on_what_is_gone_meanwhile_is_dropped(sqs: Sqs) -> None:
    sqs.send("stored", encode(GONE))
    sqs.deliver()
    assert (letters(sqs.world), sqs.messages) == ([], [])


def test_one_bad_message_does_not_keep_the_rest_of_its_batch_from_being_done(sqs: Sqs) -> None:
    world: Any = sqs.world
    world.primary.silent = True
    for name in "abc":
        world.put(item=name)
    for body in ["not JSON", encode(GONE), *(encode(jobs.Register(MAPS, ContentId(name))) for name in "abc")]:
        sqs.send("stored", body)
    follow_ups = world.register.follow_ups

    def bug(space: SpaceId, item: ContentId) -> list[jobs.Job]:
        if item == "b":
            raise ZeroDivisionError("a bug")
        return follow_ups(space, item)

    object.__setattr__(world.register, "follow_ups", bug)
    failed = work_through("stored", sqs.messages, world)["batchItemFailures"]
    assert [one["itemIdentifier"] for one in failed] == [sqs.messages[3].receipt_handle]
    assert [copy for name in "ac" for copy in world.states(ContentId(name))] == [ONE, TWO] * 2
    assert [letter.error for letter in letters(world)] == ["Invalid"]


@pytest.mark.parametrize("error", [Unavailable("no way"), ZeroDivisionError("a bug")])
def test_the_last_attempt_ends_as_a_dead_letter_that_tells_why(sqs: Sqs, error: Exception) -> None:
    failing(sqs.world, error)
    sqs.send("replicate", encode(COPY))
    first = sqs.world.now
    for _ in range(20):
        sqs.deliver()
        sqs.world.now += timedelta(minutes=15)
    assert sqs.messages == []
    (letter,) = letters(sqs.world)
    assert (letter.queue, letter.body, letter.attempts) == ("replicate", encode(COPY), 12)
    assert (letter.error, letter.reason, letter.first) == (type(error).__name__, str(error), first)
    assert letter.last > letter.first
    (event,) = [e for e in sqs.world.index.history(MAPS, ITEM) if e.kind is Kind.GIVEN_UP]
    assert (event.detail["letter"], event.detail["reason"]) == (letter.id, str(error))


def test_what_will_never_succeed_is_a_dead_letter_at_once(sqs: Sqs) -> None:
    failing(sqs.world, Invalid("The store refused"))
    sqs.send("replicate", encode(COPY))
    assert sqs.deliver() == 1
    assert [letter.reason for letter in letters(sqs.world)] == ["The store refused"]


def test_work_that_ends_its_process_each_time_is_a_dead_letter_too(sqs: Sqs) -> None:
    failing(sqs.world, Crash())
    sqs.send("replicate", encode(COPY))
    for _ in range(20):
        sqs.deliver()
        sqs.world.now += timedelta(hours=2)
    assert sqs.messages == []
    (letter,) = letters(sqs.world)
    assert (letter.queue, letter.error, letter.attempts) == ("replicate", "Stopped", 13)


def test_the_same_work_that_dies_again_is_the_same_letter(sqs: Sqs) -> None:
    failing(sqs.world, Invalid("no"))
    for _ in range(3):
        sqs.send("replicate", encode(COPY))
        sqs.deliver()
        sqs.world.now += timedelta(days=1)
    (letter,) = letters(sqs.world)
    assert (letter.attempts, letter.last - letter.first) == (3, timedelta(days=2))


def test_a_message_that_is_delivered_again_is_counted_once(sqs: Sqs) -> None:
    failing(sqs.world, Invalid("no"))
    sqs.send("replicate", encode(COPY))
    for _ in range(2):
        work_through("replicate", sqs.messages, sqs.world)  # type: ignore[arg-type]
    assert [letter.attempts for letter in letters(sqs.world)] == [0]


def test_a_retry_asks_for_the_work_again_and_puts_the_letter_away(sqs: Sqs) -> None:
    world = sqs.world
    failing(world, Invalid("no"))
    world.put(b"a newer edition")
    sqs.deliver()
    (letter,) = letters(world)
    again(world)
    world.dead_letters.retry(ADMIN, letter.id)
    with pytest.raises(NotFound):
        world.dead_letters.retry(ADMIN, letter.id)
    assert letters(world) == []
    sqs.deliver()
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
    assert world.kinds().count(Kind.RETRIED) == 1


def test_what_holds_no_work_can_only_be_dismissed(sqs: Sqs) -> None:
    world = sqs.world
    failing(world, Invalid("no"))
    long = '{"job":"register","space":"maps","item":"' + "x" * MOST_BODY + '"}'
    for body in ["not JSON", long, encode(COPY)]:
        sqs.send("replicate", body)
    sqs.deliver()
    kept = {letter.reason[:15]: letter.id for letter in letters(world)}
    with pytest.raises(Conflict, match="dismiss it"):
        world.dead_letters.retry(ADMIN, kept["Not a message o"])
    assert world.dead_letters.retry_all(ADMIN) == 1
    assert world.queue.jobs == [COPY]
    world.dead_letters.dismiss(ADMIN, kept["Not a message o"])
    with pytest.raises(NotFound):
        world.dead_letters.dismiss(ADMIN, kept["Not a message o"])


def test_all_of_many_are_retried_or_dismissed(sqs: Sqs) -> None:
    world = sqs.world
    failing(world, Invalid("no"))
    for n in range(250):
        sqs.send("replicate", encode(jobs.Replicate(MAPS, ContentId(f"{n}"), TWO)))
        sqs.send("replicate", f"{n}")
    sqs.deliver()
    assert world.dead_letters.retry_all(ADMIN) == 250
    assert world.dead_letters.dismiss_all(ADMIN) == 250
    assert letters(world) == []


def test_only_administrators_see_and_touch_them(world: World) -> None:
    keep = world.dead_letters
    for work in (keep.page, keep.retry_all, keep.dismiss_all):
        with pytest.raises(Denied):
            work(SOMEBODY)
    for one in (keep.retry, keep.dismiss):
        with pytest.raises(Denied):
            one(SOMEBODY, "0" * 32)


def test_letters_go_there_and_back(world: World) -> None:
    letter = DeadLetter("check", "\ud800 é", "Invalid", "why", 3, world.now, world.now, "m", "foreign x")
    assert decode_letter(encode_letter(letter)) == letter


# ----------------------------------------------------------------------------------------------------- a store is down


def test_a_store_that_is_down_for_days_makes_a_backlog_and_no_dead_letters(world: World) -> None:
    sqs = Sqs(world)
    world.second.down = True
    for n in range(500):
        world.put(item=f"item {n}")
    sqs.pass_time(timedelta(days=3), step=timedelta(hours=1))
    assert letters(world) == []
    states = [world.states(ContentId(f"item {n}")) for n in range(500)]
    assert all(state == {ONE: CopyState.INTACT, TWO: CopyState.PENDING} for state in states), "the backlog is visible"
    assert len(sqs.messages) < 5 * 500, "the backlog of messages does not grow with the days"
    world.second.down = False
    sqs.pass_time(timedelta(days=2), step=timedelta(hours=1))
    assert all(set(world.states(ContentId(f"item {n}")).values()) == {CopyState.INTACT} for n in range(500))
    assert len(world.second.contents[MAPS]) == 500
    assert letters(world) == []


def test_what_a_person_asked_for_waits_as_long_as_the_store_is_down(sqs: Sqs) -> None:
    asked = []

    def down(*given: Any) -> None:
        asked.append(given)
        if len(asked) < 40:
            raise StoreDown("down", "1")

    object.__setattr__(sqs.world.manifests, "generate", down)
    manifest = jobs.GenerateManifest(MAPS, ONE, "TSV", ContentId("name"))  # type: ignore[arg-type]
    sqs.world.queue.send([manifest])
    sqs.pass_time(timedelta(days=3), step=timedelta(hours=1))
    assert len(asked) == 40
    assert (sqs.messages, letters(sqs.world)) == ([], [])


# ----------------------------------------------------------------------------------------------------------- crashes


def test_a_dead_letter_is_kept_whichever_call_is_the_last() -> None:
    for calls in range(1000):
        world = World()
        world.put()
        sqs = Sqs(world)
        sqs.deliver()
        failing(world, Invalid("no"))
        sqs.send("replicate", encode(COPY))
        world.fuse.left = calls
        sqs.deliver()
        burnt, world.fuse.left = world.fuse.left < 0, -1
        world.now += timedelta(hours=2)
        sqs.deliver()
        assert [letter.attempts for letter in letters(world)] in ([1], [2]), calls
        assert Kind.GIVEN_UP in world.kinds(), calls
        if not burnt:
            break
    assert calls > 5, "the fuse was never lit"


@pytest.mark.parametrize("retried", [True, False])
def test_a_retry_loses_nothing_whichever_call_is_the_last(retried: bool) -> None:
    for calls in range(1000):
        world = World()
        world.put()
        sqs = Sqs(world)
        failing(world, Invalid("no"))
        sqs.deliver()
        again(world)
        world.fuse.left = calls
        work = world.dead_letters.retry_all if retried else world.dead_letters.dismiss_all
        try:
            work(ADMIN)
            crashed = False
        except Crash:
            crashed = True
            work(ADMIN)
        world.fuse.left = -1
        assert letters(world) == [], calls
        sqs.deliver()
        if retried:
            assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}, calls
        if not crashed:
            break
    assert calls > 5, "the fuse was never lit"
