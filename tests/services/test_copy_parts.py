"""Large items: copied in parts by several runs, each part proven, whatever ends, changes or lies in the middle."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import ContentId
from chalicelib.domain.deadlines import Deadline
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.domain.stores import Mode
from chalicelib.domain.transfers import OVERDUE, Sizes
from chalicelib.ports_parts import Over, SentPart

from .world import BYTES, IN_PARTS, ITEM, MAPS, ONE, OWNER, TWO, Crash, World

IN_ONE_RUN = replace(IN_PARTS, run=1000)
REPLICATE = jobs.Replicate(MAPS, ITEM, TWO)
INTACT = {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
LONGER = BYTES + b", and of its frame"


@pytest.fixture
def large() -> World:
    """An item of five parts, that one run can copy, is registered and not copied."""
    return deposited(IN_ONE_RUN)


@pytest.fixture
def huge() -> World:
    """An item of five parts, of which one run copies two, is registered and not copied."""
    return deposited(IN_PARTS)


def deposited(sizes: Sizes, data: bytes = BYTES) -> World:
    world = World(sizes=sizes)
    world.put(data)
    world.queue.jobs.clear()
    return world


def noting(store: Any, method: str) -> list[Any]:
    """What a method of a store is called with."""
    calls: list[Any] = []
    plain = getattr(store, method)

    def noted(*args: Any, **rest: Any) -> Any:
        calls.append(args)
        return plain(*args, **rest)

    setattr(store, method, noted)
    return calls


def numbers(sent: list[Any]) -> list[int]:
    return [args[1] for args in sent]


def before(store: Any, method: str, call: int, happens: Any) -> None:
    """Let something happen before one of the calls of a method."""
    plain, calls = getattr(store, method), iter(range(1000))

    def noted(*args: Any, **rest: Any) -> Any:
        if next(calls) == call:
            happens()
        return plain(*args, **rest)

    setattr(store, method, noted)


def raise_unavailable() -> None:
    raise Unavailable("for now")


def ended_well(world: World, data: bytes = BYTES) -> None:
    if world.states() != INTACT:
        world.queue.send([jobs.Register(MAPS, ITEM)])
    world.work()
    assert (world.bytes_in(world.primary), world.bytes_in(world.second)) == (data, data)
    assert world.states() == INTACT
    assert world.notes.notes("transfer") == []
    assert (world.primary.begun, world.second.begun) == ({}, {})


def test_a_large_item_is_copied_in_parts_and_read_back_in_parts(large: World) -> None:
    sent, read = noting(large.second, "send"), noting(large.second, "open")
    large.perform(REPLICATE)
    assert numbers(sent) == [1, 2, 3, 4, 5]
    assert [args[2:4] for args in read[1:]] == [(0, 4), (5, 9), (10, 14), (15, 19), (20, 21)]
    assert large.index.history(MAPS, ITEM)[-1].detail["how"] == "from store 1 in 5 parts"
    ended_well(large)


def test_a_store_that_confirms_what_it_has_is_believed_of_a_first_copy(large: World) -> None:
    large.second.confirms_sha256 = True
    read = noting(large.second, "open")
    large.perform(REPLICATE)
    assert len(read) == 1, "what was there before"
    ended_well(large)


def test_but_not_of_a_repair(large: World) -> None:
    large.work()
    large.perform(REPLICATE)
    large.work()
    large.second.confirms_sha256 = True
    large.second.damage(MAPS, ITEM, b"rotten")
    large.check.check(MAPS, ITEM)
    read = noting(large.second, "open")
    ended_well(large)
    assert len(read) > 5
    assert large.kinds()[-1] is Kind.REPAIRED
    assert large.evidence() == [b"rotten"]


def test_nor_of_one_that_confirms_something_else(large: World) -> None:
    large.second.confirms_sha256 = True
    plain = large.second.complete

    def complete(*args: Any) -> Any:
        return replace(plain(*args), composite="something else")

    large.second.complete = complete  # type: ignore[method-assign]
    read = noting(large.second, "open")
    large.perform(REPLICATE)
    assert len(read) == 6
    ended_well(large)


def test_the_parts_of_an_item_that_another_client_put_come_from_its_first_read() -> None:
    world = World(sizes=IN_ONE_RUN)
    world.put_directly()
    sent = noting(world.second, "send")
    world.work()
    ended_well(world)
    assert numbers(sent) == [1, 2, 3, 4, 5]


def test_without_a_list_of_parts_one_pass_copies_and_makes_it(large: World) -> None:
    large.notes.kept.clear()
    large.perform(REPLICATE)
    assert len(large.notes.notes("parts")) == 1
    ended_well(large)


def test_a_small_item_has_no_list_and_no_transfer() -> None:
    world = deposited(Sizes())
    ended_well(world)
    assert not {"parts", "transfer"} & {kind for kind, _ in world.notes.kept}


def test_a_run_that_is_cut_off_hands_on_the_rest(large: World) -> None:
    sent = noting(large.second, "send")
    over = Deadline(large.now - timedelta(seconds=1))
    runs = 0
    large.replicate.replicate(MAPS, ITEM, TWO, over)
    while large.states()[TWO] is not CopyState.INTACT:
        runs += 1
        assert runs < 20
        job = large.queue.jobs.pop(0)
        match job:
            case jobs.CopyParts(space, item, store, first, last):
                large.copy_parts.copy(space, item, store, first, last, over)
            case jobs.Replicate(space, item, store):
                large.replicate.replicate(space, item, store, over)
    assert numbers(sent) == [1, 2, 3, 4, 5], "no part was sent twice"
    assert runs >= 8, "one part at a time, to be sent and to be read back"
    ended_well(large)


def test_a_run_that_was_killed_is_gone_on_with_from_the_parts_at_the_target(large: World) -> None:
    sent = noting(large.second, "send")
    before(large.second, "send", 3, raise_unavailable)
    with pytest.raises(Unavailable):
        large.perform(REPLICATE)
    assert numbers(sent) == [1, 2, 3]
    large.perform(REPLICATE)
    assert numbers(sent) == [1, 2, 3, 4, 5]
    ended_well(large)


def test_a_huge_item_is_shared_among_jobs_in_any_order_and_more_than_once(huge: World) -> None:
    huge.perform(REPLICATE)
    assert huge.queue.jobs == [jobs.CopyParts(MAPS, ITEM, TWO, *run) for run in ((1, 2), (3, 4), (5, 5))]
    sent = noting(huge.second, "send")
    huge.queue.jobs = [*huge.queue.jobs[::-1], *huge.queue.jobs]
    huge.perform(huge.queue.jobs[0])
    ended_well(huge)
    assert sorted(numbers(sent)) == [1, 2, 3, 4, 5]


def test_jobs_that_got_lost_are_asked_for_again_when_they_are_overdue(huge: World) -> None:
    huge.perform(REPLICATE)
    huge.perform(huge.queue.jobs[1])
    huge.queue.jobs.clear()
    huge.now += OVERDUE
    huge.perform(REPLICATE)
    assert huge.queue.jobs == [jobs.CopyParts(MAPS, ITEM, TWO, *run) for run in ((1, 2), (5, 5))]
    ended_well(huge)


def test_a_clock_that_was_ahead_delays_nothing(huge: World) -> None:
    huge.perform(REPLICATE)
    huge.queue.jobs.clear()
    huge.now -= timedelta(days=1)
    huge.perform(REPLICATE)
    assert len(huge.queue.jobs) == 3


def test_however_often_a_copy_is_asked_for_each_part_has_one_job(huge: World) -> None:
    for _ in range(5):
        huge.perform(REPLICATE)
    assert len(huge.queue.jobs) == 3
    huge.perform(huge.queue.jobs.pop(0))
    for _ in range(5):
        huge.perform(REPLICATE)
    assert huge.queue.jobs == [jobs.CopyParts(MAPS, ITEM, TWO, *run) for run in ((3, 4), (5, 5))]
    done = []
    while huge.queue.jobs:
        job = huge.queue.jobs.pop(0)
        huge.perform(job)
        done.append(job)
        huge.perform(REPLICATE)
    assert sum(isinstance(job, jobs.CopyParts) for job in done) == 5, "two to send, and three to read back"
    ended_well(huge)


def test_nor_has_the_rest_of_a_run_that_was_cut_off_a_second_one(large: World) -> None:
    over = Deadline(large.now - timedelta(seconds=1))
    for _ in range(3):
        large.replicate.replicate(MAPS, ITEM, TWO, over)
    assert large.queue.jobs == [jobs.CopyParts(MAPS, ITEM, TWO, 2, 5)]
    large.copy_parts.copy(MAPS, ITEM, TWO, 2, 5, over)
    for _ in range(3):
        large.replicate.replicate(MAPS, ITEM, TWO, over)
    assert large.queue.jobs[1:] == [jobs.CopyParts(MAPS, ITEM, TWO, 3, 5)]
    ended_well(large)


@pytest.mark.parametrize("calls", range(12))
def test_a_crash_while_jobs_are_handed_out_heals(huge: World, calls: int) -> None:
    huge.fuse.left = calls
    with suppress(Crash):
        huge.perform(REPLICATE)
    huge.fuse.left = -1
    huge.perform(REPLICATE)
    assert 3 <= len(huge.queue.jobs) <= 6
    ended_well(huge)


def test_where_no_copy_can_serve_no_jobs_are_sent_and_those_that_were_give_up(huge: World) -> None:
    huge.perform(REPLICATE)
    runs = list(huge.queue.jobs)
    huge.primary.damage(MAPS, ITEM, b"rotten")
    huge.check.check(MAPS, ITEM)
    huge.queue.jobs.clear()
    huge.perform(REPLICATE)
    for run in runs:
        huge.perform(run)
    huge.perform(REPLICATE)
    assert huge.queue.jobs == [], "none is sent, and none has to come again"
    huge.primary.damage(MAPS, ITEM, BYTES)
    huge.check.check(MAPS, ITEM)
    ended_well(huge)


@pytest.mark.parametrize("mode", [Mode.READ_ONLY, Mode.OUT_OF_SERVICE])
def test_jobs_that_came_to_a_store_out_of_service_are_sent_again_at_once_when_it_is_back(
    huge: World, mode: Mode
) -> None:
    huge.perform(REPLICATE)
    huge.edit_stores.set_mode(OWNER, TWO, mode)
    huge.work()
    assert huge.bytes_in(huge.second) is None
    huge.edit_stores.set_mode(OWNER, TWO, Mode.IN_SERVICE)
    huge.work()
    assert huge.states() == INTACT


def test_a_late_job_of_a_transfer_that_is_over_does_nothing(huge: World) -> None:
    huge.perform(REPLICATE)
    late = list(huge.queue.jobs)
    ended_well(huge)
    kinds = huge.kinds()
    huge.queue.send(late)
    ended_well(huge)
    assert huge.kinds() == kinds


def test_a_part_that_is_wrong_at_its_source_is_never_sent(large: World) -> None:
    large.primary.damage(MAPS, ITEM, BYTES[:7] + b"X" + BYTES[8:])
    sent = noting(large.second, "send")
    with pytest.raises(Unavailable, match="part 2 in store 1"):
        large.perform(REPLICATE)
    assert numbers(sent) == [1]
    assert large.bytes_in(large.second) is None


def test_one_that_was_thought_to_be_intact_is_checked(large: World) -> None:
    large.check.check(MAPS, ITEM, (ONE,))
    large.queue.jobs.clear()
    large.primary.damage(MAPS, ITEM, BYTES[:7] + b"X" + BYTES[8:])
    large.perform(REPLICATE)
    assert large.queue.jobs == [jobs.Check(MAPS, ITEM)]
    large.work()
    assert large.bytes_in(large.second) is None
    assert Kind.LOST in large.kinds()


def test_a_source_that_vanishes_in_the_middle(large: World) -> None:
    before(large.second, "send", 2, lambda: large.primary.contents[MAPS].pop(ITEM))
    with pytest.raises(Unavailable):
        large.perform(REPLICATE)
    assert large.bytes_in(large.second) is None
    large.put()
    ended_well(large)


def test_a_source_that_is_replaced_in_the_middle(large: World) -> None:
    before(large.second, "send", 2, lambda: large.put(LONGER))
    with pytest.raises(Unavailable):
        large.perform(REPLICATE)
    assert large.bytes_in(large.second) is None
    ended_well(large, LONGER)


def test_an_item_that_is_described_anew_in_the_middle_is_copied_with_its_new_description(large: World) -> None:
    before(large.second, "send", 4, lambda: large.put(properties={"color": "red"}))
    with pytest.raises(Unavailable):
        large.perform(REPLICATE)
    ended_well(large)
    assert large.second.contents[MAPS][ITEM][1].properties == {"color": "red"}


def test_an_item_that_is_deleted_in_the_middle_gets_no_copy(large: World) -> None:
    before(large.second, "send", 4, lambda: large.delete.delete(large.maps, ITEM, "admin"))
    with pytest.raises(Unavailable):
        large.perform(REPLICATE)
    large.work()
    assert large.bytes_in(large.second) is None
    assert large.second.begun == {}


def test_a_target_that_says_yes_and_stores_nothing(large: World) -> None:
    plain, large.second.complete = large.second.complete, lambda *_: _completed(large)  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        large.perform(REPLICATE)
    assert large.states()[TWO] is CopyState.PENDING
    large.second.complete = plain  # type: ignore[method-assign]
    large.queue.send([REPLICATE])
    ended_well(large)


def _completed(world: World) -> Any:
    upload, about, _ = next(iter(world.second.begun.values()))
    scratch = replace(world.second, contents={MAPS: {}}, begun={upload.id: (upload, about, {1: b"x"})})
    return scratch.complete(upload, [SentPart(1, 1, "x")])


def test_a_target_that_keeps_other_bytes_than_it_was_sent(large: World) -> None:
    plain = large.second.complete

    def complete(*args: Any) -> Any:
        done = plain(*args)
        large.second.damage(MAPS, ITEM, BYTES[:-1] + b"?")
        return done

    large.second.complete = complete  # type: ignore[method-assign]
    with pytest.raises(Unavailable, match="as it was written"):
        large.perform(REPLICATE)
    assert large.states()[TWO] is CopyState.PENDING
    large.second.complete = plain  # type: ignore[method-assign]
    large.queue.send([REPLICATE])
    ended_well(large)
    assert large.evidence() == [BYTES[:-1] + b"?"]


def test_what_others_wrote_at_the_target_meanwhile_is_not_overwritten(large: World) -> None:
    about = large.item().about
    large.second.create_space(MAPS)
    before(
        large.second,
        "complete",
        0,
        lambda: large.second.put(MAPS, ITEM, [b"whose is this?"], about.with_checksums(Checksums())),
    )
    with pytest.raises(Unavailable):
        large.perform(REPLICATE)
    assert large.bytes_in(large.second) == b"whose is this?"
    large.queue.send([REPLICATE])
    ended_well(large)
    assert large.evidence() == [b"whose is this?"]


def test_parts_that_the_target_lost_are_found_before_it_is_completed(huge: World) -> None:
    huge.perform(REPLICATE)
    huge.perform(huge.queue.jobs.pop(0))
    next(iter(huge.second.begun.values()))[2].pop(1)
    huge.perform(huge.queue.jobs.pop(0))
    with pytest.raises(Unavailable, match="lost parts"):
        huge.perform(huge.queue.jobs.pop(0))
    huge.queue.send([REPLICATE])
    ended_well(huge)


def test_uploads_that_nobody_goes_on_with_are_abandoned(large: World) -> None:
    large.second.create_space(MAPS)
    forgotten = large.second.begin(MAPS, ITEM, large.item().about)
    other = large.second.begin(MAPS, ContentId(f"{ITEM}.tif"), large.item().about)
    large.perform(REPLICATE)
    assert large.second.parts(forgotten) is None
    assert large.second.parts(other) == []


def test_in_the_primary_an_upload_may_be_a_members(large: World) -> None:
    large.perform(REPLICATE)
    theirs = large.primary.begin(MAPS, ITEM, large.item().about)
    large.primary.damage(MAPS, ITEM, b"rotten")
    large.check.check(MAPS, ITEM)
    large.work()
    assert large.bytes_in(large.primary) == BYTES
    assert large.primary.parts(theirs) == []


def test_stores_of_one_account_copy_by_themselves_and_are_read_back(large: World) -> None:
    large.primary.neighbours = large.second.neighbours = {"1": large.primary.contents, "2": large.second.contents}
    large.second.confirms_sha256 = True
    sent, copied, read = (noting(large.second, method) for method in ("send", "copy_part", "open"))
    large.perform(REPLICATE)
    assert (len(sent), len(copied)) == (0, 5)
    assert len(read) == 6
    ended_well(large)


def test_what_they_copied_wrong_is_not_recorded(large: World) -> None:
    large.primary.neighbours = large.second.neighbours = {"1": large.primary.contents, "2": large.second.contents}
    large.primary.damage(MAPS, ITEM, BYTES[:7] + b"X" + BYTES[8:])
    with pytest.raises(Unavailable, match="as it was written"):
        large.perform(REPLICATE)
    assert large.states()[TWO] is CopyState.PENDING


def test_several_lanes_give_the_same_result_in_little_room() -> None:
    world = deposited(replace(IN_ONE_RUN, lanes=4, in_flight=12), data=BYTES * 50)
    ended_well(world, BYTES * 50)


def test_another_run_that_begins_at_the_same_moment_stands_back(large: World) -> None:
    before(large.second, "begin", 0, lambda: large.perform(REPLICATE) if not large.notes.notes("transfer") else None)
    with pytest.raises(Unavailable):
        large.perform(REPLICATE)
    ended_well(large)
    assert large.kinds().count(Kind.REPLICATED) == 1


def test_a_copy_in_place_is_not_written_again(large: World) -> None:
    large.second.create_space(MAPS)
    large.second.put(MAPS, ITEM, [BYTES], large.item().about, only_over=Over(None))
    sent = noting(large.second, "send")
    large.perform(REPLICATE)
    assert not sent
    ended_well(large)
