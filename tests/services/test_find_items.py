"""Finding items: folders as people see them, at the cost of what is shown; searches that look at so much at a time."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.memory import MemoryIndex
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.searching import Wanted
from chalicelib.domain.stores import StoreId
from chalicelib.services import find_items
from chalicelib.services.find_items import FindItems

from .world import MAPS

NOW = datetime(2026, 11, 20, tzinfo=UTC)
NAMES = st.lists(st.text("ab/0", min_size=1, max_size=5), unique=True, max_size=25)


@dataclass
class CountingIndex(MemoryIndex):
    calls: list[int] = field(default_factory=list)

    def items(self, *args: Any, **kwargs: Any) -> list[Item]:
        found = super().items(*args, **kwargs)
        self.calls.append(len(found))
        return found


def record(name: str, **said: Any) -> Item:
    about = About("text/plain", NOW, "ada", checksums=Checksums("0" * 32, "1" * 64))
    return replace(Item(MAPS, ContentId(name), 1, about, "e", {StoreId("1"): Copy(CopyState.INTACT)}), **said)


def index_of(names: list[str], gone: list[str] = []) -> CountingIndex:  # noqa: B006 - read only
    index = CountingIndex()
    for name in names:
        index.save(record(name))
    for name in gone:
        index.save(record(name, deleted_at=NOW))
    return index


def walked(find: FindItems, prefix: str, limit: int) -> tuple[list[str], list[str]]:
    """All pages of a folder, one behind the other."""
    items, folders, after = [], [], ""
    for _ in range(100):
        page = find.folder(MAPS, prefix, after, limit)
        assert len(page.items) + len(page.folders) <= limit
        items += [item.id for item in page.items]
        folders += page.folders
        if page.next is None:
            return items, folders
        after = page.next
    raise AssertionError("no end")


@given(NAMES, st.sampled_from(["", "a", "a/", "b//", "0"]), st.integers(1, 6))
def test_a_folder_has_what_is_right_below_it_once_whatever_the_pages(names: list[str], prefix: str, limit: int) -> None:
    items, folders = walked(FindItems(index_of(names[1:], gone=names[:1])), prefix, limit)
    below = sorted(name for name in names[1:] if name.startswith(prefix))
    assert items == [name for name in below if "/" not in name[len(prefix) :]]
    heads = [prefix + name[len(prefix) :].partition("/")[0] + "/" for name in below if "/" in name[len(prefix) :]]
    assert folders == list(dict.fromkeys(heads))


def test_a_folder_is_jumped_over_however_much_is_in_it() -> None:
    index = index_of([f"{folder}/{n:04}" for folder in "abc" for n in range(2000)] + ["d"])
    page = FindItems(index).folder(MAPS, limit=10)
    assert (page.folders, [item.id for item in page.items], page.next) == (("a/", "b/", "c/"), ["d"], None)
    assert sum(index.calls) <= 40


def test_many_small_folders_make_a_short_page_and_no_endless_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_items, "_MOST_CALLS", 4)
    names = [f"{folder:03}/{n}" for folder in range(30) for n in range(20)]
    _, folders = walked(FindItems(index_of(names)), "", 20)
    assert folders == [f"{folder:03}/" for folder in range(30)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), True),
        (Wanted(name="PLATE"), True),
        (Wanted(name="atlas"), False),
        (Wanted(content_type="image/TIFF"), True),
        (Wanted(content_type="image/*"), True),
        (Wanted(content_type="image"), False),
        (Wanted(content_type="ima*"), False),
        (Wanted(tags=("old", "maps")), True),
        (Wanted(tags=("old", "new")), False),
        (Wanted(properties={"Creator": None}), True),
        (Wanted(properties={"creator": "Ada"}), True),
        (Wanted(properties={"creator": "ada"}), False),
        (Wanted(properties={"title": None}), False),
        (Wanted(checksum="A" * 32), True),
        (Wanted(checksum="b" * 64), True),
        (Wanted(checksum="b" * 32), False),
        (Wanted(state=CopyState.DAMAGED), True),
        (Wanted(state=CopyState.MISSING), False),
        (Wanted(store=StoreId("2")), True),
        (Wanted(store=StoreId("3")), False),
        (Wanted(state=CopyState.DAMAGED, store=StoreId("2")), True),
        (Wanted(state=CopyState.DAMAGED, store=StoreId("1")), False),
    ],
)
def test_what_fits(wanted: Wanted, found: bool) -> None:
    said = {"creator": "Ada", "tags": "maps|old"}
    about = About("image/tiff; x=y", NOW, "ada", None, said, Checksums("a" * 32, "b" * 64))
    copies = {StoreId("1"): Copy(CopyState.INTACT), StoreId("2"): Copy(CopyState.DAMAGED)}
    assert wanted.fits(record("Plate 1.tif", about=about, copies=copies)) is found


def test_a_search_looks_at_so_much_and_goes_on_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_items, "_PAGE", 10)
    monkeypatch.setattr(find_items, "_MOST_RECORDS", 30)
    index = index_of([f"{n:03}{'x' if n % 50 == 49 else ''}" for n in range(100)])
    find, found, after, pages = FindItems(index), [], "", 0
    while True:
        page = find.search(MAPS, Wanted(name="x"), after=after, limit=1)
        assert page.looked_at <= 30
        found += [item.id for item in page.items]
        pages += 1
        if page.next is None:
            break
        after = page.next
    assert (found, pages > 3) == (["049x", "099x"], True)
