"""Changing a part of descriptions, one or many: nobody overwrites what he did not read, one failure keeps no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.content import ContentId
from chalicelib.domain.descriptions import Patch, mark
from chalicelib.domain.errors import Invalid, NotFound, Outdated, Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.services.edit_items import EditItems

from .world import BYTES, ITEM, MAPS, ONE, TWO, Crash, World

PATCH = Patch(properties={"creator": "Ada", "color": None}, add_tags=("maps",))


@pytest.fixture
def stored(world: World) -> World:
    world.put(content_type="text/plain", content_encoding="gzip", properties={"color": "red", "title": "Atlas"})
    world.work()
    return world


def test_the_rest_of_the_description_stays_and_other_stores_follow(stored: World) -> None:
    item = stored.describe.patch(stored.maps, ITEM, PATCH, "member")
    about = item.about
    assert about.properties == {"title": "Atlas", "creator": "Ada", "tags": "maps"}
    assert (about.content_type, about.content_encoding) == ("text/plain", "gzip")
    stored.work()
    assert stored.states() == {ONE: CopyState.INTACT, TWO: CopyState.INTACT}
    assert stored.second.contents[MAPS][ITEM][1].metadata["tags"] == "maps"
    assert stored.bytes_in(stored.primary) == BYTES


def test_whoever_read_something_else_changes_nothing(stored: World) -> None:
    read = mark(stored.item())
    stored.describe.patch(stored.maps, ITEM, PATCH, "member", read)
    before = stored.item()
    with pytest.raises(Outdated):
        stored.describe.patch(stored.maps, ITEM, Patch("image/tiff"), "another", read)
    assert stored.item() == before


def test_a_check_meanwhile_is_in_nobodys_way(stored: World) -> None:
    read = mark(stored.item())
    stored.now += timedelta(days=100)
    stored.check.check(MAPS, ITEM)
    stored.describe.patch(stored.maps, ITEM, PATCH, "member", read)
    assert stored.item().about.properties["creator"] == "Ada"


def test_the_same_once_more_is_no_event(stored: World) -> None:
    for _ in range(3):
        stored.describe.patch(stored.maps, ITEM, PATCH, "member")
        stored.work()
    assert stored.kinds().count(Kind.DESCRIBED) == 1


def test_cut_off_anywhere_it_can_be_said_again(stored: World) -> None:
    for left in range(60):
        stored.fuse.left = left
        try:
            stored.describe.patch(stored.maps, ITEM, PATCH, "member")
        except Crash:
            stored.fuse.left = -1
            stored.describe.patch(stored.maps, ITEM, PATCH, "member")
        finished, stored.fuse.left = stored.fuse.left >= 0, -1
        stored.work()
        assert stored.second.contents[MAPS][ITEM][1].metadata["creator"] == "Ada"
        stored.describe.patch(stored.maps, ITEM, Patch(properties={"creator": None}), "member")
        stored.work()
        if finished:
            return
    raise AssertionError("never finished")


def test_each_of_many_has_its_own_answer(stored: World) -> None:
    edit = EditItems(stored.describe, stored.delete)
    other = ContentId("other")
    stored.put(item=other, properties={"x": "y" * 65_000})
    told = edit.patch_all(stored.maps, [ITEM, "none", other, ITEM], Patch(properties={"z": "z" * 1000}), "member")
    assert [(each.id, each.state, each.again) for each in told] == [
        (ITEM, "done", False),
        ("none", "missing", False),
        (other, "failed", False),
    ]
    assert "bytes" in str(told[2].reason)
    assert stored.item().about.properties["z"] == "z" * 1000


def test_many_are_deleted_and_asked_again_they_are_missing(stored: World) -> None:
    edit = EditItems(stored.describe, stored.delete)
    assert [each.state for each in edit.delete_all(stored.maps, [ITEM, "none"], "member")] == ["done", "missing"]
    assert not stored.item().live
    assert [each.state for each in edit.delete_all(stored.maps, [ITEM], "member")] == ["missing"]


def test_what_may_pass_is_told_apart_from_what_will_not(stored: World) -> None:
    edit = EditItems(stored.describe, stored.delete)
    retained = replace(stored.maps, retained_until=datetime(9000, 1, 1, tzinfo=UTC).date())
    (told,) = edit.delete_all(retained, [ITEM], "member")
    assert (told.state, told.again, "retained" in str(told.reason)) == ("failed", False, True)

    def fails() -> None:
        raise Unavailable("The store did not answer")

    stored.fuse.left, stored.fuse.happens = 0, fails
    (told,) = edit.delete_all(stored.maps, [ITEM], "member")
    assert (told.state, told.again) == ("failed", True)


@pytest.mark.parametrize("count", [0, 101])
def test_no_more_than_a_hundred(stored: World, count: int) -> None:
    with pytest.raises(Invalid, match="100"):
        EditItems(stored.describe, stored.delete).delete_all(stored.maps, [str(n) for n in range(count)], "member")


def test_nothing_is_there_to_change(world: World) -> None:
    with pytest.raises(NotFound):
        world.describe.patch(world.maps, ITEM, PATCH, "member")
