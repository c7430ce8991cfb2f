"""Sweep: what no event told is found in every store, looked after, and counted."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Denied, NotFound, StoreDown
from chalicelib.domain.records import CopyState
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import Mode
from chalicelib.domain.sweeping import Counts, Found

from .world import ADMIN, BYTES, HOLD, ITEM, MAPS, ONE, OWNER, TWO, Crash, World

SOMEBODY = Caller("bob", frozenset({Role.USER}))
BOTH = {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


@pytest.fixture
def whole(world: World) -> World:
    for n in range(7):
        world.put(item=f"item {n}")
    world.put()
    world.work()
    world.now += timedelta(seconds=1)
    return world


def swept(world: World) -> Counts:
    """Sweep, and do what it asked for; what it counted."""
    world.now += timedelta(seconds=1)
    world.sweep.sweep()
    world.work()
    run = world.sweep.report(ADMIN)[MAPS].last
    assert run is not None
    return run.counts


def test_where_all_is_well_nothing_is_queued(whole: World) -> None:
    assert swept(whole) == Counts(seen=8)


def test_a_copy_that_vanished_from_another_store_is_made_again(whole: World) -> None:
    del whole.second.contents[MAPS][ITEM]
    counts = swept(whole)
    assert (counts.found, counts.queued) == ({Found.MISSING: 1}, 1)
    assert counts.examples == ((Found.MISSING, TWO, ITEM),)
    assert whole.bytes_in(whole.second) == BYTES
    assert swept(whole).found == {}


def test_a_copy_of_another_size_is_repaired(whole: World) -> None:
    held, stored = whole.second.contents[MAPS][ITEM]
    whole.second.contents[MAPS][ITEM] = (held[:3], replace(stored, size=3))
    assert swept(whole).found == {Found.DIFFERENT: 1}
    assert whole.bytes_in(whole.second) == BYTES
    assert whole.evidence() == [BYTES[:3]]


def test_lost_events_of_the_primary_are_made_up_for(whole: World) -> None:
    whole.primary.silent = True
    whole.put_directly(b"new", ContentId("new"))
    whole.put_directly(b"over", ITEM)
    whole.primary.silent = False
    assert swept(whole).found == {Found.EXTRA: 1, Found.DIFFERENT: 1}
    assert whole.states(ContentId("new")) == whole.states() == BOTH
    assert whole.bytes_in(whole.second) == b"over"


def test_an_index_row_that_was_lost_is_made_again(whole: World) -> None:
    del whole.index.records[MAPS, ITEM]
    assert swept(whole).found == {Found.EXTRA: 1}
    assert whole.states() == BOTH


def test_a_copy_that_its_record_lost_is_adopted(whole: World) -> None:
    item = whole.item()
    whole.index.save(replace(item, copies={ONE: item.copies[ONE]}))
    whole.policies.replace(OWNER, Policies(default=()))
    whole.queue.jobs.clear()
    assert swept(whole).found == {Found.EXTRA: 1}
    assert whole.states() == BOTH


def test_what_nobody_knows_in_another_store_is_told_of_and_left_alone(whole: World) -> None:
    about = About("text/plain", whole.now, "somebody")
    whole.second.put(MAPS, ContentId("theirs"), [b"foreign"], about)
    for _ in range(2):
        counts = swept(whole)
        assert (counts.found, counts.queued) == ({Found.FOREIGN: 1}, 0)
        assert counts.examples == ((Found.FOREIGN, TWO, "theirs"),)
    assert whole.bytes_in(whole.second, ContentId("theirs")) == b"foreign"
    assert whole.index.item(MAPS, ContentId("theirs")) is None


def test_the_copy_of_a_deleted_item_goes_when_its_hold_is_over_even_if_the_plan_forgot(whole: World) -> None:
    whole.delete.delete(whole.maps, ITEM, "member")
    whole.work()
    whole.index.save(replace(whole.item(), next_check=None))
    assert swept(whole).found == {}
    assert whole.bytes_in(whole.second) == BYTES
    whole.now += HOLD
    assert swept(whole).found == {Found.EXTRA: 1}
    assert whole.bytes_in(whole.second) is None


def test_a_store_that_is_down_is_not_judged_and_the_others_are(whole: World) -> None:
    whole.second.down = True
    whole.primary.silent = True
    whole.put_directly(b"new", ContentId("new"))
    whole.now += timedelta(seconds=1)
    whole.sweep.sweep_space(MAPS)
    counts = whole.sweep.report(ADMIN)[MAPS].latest.counts
    assert (counts.found, counts.unheard) == ({Found.EXTRA: 1}, {TWO})
    assert jobs.Register(MAPS, ContentId("new")) in whole.queue.jobs


def test_a_store_that_stops_in_the_middle_is_judged_no_further(world: World) -> None:
    for n in range(1500):
        world.put(item=f"{n:04}")
    world.work(20_000)
    world.now += timedelta(seconds=1)
    plain, calls = world.second.list, []

    def breaks_off(*given: Any, **rest: Any) -> Any:
        calls.append(rest["after"])
        if len(calls) > 1:
            raise StoreDown("down")
        return plain(*given, **rest)

    world.second.list = breaks_off  # type: ignore[method-assign]
    del world.second.contents[MAPS][ContentId("0003")]
    world.sweep.sweep_space(MAPS)
    counts = world.sweep.report(ADMIN)[MAPS].latest.counts
    assert (counts.seen, counts.found, counts.unheard) == (1500, {Found.MISSING: 1}, {TWO})
    assert world.queue.jobs[-1] == jobs.Check(MAPS, ContentId("0003"))


def test_a_store_out_of_service_is_not_asked(whole: World) -> None:
    whole.index.save_policies(whole.index.policies().with_mode(TWO, Mode.OUT_OF_SERVICE))
    whole.second.down = True
    whole.sweep.sweep_space(MAPS)
    counts = whole.sweep.report(ADMIN)[MAPS].latest.counts
    assert (counts, whole.queue.jobs) == (Counts(seen=8), [])


def test_without_the_primary_the_sweep_comes_later(whole: World) -> None:
    whole.primary.down = True
    with pytest.raises(StoreDown):
        whole.sweep.sweep_space(MAPS)


def test_pages_go_on_where_the_one_before_ended(whole: World) -> None:
    object.__setattr__(whole.sweep, "most", 3)
    del whole.second.contents[MAPS][ContentId("item 6")]
    del whole.second.contents[MAPS][ContentId("item 1")]
    counts = swept(whole)
    assert (counts.seen, counts.found) == (8, {Found.MISSING: 2})
    assert whole.states(ContentId("item 6")) == whole.states(ContentId("item 1")) == BOTH


def test_the_age_of_the_oldest_item_without_its_copies_is_told(world: World) -> None:
    world.second.down = True
    since = world.now
    world.put()
    world.now += timedelta(days=1)
    world.put(item="later")
    world.sweep.sweep_space(MAPS)
    assert world.sweep.report(ADMIN)[MAPS].latest.counts.oldest == since


def test_administrators_ask_for_it_and_see_it(whole: World) -> None:
    assert whole.sweep.ask(ADMIN, None) == len(whole.index.spaces())
    assert whole.sweep.ask(ADMIN, MAPS) == 1
    assert whole.queue.jobs[-1] == jobs.SweepSpace(MAPS)
    with pytest.raises(NotFound):
        whole.sweep.ask(ADMIN, "nowhere")
    with pytest.raises(Denied):
        whole.sweep.ask(SOMEBODY, MAPS)
    with pytest.raises(Denied):
        whole.sweep.report(SOMEBODY)


def test_a_space_that_is_gone_is_in_no_report(whole: World) -> None:
    swept(whole)
    whole.spaces.remove(ADMIN, MAPS)
    whole.work()
    assert MAPS not in whole.sweep.report(ADMIN)
    whole.sweep.sweep_space(SpaceId("gone"))


def test_a_page_whose_process_ends_at_any_call_is_counted_once_and_loses_nothing() -> None:
    names = [ContentId(f"item {n}") for n in range(5)]
    for calls in range(1000):
        world = World()
        object.__setattr__(world.sweep, "most", 2)
        for name in names:
            world.put(item=name)
        world.work()
        world.now += timedelta(seconds=1)
        for name in names[1::2]:
            del world.second.contents[MAPS][name]
        world.queue.send([jobs.SweepSpace(MAPS, "", world.now)])
        world.fuse.left = calls
        crashed = False
        for _ in range(2):
            try:
                world.work()
            except Crash:
                crashed = True
        world.fuse.left = -1
        counts = world.sweep.report(ADMIN)[MAPS].latest.counts
        assert (counts.seen, counts.found) == (5, {Found.MISSING: 2}), calls
        assert all(world.states(name) == BOTH for name in names), calls
        if not crashed:
            break
    assert calls > 10, "the fuse was never lit"
