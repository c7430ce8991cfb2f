"""Checksums that a store computes itself: once in a period, within the money, and read before they are believed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.adapters.memory import MemoryStore
from chalicelib.adapters.memory_batch import MemoryBatch
from chalicelib.domain import jobs
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Rejected
from chalicelib.domain.fixity_plan import Limits
from chalicelib.domain.journal import Kind
from chalicelib.domain.prices import BATCH
from chalicelib.domain.records import CopyState
from chalicelib.domain.stores import Mode
from chalicelib.ports_batch import Computed

from .archiving import DAY, archive, freeze, restore, told
from .world import BYTES, ITEM, MAPS, ONE, OWNER, THREE, Crash, World, checksums

RIGHT, WRONG = Checksums(sha256=checksums(BYTES).sha256), Checksums(sha256="0" * 64)
NOTHING = Checksums()


def world_with(batch: MemoryBatch, **given: object) -> World:
    """A proven item, whose third copy is in an archive, in a space that was measured."""
    world = World(third=MemoryStore(), classes={THREE: "deep"}, batches={THREE: batch}, **given)  # type: ignore[arg-type]
    world.put()
    world.work()
    world.check.check(MAPS, ITEM)
    freeze(world)
    world.now += DAY
    world.measure.measure()
    world.work()
    return world


def look(world: World) -> None:
    """One day's look, and what follows from it; then it is the next day, and the space is measured again."""
    world.compute_checksums.begin()
    world.work(30)
    world.now += DAY
    world.measure.measure()
    world.work(30)


def maps(batch: MemoryBatch) -> int:
    """How many jobs were begun for the space."""
    return list(batch.begun.values()).count(MAPS)


def test_what_the_store_computed_is_told_as_that_and_postpones_no_check() -> None:
    batch = MemoryBatch([Computed(ITEM, RIGHT)])
    world = world_with(batch)
    before = world.item()
    look(world)
    assert maps(batch) == 1
    assert world.plan_checks.spent() == 0, "of today"
    batch.over = True
    look(world)
    assert told(world)[-1] == {
        "verdict": "intact",
        "how": "computed by the store",
        "own-sha256": str(RIGHT.sha256),
        "evidence": "not read; the checksum that the store computed is that of the record",
    }
    assert (world.item().copies, world.item().next_check) == (before.copies, before.next_check)
    assert archive(world).asked == []


@pytest.mark.parametrize("found", [WRONG, NOTHING])
def test_another_checksum_is_read_before_it_is_believed(found: Checksums) -> None:
    batch = MemoryBatch([Computed(ITEM, found)], over=True)
    world = world_with(batch)
    look(world)
    look(world)
    assert world.states()[THREE] is CopyState.UNREADABLE
    assert world.item().copies[THREE].doubtful
    assert len(archive(world).asked) == 1
    restore(world)
    world.work()
    assert world.states()[THREE] is CopyState.INTACT
    assert told(world)[-1]["how"] == "restored and read"


def test_damage_that_only_the_store_could_see_is_repaired() -> None:
    batch = MemoryBatch([Computed(ITEM, WRONG)], over=True)
    world = world_with(batch)
    archive(world).damage(MAPS, ITEM, b"rotten in the archive!")
    look(world)
    look(world)
    restore(world)
    world.work()
    assert world.bytes_in(archive(world)) == BYTES
    assert world.states()[THREE] is CopyState.INTACT


def test_the_doubt_stays_until_the_copy_was_read() -> None:
    batch = MemoryBatch([Computed(ITEM, WRONG)], over=True)
    world = world_with(batch, limits=Limits(money=1))
    look(world)
    world.notes.add("checks", world.now.date().isoformat(), 1)
    look(world)
    assert archive(world).asked == []
    world.check.check(MAPS, ITEM)
    assert world.item().copies[THREE].doubtful, "though the checksum of the time of its writing is right"
    world.now += DAY
    world.plan_checks.plan()
    world.work(30)
    assert archive(world).asked


def test_a_space_is_computed_once_in_a_period() -> None:
    batch = MemoryBatch(over=True)
    world = world_with(batch)
    for _ in range(5):
        look(world)
    assert maps(batch) == 1
    world.now += 180 * DAY
    world.measure.measure()
    world.work(50)
    look(world)
    assert maps(batch) == 2


def test_a_job_that_takes_long_is_not_begun_again() -> None:
    batch = MemoryBatch()
    world = world_with(batch)
    world.now += 200 * DAY
    for _ in range(4):
        look(world)
    assert maps(batch) == 1


def test_the_money_of_the_day_bounds_what_is_begun_and_is_counted() -> None:
    batch = MemoryBatch()
    world = world_with(batch, limits=Limits(money=BATCH.of(len(BYTES), 1)))
    today = world.now.date().isoformat()
    world.notes.add("checks", today, 1)
    world.compute_checksums.look(MAPS, THREE)
    assert maps(batch) == 0
    world.notes.add("checks", today, -1)
    world.compute_checksums.look(MAPS, THREE)
    assert maps(batch) == 1
    assert world.plan_checks.spent() == BATCH.of(len(BYTES), 1)


