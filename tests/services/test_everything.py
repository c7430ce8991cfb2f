"""Everything at once: whatever members, clients of S3, disks, queues and crashes do, it ends as the last of them meant.

Each example is a story of steps. A step may be the last of its process, or another one may happen in its middle.
What an item may be at the end is known from what was acknowledged: of two steps at once, either may be the later one.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.adapters.memory import MemoryIndex, MemoryStore
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Rejected, Unavailable
from chalicelib.domain.journal import Event
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Over, Written
from chalicelib.services.copy_content import Source
from chalicelib.services.describe import NewDescription
from chalicelib.services.place_copies import wanted_stores
from tests.chunked import Chunked

from .world import ADMIN, HOLD, MAPS, ONE, TWO, Crash, Fuse, World, checksums

IDS = [ContentId("a"), ContentId("b")]
DATA = [b"the first edition", b"the second edition"]
FILM = Chunked("film", b"the whole film, from title to end", 12)
CHUNKS = [ContentId(name) for name in FILM.chunks]
DAY = timedelta(days=1)
LONG = "ultramarine " * 150 + "."  # does not fit on the object: who looks before it is recorded sees none
POLICIES = [Policies(), Policies(default=()), Policies(spaces={MAPS: (TWO,)}, default=())]

Is = tuple[bytes, str | None] | None  # bytes and color of an item, or that there is none
Effect = Callable[[set[Is]], set[Is]]
Step = tuple[Any, ...]


@dataclass
class LateStore(MemoryStore):
    """Cannot compare and write in one step: looks as late as it can, and then something may still happen."""

    fuse: Fuse = field(default_factory=Fuse)

    def put(
        self,
        space: SpaceId,
        item: ContentId,
        body: Iterable[bytes],
        about: About,
        size: int | None = None,
        only_over: Over | None = None,
    ) -> Written:
        whole = list(body)
        there = self.head(space, item)
        if only_over is not None and only_over.etag != (there.etag if there else None):
            raise Unavailable("changed by others")
        self.fuse.burn()
        return super().put(space, item, whole, about, size)

    def delete(self, space: SpaceId, item: ContentId, only: str | None = None) -> None:
        there = self.head(space, item)
        if only is not None and there is not None and there.etag != only:
            raise Unavailable("changed by others")
        self.fuse.burn()
        super().delete(space, item)


@dataclass
class WatchedIndex(MemoryIndex):
    """The checksum of record of one deposit never changes once it is known."""

    def save(self, item: Item, events: Iterable[Event] = ()) -> bool:
        before = self.records.get((item.space, item.id))
        saved = super().save(item, events)
        if saved and before and before.generation == item.generation:
            old, new = before.checksums, item.checksums
            assert old.md5 in (None, new.md5), f"{item.id!r} was given another checksum of record"
            assert old.sha256 in (None, new.sha256), f"{item.id!r} was given another checksum of record"
        return saved


class Story:
    """A world, and what each item of it may be."""

    def __init__(self) -> None:
        fuse = Fuse()
        self.world = World(index=WatchedIndex(), second=LateStore(fuse=fuse), fuse=fuse)
        self.may_be: dict[ContentId, set[Is]] = {name: {None} for name in [*IDS, *CHUNKS]}
        self.interfered = False
        self._guard_the_hold()

    def tell(self, step: Step, interference: tuple[int, Step | None] | None) -> None:
        """Do a step; after so many calls of ports another one comes in between, or (None) the process ends."""
        before = {name: set(now) for name, now in self.may_be.items()}
        fuse, between = self.world.fuse, []
        self.interfered = interference is not None
        if interference is not None:
            fuse.left, other = interference
            if other is not None:
                fuse.happens = lambda: between.append((other, self._do(other)))
        try:
            done = self._do(step)
        except Crash:
            done = False
        fuse.left, fuse.happens = -1, Fuse.happens
        self._reckon(before, [(step, done), *between])

    def _do(self, step: Step) -> bool:
        """Whether it was acknowledged."""
        self.world.now += timedelta(seconds=1)
        name, *rest = step
        try:
            getattr(self, name)(*rest)
        except (Rejected, Unavailable):
            return False
        return True

    def _reckon(self, before: dict[ContentId, set[Is]], ends: list[tuple[Step, bool]]) -> None:
        for name in self.may_be:
            effects = [(self._effect(name, step, before, ends), done) for step, done in ends]
            now: set[Is] = set()
            for order in (effects, effects[::-1]):
                found = before[name]
                for effect, done in order:
                    found = effect(found) | (set() if done else found)
                now |= found
            self.may_be[name] = now

    def _effect(
        self, name: ContentId, step: Step, before: dict[ContentId, set[Is]], ends: Iterable[tuple[Step, bool]] = ()
    ) -> Effect:
        match step:
            case ("put", of, data, color) if of == name:
                return lambda _: self._seen({(data, color)})
            case ("put_directly", of, data) if of == name:
                return lambda _: {(data, "red")}
            case ("describe", of, color) if of == name:
                return lambda now: {one and (one[0], color) for one in now}
            case ("delete", of) if of == name:
                return lambda _: {None}
            case ("copy", source, to) if to == name:
                others = [self._effect(source, other, before) for other, _ in ends if other is not step]
                found = before[source].union(*(effect(before[source]) for effect in others))
                return lambda now: self._seen(found - {None}) | (now if None in found else set())
            case ("renew_space",):
                return lambda _: {None}
            case ("upload",) if name in FILM.chunks:
                return lambda _: {(FILM.chunks[name], "film")}
        return lambda now: now

    def _seen(self, now: set[Is]) -> set[Is]:
        return now | {(one[0], None) for one in now if one and one[1] == LONG and self.interfered}

    # ----------------------------------------------------------------------------------------------------------- steps

    def put(self, name: ContentId, data: bytes, color: str) -> None:
        self.world.put(data, name, properties={"color": color}, replaces_description=True)

    def put_directly(self, name: ContentId, data: bytes) -> None:
        self.world.put_directly(data, name)

    def describe(self, name: ContentId, color: str) -> None:
        self.world.describe.describe(self.world.maps, name, NewDescription(properties={"color": color}), "member")

    def copy(self, source: ContentId, to: ContentId) -> None:
        self.world.copy_content.copy(Source(self.world.maps, source, ONE), self.world.maps, to, "member", ONE)

    def delete(self, name: ContentId) -> None:
        self.world.delete.delete(self.world.maps, name, "member")

    def policy(self, number: int) -> None:
        self.world.policies.replace(ADMIN, POLICIES[number])

    def upload(self) -> None:
        for name, data in FILM.chunks.items():
            self.put(ContentId(name), data, "film")
        self.put(ContentId(FILM.manifest_id), FILM.manifest, "film")

    def stitch(self) -> None:
        self.world.stitch.ask(self.world.maps, FILM.id, "member", remove_chunks=True, replace=True)

    def job(self, number: int) -> None:
        """One message is delivered, and gone when its work was done; in no order."""
        if not self.world.queue.jobs:
            return
        job = self.world.queue.jobs[number % len(self.world.queue.jobs)]
        with suppress(Rejected):
            self.world.perform(job)
        self._taken(job)

    def lose(self, number: int) -> None:
        if self.world.queue.jobs:
            self.world.queue.jobs.pop(number % len(self.world.queue.jobs))

    def double(self, number: int) -> None:
        if self.world.queue.jobs:
            self.world.queue.jobs.append(self.world.queue.jobs[number % len(self.world.queue.jobs)])

    def work(self) -> None:
        """Deliver everything, each message at most as often as a queue does."""
        tries: dict[int, int] = {}
        for _ in range(2000):
            if not self.world.queue.jobs:
                return
            job = self.world.queue.jobs[0]
            try:
                self.job(0)
            except Unavailable:
                self._taken(job)
                tries[id(job)] = tries.get(id(job), 0) + 1
                if tries[id(job)] < 12:
                    self.world.queue.jobs.append(job)
        raise AssertionError(f"no end: {self.world.queue.jobs[:5]}")

    def _taken(self, job: object) -> None:
        self.world.queue.jobs[:] = [other for other in self.world.queue.jobs if other is not job]

    def down(self, down: bool) -> None:
        self.world.second.down = down

    def pass_time(self, time: timedelta) -> None:
        self.world.now += time
        self.world.plan_checks.plan()

    def sweep(self) -> None:
        self.world.sweep.sweep()

    def renew_space(self) -> None:
        """Remove the space, and make another one of its name."""
        self.world.spaces.remove(ADMIN, MAPS)
        while self.world.index.space(MAPS):
            self.world.sweep.sweep()
            self.work()
        self.world.maps = self.world.spaces.create(ADMIN, MAPS)

    def decay(self, number: int, name: ContentId, lost: bool) -> None:
        """A disk loses or changes one of two good copies."""
        world, item = self.world, self.world.index.item(MAPS, name)
        both = [world.primary, world.second]
        good = [
            store
            for store in both
            if (held := world.bytes_in(store, name)) and item and checksums(held) == item.checksums
        ]
        if item is None or not item.live or good != both or set(world.states(name).values()) != {CopyState.INTACT}:
            return
        if lost:
            del both[number].contents[MAPS][name]
        else:
            both[number].damage(MAPS, name, b"rotten")

    # ------------------------------------------------------------------------------------------------------------- end

    def end(self) -> None:
        """Nothing more happens but what happens by itself."""
        self.interfered = False
        self.world.second.down = False
        self.world.plan_checks.ask(self.world.maps)
        for _ in range(4):
            self.work()
            self.pass_time(DAY)
            self.sweep()
        self.work()
        for name, may_be in self.may_be.items():
            self._assert_ended_well(name, may_be)
        self._assert_no_chunk_was_lost()
        self.pass_time(HOLD)
        self.work()
        for name in self.world.second.contents.get(MAPS, {}):
            item = self.world.item(name)
            assert item.live, f"the copy of {name!r} is still there"
            assert TWO in item.copies, f"nobody knows of the copy of {name!r}"

    def _assert_ended_well(self, name: ContentId, may_be: set[Is]) -> None:
        item, held = self.world.index.item(MAPS, name), self.world.bytes_in(self.world.primary, name)
        if item is None or not item.live:
            assert held is None
            assert None in may_be or name in CHUNKS, f"{name!r} was one of {may_be} and is gone"
            return
        assert held is not None, f"{name!r} is not in the primary"
        about = self.world.retrieve.describe(self.world.maps, name).about
        assert (held, about.properties.get("color")) in may_be, f"{name!r}: {held!r}, {about.properties}"
        assert about.described_as(item.about)
        wanted = wanted_stores(self.world.retrieve.stores, self.world.index, MAPS)
        assert {*wanted} <= item.copies.keys()
        assert set(self.world.states(name).values()) == {CopyState.INTACT}, self.world.states(name)
        for store, contents in ((ONE, self.world.primary), (TWO, self.world.second)):
            if store in item.copies:
                data, stored = contents.contents[MAPS][name]
                assert item.checksums == checksums(data), f"{name!r} in store {store}"
                assert store == ONE or stored.described_as(item.about), f"{name!r} in store {store}: {stored}"

    def _assert_no_chunk_was_lost(self) -> None:
        whole = self.world.bytes_in(self.world.primary, ContentId(FILM.id))
        for name in CHUNKS:
            if self.world.bytes_in(self.world.primary, name) is None and None not in self.may_be[name]:
                assert whole == FILM.data, f"{name!r} is gone, and there is no whole"
                assert FILM.chunks[name] in {one[0] for one in self.may_be[name] if one}

    def _guard_the_hold(self) -> None:
        delete = self.world.second.delete

        def guarded(space: SpaceId, name: ContentId, only: str | None = None) -> None:
            item = self.world.index.item(space, name)
            over = item and not item.live and item.held_until and item.held_until <= self.world.now
            assert over or self.interfered, f"the copy of {name!r} was removed before its time"
            delete(space, name, only)

        self.world.second.delete = guarded  # type: ignore[method-assign]


ids = st.sampled_from([*IDS, IDS[0], CHUNKS[0]])  # most of it happens to one
data = st.sampled_from(DATA)
number = st.integers(0, 7)
by_people = st.one_of(
    st.tuples(st.just("put"), ids, data, st.sampled_from(["green", "blue", LONG])),
    st.tuples(st.just("put_directly"), ids, data),
    st.tuples(st.just("describe"), ids, st.sampled_from(["black", "white", LONG])),
    st.tuples(st.just("copy"), ids, ids),
    st.tuples(st.just("delete"), ids),
    st.tuples(st.just("policy"), st.integers(0, len(POLICIES) - 1)),
    st.sampled_from([("upload",), ("stitch",)]),
)
by_itself = st.one_of(
    st.tuples(st.just("job"), number),
    st.sampled_from([("work",), ("sweep",), ("pass_time", DAY), ("pass_time", HOLD)]),
)
by_fate = st.one_of(
    st.tuples(st.sampled_from(["lose", "double"]), number),
    st.tuples(st.just("down"), st.booleans()),
    st.tuples(st.just("decay"), st.integers(0, 1), ids, st.booleans()),
    st.just(("renew_space",)),
)
in_the_middle = st.none() | st.tuples(st.integers(0, 40), by_people | by_itself | st.none())
steps = st.lists(
    st.tuples(by_people | by_itself, in_the_middle) | st.tuples(by_fate, st.none()), min_size=4, max_size=24
)


@settings(max_examples=500, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps)
def test_it_ends_as_the_last_of_them_meant(steps: list[Any]) -> None:
    story = Story()
    for step, interference in steps:
        story.tell(step, interference)
    story.end()
