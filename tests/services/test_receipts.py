"""Receipts: written from what the service recorded, kept like any item, and telling how each item stands now."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Invalid, NotFound
from chalicelib.domain.receipts import Line, Standing, as_manifest, as_table, document, lines_in, receipt_id, receipted
from chalicelib.domain.records import Copy
from chalicelib.domain.spaces import SYSTEM_SPACE
from chalicelib.services.keep_receipts import KeepReceipts

from .world import MAPS, ONE, TWO, Crash, World, checksums

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def receipts(world: World) -> KeepReceipts:
    return KeepReceipts(world.deposit.register.index, world.retrieve, world.deposit)


@pytest.fixture
def world() -> World:
    world = World()
    world.spaces.prepare()
    world.put(b"one", "a/1")
    world.put(b"two", "a/2, é")
    return world


def standings(world: World, name: str) -> list[tuple[str, Standing]]:
    return [(each.line.id, each.standing) for each in receipts(world).read(world.maps, name)[1]]


def test_a_receipt_has_what_was_recorded_and_tells_when_every_copy_was_verified(world: World) -> None:
    receipt, missing = receipts(world).write(world.maps, ["a/2, é", "a/1", "none"], "ada")
    assert (receipt.items, receipt.bytes, receipt.by, missing) == (2, 6, "ada", ["none"])
    assert standings(world, receipt.name) == [("a/1", Standing.STORED), ("a/2, é", Standing.STORED)]
    world.work()
    (_, found), sums = receipts(world).read(world.maps, receipt.name), checksums(b"one")
    assert (found[0].line.md5, found[0].line.sha256) == (sums.md5, sums.sha256)
    assert {each.standing for each in found} == {Standing.VERIFIED}
    assert all(found[0].verified[store] for store in (ONE, TWO))
    rows = list(csv.reader(io.StringIO(as_table(found, [ONE, TWO]).decode())))
    assert rows[0][-3:] == ["state now", "copy 1 verified at", "copy 2 verified at"]
    assert (rows[2][0], rows[2][-3]) == ("a/2, é", "verified")


def test_what_became_of_an_item_later_is_told_and_what_was_deposited_stays(world: World) -> None:
    receipt, _ = receipts(world).write(world.maps, ["a/1", "a/2, é"], "ada")
    world.work()
    world.put(b"other", "a/1")
    world.delete.delete(world.maps, ContentId("a/2, é"), "ada")
    world.work()
    assert standings(world, receipt.name) == [("a/1", Standing.CHANGED), ("a/2, é", Standing.DELETED)]
    _, found = receipts(world).read(world.maps, receipt.name)
    assert found[0].line.md5 == checksums(b"one").md5
    assert not any(each.verified for each in found)


def test_a_receipt_has_copies_like_any_item(world: World) -> None:
    receipt, _ = receipts(world).write(world.maps, ["a/1"], "ada")
    world.work()
    kept = ContentId(f"receipts/maps/{receipt.name}.csv")
    assert lines_in(world.second.contents[SYSTEM_SPACE][kept][0])[0].id == "a/1"


def test_the_same_items_have_one_receipt_and_others_another(world: World) -> None:
    write = receipts(world).write
    first, _ = write(world.maps, ["a/1", "a/1"], "ada")
    world.now += timedelta(hours=1)
    assert write(world.maps, ["a/1"], "bob")[0] == first
    second, _ = write(world.maps, ["a/2, é"], "ada")
    listed, following = receipts(world).page(world.maps, limit=1)
    rest, _ = receipts(world).page(world.maps, str(following))
    assert {receipt.name for receipt in (*listed, *rest)} == {first.name, second.name}


def test_a_receipt_that_is_there_is_not_written_again(world: World) -> None:
    receipt, _ = receipts(world).write(world.maps, ["a/1"], "ada")
    world.queue.jobs.clear()
    receipts(world).write(world.maps, ["a/1"], "ada")
    assert world.queue.jobs == []
    assert len(world.index.history(SYSTEM_SPACE, receipt_id(MAPS, receipt.name))) == 1


def test_an_item_is_verified_when_every_copy_is(world: World) -> None:
    item = world.index.item(MAPS, ContentId("a/1"))
    assert item is not None
    read = item.with_copy(ONE, Copy().intact(world.now, item.checksums))
    assert receipted(Line.of(item), read.with_copy(TWO, Copy())).standing is Standing.STORED
    whole = read.with_copy(TWO, Copy().intact(world.now, item.checksums))
    assert receipted(Line.of(item), whole).standing is Standing.VERIFIED
    assert receipted(Line.of(item), replace(item, copies={})).standing is Standing.STORED


def test_what_was_not_read_yet_has_no_checksums_to_tell(world: World) -> None:
    item = world.index.item(MAPS, ContentId("a/1"))
    assert item is not None
    about = item.about.with_checksums(Checksums(md5=item.checksums.md5))
    world.index.save(replace(item, id=ContentId("b"), about=about, revision=0))
    receipt, missing = receipts(world).write(world.maps, ["a/1", "b"], "ada")
    assert (receipt.items, missing) == (1, ["b"])


def test_a_crash_leaves_a_receipt_or_none_and_the_next_try_makes_it() -> None:
    def begin(world: World) -> None:
        world.spaces.prepare()
        world.put(b"one", "a/1")

    for left in range(40):
        world = World()
        begin(world)
        world.fuse.left = left
        try:
            receipts(world).write(world.maps, ["a/1"], "ada")
        except Crash:
            world.fuse.left = -1
        else:
            break
        receipt, _ = receipts(world).write(world.maps, ["a/1"], "ada")
        world.work()
        assert standings(world, receipt.name) == [("a/1", Standing.VERIFIED)]
        assert len(receipts(world).page(world.maps)[0]) == 1
    assert left > 3


def test_what_is_not_there_has_no_receipt(world: World) -> None:
    keep = receipts(world)
    for ids in [], [str(n) for n in range(1001)]:
        with pytest.raises(Invalid, match="1 to 1000"):
            keep.write(world.maps, ids, "ada")
    with pytest.raises(NotFound):
        keep.write(world.maps, ["none"], "ada")
    for name in "", "../x", "20260303T060000Z-0123456789abcdef":
        with pytest.raises(NotFound):
            keep.read(world.maps, name)


def test_an_earlier_space_of_that_name_had_other_receipts(world: World) -> None:
    receipt, _ = receipts(world).write(world.maps, ["a/1"], "ada")
    world.now += timedelta(days=1)
    newer = world.maps.__class__(MAPS, world.now, "ada", revision=world.maps.revision)
    assert receipts(world).page(newer)[0] == []
    with pytest.raises(NotFound):
        receipts(world).read(newer, receipt.name)


@given(st.lists(st.builds(Line, TEXT.map(ContentId), st.integers(0), *[TEXT] * 4)))
def test_a_document_is_read_as_it_was_written_whatever_the_names(lines: list[Line]) -> None:
    assert lines_in(document(lines)) == lines


def test_a_name_cannot_make_a_line_of_a_manifest() -> None:
    line = Line(ContentId("a\r\nb%é"), 1, "m", "s", "t", "ada")
    assert as_manifest([line], "md5") == "m  data/a%0D%0Ab%25é\n".encode()
    assert as_manifest([line], "sha256").startswith(b"s  ")
