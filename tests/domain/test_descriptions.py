"""Descriptions: what a change leaves as it was, tags as the original kept them, and the mark of what was read."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.content import MAX_PROPERTIES, About, ContentId
from chalicelib.domain.descriptions import Patch, mark, tags_of
from chalicelib.domain.errors import Invalid
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ABOUT = About("text/plain", NOW, "ada", "gzip", {"title": "Atlas", "tags": "maps|old|maps"})
ITEM = Item(SpaceId("maps"), ContentId("a"), 1, ABOUT, "e", {StoreId("1"): Copy()})


def test_what_is_not_named_stays() -> None:
    assert Patch().applied(ABOUT) == ABOUT
    after = Patch(properties={"Title": None, "Creator": "Ada", "none": None}).applied(ABOUT)
    assert after == replace(ABOUT, properties={"tags": "maps|old|maps", "creator": "Ada"})
    assert Patch("image/tiff").applied(ABOUT) == replace(ABOUT, content_type="image/tiff")


def test_tags_are_where_they_always_were() -> None:
    assert tags_of(ABOUT) == ("maps", "old")
    assert Patch(add_tags=("new", "old")).applied(ABOUT).properties["tags"] == "maps|old|new"
    assert Patch(remove_tags=("maps", "none")).applied(ABOUT).properties["tags"] == "old"
    assert Patch(tags=("b", "a", "b")).applied(ABOUT).properties["tags"] == "b|a"
    assert "tags" not in Patch(tags=()).applied(ABOUT).properties


@pytest.mark.parametrize(
    "wrong",
    [
        {"content_type": "text"},
        {"properties": {"é": "x"}},
        {"properties": {"x": "é"}},
        {"properties": {"Tags": "a|b"}},
        {"tags": ("a|b",)},
        {"add_tags": (" ",)},
        {"add_tags": ("é",)},
        {"tags": ("a",), "remove_tags": ("b",)},
    ],
)
def test_what_no_item_may_say(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        Patch(**wrong)


def test_there_is_no_room_for_more() -> None:
    with pytest.raises(Invalid, match="bytes"):
        Patch(properties={"x": "v" * MAX_PROPERTIES}).applied(ABOUT)


def test_the_mark_changes_with_description_and_bytes_and_not_with_a_check() -> None:
    same = replace(ITEM, copies={StoreId("1"): Copy(CopyState.INTACT, NOW)}, revision=7)
    assert mark(same) == mark(ITEM)
    others = [
        replace(ITEM, generation=2),
        *(
            replace(ITEM, about=replace(ABOUT, **said))
            for said in ({"content_type": "a/b"}, {"content_encoding": None})
        ),
        replace(ITEM, about=replace(ABOUT, properties={"title": "Atlas"})),
    ]
    assert len({mark(item) for item in (ITEM, *others)}) == 1 + len(others)
