"""Watch stores: one that does not answer is told of once, and what it lacks is made when it answers again."""

from datetime import timedelta

from chalicelib.domain import jobs
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.records import CopyState
from chalicelib.domain.stores import Failing, Mode, StoreId

from .world import BYTES, MAPS, ONE, OWNER, TWO, Crash, World

WHY = "the keys were revoked"


def tick(world: World, minutes: int = 5) -> None:
    world.now += timedelta(minutes=minutes)
    world.watch_stores.tell()
    world.work()


def test_a_store_that_fails_is_noted_once_with_the_first_reason(world: World) -> None:
    began = world.now
    world.watch_stores.hear(TWO, WHY)
    world.now += timedelta(hours=1)
    world.watch_stores.hear(TWO, "another process, another reason")
    assert world.watch_stores.failing() == {TWO: Failing(began, WHY)}


def test_one_message_goes_to_the_operators_when_it_stays_down(world: World) -> None:
    world.second.down = True
    world.watch_stores.hear(TWO, WHY)
    tick(world, 4)
    assert world.outbox == [], "it may just be restarted"
    for _ in range(5):
        tick(world)
    (message,) = world.outbox
    assert (message.to, message.subject) == ("operators@localhost", "Store 2 does not answer")
    assert WHY in message.text
    assert world.watch_stores.failing()[TWO].told


def test_nothing_is_sent_without_anybody_to_send_it_to(world: World) -> None:
    object.__setattr__(world.watch_stores, "recipient", "")
    world.watch_stores.hear(TWO, WHY)
    world.second.down = True
    tick(world)
    assert world.outbox == []
    assert world.watch_stores.failing()


def test_what_it_lacks_is_made_when_it_answers_again(world: World) -> None:
    world.second.down = True
    world.put()
    world.work()
    world.queue.jobs.clear()  # each waited for the store until its last attempt
    world.watch_stores.hear(TWO, WHY)
    tick(world)
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.PENDING}
    world.second.down = False
    tick(world)
    assert world.bytes_in(world.second) == BYTES
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
    assert world.watch_stores.failing() == {}


def test_a_process_that_finds_it_well_has_it_looked_at(world: World) -> None:
    world.watch_stores.hear(TWO, None)
    assert world.queue.jobs == []
    world.watch_stores.hear(TWO, WHY)
    world.watch_stores.hear(TWO, None)
    assert world.queue.jobs == [jobs.LookAtStore(TWO)]
    world.work()
    assert world.watch_stores.failing() == {}


def test_a_crash_at_any_call_loses_no_catching_up(world: World) -> None:
    for calls in range(30):
        world.queue.jobs.clear()
        world.watch_stores.hear(TWO, WHY)
        world.fuse.left = calls
        try:
            world.watch_stores.look(TWO)
        except Crash:
            world.watch_stores.look(TWO)
        world.fuse.left = -1
        assert jobs.SweepSpace(MAPS) in world.queue.jobs
        assert world.watch_stores.failing() == {}


def test_a_store_that_is_out_of_service_or_unknown_is_not_asked(world: World) -> None:
    world.watch_stores.hear(TWO, WHY)
    world.watch_stores.hear(StoreId("7"), WHY)
    world.edit_stores.set_mode(OWNER, TWO, Mode.OUT_OF_SERVICE)
    world.second.down = True
    tick(world)
    assert set(world.watch_stores.failing()) == {TWO, "7"}


def test_that_it_cannot_be_noted_now_harms_nobody(world: World) -> None:
    def silent() -> None:
        raise Unavailable("the table does not answer")

    for reason in (WHY, None):
        world.fuse.left, world.fuse.happens = 0, silent
        world.watch_stores.hear(TWO, reason)
    assert world.watch_stores.failing() == {}
