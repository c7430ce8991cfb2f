"""Large items: each copy is read part by part, by as many runs as it takes, and every part is judged."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.deadlines import Deadline
from chalicelib.domain.errors import Archived, StoreDown
from chalicelib.domain.examined import Examined
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState

from .world import BYTES, IN_PARTS, ITEM, MAPS, ONE, TWO, World

ROTTEN = b"the only copy of_a map"  # of five parts, the fourth


@pytest.fixture
def large() -> World:
    world = World(sizes=IN_PARTS)
    world.put()
    world.work()
    world.now += timedelta(days=90)
    return world


def said(world: World, store: Any = TWO) -> dict[str, str]:
    events = world.index.history(MAPS, ITEM)
    return dict([event for event in events if (event.kind, event.store) == (Kind.CHECKED, store)][-1].detail)


def noted(world: World) -> list[Examined]:
    return [Examined.decode(note.body) for note in world.notes.notes("examined")]


def reads(world: World, store: Any) -> list[tuple[int, int | None]]:
    """The ranges that are read of a store from now on."""
    seen: list[tuple[int, int | None]] = []
    plain = world.stores[store].open

    def read(space: Any, item: Any, first: int = 0, last: int | None = None, etag: str | None = None) -> Any:
        seen.append((first, last))
        return plain(space, item, first, last, etag)

    world.stores[store].open = read
    return seen


def test_intact_parts_prove_the_whole(large: World) -> None:
    seen = reads(large, TWO)
    large.check.check(MAPS, ITEM)
    assert seen == [(0, 4), (5, 9), (10, 14), (15, 19), (20, 21)]
    assert {copy.verified_at for copy in large.item().copies.values()} == {large.now}
    assert noted(large) == []


def test_one_bad_part_is_damage_and_is_named(large: World) -> None:
    large.second.damage(MAPS, ITEM, ROTTEN)
    seen = reads(large, TWO)
    large.check.check(MAPS, ITEM)
    assert large.states() == {ONE: CopyState.INTACT, TWO: CopyState.DAMAGED}
    assert said(large)["evidence"] == "1 of 5 parts differ: 4"
    assert seen.count((15, 19)) == 2, "it is read again before it is believed"
    large.work()
    assert large.bytes_in(large.second) == BYTES
    assert large.evidence() == [ROTTEN[15:20]]


def test_noise_on_the_line_is_no_damage(large: World) -> None:
    plain, rotten = large.second.contents[MAPS][ITEM][0], [ROTTEN]
    opened = large.second.open

    def once(space: Any, item: Any, first: int = 0, last: int | None = None, etag: str | None = None) -> Any:
        large.second.damage(MAPS, ITEM, rotten.pop() if first == 15 and rotten else plain)
        return opened(space, item, first, last, etag)

    large.second.open = once
    large.check.check(MAPS, ITEM)
    assert large.states()[TWO] is CopyState.INTACT


def test_a_run_without_time_hands_on_and_every_part_is_read_once(large: World) -> None:
    seen = reads(large, ONE), reads(large, TWO)
    over = Deadline(large.now)
    large.second.damage(MAPS, ITEM, ROTTEN)
    large.queue.send([jobs.Check(MAPS, ITEM)])
    runs = 0
    while large.queue.jobs and isinstance(large.queue.jobs[0], jobs.Check):
        job = large.queue.jobs.pop(0)
        large.check.check(job.space, job.item, job.stores, job.planned, over)
        runs += 1
    assert runs == 9, "a part in each, and the last of one store is in the same run as the first of the other"
    assert len(seen[0]) == 5
    assert len(seen[1]) == 6
    assert large.states() == {ONE: CopyState.INTACT, TWO: CopyState.DAMAGED}
    assert [(examined.bad, examined.judged) for examined in noted(large)] == [((4,), True)], "for the repair"


@pytest.mark.parametrize("why", ["another object", "long ago"])
def test_what_was_noted_of_another_object_or_long_ago_does_not_count(large: World, why: str) -> None:
    large.check.check(MAPS, ITEM, (TWO,), None, Deadline(large.now))
    assert [examined.through for examined in noted(large)] == [1]
    if why == "long ago":
        large.now += timedelta(days=2)
    else:
        held = large.second.contents[MAPS]
        held[ITEM] = (held[ITEM][0], replace(held[ITEM][1], etag="another"))
    seen = reads(large, TWO)
    large.check.check(MAPS, ITEM, (TWO,))
    assert len(seen) == 5


@pytest.mark.parametrize(
    ("error", "verdict"), [(StoreDown("reset"), "unreadable"), (Archived("to be restored"), "archived")]
)
def test_a_store_that_gives_no_part_is_not_damaged(large: World, error: Exception, verdict: str) -> None:
    def fails(*_: Any) -> None:
        raise error

    large.second.open = fails
    large.check.check(MAPS, ITEM)
    assert said(large)["verdict"] == verdict


def test_a_part_that_comes_short_is_unreadable(large: World) -> None:
    held = large.second.contents[MAPS]
    held[ITEM] = (BYTES[:-1], held[ITEM][1])
    large.check.check(MAPS, ITEM)
    assert said(large)["reason"] == "Store 2 gives 1 of 2 bytes of part 5"


@pytest.mark.parametrize("bad", [b"too short", None])
def test_another_length_and_no_object_are_judged_as_of_any_item(large: World, bad: bytes | None) -> None:
    if bad is None:
        del large.second.contents[MAPS][ITEM]
    else:
        large.second.damage(MAPS, ITEM, bad)
    large.check.check(MAPS, ITEM)
    assert large.states()[TWO] is (CopyState.MISSING if bad is None else CopyState.DAMAGED)


def test_what_others_wrote_into_the_primary_is_registered_first(large: World) -> None:
    held = large.primary.contents[MAPS]
    held[ITEM] = (ROTTEN, replace(held[ITEM][1], etag="another"))
    large.check.check(MAPS, ITEM)
    assert large.queue.jobs == [jobs.Register(MAPS, ITEM)]
