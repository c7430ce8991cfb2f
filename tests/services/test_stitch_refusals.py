"""What cannot be stitched is told, is not stored, and keeps its chunks."""

from dataclasses import replace
from hashlib import md5
from typing import Any

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import ChecksumMismatch, Conflict, Invalid, NotFound, Rejected
from chalicelib.domain.journal import Kind
from chalicelib.domain.stitching import State
from tests.chunked import Chunked

from .stitching import FILM, FIRST, LAST, MANIFEST, WHOLE, ask, ids, state, upload, when_read
from .world import MAPS, World


@pytest.fixture
def chunked(world: World) -> World:
    upload(world)
    return world


def refused(world: World, error: type[Rejected], reason: str, **wishes: Any) -> None:
    """Neither asking now nor a job that was asked for before may do it."""
    before = dict(world.primary.contents[MAPS])
    with pytest.raises(error, match=reason):
        ask(world, **wishes)
    assert world.primary.contents[MAPS] == before


@pytest.mark.parametrize("missing", [FIRST, LAST])
def test_a_missing_chunk(chunked: World, missing: ContentId) -> None:
    chunked.delete.delete(chunked.maps, missing, "ann")
    refused(chunked, Conflict, f"{missing}' is missing")


def test_a_chunk_that_was_deleted_after_it_was_asked_for(chunked: World) -> None:
    ask(chunked)
    when_read(chunked, FIRST, lambda: chunked.delete.delete(chunked.maps, LAST, "bob"))
    chunked.work()
    assert state(chunked).state is State.FAILED
    assert "missing" in str(state(chunked).reason)
    assert chunked.bytes_in(chunked.primary, WHOLE) is None


def test_a_chunk_of_another_size(chunked: World) -> None:
    chunked.put(b"shorter", LAST)
    refused(chunked, Conflict, "has 7 bytes; its manifest says")


def test_no_manifest_and_one_of_another_name(chunked: World) -> None:
    refused(chunked, NotFound, "no chunks manifest 'other.dura-manifest'", whole="other")
    chunked.put(FILM.manifest, "other.dura-manifest")
    refused(chunked, Invalid, "differs from its own", whole="other")
    chunked.put(b"<not>", "third.dura-manifest")
    refused(chunked, Invalid, "not well-formed|no chunks manifest", whole="third")
    chunked.put(bytes((16 << 20) + 1), "fourth.dura-manifest")
    refused(chunked, Invalid, "at most", whole="fourth")


def test_bytes_that_differ_from_the_manifest_are_not_stored_and_are_checked(chunked: World) -> None:
    changed = FILM.chunks[LAST][::-1]
    chunked.put(changed, LAST)
    chunked.work()
    ask(chunked, remove_chunks=True)
    job = chunked.queue.jobs.pop()
    with pytest.raises(ChecksumMismatch, match=f"{md5(changed).hexdigest()}; its manifest says"):
        chunked.perform(job)
    assert jobs.Check(MAPS, LAST) in chunked.queue.jobs
    chunked.work()
    assert chunked.bytes_in(chunked.primary, WHOLE) is None
    assert chunked.bytes_in(chunked.primary, LAST) == changed
    assert state(chunked).state is State.FAILED


def test_a_chunk_that_decayed_is_repaired_and_then_it_works(chunked: World) -> None:
    chunked.primary.damage(MAPS, FIRST, b"x" * len(FILM.chunks[FIRST]))
    ask(chunked, remove_chunks=True)
    chunked.work()
    assert state(chunked).state is State.FAILED
    assert chunked.bytes_in(chunked.primary, FIRST) == FILM.chunks[FIRST]
    ask(chunked, remove_chunks=True)
    chunked.work()
    assert ids(chunked) == [WHOLE]


def test_a_wrong_md5_of_the_whole(chunked: World) -> None:
    chunked.put(FILM.manifest.replace(md5(FILM.data).hexdigest().encode(), b"0" * 32), MANIFEST)
    ask(chunked, remove_chunks=True)
    chunked.work()
    assert "expected 00000000000000000000000000000000" in str(state(chunked).reason)
    assert len(ids(chunked)) == 5


def test_a_manifest_that_is_replaced_while_its_chunks_are_read_is_read_anew(chunked: World) -> None:
    shorter = Chunked(FILM.id, FILM.data[:30], 12)
    ask(chunked)
    when_read(chunked, LAST, lambda: upload_quietly(chunked, shorter))
    chunked.work()
    assert chunked.bytes_in(chunked.primary, WHOLE) == shorter.data


def upload_quietly(world: World, chunked: Chunked) -> None:
    for name, data in [*chunked.chunks.items(), (chunked.manifest_id, chunked.manifest)]:
        world.put(data, name)


def test_another_item_of_that_name_is_replaced_only_when_asked(chunked: World) -> None:
    chunked.put(b"something else", WHOLE, properties={"color": "red"})
    refused(chunked, Conflict, "with other bytes")
    ask(chunked, replace=True)
    chunked.work()
    assert chunked.bytes_in(chunked.primary, WHOLE) == FILM.data


def test_an_item_of_that_name_that_came_meanwhile_stays(chunked: World) -> None:
    ask(chunked)
    when_read(chunked, LAST, lambda: chunked.put(b"something else", WHOLE))
    chunked.work()
    assert chunked.bytes_in(chunked.primary, WHOLE) == b"something else"
    assert state(chunked).state is State.FAILED
    assert "with other bytes" in str(state(chunked).reason)


def test_a_whole_that_is_there_already_is_not_written_again(chunked: World) -> None:
    chunked.put(FILM.data, WHOLE)
    chunked.work()
    ask(chunked, remove_chunks=True)
    chunked.work()
    assert chunked.kinds(WHOLE).count(Kind.DEPOSITED) == 1
    assert chunked.index.history(MAPS, WHOLE)[-1].kind is Kind.STITCHED
    assert ids(chunked) == [WHOLE]


def test_a_manifest_without_chunk_md5s_is_proven_by_the_whole_and_keeps_its_chunks(world: World) -> None:
    upload(world, replace(FILM, chunk_md5s=False))
    refused(world, Conflict, "does not remove them", remove_chunks=True)
    ask(world)
    world.work()
    assert world.bytes_in(world.primary, WHOLE) == FILM.data
    world.put(FILM.chunks[FIRST][::-1], FIRST)
    world.delete.delete(world.maps, WHOLE, "ann")
    ask(world)
    world.work()
    assert state(world).state is State.FAILED
    assert world.bytes_in(world.primary, WHOLE) is None
