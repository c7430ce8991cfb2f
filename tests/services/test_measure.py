"""What every space holds, day by day, and the reports on its copies."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.adapters.memory import MemoryQueue
from chalicelib.domain import jobs
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.errors import NotFound
from chalicelib.domain.integrity_report import HEAD, Report, Result
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.spaces import SYSTEM_SPACE, SpaceId
from chalicelib.domain.statistics import Interval
from chalicelib.domain.stores import Store, StoreId
from chalicelib.services.measure import Measure
from chalicelib.services.report_integrity import ReportIntegrity

from .generated import MANY, GeneratedIndex, numbered
from .world import ADMIN, BYTES, ITEM, MAPS, ONE, TWO, Crash, World, checksums

PRIMARY, SECOND = Store(ONE, "AMAZON_S3", True), Store(TWO, "SWIFT_S3", False)
DAY = timedelta(days=1)


def kept(world: World, store: StoreId = ONE) -> list[tuple[int, int]]:
    today = world.now.date()
    return [(m.bytes, m.objects) for m in world.index.measurements(store, today, today, MAPS)]


def tomorrow(world: World) -> None:
    world.now += DAY
    world.measure.measure()
    world.work()


def latest(world: World, store: Store = PRIMARY) -> Report | None:
    return world.integrity.latest(world.maps, store)


def rows(world: World, store: Store = PRIMARY) -> list[dict[str, str]]:
    report = latest(world, store)
    assert report is not None
    with world.integrity.open(report) as (_, chunks):
        head, *lines = b"".join(chunks).decode().splitlines()
    assert head + "\n" == HEAD
    return [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]


def test_every_space_is_measured_once_a_day_in_every_store(world: World) -> None:
    world.put()
    world.work()
    for _ in range(2):
        tomorrow(world)
        assert kept(world) == kept(world, TWO) == [(len(BYTES), 1)]
    world.measure.measure()
    assert not [job for job in world.queue.jobs if job == jobs.MeasureSpace(MAPS, world.now)]
    points = list(world.measure.series(ONE, world.now - DAY * 9, world.now, Interval.DAY, world.maps))
    assert [(p.bytes, p.objects) for p in points] == [(len(BYTES), 1)] * 2


def test_a_space_without_items_holds_nothing(world: World) -> None:
    tomorrow(world)
    assert kept(world) == [(0, 0)]
    assert latest(world) is None


def test_pages_add_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.measure._PAGE", 2)
    for n in range(5):
        world.put(b"x" * (n + 1), f"item {n}")
    tomorrow(world)
    assert kept(world) == [(15, 5)]


def test_a_measurement_twice_is_kept_once_and_one_of_long_ago_is_dropped(world: World) -> None:
    world.put()
    job = jobs.MeasureSpace(MAPS, world.now)
    for _ in range(2):
        world.perform(job)
    assert kept(world) == [(len(BYTES), 1)]
    world.delete.delete(world.maps, ITEM, "admin")
    world.now += DAY + timedelta(seconds=1)
    world.perform(job)
    assert [m.objects for m in world.index.measured.values() if m.store == ONE] == [1]
    world.perform(jobs.MeasureSpace(SpaceId("gone"), world.now))


def test_a_report_says_that_every_copy_was_read_and_right(world: World) -> None:
    world.put()
    world.work()
    tomorrow(world)
    for store in (PRIMARY, SECOND):
        report = latest(world, store)
        assert report is not None
        assert (report.result, report.completed) == (Result.SUCCESS, world.now)
        (row,) = rows(world, store)
        md5 = checksums(BYTES).md5
        assert (row["account"], row["store-id"], row["store-type"]) == ("acme", store.id, store.type)
        assert (row["result"], row["details"]) == ("SUCCESS", "--")
        assert [row[f"{kind}-checksum"] for kind in ("content", "provider", "manifest")] == [md5] * 3


def test_there_is_a_new_one_only_when_there_is_something_new(world: World) -> None:
    world.put()
    world.work()
    tomorrow(world)
    first = latest(world)
    tomorrow(world)
    assert latest(world) == first
    world.check.check(MAPS, ITEM)
    tomorrow(world)
    second = latest(world)
    assert second is not None
    assert second != first


def test_damage_and_repair_are_reported_the_next_day(world: World) -> None:
    for name in ("a", "b"):
        world.put(name.encode(), name)
    world.work()
    world.second.damage(MAPS, ContentId("a"), b"rotten")
    world.check.check(MAPS, ContentId("a"))
    waiting, world.queue.jobs[:] = list(world.queue.jobs), []  # the repair is slow
    tomorrow(world)
    report = latest(world, SECOND)
    assert report is not None
    assert report.result is Result.FAILURE
    damaged, good = rows(world, SECOND)
    assert (damaged["result"], damaged["content-checksum"]) == ("FAILURE", checksums(b"rotten").md5)
    assert good["result"] == "SUCCESS"
    for job in waiting:
        world.perform(job)
    tomorrow(world)
    assert [row["result"] for row in rows(world, SECOND)] == ["SUCCESS", "SUCCESS"]


def test_a_copy_that_was_never_read_is_never_called_good(world: World) -> None:
    world.put(b"read", "a")
    world.work()
    world.put(b"new", "b")
    world.queue.jobs.clear()
    world.measure.ask(world.maps)
    world.work()
    assert [row["result"] for row in rows(world)] == ["SUCCESS", "IGNORE"]
    tomorrow(world)
    report = latest(world)
    assert report is not None
    assert report.result is Result.FAILURE
    assert [row["result"] for row in rows(world)] == ["SUCCESS", "ERROR"]


def test_a_report_of_an_earlier_space_of_the_same_name_is_not_shown(world: World) -> None:
    world.put()
    world.work()
    tomorrow(world)
    assert latest(world) is not None
    world.spaces.remove(ADMIN, MAPS)
    world.work()
    world.now += DAY
    world.maps = world.spaces.create(ADMIN, MAPS)
    assert latest(world) is None


def test_twice_and_late_change_nothing(world: World) -> None:
    world.put()
    world.work()
    tomorrow(world)
    before = latest(world)
    assert before is not None
    world.now += DAY
    world.perform(jobs.ReportIntegrity(MAPS, ONE, before.completed))
    assert latest(world) == before
    for space, store in ((SpaceId("gone"), ONE), (MAPS, StoreId("9"))):
        with pytest.raises(NotFound):
            world.perform(jobs.ReportIntegrity(space, store, world.now))


def test_whichever_call_is_the_last_measurement_and_report_are_there_in_the_end() -> None:
    for calls in range(10_000):
        world = World()
        world.put()
        world.work()
        world.now += timedelta(hours=1)
        world.measure.ask(world.maps)
        world.fuse.left = calls
        crashed = False
        for _ in range(2):
            try:
                world.work()
            except Crash:
                crashed = True
        world.fuse.left = -1
        where = f"crash at call {calls}"
        assert kept(world) == kept(world, TWO) == [(len(BYTES), 1)], where
        for store in (PRIMARY, SECOND):
            assert [row["result"] for row in rows(world, store)] == ["SUCCESS"], where
        names = [name for name in world.primary.contents[SYSTEM_SPACE] if name.startswith("bit-integrity/")]
        assert len(names) == 2, where
        if not crashed:
            assert calls > 20
            return


def test_a_record_that_changes_while_the_report_is_written_leaves_none_behind(world: World) -> None:
    world.put()
    world.work()
    found, calls = world.index.items, iter([False, True, True, True])

    def items(*given: str, **more: str) -> list[Item]:
        page = found(*given, **more)  # type: ignore[arg-type]
        if next(calls):
            page = [replace(one, copies={ONE: Copy(CopyState.DAMAGED, world.now)}) for one in page]
        return page

    world.index.items = items  # type: ignore[method-assign, assignment]
    job = jobs.ReportIntegrity(MAPS, ONE, world.now)
    world.queue.send([job])
    world.work()  # its second attempt finds the same twice
    report = latest(world)
    assert report is not None
    assert report.result is Result.FAILURE


def test_a_large_space_is_never_held_as_a_whole(world: World) -> None:
    about = About("text/plain", world.now, "admin", checksums=checksums(b""))
    good = Copy(CopyState.INTACT, world.now, world.now, checksums(b""))
    index = GeneratedIndex(make=lambda n: Item(MAPS, numbered(n), 1, about, "mark", {ONE: good}))
    index.save_space(replace(world.maps, revision=0))
    index.save_space(replace(world.index.space_records[SYSTEM_SPACE], revision=0))
    queue, stores = MemoryQueue(), world.measure.stores
    reports = ReportIntegrity(stores, index, world.deposit, world.retrieve, lambda: world.now, "acme")
    measure = Measure(stores, index, queue, reports, lambda: world.now, world.measure.periods)
    measure.ask(world.maps)
    while isinstance(job := queue.jobs.pop(0), jobs.MeasureSpace):
        measure.measure_space(job)
    assert [m.objects for m in index.measured.values()] == [MANY, 0]
    assert isinstance(job, jobs.ReportIntegrity)
    reports.write(job.space, job.store, job.at)
    report = reports.latest(world.maps, PRIMARY)
    assert report is not None
    assert report.size > MANY * 100
