"""SQLite notes: notes and sums about work under way, in the file of the index."""

import time
from dataclasses import dataclass

from chalicelib.adapters.sqlite import SqliteFile
from chalicelib.ports_work import Note

_DAY = 86_400


@dataclass(frozen=True)
class SqliteNotes:
    """See Notes."""

    file: SqliteFile

    def note(self, kind: str, name: str) -> Note | None:
        """See Notes."""
        rows = self.file.read("SELECT name, body, revision FROM notes WHERE kind = ? AND name = ?", (kind, name))
        return _note(kind, rows[0]) if rows else None

    def notes(self, kind: str, after: str = "", limit: int = 1000) -> list[Note]:
        """See Notes."""
        query = "SELECT name, body, revision FROM notes WHERE kind = ? AND name > ? ORDER BY name LIMIT ?"
        return [_note(kind, row) for row in self.file.read(query, (kind, after, limit))]

    def save(self, note: Note) -> bool:
        """See Notes."""
        with self.file.transaction() as db:
            key = (note.kind, note.name)
            if note.revision:
                change = "UPDATE notes SET revision = ?, body = ? WHERE kind = ? AND name = ? AND revision = ?"
                done = db.execute(change, (note.revision + 1, note.body, *key, note.revision))
            else:
                done = db.execute("INSERT INTO notes VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING", (*key, note.body))
            return done.rowcount == 1

    def erase(self, kind: str, name: str) -> None:
        """See Notes."""
        with self.file.transaction() as db:
            db.execute("DELETE FROM notes WHERE kind = ? AND name = ?", (kind, name))

    def add(self, kind: str, name: str, by: int = 1, forgotten_after: int = 7) -> int:
        """See Notes."""
        now = int(time.time())
        with self.file.transaction() as db:
            db.execute("DELETE FROM sums WHERE forgotten < ?", (now,))
            (value,) = db.execute(
                "INSERT INTO sums VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET value = value + excluded.value, forgotten = excluded.forgotten"
                " RETURNING value",
                (kind, name, by, now + forgotten_after * _DAY),
            ).fetchone()
        return int(value)

    def sum(self, kind: str, name: str) -> int:
        """See Notes."""
        rows = self.file.read("SELECT value FROM sums WHERE kind = ? AND name = ?", (kind, name))
        return int(rows[0][0]) if rows else 0


def _note(kind: str, row: tuple[object, ...]) -> Note:
    name, body, revision = row
    assert isinstance(body, bytes), "the column is a blob"
    return Note(kind, str(name), body, int(str(revision)))
