"""Index and Notes: awkward ids, met in real collections, name records and notes, and nothing else."""

from datetime import timedelta

import pytest

from chalicelib.domain.content import ContentId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Index
from chalicelib.ports_work import Note, Notes
from tests.adapters.rigs import NOW
from tests.adapters.samples import SPACE, event, item
from tests.adapters.test_notes import NOTES
from tests.adapters.test_storage_ids import ORDERED

TWO = StoreId("2")


@pytest.fixture(params=NOTES)
def notes(request: pytest.FixtureRequest) -> Notes:
    """New notes of every kind."""
    return NOTES[request.param](request)


def test_ids_name_records_with_their_history(index: Index) -> None:
    for text in ORDERED:
        assert index.save(item(text, next_check=NOW), [event(text, of=text)]), text
    for n, text in enumerate(ORDERED):
        found = index.item(SPACE, ContentId(text))
        assert found is not None, text
        assert found.id == text
        assert [told.detail["n"] for told in index.history(SPACE, ContentId(text))] == [text]
        assert [one.id for one in index.items(SPACE, after=text, limit=2)] == ORDERED[n + 1 : n + 3], text
        assert [one.id for one in index.items(SPACE, prefix=text)] == [o for o in ORDERED if o.startswith(text)], text
    assert sorted((one.id for one in index.due(NOW, 1000)), key=str.encode) == ORDERED


def test_ids_name_deleted_records_that_may_come_back(index: Index) -> None:
    for text in ORDERED:
        index.save(item(text).deleted(NOW, "member", timedelta(days=30)))
    assert [one.id for one in index.held(SPACE)] == ORDERED
    for n, text in enumerate(ORDERED):
        assert [one.id for one in index.held(SPACE, after=text, limit=1)] == ORDERED[n + 1 : n + 2], text


def test_ids_name_notes(notes: Notes) -> None:
    for text in ORDERED:
        assert notes.save(Note("transfer", text, text.encode())), text
        assert notes.add("losses", text) == 1, text
    assert [(note.name, note.body) for note in notes.notes("transfer")] == [(t, t.encode()) for t in ORDERED]
    for n, text in enumerate(ORDERED):
        assert notes.note("transfer", text) == Note("transfer", text, text.encode(), 1), text
        assert [note.name for note in notes.notes("transfer", after=text, limit=1)] == ORDERED[n + 1 : n + 2], text
        assert notes.sum("losses", text) == 1, text
        notes.erase("transfer", text)
        assert notes.note("transfer", text) is None, text
