"""The report of fixity: counted once a day, told at once, and the same work however large the collection is."""

from datetime import timedelta

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.canary import Song
from chalicelib.domain.errors import Denied, Invalid
from chalicelib.domain.fixity import Absent, Judgement, Verdict
from chalicelib.domain.fixity_counts import Fixity
from chalicelib.domain.incidents import Problem
from chalicelib.domain.spaces import CANARY_SPACE
from chalicelib.services.report_fixity import FixityReport, Row

from .world import ADMIN, BYTES, ITEM, MAPS, ONE, TWO, World

DAY = timedelta(days=1)


def report(world: World, days: int = 3) -> FixityReport:
    return world.fixity.report(ADMIN, days)


def row(world: World, store: str = TWO) -> Row:
    (found,) = [row for row in report(world).spaces if (row.space, row.store) == (MAPS, store)]
    return found


def measure(world: World) -> None:
    world.measure.ask(world.maps)
    world.work()


def check(world: World, item: str = ITEM) -> None:
    world.queue.send([jobs.Check(MAPS, item)])
    world.work()


@pytest.fixture
def whole(world: World) -> World:
    for item in (ITEM, "second", "third"):
        world.put(item=item)
    world.work()
    for item in (ITEM, "second", "third"):
        check(world, item)
    return world


def test_nothing_is_said_of_what_was_not_measured(whole: World) -> None:
    found = row(whole)
    assert (found.at, found.objects) == (None, 0)
    assert {(day.copies, day.over) for day in report(whole).days} == {(None, False)}


def test_copies_are_counted_by_what_their_last_read_gave(whole: World) -> None:
    whole.second.damage(MAPS, ITEM, b"rotten")
    del whole.second.contents[MAPS]["second"]
    for item in (ITEM, "second"):
        whole.check.check(MAPS, item)
    whole.queue.jobs.clear()
    whole.primary.silent = True
    measure(whole)
    found = row(whole)
    assert (found.objects, found.bytes, found.verdicts.intact) == (3, 3 * len(BYTES), 1)
    fixity = found.verdicts.fixity
    assert (fixity.damaged, fixity.missing, fixity.unreadable, fixity.unread) == (1, 1, 0, 0)
    assert row(whole, ONE).verdicts.intact == 3
    told = report(whole)
    assert told.open == {Problem.DAMAGED: 1, Problem.MISSING: 1}
    assert (told.for_a_person, told.more) == (0, False)
    assert [day.problems for day in told.days] == [0, 0, 2]
    assert [store.verdicts.fixity.damaged for store in told.stores] == [0, 1]


def test_a_copy_counts_on_the_day_of_its_last_read(whole: World) -> None:
    measure(whole)
    assert report(whole).days[-1].copies == 6
    whole.now += DAY
    check(whole, "third")
    measure(whole)
    yesterday, today = report(whole).days[1:]
    assert (yesterday.copies, yesterday.bytes, yesterday.over) == (4, 4 * len(BYTES), True)
    assert (today.copies, today.bytes, today.over) == (2, 2 * len(BYTES), False)


def test_what_is_due_and_what_is_late_is_counted(whole: World) -> None:
    whole.now += 91 * DAY
    check(whole, "third")
    measure(whole)
    assert (row(whole).verdicts.fixity.due, row(whole).verdicts.fixity.late) == (2, 2)


def test_an_undecided_copy_is_told_of_at_once(whole: World) -> None:
    item = whole.item()
    whole.incidents.follow(item, item, Judgement({TWO: Verdict.UNDECIDED}, {TWO: Absent()}, (), lost=False))
    assert row(whole).undecided == 1
    assert report(whole).for_a_person == 1


def test_an_incident_counts_once_on_the_day_on_which_it_began(whole: World) -> None:
    whole.second.damage(MAPS, ITEM, b"rotten")
    for _ in range(3):
        whole.check.check(MAPS, ITEM)
    whole.work()
    whole.now += DAY
    whole.second.damage(MAPS, ITEM, b"mouldy")
    check(whole)
    assert [day.problems for day in report(whole).days] == [0, 1, 1], "opened, and opened again"


def test_the_canary_is_told_of_and_counts_nowhere(world: World) -> None:
    for _ in range(3):
        world.now += DAY
        world.canary.begin()
        world.work()
    world.measure.measure()
    world.work()
    told = report(world)
    assert told.song is Song.FOUND
    assert told.flight is not None
    assert told.flight.started == world.now
    assert CANARY_SPACE not in [row.space for row in told.spaces]
    assert not told.open
    assert [day.problems for day in told.days] == [0, 0, 0]


def test_spaces_come_in_pages(whole: World) -> None:
    first = whole.fixity.report(ADMIN, limit=1)
    assert ({row.space for row in first.spaces}, first.following) == ({MAPS}, MAPS)
    rest = whole.fixity.report(ADMIN, after=MAPS)
    assert MAPS not in {row.space for row in rest.spaces}
    assert rest.following is None
    assert rest.stores == first.stores


def test_the_work_of_a_report_does_not_grow_with_the_items(whole: World) -> None:
    measure(whole)
    counts = []
    for _ in range(2):
        asked: list[str] = []
        whole.fuse.call = lambda port, name, args, kwargs, asked=asked: (
            asked.append(name) or getattr(port, name)(*args, **kwargs)
        )  # type: ignore[misc, method-assign, func-returns-value]
        report(whole, days=14)
        counts.append(sorted(asked))
        for n in range(50):
            whole.put(item=f"item {n}")
        whole.work(1000)
        measure(whole)
    assert counts[0] == counts[1]
    assert not {"item", "items", "due", "waiting", "history"} & {*counts[0]}


def test_only_administrators_see_it_and_for_so_many_days(world: World) -> None:
    with pytest.raises(Denied):
        world.fixity.report(Caller("bob", frozenset({Role.USER})))
    for days, limit in ((0, 1), (32, 1), (1, 0), (1, 1001)):
        with pytest.raises(Invalid):
            world.fixity.report(ADMIN, days, limit=limit)


def test_counts_add_up() -> None:
    one = Fixity(*range(1, 11))
    assert one + one == Fixity(*range(2, 21, 2))
