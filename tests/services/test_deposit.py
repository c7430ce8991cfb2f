"""Depositing: whole and as promised, or not at all."""

import pytest

from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.errors import ChecksumMismatch, Incomplete, Invalid, NotFound, Unavailable
from chalicelib.services.deposit import NewContent

from .world import ADMIN, BYTES, ITEM, MAPS, World, checksums


def test_a_kept_promise_is_stored(world: World) -> None:
    written = world.put(promised=checksums(BYTES), size=len(BYTES))
    assert written.checksums == checksums(BYTES)
    assert world.bytes_in(world.primary) == BYTES


@pytest.mark.parametrize(
    "promise", [{"promised": Checksums(md5="0" * 32)}, {"promised": Checksums(sha256="0" * 64)}, {"size": 3}]
)
def test_a_broken_promise_stores_nothing_and_keeps_what_was_there(world: World, promise: dict[str, object]) -> None:
    world.put(b"before")
    with pytest.raises(ChecksumMismatch):
        world.put(b"after", **promise)
    assert world.bytes_in(world.primary) == b"before"
    assert world.item().checksums == checksums(b"before")


def test_a_body_that_breaks_off_stores_nothing(world: World) -> None:
    def body():
        yield b"half"
        raise Incomplete("gone")

    with pytest.raises(Incomplete):
        world.deposit.deposit(world.maps, NewContent(ITEM, body(), "admin"))
    assert world.bytes_in(world.primary) is None
    assert world.index.item(MAPS, ITEM) is None


@pytest.mark.parametrize("after", [b"after", b"before"])
def test_what_the_store_said_it_kept_and_did_not_is_not_acknowledged(world: World, after: bytes) -> None:
    world.put(b"before", properties={"color": "red"})
    world.primary.put = MemoryStore({MAPS: {}}).put  # says 200 and stores nothing
    with pytest.raises(Unavailable, match="never stored"):
        world.put(after, properties={"color": "blue"})
    world.work()
    assert world.retrieve.describe(world.maps, ITEM).about.properties == {"color": "red"}
    assert world.item().checksums == checksums(b"before")


def test_overwriting_keeps_what_is_not_given_anew(world: World) -> None:
    world.put(content_type="image/tiff", content_encoding="gzip", properties={"Color": "red", "owner": "me"})
    world.put(b"new", properties={"color": "blue", "content-size": "9"})
    about = world.retrieve.describe(world.maps, ITEM).about
    assert (about.content_type, about.content_encoding) == ("image/tiff", "gzip")
    assert about.properties == {"color": "blue", "owner": "me"}


def test_properties_too_long_for_the_object_are_kept_by_the_index(world: World) -> None:
    long = {f"name-{n}": "v" * 200 for n in range(30)}
    world.put(properties={**long, "md5": "mine"})
    world.work()
    assert world.primary.contents[MAPS][ITEM][1].properties is None
    assert world.retrieve.describe(world.maps, ITEM).about.properties == {**long, "md5": "mine"}


@pytest.mark.parametrize("bad", [{"item": "a?b"}, {"item": ""}, {"properties": {"name": "café"}}])
def test_broken_rules_are_named_before_anything_is_read(world: World, bad: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        world.put(**bad)
    assert world.primary.contents[MAPS] == {}


def test_a_dying_space_takes_nothing(world: World) -> None:
    world.spaces.remove(ADMIN, MAPS)
    space = world.index.space(MAPS)
    assert space is not None
    with pytest.raises(NotFound, match="being deleted"):
        world.deposit.deposit(space, NewContent(ITEM, iter([BYTES]), "admin"))


def test_the_history_tells_how_the_item_was_described_and_where_it_came_from(world) -> None:
    world.put(content_type="image/tiff", properties={"creator": "jdoe"}, provenance={"copied-from": "plans/1.tif"})
    (event,) = world.index.history(MAPS, ITEM)
    assert event.detail.items() >= {
        ("content-type", "image/tiff"),
        ("properties", '{"creator": "jdoe"}'),
        ("copied-from", "plans/1.tif"),
    }


def test_properties_that_pile_up_are_refused_before_anything_is_stored(world: World) -> None:
    world.put(properties={"first": "v" * 40_000})
    with pytest.raises(Invalid, match="65536 bytes"):
        world.put(b"new", properties={"second": "v" * 40_000})
    assert world.bytes_in(world.primary) == BYTES
