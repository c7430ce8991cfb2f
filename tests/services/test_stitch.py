"""Stitching: chunks become one whole item, and go only when every copy of it is proven."""

import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from hashlib import md5
from typing import Any

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.checksums import Tally
from chalicelib.domain.content import About, ContentId, Stored
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Conflict, NotFound, TooLarge, Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stitching import State
from chalicelib.ports import Opened, Over, Written
from tests.chunked import Chunked, manifest_xml

from .stitching import FILM, FIRST, MANIFEST, WHOLE, ask, ids, state, upload
from .test_crashes import run
from .test_ends import drain
from .world import MAPS, ONE, TWO, World


@pytest.fixture
def chunked(world: World) -> World:
    upload(world)
    return world


def guard_chunks(world: World) -> None:
    """No chunk and no manifest may go before both stores hold the whole and were read."""
    delete = world.primary.delete

    def guarded(space: SpaceId, item: ContentId, *only: str) -> None:
        if item.startswith(f"{WHOLE}.dura-"):
            assert world.states(WHOLE) == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
            assert world.bytes_in(world.primary, WHOLE) == world.bytes_in(world.second, WHOLE) == FILM.data
        delete(space, item, *only)

    world.primary.delete = guarded  # type: ignore[method-assign]


def test_the_whole_is_verified_described_as_the_file_was_and_its_history_tells_where_it_comes_from(
    chunked: World,
) -> None:
    assert ask(chunked).state is State.ASKED
    chunked.work()
    assert state(chunked).state is State.DONE
    assert chunked.bytes_in(chunked.primary, WHOLE) == chunked.bytes_in(chunked.second, WHOLE) == FILM.data
    assert chunked.states(WHOLE) == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
    about = chunked.retrieve.describe(chunked.maps, WHOLE).about
    assert about.properties == {"creator": "root", "content-file-path": "/films/master.mov"}
    assert (about.content_type, about.deposited_by) == ("application/octet-stream", "ann")
    deposited, stitched = chunked.index.history(MAPS, WHOLE)[:2]
    assert deposited.detail["stitched-from"] == stitched.detail["stitched-from"] == MANIFEST
    assert (stitched.kind, stitched.agent, stitched.detail["chunks"]) == (Kind.STITCHED, "ann", "4")
    assert len(ids(chunked)) == 6, "the chunks and their manifest stay"


def test_with_remove_chunks_only_the_whole_is_left(chunked: World) -> None:
    guard_chunks(chunked)
    ask(chunked, remove_chunks=True)
    chunked.work()
    assert ids(chunked) == [WHOLE]
    assert state(chunked).state is State.DONE
    kinds = [kind for kind in chunked.kinds(MANIFEST) if kind is not Kind.CHECKED]
    assert kinds[-4:] == [Kind.STITCHING_ASKED, Kind.STITCHED, Kind.DELETED, Kind.CHUNKS_REMOVED]
    assert chunked.index.history(MAPS, FIRST)[-1].agent == "ann"


def test_chunks_stay_while_a_copy_is_not_proven_and_go_when_it_is(chunked: World) -> None:
    guard_chunks(chunked)
    chunked.second.down = True
    ask(chunked, remove_chunks=True)
    drain(chunked)
    assert (state(chunked).state, state(chunked).waiting_for) == (State.VERIFYING, (TWO,))
    assert len(ids(chunked)) == 6
    chunked.second.down = False
    chunked.sweep.sweep()
    ask(chunked, remove_chunks=True)
    drain(chunked)
    assert (state(chunked).state, state(chunked).waiting_for) == (State.DONE, ())
    assert ids(chunked) == [WHOLE]


def test_waiting_ends_after_a_week_and_says_so(chunked: World) -> None:
    ask(chunked, remove_chunks=True)
    chunked.perform(chunked.queue.jobs.pop(0))
    chunked.queue.jobs[:] = [job for job in chunked.queue.jobs if isinstance(job, jobs.Stitch)]
    messages = 0
    while not state(chunked).over:
        with suppress(Unavailable, Conflict):
            chunked.perform(chunked.queue.jobs[0])
            chunked.queue.jobs.pop(0)
            messages += 1
        chunked.now += timedelta(minutes=10)
    assert 250 < messages < 340, "a new one every half an hour, before a queue gives it up"
    assert state(chunked).state is State.FAILED
    assert "store 1, 2 is not proven to be intact after a week: the chunks are kept" in str(state(chunked).reason)
    assert len(ids(chunked)) == 6


