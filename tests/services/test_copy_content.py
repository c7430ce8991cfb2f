"""Copying: bytes and description of another item, proven on the way, into any store."""

from typing import Any

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Conflict, NotFound, Unavailable
from chalicelib.domain.records import CopyState
from chalicelib.services.copy_content import Source
from chalicelib.services.deposit import NewContent
from chalicelib.services.describe import NewDescription

from .world import BYTES, ITEM, MAPS, ONE, OWNER, TWO, World, checksums

COPY = ContentId("plates/1.tif")


@pytest.fixture
def full(world: World) -> World:
    world.put(content_type="image/tiff", content_encoding="gzip", properties={"color": "red"})
    world.work()
    return world


def copy(world: World, source: Source | None = None, into: str = ONE) -> None:
    source = source or Source(world.maps, ITEM, ONE)
    world.copy_content.copy(source, world.maps, COPY, "member", into)


def test_a_copy_has_bytes_and_description_of_its_source(full: World) -> None:
    full.put(b"there before", item=COPY, properties={"old": "1"})
    copy(full)
    made = full.retrieve.describe(full.maps, COPY).about
    assert full.bytes_in(full.primary, COPY) == BYTES
    assert (made.content_type, made.content_encoding, dict(made.properties)) == ("image/tiff", "gzip", {"color": "red"})
    assert made.deposited_by == "member"
    full.work()
    assert full.states(COPY) == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}


def test_the_history_tells_where_it_came_from(full: World) -> None:
    copy(full)
    detail = full.index.history(MAPS, COPY)[0].detail
    assert (detail["copied-from"], detail["copied-from-store"]) == (f"{MAPS}/{ITEM}", ONE)


def test_it_is_described_as_the_source_is_since(full: World) -> None:
    full.describe.describe(full.maps, ITEM, NewDescription("text/plain", None, {"title": "Atlas"}), "member")
    copy(full)
    assert dict(full.retrieve.describe(full.maps, COPY).about.properties) == {"title": "Atlas"}


def test_a_damaged_source_is_not_copied_but_checked(full: World) -> None:
    full.primary.damage(MAPS, ITEM, b"rotten")
    with pytest.raises(Unavailable, match="not those of record"):
        copy(full)
    assert full.bytes_in(full.primary, COPY) is None
    assert full.queue.jobs == [jobs.Check(MAPS, ITEM)]
    full.work()
    copy(full)
    assert full.bytes_in(full.primary, COPY) == BYTES


def test_another_store_can_be_the_source_while_the_primary_has_lost_it(full: World) -> None:
    del full.primary.contents[MAPS][ITEM]
    copy(full, Source(full.maps, ITEM, TWO))
    assert full.bytes_in(full.primary, COPY) == BYTES


def test_a_copy_into_another_store_is_there_at_once_and_in_the_primary(full: World) -> None:
    copy(full, into=TWO)
    assert full.bytes_in(full.primary, COPY) == full.bytes_in(full.second, COPY) == BYTES
    assert full.retrieve.describe(full.maps, COPY, TWO).about.checksums == checksums(BYTES)


def test_whoever_names_another_store_does_not_replace_what_the_primary_holds(full: World) -> None:
    full.put(b"something else", item=COPY)
    with pytest.raises(Conflict, match="another"):
        copy(full, into=TWO)
    with pytest.raises(Conflict):  # without a promise, nobody knows what the body will be
        full.deposit.deposit_into(TWO, full.maps, NewContent(ITEM, iter([BYTES]), "member"))
    assert full.bytes_in(full.primary, COPY) == b"something else"
    same = NewContent(ITEM, iter([BYTES]), "member", promised=checksums(BYTES))
    assert full.deposit.deposit_into(TWO, full.maps, same).checksums == checksums(BYTES)


def test_a_store_that_is_not_to_keep_the_space_takes_nothing(full: World) -> None:
    full.policies.replace(OWNER, Policies(default=()))
    with pytest.raises(Conflict, match="policy"):
        copy(full, into=TWO)
    assert full.bytes_in(full.primary, COPY) is None


def test_a_store_that_is_down_makes_it_worth_a_retry(full: World) -> None:
    full.second.down = True
    with pytest.raises(Unavailable):
        copy(full, into=TWO)
    full.second.down = False
    copy(full, into=TWO)
    assert full.bytes_in(full.second, COPY) == BYTES


@pytest.mark.parametrize(
    ("there", "written", "meant"),
    [
        (["a b"], "a+b", "a b"),
        (["a b"], "a%20b", "a b"),
        (["a+b"], "a+b", "a+b"),
        (["a b", "a+b"], "a%2Bb", "a+b"),
        (["100%"], "100%25", "100%"),
        (["100%25"], "100%25", "100%25"),
        (["100%", "100%25"], "100%25", "100%"),
    ],
)
def test_the_source_is_found_as_clients_write_it(world: World, there: list[str], written: str, meant: str) -> None:
    for name in there:
        world.put(item=name)
    assert world.copy_content.find(world.maps, written, ONE).id == meant


def test_who_may_mean_two_items_is_asked_to_say_which(world: World) -> None:
    for name in ("a b", "a+b"):
        world.put(item=name)
    with pytest.raises(Conflict, match="percent-encoded"):
        world.copy_content.find(world.maps, "a+b", ONE)


def test_a_source_that_does_not_exist_is_not_found(full: World) -> None:
    with pytest.raises(NotFound, match="'a b'"):
        copy(full, full.copy_content.find(full.maps, "a+b", ONE))


def test_another_store_shows_what_it_keeps_of_the_live_items(full: World) -> None:
    assert full.retrieve.listing(full.maps, store=TWO) == [ITEM]
    assert full.retrieve.count(full.maps, TWO) == "1"
    with full.retrieve.open(full.maps, ITEM, store=TWO) as (description, chunks):
        assert (b"".join(chunks), description.size) == (BYTES, len(BYTES))
    full.put(item=COPY)  # not copied yet
    full.delete.delete(full.maps, ITEM, "admin")
    assert full.bytes_in(full.second) == BYTES
    assert full.retrieve.listing(full.maps, store=TWO) == []
    assert full.retrieve.find(full.maps, ITEM, TWO) is None


def test_it_is_not_told_to_be_in_another_store_before_it_is(full: World) -> None:
    put = full.primary.put

    def wanted_no_more(*args: Any, **rest: Any) -> Any:
        full.policies.replace(OWNER, Policies(default=()))
        return put(*args, **rest)

    full.primary.put = wanted_no_more  # type: ignore[method-assign]
    with pytest.raises(Unavailable, match="not yet in 2"):
        copy(full, into=TWO)