def test_nothing_is_begun_in_what_was_not_measured_or_is_empty_or_elsewhere_or_out_of_service() -> None:
    batch = MemoryBatch()
    world = world_with(batch)
    world.compute_checksums.look(MAPS, ONE)
    world.index.measured.clear()
    world.compute_checksums.look(MAPS, THREE)
    world.measure.measure()
    world.work()
    world.edit_stores.set_mode(OWNER, THREE, Mode.OUT_OF_SERVICE)
    world.compute_checksums.look(MAPS, THREE)
    assert maps(batch) == 0


def test_a_job_that_failed_is_told_once_and_tried_in_the_next_period() -> None:
    batch = MemoryBatch(failed="no bucket")
    world = world_with(batch)
    world.compute_checksums.look(MAPS, THREE)
    with pytest.raises(Rejected, match="no bucket"):
        world.compute_checksums.look(MAPS, THREE)
    world.compute_checksums.look(MAPS, THREE)
    assert maps(batch) == 1


def test_wherever_it_crashes_one_job_is_begun_and_its_results_are_judged() -> None:
    for calls in range(300):
        batch = MemoryBatch([Computed(ITEM, WRONG)], over=True)
        world = world_with(batch)
        world.queue.jobs.clear()
        world.fuse.left, crashed = calls, False
        for _ in range(4):
            try:
                world.compute_checksums.look(MAPS, THREE)
                world.work(3)
            except Crash:
                crashed, world.fuse.left = True, -1
            world.now += timedelta(hours=2)
            if archive(world).asked and not crashed:
                break
        assert maps(batch) == 1, calls
        assert any(detail["how"] == "computed by the store" for detail in told(world)), calls
        assert len(archive(world).asked) == 1, calls
        if not crashed:
            return
    pytest.fail("it never ran to its end")


@pytest.mark.parametrize("why", ["overwritten", "deleted", "unknown", "damaged", "read since", "not kept there"])
def test_what_was_computed_of_other_bytes_does_not_count(why: str) -> None:
    batch = MemoryBatch([Computed(ContentId("another") if why == "unknown" else ITEM, WRONG)], over=True)
    world = world_with(batch)
    world.compute_checksums.look(MAPS, THREE)
    world.now += DAY
    copy = world.item().copies[THREE]
    match why:
        case "overwritten":
            world.put(b"a new edition")
            world.work()
        case "deleted":
            world.delete.delete(world.maps, ITEM, "admin")
        case "damaged":
            world.index.save(world.item().with_copy(THREE, replace(copy, state=CopyState.DAMAGED)))
        case "read since":
            world.index.save(world.item().with_copy(THREE, replace(copy, verified_at=world.now)))
        case "not kept there":
            others = {store: kept for store, kept in world.item().copies.items() if store != THREE}
            world.index.save(replace(world.item(), copies=others))
    world.queue.jobs.clear()
    world.compute_checksums.look(MAPS, THREE)
    world.work(30)
    assert not [e for e in world.index.history(MAPS, ITEM) if e.detail.get("how") == "computed by the store"]
    assert archive(world).asked == []
    assert [event.kind for event in world.index.history(MAPS, ContentId("another"))] == []


def test_many_results_are_judged_page_by_page() -> None:
    others = [Computed(ContentId(f"{number}"), RIGHT) for number in range(1200)]
    batch = MemoryBatch([*others, Computed(ITEM, RIGHT)], over=True)
    world = world_with(batch)
    world.compute_checksums.look(MAPS, THREE)
    world.compute_checksums.look(MAPS, THREE)
    done = [job for job in world.work() if isinstance(job, jobs.ComputeChecksums)]
    assert [job.first for job in done] == [0, 500, 1000]
    assert told(world)[-1]["how"] == "computed by the store"
    assert Kind.CHECKED in world.kinds()
    assert timedelta(0) < world.now - world.item().copies[THREE].verified_at  # type: ignore[operator]


def test_a_store_that_is_not_set_up_for_it_any_more_is_left_alone() -> None:
    world = world_with(MemoryBatch())
    world.compute_checksums.judge(MAPS, ONE, "report", 0, world.now)
    assert world.queue.jobs == []


def test_a_space_that_is_being_removed_is_left_alone() -> None:
    world = world_with(MemoryBatch())
    assert world.index.save_space(replace(world.index.space_records[MAPS], removing=True))
    world.compute_checksums.begin()
    assert [job.space for job in world.queue.jobs if isinstance(job, jobs.ComputeChecksums)] != []
    assert jobs.ComputeChecksums(MAPS, THREE) not in world.queue.jobs