@pytest.mark.parametrize("remove_chunks", [False, True])
def test_every_job_twice_and_late(chunked: World, remove_chunks: bool) -> None:
    guard_chunks(chunked)
    ask(chunked, remove_chunks)
    ask(chunked, remove_chunks)
    done = chunked.work()
    chunked.queue.send([job for job in reversed(done) if isinstance(job, jobs.Stitch)])
    events = len(chunked.index.events)
    chunked.work()
    assert len(chunked.index.events) == events
    assert state(chunked).state is State.DONE
    assert chunked.kinds(WHOLE).count(Kind.DEPOSITED) == 1
    assert chunked.bytes_in(chunked.primary, WHOLE) == FILM.data


@pytest.mark.parametrize("remove_chunks", [False, True])
def test_a_crash_at_any_call_loses_nothing_and_ends_well(remove_chunks: bool) -> None:
    crashes = 0
    for calls in range(10_000):
        world = World()
        upload(world)
        guard_chunks(world)
        world.fuse.left = calls
        if not run(world, lambda world: ask(world, remove_chunks)):
            break
        crashes += 1
        where = f"crash at call {calls}"
        assert not world.queue.jobs, where
        assert state(world).state is State.DONE, where
        assert world.states(WHOLE) == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}, where
        assert Kind.STITCHED in world.kinds(WHOLE), where
        assert ids(world) == ([WHOLE] if remove_chunks else sorted([WHOLE, MANIFEST, *FILM.chunks])), where
    assert crashes > 50, "the fuse was never lit"


def test_more_chunks_than_one_run_removes(world: World) -> None:
    long = Chunked(FILM.id, bytes(range(250)), 1)
    for name, data in long.chunks.items():
        world.put(data, name)
    world.put(long.manifest, long.manifest_id)
    world.work(5000)
    ask(world, remove_chunks=True)
    world.work(5000)
    assert ids(world) == [WHOLE]


# ----------------------------------------------------------------------------------------- what changes before removal


def stitched(world: World) -> None:
    """Whole, and not yet verified: the removal waits."""
    ask(world, remove_chunks=True)
    world.perform(taken(world))


def taken(world: World) -> jobs.Stitch:
    """The job that waits, taken from the queue."""
    waiting = next(job for job in world.queue.jobs if isinstance(job, jobs.Stitch))
    world.queue.jobs.remove(waiting)
    return waiting


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda w: w.put(b"x" * 12, FIRST), "was replaced since it was stitched"),
        (lambda w: w.put(b"another", WHOLE), "the chunks are kept"),
        (lambda w: w.delete.delete(w.maps, WHOLE, "bob"), "the chunks are kept"),
        (lambda w: w.put(FILM.manifest + b"\n", MANIFEST), "was replaced since it was stitched"),
        (lambda w: w.delete.delete(w.maps, MANIFEST, "bob"), "deleted by others: 4 chunks are kept"),
        (lambda w: w.put(b"more", f"{WHOLE}.dura-chunk-0004"), "an upload may be under way"),
    ],
)
def test_nothing_is_removed_when_anything_changed_since(
    chunked: World, act: Callable[[World], object], reason: str
) -> None:
    stitched(chunked)
    act(chunked)
    chunked.work()
    assert state(chunked).state is State.FAILED
    assert reason in str(state(chunked).reason)
    assert set(FILM.chunks) <= set(ids(chunked))


def test_a_damaged_copy_of_the_whole_keeps_the_chunks_until_it_is_repaired(chunked: World) -> None:
    guard_chunks(chunked)
    stitched(chunked)
    waiting = taken(chunked)
    chunked.work()
    chunked.second.damage(MAPS, WHOLE, b"rotten")
    chunked.check.check(MAPS, WHOLE)
    with pytest.raises(Unavailable, match="store 2 is not proven"):
        chunked.perform(waiting)
    chunked.queue.send([waiting])
    chunked.work()
    assert ids(chunked) == [WHOLE]


@pytest.mark.parametrize("item", [WHOLE, FIRST])
def test_what_another_s3_client_put_and_no_event_told_of_yet_keeps_the_chunks(chunked: World, item: ContentId) -> None:
    stitched(chunked)
    waiting = taken(chunked)
    chunked.work()
    chunked.primary.silent = True
    chunked.put_directly(b"x" * 12, item)
    with pytest.raises(Unavailable):
        chunked.perform(waiting)
    assert set(FILM.chunks) <= set(ids(chunked))


def test_the_stores_that_a_space_is_kept_in_are_those_that_count(world: World) -> None:
    world.index.save_policies(Policies(default=()))
    upload(world)
    ask(world, remove_chunks=True)
    world.work()
    assert ids(world) == [WHOLE]
    upload(world)
    world.index.save_policies(replace(world.index.policies(), default=(TWO,)))
    world.second.down = True
    ask(world, remove_chunks=True)
    drain(world)
    assert state(world).waiting_for == (TWO,)
    assert set(FILM.chunks) <= set(ids(world))


