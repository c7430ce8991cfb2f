"""Notes: found by their exact names, in order, saved by one of many, and sums that lose nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from chalicelib.adapters.dynamodb_notes import DynamoNotes
from chalicelib.adapters.memory_notes import MemoryNotes
from chalicelib.adapters.sqlite import SqliteFile
from chalicelib.adapters.sqlite_notes import SqliteNotes
from chalicelib.ports_work import Note, Notes
from tests.adapters.rigs import Server, create_tables
from tests.adapters.samples import AWKWARD


def _dynamo(server: Server) -> DynamoNotes:
    client = server.client("dynamodb")
    return DynamoNotes(client, create_tables(client))


NOTES: dict[str, Callable[[pytest.FixtureRequest], Notes]] = {
    "memory": lambda _: MemoryNotes(),
    "sqlite": lambda request: SqliteNotes(SqliteFile(request.getfixturevalue("folder") / "index.sqlite3")),
    "moto": lambda request: _dynamo(request.getfixturevalue("moto")),
    "ministack": lambda request: _dynamo(request.getfixturevalue("ministack")),
}


@pytest.fixture(params=NOTES)
def notes(request: pytest.FixtureRequest) -> Notes:
    """New notes of every kind."""
    return NOTES[request.param](request)


def test_what_was_never_noted_is_not_there(notes: Notes) -> None:
    assert notes.note("transfer", "one") is None
    assert notes.notes("transfer") == []
    assert notes.sum("losses", "maps") == 0
    notes.erase("transfer", "one")


def test_a_note_is_kept_under_its_kind_and_name(notes: Notes) -> None:
    assert notes.save(Note("transfer", "one", b"\x00\xff of it"))
    assert notes.note("transfer", "one") == Note("transfer", "one", b"\x00\xff of it", 1)
    assert notes.note("failure", "one") is None


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_names_are_names(notes: Notes, name: str) -> None:
    assert notes.save(Note("transfer", name, b"it"))
    assert [note.name for note in notes.notes("transfer")] == [name]


def test_a_large_body_fits(notes: Notes) -> None:
    body = bytes(range(256)) * 1400
    assert notes.save(Note("transfer", "large", body))
    found = notes.note("transfer", "large")
    assert found is not None
    assert found.body == body


def test_a_note_that_was_saved_since_it_was_read_is_not_replaced(notes: Notes) -> None:
    note = Note("transfer", "one", b"first")
    assert notes.save(note)
    assert not notes.save(note)
    assert notes.save(Note("transfer", "one", b"second", 1))
    assert not notes.save(Note("transfer", "one", b"late", 1))
    assert notes.note("transfer", "one") == Note("transfer", "one", b"second", 2)


def test_an_erased_note_may_be_begun_anew_and_not_gone_on_with(notes: Notes) -> None:
    notes.save(Note("transfer", "one", b"first"))
    notes.erase("transfer", "one")
    assert not notes.save(Note("transfer", "one", b"late", 1))
    assert notes.save(Note("transfer", "one", b"anew"))


def test_notes_of_a_kind_come_in_byte_order_page_by_page(notes: Notes) -> None:
    names = sorted(["a", "B", "é", "z", "\U0001f600", "a/b"], key=str.encode)
    for name in reversed(names):
        notes.save(Note("transfer", name, b"it"))
    notes.save(Note("transfers", "other", b"it"))
    assert [note.name for note in notes.notes("transfer")] == names
    page = notes.notes("transfer", after=names[1], limit=2)
    assert [note.name for note in page] == names[2:4]


# moto changes an item without a lock, and says that it did what another thread undid.
at_once = pytest.mark.parametrize("notes", [name for name in NOTES if name != "moto"], indirect=True)


@at_once
def test_of_many_who_save_at_once_one_does(notes: Notes) -> None:
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: notes.save(Note("transfer", "one", b"%d" % n)), range(8)))
    assert won.count(True) == 1


@at_once
def test_sums_add_up_however_many_add_at_once(notes: Notes) -> None:
    with ThreadPoolExecutor(8) as pool:
        sums = list(pool.map(lambda _: notes.add("losses", "maps", 2), range(40)))
    assert sorted(sums) == list(range(2, 82, 2))
    assert notes.sum("losses", "maps") == 80
    assert notes.add("losses", "plates") == 1
    assert notes.notes("losses") == []


def test_a_sum_and_a_note_of_one_name_are_two_things(notes: Notes) -> None:
    note = Note("losses", "maps", b"it")
    notes.add("losses", "maps")
    assert notes.save(note)
    assert notes.note("losses", "maps") == replace(note, revision=1)
    assert notes.sum("losses", "maps") == 1
