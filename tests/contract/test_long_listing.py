"""Contract 1.3, 12.8 and 15.1.13: a space of 20,000 items in pages, and ids as long as they may be."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice, product

import pytest

from local.folder import DataFolder
from local.processes import Command
from local.stack import Ports, Stack
from tests.conftest import Product

from .wire import Client, encoded

ITEMS = 20_000
PAGE = 1000
SPACE = "long-listing"
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


class Forgetful(Stack):
    """A stack whose primary store keeps everything in memory: syncing 20,000 files to a disk takes minutes."""

    def _stores(self) -> list[Command]:
        return [replace(command, env={**command.env, "S3_PERSIST": "0"}) for command in super()._stores()]


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Iterator[tuple[Client, str, list[str]]]:
    """An administrator, and a space with 20,000 objects put straight into the store, with their ids in order."""
    stack = Forgetful(DataFolder(tmp_path_factory.mktemp("long")), Ports.choose())
    stack.start()
    try:
        stack.end("worker")  # nobody registers them: listings are the store's
        running = Product(stack)
        admin, store, bucket = Client(stack.address, running.admin.auth), running.primary, running.bucket(SPACE)
        assert admin("PUT", f"/{SPACE}").status == 201
        store.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
        ids = sorted(islice(names(), ITEMS), key=str.encode)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: store.put_object(Bucket=bucket, Key=name, Body=b""), ids))
        yield admin, SPACE, ids
    finally:
        stack.stop()


@pytest.mark.rule("1.3.get.2", "1.3.get.5", "1.3.get.7", "1.3.get.9", "12.8", "15.1.13b")
@pytest.mark.parametrize("asked", ["&maxResults=10000", ""])  # as Java and Archivematica ask
def test_twenty_thousand_items_come_in_pages_in_the_order_of_their_utf8_bytes(filled, asked):
    admin, space, ids = filled
    found: list[str] = []
    while page := admin.ids(space, f"?marker={encoded(found[-1]) if found else ''}{asked}"):
        assert len(page) == min(PAGE, ITEMS - len(found))
        found += page
    assert found == ids


def test_every_item_has_been_named_once(filled):
    _, _, ids = filled
    assert len(set(ids)) == ITEMS


@pytest.mark.rule("1.3.head.2")
def test_the_count_has_a_plus(filled):
    admin, space, _ = filled
    for method in ("HEAD", "GET"):
        assert admin(method, f"/{space}")["x-dura-meta-space-count"] == "1000+"


@pytest.mark.rule("14.14")
@pytest.mark.parametrize("letter", ["x", "Z.", "*-_9"])  # what an encoding for a form leaves as it is
def test_an_id_of_1024_bytes_is_stored_listed_read_copied_and_deleted(admin, new_space, letter):
    space, other = new_space(), new_space()
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
    source = {"x-dura-meta-copy-source": f"{space}/{encoded(longest)}"}
    assert admin("PUT", f"/{other}/{encoded(longest)}", source).status == 201
    assert admin("GET", f"/{other}/{encoded(longest)}").body == b"long"
    assert admin("DELETE", path).status == 200
    assert admin.ids(space) == []
