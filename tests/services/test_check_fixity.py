"""Checking: what is read decides, and nothing is believed that was read once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.domain.registration import GRACE

from .world import ADMIN, BYTES, ITEM, MAPS, ONE, TWO, ScriptedReads, World, checksums

DAYS_90 = timedelta(days=90)


@pytest.fixture
def whole(world: World) -> World:
    world.put()
    world.work()
    world.check.check(MAPS, ITEM)
    return world


def script(world: World, answers: list[bytes | Exception | None]) -> None:
    world.check.stores.providers[TWO] = ScriptedReads(world.second, answers)


def test_intact_copies_are_due_again_within_the_period(whole: World) -> None:
    due = whole.item().next_check
    assert due is not None
    assert whole.now + DAYS_90 * 0.9 <= due <= whole.now + DAYS_90
    assert whole.queue.jobs == []


def test_a_damaged_copy_is_found_and_repaired(whole: World) -> None:
    whole.second.damage(MAPS, ITEM, b"the only cosy of a map")
    whole.check.check(MAPS, ITEM)
    assert whole.states() == {ONE: CopyState.INTACT, TWO: CopyState.DAMAGED}
    assert whole.queue.jobs == [jobs.Replicate(MAPS, ITEM, TWO)]
    whole.work()
    assert whole.bytes_in(whole.second) == BYTES
    assert whole.evidence() == [b"the only cosy of a map"]


def test_a_mismatch_is_read_again_before_it_is_believed(whole: World) -> None:
    script(whole, [b"noise on the line", BYTES])
    whole.check.check(MAPS, ITEM)
    assert whole.states()[TWO] is CopyState.INTACT


def test_checksums_of_a_first_read_are_those_of_two_reads_that_agree(world: World) -> None:
    world.put_directly()
    world.register.register(MAPS, ITEM)
    primary = world.check.stores.providers[ONE]
    world.check.stores.providers[ONE] = ScriptedReads(world.primary, [b"noise on the line", BYTES])
    with pytest.raises(Unavailable, match="differ"):
        world.check.check(MAPS, ITEM, (ONE,))
    assert not world.item().checksums.known
    world.check.stores.providers[ONE] = primary
    world.work()
    assert world.item().checksums == checksums(BYTES)
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_a_read_that_breaks_off_is_unreadable_never_damaged(whole: World) -> None:
    script(whole, [Unavailable("reset"), Unavailable("reset")])
    whole.check.check(MAPS, ITEM)
    assert whole.states()[TWO] is CopyState.UNREADABLE
    assert whole.queue.jobs == [jobs.Check(MAPS, ITEM, (TWO,))], "it alone is read again, with growing delays"
    assert whole.item().next_check == whole.now + GRACE
    script(whole, [Unavailable("reset"), Unavailable("reset")])
    with pytest.raises(Unavailable, match="Store 2 does not give"):
        whole.perform(whole.queue.jobs[0])
    script(whole, [BYTES])
    whole.perform(whole.queue.jobs[0])
    assert whole.states()[TWO] is CopyState.INTACT


def test_one_store_alone_never_says_lost(whole: World) -> None:
    whole.second.damage(MAPS, ITEM, b"rotten")
    whole.check.check(MAPS, ITEM, (TWO,))
    assert Kind.LOST not in whole.kinds()
    whole.work()
    assert whole.bytes_in(whole.second) == BYTES


def test_a_mismatch_that_cannot_be_read_again_is_unreadable(whole: World) -> None:
    script(whole, [b"noise", Unavailable("reset")])
    whole.check.check(MAPS, ITEM)
    assert whole.states()[TWO] is CopyState.UNREADABLE


def test_a_missing_copy_is_a_finding_and_is_made_again(whole: World) -> None:
    del whole.second.contents[MAPS][ITEM]
    whole.check.check(MAPS, ITEM)
    assert whole.states()[TWO] is CopyState.MISSING
    whole.work()
    assert whole.bytes_in(whole.second) == BYTES


def test_a_copy_that_was_never_made_is_asked_for_again(world: World) -> None:
    world.put()
    world.queue.jobs.clear()  # every event and job was lost
    world.now += GRACE
    assert world.plan_checks.plan() == 1
    world.work()
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_all_copies_bad_is_lost_and_nothing_is_touched(whole: World) -> None:
    whole.primary.damage(MAPS, ITEM, b"rotten")
    whole.second.damage(MAPS, ITEM, b"mouldy")
    whole.check.check(MAPS, ITEM)
    assert whole.kinds()[-1] is Kind.LOST
    (told,) = whole.queue.jobs
    assert isinstance(told, jobs.TellIncident)
    assert (whole.bytes_in(whole.primary), whole.bytes_in(whole.second)) == (b"rotten", b"mouldy")


def test_a_store_that_is_down_is_not_repaired_and_the_other_is_still_judged(whole: World) -> None:
    whole.second.down = True
    whole.primary.damage(MAPS, ITEM, b"rotten")
    whole.check.check(MAPS, ITEM)
    assert whole.states() == {ONE: CopyState.DAMAGED, TWO: CopyState.UNREADABLE}
    assert Kind.LOST not in whole.kinds()
    assert whole.queue.jobs == [jobs.Check(MAPS, ITEM, (TWO,))]
    whole.second.down = False
    whole.work()
    assert whole.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
    assert whole.bytes_in(whole.primary) == BYTES


def test_the_checksum_of_record_is_not_changed_by_what_a_store_holds(whole: World) -> None:
    whole.primary.damage(MAPS, ITEM, b"rotten")
    whole.second.damage(MAPS, ITEM, b"rotten")
    whole.check.check(MAPS, ITEM)
    assert whole.item().checksums == checksums(BYTES)


def test_a_promise_on_the_object_that_its_bytes_do_not_keep_is_damage(world: World) -> None:
    world.put()
    world.queue.jobs.clear()
    world.index.records.clear()
    world.primary.damage(MAPS, ITEM, b"rotten")
    world.register.register(MAPS, ITEM)
    world.work()
    assert world.states()[ONE] is CopyState.DAMAGED
    assert world.bytes_in(world.second) is None


def test_a_deposit_during_the_check_makes_its_verdict_void(whole: World) -> None:
    read = whole.check.examine._read

    def deposit_then_read(item, store):
        if store == TWO and whole.item().generation == 1:
            whole.put(b"a new edition")
        return read(item, store)

    object.__setattr__(whole.check.examine, "_read", deposit_then_read)
    whole.check.check(MAPS, ITEM)
    assert whole.item().generation == 2
    assert CopyState.DAMAGED not in whole.states().values()


def test_planning_takes_the_longest_overdue_first_and_each_once(world: World) -> None:
    world.put(item="a")
    world.now += timedelta(hours=2)
    world.put(item="b")
    world.queue.jobs.clear()
    world.now += timedelta(days=1)
    assert world.plan_checks.plan(limit=1) == 1
    assert [(job.item, job.planned) for job in world.queue.jobs] == [("a", world.item("a").next_check)]
    assert world.plan_checks.plan() == 1
    assert world.plan_checks.plan() == 0


def test_a_whole_space_is_checked_page_after_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.ask_checks._PAGE", 2)
    for name in "abcde":
        world.put(item=name)
    world.queue.jobs.clear()
    world.ask_checks.space(ADMIN, MAPS)
    done = world.work()
    checked = [job.item for job in done if isinstance(job, jobs.Check) and not job.stores]
    assert sorted(checked) == list("abcde")


@pytest.mark.parametrize("right", [True, False])
def test_a_record_with_a_promised_md5_alone_is_completed_by_bytes_that_keep_the_promise(right: bool) -> None:
    world = World()
    world.put()
    world.work()
    item, promised = world.item(), Checksums(checksums(BYTES).md5)
    world.index.save(replace(item, about=replace(item.about, checksums=promised)))
    if not right:
        world.primary.damage(MAPS, ITEM, b"rotten")
    world.check.check(MAPS, ITEM)
    assert world.item().checksums == (checksums(BYTES) if right else promised), "and never by others"
    assert (world.states()[ONE] is CopyState.INTACT) == right
