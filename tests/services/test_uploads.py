"""Uploads: only what arrived as it was promised becomes an item, and only by who began it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from chalicelib.domain.access import Caller, Role
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.errors import ChecksumMismatch, Denied, Invalid, NotFound, Outdated, StoreDown
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState, Origin
from chalicelib.domain.stores import Mode
from chalicelib.domain.transfers import Sizes
from chalicelib.domain.uploads import NewFile, State, Ticket

from .uploading import ADA, Sender
from .world import ADMIN, BYTES, IN_PARTS, ITEM, MAPS, ONE, OWNER, TWO, Crash, World, checksums

OTHER = b"another edition"


@pytest.fixture
def world() -> World:
    return World(sizes=IN_PARTS)  # parts of five bytes


@pytest.fixture
def sender(world: World) -> Sender:
    return Sender(world, known=False)


@pytest.fixture
def small(world: World) -> Sender:
    return Sender(world, b"five!")


def test_parts_become_an_item_that_is_verified_by_our_own_read(world: World, sender: Sender) -> None:
    sender.more = {"content_type": "image/tiff", "properties": {"Color": "red"}}
    begun = sender.begin()
    assert (begun.state, begun.part_size, begun.parts) == (State.PARTS, 5, 5)
    sender.send([5, 1, 4, 2, 3])
    assert world.index.item(MAPS, ITEM) is None, "nobody sees a part of it"
    assert sender.complete().state is State.STORED
    item = world.item()
    assert (item.checksums, item.origin, item.about.deposited_by) == (checksums(BYTES), Origin.DEPOSIT, "ada")
    assert (item.about.content_type, item.about.properties) == ("image/tiff", {"color": "red"})
    assert world.states() == {ONE: CopyState.PENDING, TWO: CopyState.PENDING}, "stored is not verified"
    world.work()
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
    assert world.bytes_in(world.second) == BYTES


def test_a_small_file_goes_in_one_piece_and_an_empty_one_without_its_checksums(world: World, small: Sender) -> None:
    assert small.begin().state is State.SEND
    small.send([1])
    assert small.complete().state is State.STORED
    empty = Sender(world, b"", "empty", known=False)
    assert empty.begin().state is State.SEND
    empty.send([1])
    assert empty.complete().state is State.STORED
    assert world.item("empty").checksums == checksums(b"")


def test_wrong_checksums_of_the_whole_are_found_by_the_first_check(world: World, sender: Sender) -> None:
    sender.begin()
    sender.send()
    assert sender.complete(OTHER).state is State.STORED
    world.work()
    assert CopyState.INTACT not in world.states().values()
    assert world.states()[ONE] is CopyState.DAMAGED


def test_parts_that_a_depositor_told_count_once_a_read_of_the_whole_has_shown_them(world: World) -> None:
    sender = Sender(world, BYTES[:20], known=False)
    sender.deposit()
    assert world.parts.of(world.item(), ONE) is None, "nobody has read it yet"
    assert replace(world.parts, sizes=replace(IN_PARTS, whole=19)).of(world.item(), ONE), "it is too large for that"
    world.work()
    parts = world.parts.of(world.item(), ONE)
    assert parts is not None
    assert [part.sha256 for part in parts.parts] == [sha256(sender.part_of(n)).hexdigest() for n in range(1, 5)]
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_parts_that_a_depositor_told_say_nothing_of_the_same_bytes_elsewhere(world: World) -> None:
    liar = Sender(world, OTHER, "liar", known=False)
    liar.begin()
    liar.send()
    assert liar.complete(BYTES).state is State.STORED, "who says that these are the checksums of his bytes"
    world.put(BYTES)
    world.work()
    assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
    assert CopyState.INTACT not in world.states("liar").values()


@pytest.mark.parametrize("data", [b"fIve!", b"five", b"five!!", b""])
def test_other_bytes_than_were_signed_are_refused_and_leave_nothing(world: World, small: Sender, data: bytes) -> None:
    for sender in (small, Sender(world, BYTES, "large", known=False)):
        sender.begin()
        with pytest.raises(ChecksumMismatch):
            world.take_uploads.take(sender.ticket(), len(data), iter([data]))
        with pytest.raises(ChecksumMismatch):
            world.take_uploads.take(sender.ticket(), 5, iter([data]))
        answer = sender.complete()
        assert (answer.state, answer.again) == (State.FAILED, True)
        assert "not arrived" in str(answer.reason)
        assert world.primary.contents[MAPS] == {}


def test_a_ticket_ends_after_a_quarter_of_an_hour_and_a_new_one_is_given(world: World, sender: Sender) -> None:
    sender.begin()
    ticket = sender.ticket()
    world.now += timedelta(minutes=15)
    with pytest.raises(Denied, match="expired"):
        world.take_uploads.take(ticket, 5, iter([BYTES[:5]]))
    world.take_uploads.take(sender.ticket(), 5, iter([BYTES[:5]]))


def test_a_ticket_that_was_not_signed_here_is_refused(world: World, sender: Sender) -> None:
    sender.begin()
    mine = sender.ticket()
    forged = Ticket.read(mine, world.upload_sessions.key(), world.now)
    said, _, mac = mine.partition(".")
    wrong = [forged.signed(b"another key"), said, f"{said}.", f".{mac}", f"{said}A.{mac}", f"{mac}.{mac}", "", "é.é"]
    for text in [*wrong, replace(forged, number=2).signed(b"").partition(".")[0] + "." + mac]:
        with pytest.raises(Denied, match="not signed here"):
            world.take_uploads.take(text, 5, iter([BYTES[:5]]))


def test_only_who_began_it_or_an_administrator_may_go_on(world: World, sender: Sender) -> None:
    sender.begin()
    sender.send()
    bob = Sender(world, BYTES, caller=Caller("bob", frozenset({Role.USER})), upload=sender.upload)
    with pytest.raises(Denied):
        _ = bob.session
    assert (bob.complete().state, bob.complete().again) == (State.FAILED, False)
    assert world.upload_sessions.page(MAPS, bob.caller) == ([], None)
    assert [s.id for s in world.upload_sessions.page(MAPS, ADA)[0]] == [sender.upload]
    assert replace(sender, caller=ADMIN).complete().state is State.STORED
    assert world.item().about.deposited_by == "ada"


def test_an_upload_belongs_to_its_space(world: World, sender: Sender) -> None:
    sender.begin()
    other = world.spaces.create(ADMIN, "films")
    with pytest.raises(NotFound):
        world.upload_sessions.require(other.id, ADA, str(sender.upload))


def test_uploads_are_listed_page_by_page_and_others_are_left_out(world: World) -> None:
    mine = {Sender(world, BYTES, f"{n}", known=False).begin().upload for n in range(120)}
    for n in range(130):
        Sender(world, BYTES, f"{n}", known=False, caller=ADMIN).begin()
    films = world.spaces.create(ADMIN, "maps-2")
    world.begin_uploads.begin(films, "ada", [NewFile("a", 5)])
    seen, after, pages = [], "", 0
    while after is not None:
        page, after = world.upload_sessions.page(MAPS, ADA, after)
        seen += [session.id for session in page]
        pages += 1
    assert (len(seen), set(seen), pages) == (120, mine, 3)


def test_what_is_there_with_the_same_checksum_needs_no_sending(world: World, small: Sender) -> None:
    world.put(small.data)
    assert (small.begin().state, small.begin().verified_at) == (State.HERE, None)
    world.work()
    here = small.begin()
    assert (here.state, here.checksums, here.upload) == (State.HERE, checksums(small.data), None)
    assert here.verified_at == world.now
    unknown = replace(small, known=False).begin()
    assert (unknown.state, unknown.size) == (State.CONFLICT, 5), "nobody knows whether it is the same"


def test_other_bytes_are_replaced_only_if_asked_for(world: World, sender: Sender) -> None:
    world.put(OTHER, content_type="image/tiff", properties={"color": "red", "owner": "me"})
    conflict = sender.begin()
    assert (conflict.state, conflict.checksums) == (State.CONFLICT, checksums(OTHER))
    assert world.primary.begun == {}
    sender.more = {"replaces": True, "properties": {"color": "blue"}}
    assert sender.deposit().state is State.STORED
    assert world.bytes_in(world.primary) == BYTES
    about = world.item().about
    assert (about.content_type, about.properties) == ("image/tiff", {"color": "blue", "owner": "me"})


@pytest.mark.parametrize("before", [None, b"before"])
@pytest.mark.parametrize("data", [b"five!", BYTES], ids=["in one piece", "in parts"])
def test_what_others_stored_meanwhile_stays(world: World, before: bytes | None, data: bytes) -> None:
    if before:
        world.put(before)
    sender = Sender(world, data, more={"replaces": True})
    sender.begin()
    if sender.session.upload:
        sender.send()
    world.put(OTHER)
    if not sender.session.upload:
        with pytest.raises(Outdated):
            sender.send([1])
    done = sender.complete()
    assert (done.state, done.again) == (State.FAILED, True)
    assert world.bytes_in(world.primary) == OTHER
    assert world.primary.begun == {}
    assert sender.deposit().state is State.STORED, "who begins it anew knows what it is laid over"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"id": "a?b"}, "may not include the '[?]'"),
        ({"id": ""}, "at least 1 character"),
        ({"more": {"properties": {"färbe": "rot"}}}, "US-ASCII"),
        ({"more": {"content_type": "image"}}, "media type"),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused_and_the_others_go_on(
    world: World, sender: Sender, more: dict[str, object], reason: str
) -> None:
    bad = replace(sender, **more).begin()
    assert bad.state is State.REFUSED
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(bad.reason)
    assert sender.begin().state is State.PARTS


def test_a_file_that_no_store_takes_is_refused_and_a_huge_one_has_larger_parts(world: World) -> None:
    begin = replace(world.begin_uploads, part=16 << 20).begin
    huge, too_large = begin(world.maps, "ada", [NewFile("a", 1 << 40), NewFile("b", (5 << 40) + 1)])
    assert (huge.state, huge.part_size, huge.parts) == (State.PARTS, 105 << 20, 9987)
    assert (too_large.state, too_large.upload) == (State.REFUSED, None)


def test_an_empty_file_with_the_checksum_of_something_is_refused(world: World) -> None:
    (answer,) = world.begin_uploads.begin(world.maps, "ada", [NewFile("a", 0, checksums(BYTES))])
    assert answer.state is State.REFUSED


def test_a_retained_space_takes_new_ids_and_no_other_bytes(world: World, small: Sender) -> None:
    world.put(OTHER)
    later = replace(small, more={"replaces": True})
    later.begin()
    retained = replace(world.maps, retained_until=(world.now + timedelta(days=9)).date(), revision=1)
    assert world.index.save_space(replace(retained, revision=world.index.space(MAPS).revision))  # type: ignore[union-attr]
    refused = replace(later).begin()
    assert refused.state is State.REFUSED
    assert "retained" in str(refused.reason)
    in_parts = Sender(world, BYTES, "new", known=False)
    assert in_parts.deposit().state is State.STORED


def test_a_retention_that_came_meanwhile_keeps_what_is_there(world: World, sender: Sender) -> None:
    world.put(OTHER)
    sender.more = {"replaces": True}
    sender.begin()
    sender.send()
    there = world.index.space(MAPS)
    assert there is not None
    world.index.save_space(replace(there, retained_until=(world.now + timedelta(days=9)).date()))
    done = sender.complete()
    assert (done.state, done.again) == (State.FAILED, False)
    assert world.bytes_in(world.primary) == OTHER


def test_parts_must_be_there_and_numbers_right(world: World, sender: Sender) -> None:
    sender.begin()
    sender.send([1, 2])
    for number in (0, 6, -1):
        with pytest.raises(Invalid, match="parts 1 to 5"):
            sender.ticket(number, b"12345")
    assert sender.complete().reason == f"Of {ITEM!r} parts 3, 4, 5 have not arrived"
    assert [part.number for part in world.upload_sessions.require_parts(sender.session)] == [1, 2]


def test_a_part_that_others_put_into_the_upload_does_not_count(world: World, sender: Sender) -> None:
    sender.begin()
    sender.send()
    upload, _, _ = world.primary.begun[str(sender.session.upload)]
    world.primary.send(upload, 2, b"12345", sha256(b"12345").hexdigest())
    assert sender.complete().reason == f"Of {ITEM!r} parts 2 have not arrived"
    sender.send([2])
    assert sender.complete().state is State.STORED
    assert world.bytes_in(world.primary) == BYTES


def test_a_file_that_changed_while_it_was_sent_is_to_be_sent_anew(world: World) -> None:
    sender = Sender(world, BYTES)
    sender.begin()
    sender.send()
    done = sender.complete(OTHER)
    assert (done.state, done.again) == (State.FAILED, True)
    assert "it changed" in str(done.reason)
    assert (world.primary.begun, world.notes.notes("upload")) == ({}, [])


def test_a_single_part_must_be_the_whole(world: World) -> None:
    sender = Sender(world, b"abc", known=False)
    sender.begin()
    sender.send()
    assert (sender.complete(b"abd").state, sender.complete().state) == (State.FAILED, State.STORED)


def test_a_whole_file_is_signed_only_with_the_checksum_that_was_promised(small: Sender) -> None:
    small.begin()
    with pytest.raises(Invalid, match="was to have"):
        small.ticket(1, b"other")


def test_uploads_are_forgotten_after_a_week_with_their_parts(world: World, sender: Sender, small: Sender) -> None:
    sender.begin()
    sender.send([1])
    small.id = "small"
    small.begin()
    world.now += timedelta(days=7, seconds=-1)
    late = Sender(world, BYTES, "late", known=False)
    late.begin()
    assert world.complete_uploads.forget() == 0
    world.now += timedelta(seconds=1)
    assert world.complete_uploads.forget() == 2
    assert [note.name.partition("/")[2] for note in world.notes.notes("upload")] == [late.session.name]
    assert (len(world.primary.begun), world.notes.notes("upload-parts")) == (1, [])
    done = sender.complete()
    assert (done.state, done.again) == (State.FAILED, True)


def test_nothing_is_forgotten_while_the_primary_is_not_to_be_written_to(world: World, sender: Sender) -> None:
    sender.begin()
    world.now += timedelta(days=8)
    world.edit_stores.set_mode(OWNER, ONE, Mode.READ_ONLY)
    assert world.complete_uploads.forget() == 0
    with pytest.raises(StoreDown):
        sender.begin()
    assert len(world.primary.begun) == 1


def test_a_space_that_is_being_deleted_takes_none(world: World, sender: Sender) -> None:
    sender.begin()
    world.spaces.remove(ADMIN, MAPS)
    for call in (sender.begin, sender.complete):
        with pytest.raises(NotFound, match="being deleted"):
            call()


def test_what_arrived_and_was_never_completed_is_an_item_all_the_same(world: World, small: Sender) -> None:
    small.begin()
    small.send([1])
    world.work()
    assert world.item().checksums == checksums(small.data)
    assert small.complete().state is State.STORED
    assert world.kinds().count(Kind.DEPOSITED) == 1
    assert world.states()[ONE] is CopyState.INTACT, "it is not to be read again"


def test_properties_that_do_not_fit_on_the_object_are_recorded_at_the_end(world: World, small: Sender) -> None:
    small.more = {"properties": {"title": "x" * 3000}}
    small.begin()
    small.send([1])
    world.work()
    assert world.item().about.properties == {}
    assert small.complete().state is State.STORED
    assert world.item().about.properties == {"title": "x" * 3000}


def nothing(world: World) -> None:
    pass


def another(world: World) -> None:
    world.put(OTHER)
    world.work()


Story = tuple[Callable[[World], None], Callable[[World], Sender]]
STORIES: dict[str, Story] = {
    "in one piece": (nothing, lambda world: Sender(world, b"five!")),
    "in parts": (nothing, lambda world: Sender(world, BYTES)),
    "checksums known at the end": (nothing, lambda world: Sender(world, BYTES, known=False)),
    "over another": (another, lambda world: Sender(world, BYTES, more={"replaces": True})),
    "in one piece over another": (another, lambda world: Sender(world, b"five!", more={"replaces": True})),
}


@pytest.mark.parametrize("sizes", [IN_PARTS, replace(IN_PARTS, large=100)], ids=["copied in parts", "copied whole"])
@pytest.mark.parametrize("story", STORIES)
def test_every_upload_ends_well_whichever_call_is_the_last(story: str, sizes: Sizes) -> None:
    before, make = STORIES[story]
    crashes = 0
    for calls in range(10_000):
        world = World(sizes=sizes)
        before(world)
        sender = make(world)
        where = f"{story}, crash at call {calls}"
        world.fuse.left = calls
        try:
            done = sender.deposit()
            crashed = False
        except Crash:
            done, crashed = sender.deposit(), True  # the depositor asks again, with what he remembers
        world.fuse.left = -1
        assert done.state in (State.STORED, State.HERE), (where, done)
        world.work()
        assert sender.upload is None or sender.complete().state is State.STORED, where
        world.work()
        assert world.bytes_in(world.primary) == world.bytes_in(world.second) == sender.data, where
        assert world.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}, where
        assert (world.item().checksums, world.item().origin) == (checksums(sender.data), Origin.DEPOSIT), where
        world.now += timedelta(days=8)
        world.complete_uploads.forget()
        assert world.notes.notes("upload") == world.notes.notes("upload-parts") == [], where
        assert len(world.primary.begun) <= crashed, where  # of one that nobody noted; buckets forget it by themselves
        if not crashed:
            break
        crashes += 1
    assert crashes > 10, "the fuse was never lit"


def test_the_time_of_the_last_change_is_told_as_the_tools_write_it(world: World, small: Sender) -> None:
    small.more = {"modified": datetime(2020, 2, 3, 4, 5, 6, 789, tzinfo=UTC)}
    small.deposit()
    assert world.item().about.properties == {"content-file-modified": "2020-02-03T04:05:06.006"}


def test_checksums_that_are_known_in_part_must_agree(world: World) -> None:
    world.put(b"five!")
    file = NewFile(ITEM, 5, Checksums(md5=checksums(b"five!").md5, sha256="0" * 64))
    (answer,) = world.begin_uploads.begin(world.maps, "ada", [file])
    assert answer.state is State.CONFLICT
