"""Backlog: what waits is told with its age, and a broken promise calls a person, once a day."""

import logging
from datetime import timedelta

import pytest

from chalicelib.adapters.memory_accounts import MemoryNotifier
from chalicelib.domain import jobs
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.backlog import Backlog, Waiting
from chalicelib.domain.content import ContentId, format_time
from chalicelib.domain.errors import Denied, Invalid, Rejected
from chalicelib.domain.records import Copy
from chalicelib.domain.stores import StoreId
from chalicelib.ports_accounts import Message
from chalicelib.services.watch_backlog import WatchBacklog

from .sqs import Sqs
from .world import ADMIN, ITEM, MAPS, TWO, World

HOUR = timedelta(hours=1)


def shown(world: World) -> Backlog:
    return world.backlog.show(ADMIN)[0]


def mailing(world: World, notifier: MemoryNotifier) -> WatchBacklog:
    known = world.backlog
    ports = (known.stores, known.index, known.notes, known.jobs, known.clock, known.promises)
    return WatchBacklog(*ports, notifier, "office@example.org")


def test_where_all_is_well_nothing_waits(world: World) -> None:
    world.put()
    world.work()
    queues = [Waiting(name, 0, 0) for name in ("stored", "replicate", "check", "chores")]
    assert world.backlog.show(ADMIN) == (Backlog(None, 0, None, 0, ()), queues, [])
    assert world.backlog.watch() == []


def test_only_administrators_see_it(world: World) -> None:
    with pytest.raises(Denied):
        world.backlog.show(Caller("bob", frozenset({Role.USER})))


def test_the_oldest_item_without_its_copies_is_told_with_the_stores_that_lack_it(world: World) -> None:
    world.second.down = True
    since = world.now
    world.put()
    world.now += HOUR
    world.put(item="later")
    world.work()
    oldest = shown(world).oldest
    assert oldest is not None
    assert (oldest.space, oldest.item, oldest.since, oldest.stores) == (MAPS, ITEM, since, (TWO,))
    assert world.backlog.watch() == []
    world.now += 24 * HOUR
    (told,) = [sentence for sentence in world.backlog.watch() if "without its copy" in sentence]
    assert told == f"'{ITEM}' in 'maps' is without its copy in store 2 since {format_time(since)}"
    world.second.down = False
    Sqs(world).pass_time(timedelta(days=1), step=HOUR)
    assert shown(world).oldest is None


def test_an_item_that_was_proven_once_waits_from_the_moment_that_it_is_not(world: World) -> None:
    world.put()
    world.work()
    world.now += timedelta(days=80)
    del world.second.contents[MAPS][ITEM]
    world.check.check(MAPS, ITEM)
    oldest = shown(world).oldest
    assert oldest is not None
    assert oldest.since == world.now


def test_a_copy_in_a_store_that_is_configured_no_more_breaks_no_promise(world: World) -> None:
    world.put()
    world.work()
    world.index.save(world.item().with_copy(StoreId("7"), Copy()))
    assert shown(world).oldest is None


def test_checks_that_nobody_plans_are_overdue(world: World) -> None:
    world.put()
    world.work()
    due = world.item().next_check
    assert due is not None
    world.now = due + 72 * HOUR
    assert (shown(world).overdue, shown(world).overdue_since) == (1, due)
    assert world.backlog.watch() == []
    world.now += HOUR
    assert world.backlog.watch() == [f"1 checks are overdue, the first since {format_time(due)}"]


def test_a_message_that_is_handed_out_late_is_stuck_work(world: World) -> None:
    sqs = Sqs(world)
    sent = world.now
    world.queue.send([jobs.Check(MAPS, ContentId(f"{n}")) for n in range(9)])
    sqs._take()
    world.now += 73 * HOUR  # nobody worked
    sqs.deliver()
    (stuck,) = shown(world).stuck
    assert (stuck.queue, stuck.sent, stuck.seen) == ("check", sent, world.now)
    assert [text for text in world.backlog.watch() if "still waits in the queue check" in text]
    world.now += 25 * HOUR
    assert shown(world).stuck == ()


def test_dead_letters_are_counted_and_told_of(world: World) -> None:
    sqs = Sqs(world)
    sqs.send("check", "not JSON")
    sqs.deliver()
    assert shown(world).dead == 1
    assert world.backlog.watch() == ["1 dead letters wait for somebody to retry or dismiss them"]


def test_the_log_has_the_word_of_the_alarm(world: World, caplog: pytest.LogCaptureFixture) -> None:
    sqs = Sqs(world)
    sqs.send("check", "not JSON")
    sqs.deliver()
    with caplog.at_level(logging.ERROR):
        world.backlog.watch()
    assert [r.message for r in caplog.records if r.message.startswith("LATE: ")]


def test_a_person_gets_one_message_a_day(world: World) -> None:
    sqs = Sqs(world)
    sqs.send("check", "not JSON")
    sqs.deliver()
    notifier = MemoryNotifier()
    for _ in range(12 * 25):  # every five minutes
        mailing(world, notifier).watch()
        world.now += timedelta(minutes=5)
    assert [message.to for message in notifier.sent] == ["office@example.org"] * 2
    assert "- 1 dead letters wait" in notifier.sent[0].text
    world.dead_letters.dismiss_all(ADMIN)
    world.now += timedelta(days=3)
    mailing(world, notifier).watch()
    assert len(notifier.sent) == 2


def test_a_mail_server_that_refuses_does_not_keep_the_plan_from_going_on(world: World) -> None:
    class Refusing(MemoryNotifier):
        def send(self, message: Message) -> None:
            raise Rejected("no such address")

    sqs = Sqs(world)
    sqs.send("check", "not JSON")
    sqs.deliver()
    assert mailing(world, Refusing()).watch() != []


def test_the_messages_of_each_queue_are_counted(world: World) -> None:
    world.queue.send([jobs.Check(MAPS, ITEM), jobs.Check(MAPS, ITEM), jobs.SweepSpace(MAPS)])
    _, queues, _ = world.backlog.show(ADMIN)
    assert [(queue.queue, queue.waiting) for queue in queues] == [
        ("stored", 0),
        ("replicate", 0),
        ("check", 2),
        ("chores", 1),
    ]


def test_work_that_is_late_and_forbidden_is_told_both_ways(world: World) -> None:
    def refuse(*_: object) -> None:
        raise Invalid("no")

    object.__setattr__(world.check, "check", refuse)
    sqs = Sqs(world)
    world.queue.send([jobs.Check(MAPS, ITEM)])
    sqs._take()
    world.now += timedelta(days=4)
    sqs.deliver()
    assert (len(shown(world).stuck), shown(world).dead) == (1, 1)