def test_items_whose_names_only_look_like_chunks_are_left_alone(chunked: World) -> None:
    others = [f"{WHOLE}.dura-chunk-notes", f"{WHOLE}.dura-chunk-12", f"{WHOLE}.dura-manifest.bak", f"x{FIRST}"]
    for other in others:
        chunked.put(b"mine", other)
    ask(chunked, remove_chunks=True)
    chunked.work()
    assert ids(chunked) == sorted([WHOLE, *others])


def test_what_may_pass_is_told_once_and_tried_again(chunked: World) -> None:
    ask(chunked)
    chunked.primary.down = True
    job = chunked.queue.jobs.pop()
    for _ in range(3):
        with pytest.raises(Unavailable):
            chunked.perform(job)
    assert (state(chunked).state, state(chunked).reason) == (State.ASKED, "this store is down")
    assert chunked.kinds(MANIFEST).count(Kind.STITCHING_FAILED) == 1
    chunked.primary.down = False
    chunked.perform(job)
    assert (state(chunked).state, state(chunked).reason) == (State.DONE, None)


def test_what_takes_longer_than_a_run_has_fails_with_a_text_that_says_so(chunked: World) -> None:
    times = iter(range(1000))
    start = chunked.now
    slow = replace(chunked.stitch, clock=lambda: start + timedelta(minutes=next(times)), longest=timedelta(minutes=5))
    ask(chunked)
    with pytest.raises(TooLarge, match="too large to be stitched in one run here: 29 of 41 bytes in 0:05:00"):
        slow.stitch(MAPS, WHOLE, chunked.now)
    assert chunked.bytes_in(chunked.primary, WHOLE) is None
    assert state(chunked).state is State.FAILED


def test_nobody_asked(chunked: World) -> None:
    with pytest.raises(NotFound, match="Nobody asked"):
        state(chunked)
    chunked.stitch.stitch(MAPS, WHOLE, chunked.now)
    assert chunked.bytes_in(chunked.primary, WHOLE) is None


def test_a_dying_space(chunked: World) -> None:
    ask(chunked)
    chunked.index.save_space(replace(chunked.maps, removing=True))
    chunked.work()
    assert state(chunked).state is State.FAILED


# ------------------------------------------------------------------------------------------------------------- memory


BLOCK = bytes(1 << 20)
BLOCKS = 100  # in each of two chunks


def test_200_mib_are_stitched_in_10(world: World) -> None:
    digest = md5()
    for _ in range(2 * BLOCKS):
        digest.update(BLOCK)
    half = (len(BLOCK) * BLOCKS, md5(BLOCK * BLOCKS).hexdigest())
    names = [f"{WHOLE}.dura-chunk-{n:04}" for n in range(2)]
    for name in names:
        world.put(item=name)
    world.put(manifest_xml(WHOLE, 2 * half[0], digest.hexdigest(), dict.fromkeys(names, half)), MANIFEST)
    stored = world.primary.contents[MAPS]
    for name in map(ContentId, names):
        stored[name] = (b"", replace(stored[name][1], size=half[0]))
    memory = world.primary
    memory.open, memory.put = _open_large(memory.open, set(names)), _keep_nothing(memory)  # type: ignore[method-assign]
    ask(world)
    tracemalloc.start()
    world.stitch.stitch(MAPS, WHOLE, world.now)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert world.retrieve.describe(world.maps, WHOLE).about.checksums.md5 == digest.hexdigest()
    assert peak < 10 << 20


def _open_large(plain: Any, large: set[str]) -> Any:
    @contextmanager
    def open_large(space: SpaceId, item: ContentId, *part: Any) -> Iterator[Opened | None]:
        with plain(space, item, *part) as opened:
            yield Opened(opened.stored, iter([BLOCK] * BLOCKS)) if item in large else opened

    return open_large


def _keep_nothing(store: Any) -> Any:
    def put(
        space: SpaceId, item: ContentId, body: Iterable[bytes], about: About, size: Any, only_over: Over | None = None
    ) -> Written:
        found = Tally()
        for piece in body:
            found.add(piece)
        about.checksums.require(found.checksums)
        metadata = about.with_checksums(found.checksums).metadata()
        store.contents[space][item] = (b"", Stored(found.size, "etag", about.deposited_at, metadata=metadata))
        return Written(found.size, found.checksums, "etag")

    return put
