"""Manifests as a stream and as an item of the system space."""

import gzip
from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib.adapters.memory import MemoryQueue
from chalicelib.domain import jobs
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.manifest import ManifestFormat
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import SYSTEM_SPACE, SpaceId
from chalicelib.domain.stores import Store, StoreId
from chalicelib.services.report_manifest import ReportManifest

from .generated import MANY, GeneratedIndex, numbered
from .world import MAPS, ONE, TWO, Crash, World, checksums

PRIMARY, SECOND = Store(ONE, "AMAZON_S3", True), Store(TWO, "SWIFT_S3", False)
TSV = ManifestFormat.TSV
HEAD = b"space-id\tcontent-id\tMD5\n"


def text(pages: Iterator[bytes]) -> bytes:
    return b"".join(pages)


def generated(world: World) -> dict[str, bytes]:
    held = world.primary.contents[SYSTEM_SPACE]
    return {name: gzip.decompress(data) for name, (data, _) in held.items()}


def line(item: str, data: bytes) -> bytes:
    return f"maps\t{item}\t{checksums(data).md5}\n".encode()


def test_items_are_listed_from_their_deposit_to_their_deletion(world: World) -> None:
    assert text(world.manifests.pages(MAPS, PRIMARY, TSV)) == HEAD
    for name in ("b", "a"):
        world.put(name.encode(), name)
    assert text(world.manifests.pages(MAPS, PRIMARY, TSV)) == HEAD + line("a", b"a") + line("b", b"b")
    world.delete.delete(world.maps, ContentId("a"), "admin")
    assert text(world.manifests.pages(MAPS, PRIMARY, TSV)) == HEAD + line("b", b"b")


def test_another_store_lists_what_was_copied_there(world: World) -> None:
    world.put(b"a", "a")
    assert text(world.manifests.pages(MAPS, SECOND, TSV)) == HEAD
    world.work()
    assert text(world.manifests.pages(MAPS, SECOND, TSV)) == HEAD + line("a", b"a")
    world.put(b"other", "a")
    assert text(world.manifests.pages(MAPS, SECOND, TSV)) == HEAD
    assert text(world.manifests.pages(MAPS, PRIMARY, TSV)) == HEAD + line("a", b"other")


def test_an_item_put_by_another_client_is_listed_once_it_was_read(world: World) -> None:
    world.put_directly(b"direct", ContentId("a"))
    world.register.register(MAPS, ContentId("a"))
    assert text(world.manifests.pages(MAPS, PRIMARY, TSV)) == HEAD
    world.work()
    assert text(world.manifests.pages(MAPS, PRIMARY, TSV)) == HEAD + line("a", b"direct")


def test_a_generated_manifest_is_an_item_like_others(world: World) -> None:
    world.put(b"a", "a")
    name = world.manifests.ask(world.maps, PRIMARY, ManifestFormat.BAGIT)
    world.work()
    assert generated(world) == {name: f"{checksums(b'a').md5}  maps/a\n".encode()}
    found = world.index.item(SYSTEM_SPACE, name)
    assert found is not None
    assert (found.about.content_type, found.about.content_encoding) == ("text/bagit", "gzip")


def test_twice_and_late_change_nothing(world: World) -> None:
    name = world.manifests.ask(world.maps, PRIMARY, TSV)
    again = world.queue.jobs[-1]
    world.work()
    world.put(b"a", "a")
    world.perform(again)
    assert generated(world) == {name: HEAD}


def test_of_a_space_or_store_that_is_gone_there_is_none(world: World) -> None:
    for space, store in ((SpaceId("gone"), ONE), (MAPS, StoreId("9"))):
        with pytest.raises(NotFound):
            world.perform(jobs.GenerateManifest(space, store, TSV, ContentId("x")))
    assert generated(world) == {}


def test_an_index_that_fails_in_the_middle_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put(b"a", "a")
    world.work()
    world.manifests.ask(world.maps, PRIMARY, TSV)
    job = world.queue.jobs[-1]
    monkeypatch.setattr("chalicelib.services.report_manifest._PAGE", 1)
    found, calls = world.index.items, iter([True, False])

    def items(*args: str, **given: str) -> list[Item]:
        if not next(calls):
            raise Unavailable("the index is down")
        return found(*args, **given)

    monkeypatch.setattr(world.index, "items", items)
    with pytest.raises(Unavailable):
        world.perform(job)
    assert generated(world) == {}


def test_whichever_call_is_the_last_the_manifest_is_there_in_the_end() -> None:
    for calls in range(10_000):
        world = World()
        world.put(b"a", "a")
        world.work()
        name = world.manifests.ask(world.maps, PRIMARY, TSV)
        world.fuse.left = calls
        crashed = False
        try:
            world.work()
        except Crash:
            crashed = True
            world.spaces.prepare()
            world.sweep.sweep()
            world.work()
        assert generated(world) == {name: HEAD + line("a", b"a")}
        found = world.index.item(SYSTEM_SPACE, name)
        assert found is not None
        assert not found.unproven()
        if not crashed:
            assert calls > 10
            return


def test_a_large_space_is_never_held_as_a_whole(world: World) -> None:
    about = About("text/plain", world.now, "admin", checksums=checksums(b""))
    index = GeneratedIndex(make=lambda n: Item(MAPS, numbered(n), 0, about, "mark", {}))
    index.save_space(replace(world.maps, revision=0))
    service = ReportManifest(world.manifests.stores, index, MemoryQueue(), world.deposit, lambda: world.now)
    lines = 0
    for page in service.pages(MAPS, PRIMARY, TSV):
        assert len(page) < 1 << 20
        lines += page.count(b"\n")
    assert lines == MANY + 1
