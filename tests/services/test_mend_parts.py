"""Large items: of a damaged copy only the bad parts are written again, and only they are kept as evidence."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.deadlines import Deadline
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.domain.spaces import SYSTEM_SPACE
from chalicelib.domain.stores import StoreId

from .test_copy_parts import before, noting, numbers
from .world import BYTES, IN_PARTS, ITEM, MAPS, ONE, TWO, Crash, World, checksums

ROTTEN = b"the only copy of_a map"  # of five parts, the fourth
TWO_ROTTEN = b"the_only copy of_a map"  # the first, too
ALL_ROTTEN = b"THE ONLY COPY OF A MAP"
INTACT = {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
ONE_RUN = replace(IN_PARTS, run=1000)


def deposited(sizes: Any = IN_PARTS, alone: bool = False) -> World:
    """Both copies proven; each store copies from its own objects, unless it is `alone`."""
    world = World(sizes=sizes)
    for name, store in world.stores.items():
        store.neighbours = None if alone else {name: store.contents}
    world.put()
    world.work()
    world.now += timedelta(days=90)
    return world


def judged(world: World, store: StoreId = TWO, data: bytes = ROTTEN) -> None:
    world.stores[store].damage(MAPS, ITEM, data)
    world.check.check(MAPS, ITEM)
    assert world.states()[store] is CopyState.DAMAGED


def ended_well(world: World) -> None:
    world.work()
    assert (world.bytes_in(world.primary), world.bytes_in(world.second)) == (BYTES, BYTES)
    assert world.states() == INTACT
    assert world.notes.notes("transfer") == []
    assert world.second.begun == {}


def kept(world: World) -> list[dict[str, str]]:
    return [dict(e.detail) for e in world.index.history(MAPS, ITEM) if e.kind is Kind.EVIDENCE_KEPT]


@pytest.mark.parametrize("store", [ONE, TWO])
@pytest.mark.parametrize("sizes", [IN_PARTS, ONE_RUN], ids=["several runs", "one run"])
def test_only_the_bad_part_is_sent_and_the_store_copies_the_others(store: StoreId, sizes: Any) -> None:
    world = deposited(sizes)
    judged(world, store)
    sent, copied = noting(world.stores[store], "send"), noting(world.stores[store], "copy_part")
    ended_well(world)
    assert numbers(sent) == [4]
    assert sorted(numbers(copied)) == [1, 2, 3, 5]
    (repaired,) = (e for e in world.index.history(MAPS, ITEM) if e.kind is Kind.REPAIRED)
    assert repaired.store == store
    other = ONE if store == TWO else TWO
    assert repaired.detail["how"] == f"part 4 of 5 from store {other}, the others as they were"


def test_a_store_that_cannot_copy_is_sent_its_own_good_parts() -> None:
    world = deposited(alone=True)
    judged(world)
    sent, read = noting(world.second, "send"), noting(world.primary, "open")
    ended_well(world)
    assert sorted(numbers(sent)) == [1, 2, 3, 4, 5]
    assert [args[2:4] for args in read if args[0] == MAPS] == [(15, 19)], "the other store gives the bad one alone"


@pytest.mark.parametrize("store", [ONE, TWO])
def test_the_damaged_bytes_are_kept_with_their_place_and_what_was_expected(store: StoreId) -> None:
    world = deposited()
    judged(world, store)
    ended_well(world)
    bad = ROTTEN[15:20]
    assert world.evidence() == [bad]
    assert kept(world) == [
        {
            "kept-as": kept(world)[0]["kept-as"],
            "md5": checksums(bad).md5,
            "sha256": checksums(bad).sha256,
            "expected-sha256": checksums(BYTES[15:20]).sha256,
            "part": "4",
            "first-byte": "15",
            "last-byte": "19",
        }
    ]
    name = kept(world)[0]["kept-as"].removeprefix(f"{SYSTEM_SPACE}/")
    told = {entry: stored.metadata for entry, (_, stored) in world.primary.contents[SYSTEM_SPACE].items()}[name]
    assert (told["evidence-part"], told["evidence-first-byte"], told["evidence-last-byte"]) == ("4", "15", "19")


def test_the_same_damage_later_is_kept_and_told_again() -> None:
    world = deposited()
    for _ in range(2):
        judged(world)
        ended_well(world)
    assert [event["part"] for event in kept(world)] == ["4", "4"]


def test_all_is_read_back_unless_the_store_tells_the_checksums_of_all_parts() -> None:
    for tells in (False, True):
        world = deposited()
        judged(world)
        world.second.confirms_sha256 = tells
        read: list[Any] = []
        before(world.second, "complete", 0, lambda world=world, read=read: read.extend([noting(world.second, "open")]))
        ended_well(world)
        ranges = sorted(args[2:4] for args in read[0] if args[0] == MAPS)
        assert ranges == ([(15, 19)] if tells else [(0, 4), (5, 9), (10, 14), (15, 19), (20, 21)])


def test_a_store_that_tells_something_else_is_read_back_whole() -> None:
    world = deposited()
    judged(world)
    world.second.confirms_sha256 = True
    complete = world.second.complete
    read: list[Any] = []

    def lies(*args: Any, **rest: Any) -> Any:
        done = complete(*args, **rest)
        read.append(noting(world.second, "open"))
        return replace(done, composite="another-5")

    world.second.complete = lies  # type: ignore[method-assign]
    ended_well(world)
    assert len([args for args in read[0] if args[0] == MAPS]) == 5


def test_a_part_that_is_not_written_as_it_should_be_is_no_repair() -> None:
    world = deposited(ONE_RUN)
    judged(world)
    world.second.confirms_sha256 = True
    complete, rot = world.second.complete, [TWO_ROTTEN[:15] + b"#####" + BYTES[20:]]

    def rots(*args: Any, **rest: Any) -> Any:
        done = complete(*args, **rest)
        if rot:
            world.second.damage(MAPS, ITEM, rot.pop())
        return done

    world.second.complete = rots  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        world.perform(jobs.Replicate(MAPS, ITEM, TWO))
    assert world.states()[TWO] is CopyState.DAMAGED
    ended_well(world)
    assert [event["part"] for event in kept(world)] == ["4", "1"], "part 4 was told; its new bytes are a failed write"


def test_a_part_that_decays_before_it_is_copied_is_looked_at_and_kept_as_well() -> None:
    world = deposited(ONE_RUN, alone=True)
    judged(world)
    before(world.second, "begin", 0, lambda: world.second.damage(MAPS, ITEM, TWO_ROTTEN))
    ended_well(world)
    assert sorted(world.evidence()) == sorted([TWO_ROTTEN[:5], ROTTEN[15:20]])


def test_what_is_bad_for_the_most_part_is_replaced_and_kept_whole_where_one_run_can_read_it() -> None:
    world = deposited(ONE_RUN)
    judged(world, data=ALL_ROTTEN)
    ended_well(world)
    assert world.evidence() == [ALL_ROTTEN]


def test_what_no_run_can_read_whole_is_kept_in_parts_even_when_all_are_bad() -> None:
    world = deposited()
    judged(world, data=ALL_ROTTEN)
    ended_well(world)
    assert b"".join(world.evidence()) == ALL_ROTTEN


def test_a_copy_that_gives_the_right_bytes_again_is_found_in_place() -> None:
    world = deposited()
    judged(world)
    world.notes.erase("examined", world.notes.notes("examined")[0].name)
    world.second.damage(MAPS, ITEM, BYTES)
    sent = noting(world.second, "begin")
    ended_well(world)
    assert sent == []
    assert world.evidence() == []
    assert world.index.history(MAPS, ITEM)[-1].detail["how"] == "found in place"


def test_a_part_that_is_right_after_all_is_looked_at_anew() -> None:
    world = deposited()
    judged(world)
    world.second.damage(MAPS, ITEM, BYTES)
    with pytest.raises(Unavailable, match="other bytes"):
        world.perform(jobs.Replicate(MAPS, ITEM, TWO))
    ended_well(world)
    assert world.evidence() == []


def test_what_somebody_else_wrote_into_the_primary_is_a_deposit() -> None:
    world = deposited()
    judged(world, ONE)
    stored = world.primary.contents[MAPS][ITEM][1]
    world.primary.contents[MAPS][ITEM] = (ROTTEN, replace(stored, etag="another", metadata={}, own=Checksums()))
    world.queue.jobs.clear()
    world.perform(jobs.Replicate(MAPS, ITEM, ONE))
    assert world.queue.jobs == [jobs.Register(MAPS, ITEM)]


def test_runs_without_time_hand_on_until_the_copy_is_whole() -> None:
    world = deposited()
    over = Deadline(world.now)
    judged(world)
    world.notes.erase("examined", world.notes.notes("examined")[0].name)
    for _ in range(100):
        if not world.queue.jobs:
            break
        job = world.queue.jobs.pop(0)
        match job:
            case jobs.Replicate(space, item, store) if space == MAPS:
                world.replicate.replicate(space, item, store, over)
            case jobs.CopyParts(space, item, store, first, last) if space == MAPS:
                world.copy_parts.copy(space, item, store, first, last, over)
            case _:
                world.perform(job)
    ended_well(world)
    assert world.evidence() == [ROTTEN[15:20]]


@pytest.mark.parametrize("store", [ONE, TWO])
def test_a_crash_between_any_two_steps_loses_neither_the_copy_nor_the_evidence(store: StoreId) -> None:
    for at in range(400):
        world = deposited()
        judged(world, store, TWO_ROTTEN)
        world.fuse.left = at
        try:
            world.work()
        except Crash:
            world.work()
        else:
            break
        world.now += timedelta(days=1)
        world.sweep.sweep()
        ended_well(world)
        assert {TWO_ROTTEN[:5], ROTTEN[15:20]} <= set(world.evidence())
    else:
        pytest.fail("400 steps, and no end")


def test_a_check_asked_for_after_a_repair_reads_everything_anew() -> None:
    world = deposited()
    judged(world)
    ended_well(world)
    world.second.damage(MAPS, ITEM, TWO_ROTTEN)
    world.check.check(MAPS, ITEM)
    assert world.states()[TWO] is CopyState.DAMAGED
    ended_well(world)


def test_so_does_one_while_the_damage_waits_for_its_repair() -> None:
    world = deposited()
    judged(world)
    world.second.damage(MAPS, ITEM, BYTES)
    world.check.check(MAPS, ITEM)
    assert world.states() == INTACT


@pytest.mark.parametrize("then", [b"short", None])
def test_what_is_gone_or_has_another_length_by_the_time_of_its_repair_is_replaced_whole(then: bytes | None) -> None:
    world = deposited(ONE_RUN)
    judged(world)
    if then is None:
        del world.second.contents[MAPS][ITEM]
    else:
        world.second.damage(MAPS, ITEM, then)
    ended_well(world)
    assert world.evidence() == ([] if then is None else [then])
