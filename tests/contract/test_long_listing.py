"""Contract 1.3, 12.8 and 15.1.13: a space of 20,000 items in pages, and ids as long as they may be."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, product

import pytest

from .wire import encoded

ITEMS = 20_000
PAGE = 1000
# Where the order of UTF-8 bytes is not that of UTF-16 (U+FF5E and the emoji), of words (é), of folders (`.`, `/`, `0`).
PIECES = [
    "",
    "a",
    "A",
    "z",
    "~",
    "+",
    "%",
    " ",
    "/",
    ".",
    "-",
    "0",
    "&",
    "é",
    "e\u0301",
    "\uff5e",
    "\U0001f600",
    "\u0378",
]


def names() -> Iterator[str]:
    """Names of every mixture of the pieces, none twice."""
    return ("".join(mixed) + "!" + str(number) for number, mixed in enumerate(product(PIECES, repeat=4)))


@pytest.fixture(scope="module")
def filled(product, new_space) -> Iterator[tuple[str, list[str]]]:
    """A space with 20,000 objects of which the workers are told nothing, and their ids in order."""
    space, store = new_space(), product.primary
    bucket, ids = product.bucket(space), sorted(islice(names(), ITEMS), key=str.encode)
    store.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: store.put_object(Bucket=bucket, Key=name, Body=b""), ids))
    yield space, ids
    for start in range(0, ITEMS, PAGE):
        some = [{"Key": name} for name in ids[start : start + PAGE]]
        store.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True})


@pytest.mark.rule("1.3.get.2", "1.3.get.5", "1.3.get.7", "1.3.get.9", "12.8", "15.1.13b")
@pytest.mark.parametrize("asked", ["&maxResults=10000", ""])  # as Java and Archivematica ask
def test_twenty_thousand_items_come_in_pages_in_the_order_of_their_utf8_bytes(admin, filled, asked):
    space, ids = filled
    found: list[str] = []
    while page := admin.ids(space, f"?marker={encoded(found[-1]) if found else ''}{asked}"):
        assert len(page) == min(PAGE, ITEMS - len(found))
        found += page
    assert found == ids


def test_every_item_has_been_named_once(filled):
    _, ids = filled
    assert len(set(ids)) == ITEMS


@pytest.mark.rule("1.3.head.2")
def test_the_count_has_a_plus(admin, filled):
    for method in ("HEAD", "GET"):
        assert admin(method, f"/{filled[0]}")["x-dura-meta-space-count"] == "1000+"


@pytest.mark.rule("14.14")
@pytest.mark.parametrize("letter", ["x", "é", "漢", "\U0001f600", "/", "x/"])
def test_an_id_of_1024_bytes_is_stored_listed_read_and_deleted(admin, new_space, letter):
    space = new_space()
    longest = letter * (1024 // len(letter.encode()))
    longest += "y" * (1024 - len(longest.encode()))
    assert len(longest.encode()) == 1024
    path = f"/{space}/{encoded(longest)}"
    assert admin("PUT", path, body=b"long").status == 201
    assert admin("GET", path).body == b"long"
    assert admin("HEAD", path)["Content-Length"] == "4"
    assert admin.ids(space) == [longest]
    assert admin.ids(space, f"?prefix={encoded(longest)}") == [longest]
    assert admin.ids(space, f"?marker={encoded(longest)}") == []
    assert admin("DELETE", path).status == 200
    assert admin.ids(space) == []
