"""Everything at once: whatever members, clients of S3, disks, queues, stores and crashes do, it ends as the last meant.

Each example is a story of steps. A step may be the last of its process, or another one may happen in its middle.
`make test` tells a few stories, always the same; `make soak` many (SOAK=5000 says how many) and how much happened.
"""

import os
from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Rejected, Unavailable
from chalicelib.domain.transfers import Sizes
from tests.services.world import HOLD, IN_PARTS, MAPS, ONE, THREE, TWO, Crash, Fuse

from . import end
from .faults import OTHERS, Wrong
from .reckoning import LONG, MayBe, Step, reckon
from .steps import FILM, POLICIES, Steps

SOAKING = "SOAK" in os.environ
STORIES = int(os.environ.get("SOAK", "300"))
IDS = [ContentId("a"), ContentId("b")]
DATA = [b"the first edition", b"the second edition"]
CHUNKS = [ContentId(name) for name in FILM.chunks]
DAY = timedelta(days=1)
told: Counter[str] = Counter()


class Story(Steps):
    """A world, and what each item of it may be."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.may_be: MayBe = {name: {None} for name in [*IDS, *CHUNKS]}
        self.gone: MayBe = {name: set() for name in self.may_be}
        self.interfered = False
        self.world.fuse.watch = self._guard_the_hold

    def tell(self, step: Step, interference: tuple[int, Step | None] | None) -> None:
        """Do a step; after so many calls of ports another one comes in between, or (None) the process ends."""
        fate, between = self.world.fuse, []
        self.interfered = interference is not None
        disturbed = self.interfered or bool(fate.armed)
        if interference is not None:
            fate.left, other = interference
            if other is not None:
                fate.happens = lambda: between.append((other, self._do(other)))
        try:
            done = self._do(step)
        except Crash:
            done = False
            told["crash"] += 1
        fate.left, fate.happens = -1, Fuse.happens
        told["interference"] += len(between)
        self.may_be = reckon(self.may_be, [(step, done), *between], disturbed, self.gone)
        self.interfered = False

    def _do(self, step: Step) -> bool:
        """Whether it was acknowledged."""
        self.world.now += timedelta(seconds=1)
        name, *rest = step
        try:
            getattr(self, name)(*rest)
        except (Rejected, Unavailable):
            told[f"step {name}, refused"] += 1
            return False
        told[f"step {name}"] += 1
        return True

    def lose_row(self, name: ContentId) -> None:
        """What did not fit on the object, or was described anew, was in the record alone."""
        super().lose_row(name)
        if self.world.index.item(MAPS, name) is None and name in self.world.primary.contents.get(MAPS, {}):
            data, stored = self.world.primary.contents[MAPS][name]
            self.may_be[name] = self.may_be[name] | {(data, (stored.properties or {}).get("color"))}

    def _guard_the_hold(self, port: str, call: str, args: tuple[Any, ...]) -> None:
        if call != "delete" or port not in (TWO, THREE) or args[0] != MAPS:
            return
        item = self.world.index.item(*args[:2])
        space = self.world.index.space(MAPS)
        assert self.interfered or space is None or not space.retained(self.world.now), "the space is retained"
        over = item and not item.live and item.held_until and item.held_until <= self.world.now
        assert over or self.interfered, f"the copy of {args[1]!r} in store {port} was removed before its time"


ids = st.sampled_from([IDS[0], IDS[0], IDS[0], IDS[1], CHUNKS[0]])  # most of it happens to one
data = st.sampled_from(DATA)
number = st.integers(0, 7)
stores = st.sampled_from([ONE, TWO, THREE])
changing = st.one_of(
    st.tuples(st.just("put"), ids, data, st.sampled_from(["green", "blue", LONG])),
    st.tuples(st.just("put_directly"), ids, data),
    st.tuples(st.just("describe"), ids, st.sampled_from(["black", "white", LONG])),
)
by_people = st.one_of(
    changing,
    st.tuples(st.just("copy"), ids, ids),
    st.tuples(st.sampled_from(["delete", "undelete", "undelete"]), ids),
    st.tuples(
        st.just("settings"), st.sampled_from([timedelta(0), None, 90 * DAY]), st.sampled_from([None, None, 7 * DAY])
    ),
    st.tuples(st.just("policy"), st.integers(0, len(POLICIES) - 1)),
    st.sampled_from([("upload",), ("stitch",)]),
)
working = st.just(("work",))
by_itself = st.one_of(
    working,
    st.tuples(st.just("job"), number),
    st.sampled_from([("work",), ("sweep",), ("pass_time", DAY), ("pass_time", HOLD)]),
)
failing = st.one_of(
    st.tuples(st.just("fail"), stores, st.sampled_from(Wrong), number),
    st.tuples(st.just("fail"), st.sampled_from([TWO, THREE]), st.sampled_from(Wrong), st.integers(0, 2)),
    st.tuples(st.just("fail"), st.sampled_from(OTHERS), st.sampled_from([Wrong.REFUSED, Wrong.ANSWER_LOST]), number),
)
by_fate = st.one_of(
    failing,
    failing,
    st.tuples(st.sampled_from(["lose", "double", "delay"]), number),
    st.tuples(st.just("down"), stores, st.booleans()),
    st.tuples(st.just("decay"), stores, ids, st.booleans()),
    st.tuples(st.just("lose_row"), ids),
    st.sampled_from([("renew_space",), ("arrive",), ("jump", -DAY), ("jump", 365 * DAY)]),
)
in_the_middle = st.none() | st.tuples(st.integers(0, 40), by_people | by_itself | st.none())
chapters = st.tuples(
    st.none() | by_fate, st.tuples(changing | by_people | by_itself, in_the_middle), st.none() | working
)


@settings(
    max_examples=STORIES,
    derandomize=not SOAKING,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.sampled_from([Sizes(), IN_PARTS]), st.lists(chapters, min_size=2, max_size=16))
def test_it_ends_as_the_last_of_them_meant(sizes: Sizes, chapters: list[Any]) -> None:
    story = Story(sizes)
    for fate, (step, interference), after in chapters:
        if fate is not None:
            story.tell(fate, None)
        story.tell(step, interference)
        if after is not None:
            story.tell(after, None)
    end.end(story)
    told.update(f"fault {name}" for name in story.world.fuse.happened.elements())
    told.update(f"job {name}" for name in story.jobs_done)
    told["story"] += 1
    end.assert_ended_well(story, story.may_be)
