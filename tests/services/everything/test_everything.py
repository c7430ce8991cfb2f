"""Everything at once: whatever members, clients of S3, disks, queues, stores and crashes do, it ends as the last meant.

Each example is a story of steps. A step may be the last of its process, or another one may happen in its middle.
`make test` tells a few stories, always the same; `make soak` many (SOAK=5000 says how many) and how much happened.
"""

import os
from collections import Counter
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Rejected, Unavailable
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.stores import Mode
from chalicelib.domain.transfers import Sizes
from tests.services.world import HOLD, IN_PARTS, MAPS, ONE, THREE, TWO, Crash, Fuse, checksums

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
        self.world.fuse.watch = self._guard

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

    def _guard(self, port: str, call: str, args: tuple[Any, ...]) -> None:
        """See what must never be done, at the moment when it is."""
        if self.interfered:
            return  # what was right when it was looked at may be wrong by now
        if (port, call) == ("index", "save"):
            self._guard_verdicts(args[0])
        if call == "delete" and port in (TWO, THREE) and args[0] == MAPS:
            self._guard_the_hold(port, args)

    def _guard_verdicts(self, item: Item) -> None:
        """A copy is called intact only when its bytes are those of record, or a store that compares them said so."""
        before = self.world.index.item(item.space, item.id)
        if item.space != MAPS or not item.live or (before.revision if before else 0) != item.revision:
            return
        for store, copy in item.copies.items():
            if copy.state is CopyState.INTACT and (before is None or before.copies.get(store) != copy):
                held = self.world.bytes_in(self.world.stores[store], item.id)
                assert held is not None, f"{item.id!r} in store {store} is called intact, and is not there"
                was = before.copies[store].state if before and store in before.copies else CopyState.PENDING
                believed = self.world.stores[store].confirms_sha256 and was is CopyState.PENDING
                right = believed or item.checksums == checksums(held)
                assert right, f"{item.id!r} in store {store} is called intact, and is not"

    def _guard_the_hold(self, port: str, args: tuple[Any, ...]) -> None:
        item = self.world.index.item(*args[:2])
        space = self.world.index.space(MAPS)
        assert space is None or not space.retained(self.world.now), "the space is retained"
        over = item and not item.live and item.held_until and item.held_until <= self.world.now
        assert over, f"the copy of {args[1]!r} in store {port} was removed before its time"


ids = st.sampled_from([IDS[0], IDS[0], IDS[0], IDS[1], CHUNKS[0]])  # most of it happens to one
data = st.sampled_from(DATA)
number = st.integers(0, 7)
stores = st.sampled_from([ONE, TWO, THREE])
modes = st.sampled_from([Mode.READ_ONLY, Mode.OUT_OF_SERVICE, Mode.IN_SERVICE, Mode.IN_SERVICE])
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
    st.tuples(st.just("mode"), st.sampled_from([TWO, THREE, ONE]), modes),
    st.tuples(st.just("policy"), st.integers(0, len(POLICIES) - 1)),
    st.sampled_from([("upload",), ("stitch",)]),
)
working = st.just(("work",))
by_itself = st.one_of(
    working,
    st.tuples(st.just("job"), number),
    st.sampled_from([("check",), ("sweep",), ("pass_time", DAY), ("pass_time", HOLD)]),
)
failing = st.one_of(
    st.tuples(st.just("fail"), stores, st.sampled_from(Wrong), number),
    st.tuples(st.just("fail"), stores, st.sampled_from([Wrong.SPOILT, Wrong.SWALLOWED]), st.integers(0, 1)),
    st.tuples(st.just("fail"), st.sampled_from(OTHERS), st.sampled_from([Wrong.REFUSED, Wrong.ANSWER_LOST]), number),
)
by_fate = st.one_of(
    failing,
    failing,
    st.tuples(st.sampled_from(["lose", "double", "delay"]), number),
    st.tuples(st.just("stray"), number, ids, stores),
    st.tuples(st.just("down"), stores, st.booleans()),
    st.tuples(st.just("decay"), stores, ids, st.booleans()),
    st.tuples(st.just("lose_row"), ids),
    st.sampled_from([("renew_space",), ("arrive",), ("jump", -DAY), ("jump", 365 * DAY)]),
)
in_the_middle = st.none() | st.tuples(st.integers(0, 40), by_people | by_itself | st.none())
anything = st.lists(
    st.tuples(st.none() | by_fate, st.tuples(changing | by_people | by_itself, in_the_middle), st.none() | working),
    min_size=2,
    max_size=8,
)


def told_of_one(*steps: Any) -> Any:
    """Chapters that hang together: what happens to one item."""
    name = IDS[0]
    first = (None, (("put", name, DATA[0], "green"), None), ("work",))
    chapters = [st.tuples(st.none(), st.tuples(*step), st.none()) for step in steps]
    return st.tuples(*chapters).map(lambda chapters: [first, *chapters])


busy = st.tuples(st.integers(0, 60), changing | st.tuples(st.just("delete"), ids) | working)
mending = told_of_one(
    (st.tuples(st.just("decay"), stores, st.just(IDS[0]), st.booleans()), st.none()),
    (st.just(("check",)), st.none()),
    (working, st.none() | busy),
)
holding = told_of_one(
    (st.just(("delete", IDS[0])), st.none() | busy),
    (st.tuples(st.just("stray"), st.just(3), st.just(IDS[0]), stores), st.none()),
    (working, st.none() | busy),
)
chapters = anything | mending | holding


@settings(
    max_examples=STORIES,
    derandomize=not SOAKING,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.sampled_from([Sizes(), IN_PARTS]), st.lists(chapters, min_size=1, max_size=7))
def test_it_ends_as_the_last_of_them_meant(sizes: Sizes, chapters: list[list[Any]]) -> None:
    story = Story(sizes)
    for fate, (step, interference), after in chain.from_iterable(chapters):
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


@pytest.mark.skipif(not SOAKING, reason="a few stories need not have everything in them")
def test_everything_happened() -> None:
    happened = {f"fault {wrong} (store {store})" for wrong in Wrong for store in (ONE, TWO, THREE)}
    happened |= {f"fault {wrong} ({port})" for wrong in (Wrong.REFUSED, Wrong.ANSWER_LOST) for port in OTHERS}
    happened |= {f"step {name}" for name in vars(Steps) if not name.startswith("_") and name != "maps"}
    assert not happened - told.keys(), "what did not happen was not tested"
