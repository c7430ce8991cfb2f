"""SQLite: one durable file of index and accounts, and the index in it, for an instance on one machine."""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from chalicelib.adapters.codec import (
    decode_event,
    decode_item,
    decode_measurement,
    decode_policies,
    decode_space,
    encode_event,
    encode_item,
    encode_measurement,
    encode_policies,
    encode_space,
)
from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journal import Event
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import Space, SpaceId
from chalicelib.domain.statistics import Measurement
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock

# Text compares byte by byte in UTF-8 (collation BINARY), which is the order of S3 listings.
_HELD = (
    "json_extract(body, '$.hold_over') IS NOT 1 AND json_extract(body, '$.held_until') IS NOT NULL"
    " AND json_extract(body, '$.held_until') != json_extract(body, '$.deleted_at')"
)
_SINCE = "json_extract(body, '$.waiting_since')"
_WAITING = "SELECT body, revision FROM items WHERE since IS NOT NULL ORDER BY since LIMIT ?".replace("since", _SINCE)
_BEHIND = "SELECT body, revision FROM items WHERE space = ? AND id > ? AND (live = 1 OR ?) ORDER BY id LIMIT ?"
_FROM = _BEHIND.replace("id >", "id >=")
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS spaces (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (
  space TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, live INTEGER NOT NULL, next_check REAL,
  body TEXT NOT NULL, PRIMARY KEY (space, id)) WITHOUT ROWID;
DROP INDEX IF EXISTS due;  -- which left out deleted items
CREATE INDEX IF NOT EXISTS held ON items (space, id) WHERE live = 0 AND {_HELD};
CREATE INDEX IF NOT EXISTS dated ON items (next_check) WHERE next_check IS NOT NULL;
CREATE INDEX IF NOT EXISTS waiting ON items ({_SINCE}) WHERE {_SINCE} IS NOT NULL;
CREATE TABLE IF NOT EXISTS events (
  number INTEGER PRIMARY KEY AUTOINCREMENT, space TEXT NOT NULL, item TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS history ON events (space, item, number);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, revision INTEGER NOT NULL, body TEXT NOT NULL)
  WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS history_of_space ON events (space, number);
CREATE TABLE IF NOT EXISTS measurements (
  store TEXT NOT NULL, day TEXT NOT NULL, space TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (store, day, space))
  WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS measurements_of_space ON measurements (store, space, day);
CREATE TABLE IF NOT EXISTS accounts (username TEXT PRIMARY KEY, password_hash TEXT NOT NULL, roles TEXT NOT NULL)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS invitations (digest TEXT PRIMARY KEY, created REAL NOT NULL, body TEXT NOT NULL)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempts (
  key TEXT PRIMARY KEY, guesses INTEGER NOT NULL, latest REAL NOT NULL, forgotten REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS forgotten ON attempts (forgotten);
CREATE TABLE IF NOT EXISTS notes (
  kind TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, name))
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sums (
  kind TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, forgotten INTEGER NOT NULL,
  PRIMARY KEY (kind, name)) WITHOUT ROWID;
"""

_HELD_IN = "SELECT body, revision FROM items WHERE space = ? AND id > ? AND live = 0 AND held ORDER BY id LIMIT ?"
_HELD_IN = _HELD_IN.replace("held", _HELD, 1)

# Columns that tables of earlier releases lack.
_ADDED = (
    ("accounts", "body", "TEXT"),
    ("accounts", "revision", "INTEGER NOT NULL DEFAULT 1"),
    ("spaces", "revision", "INTEGER NOT NULL DEFAULT 0"),
)

_MEASUREMENTS = (
    "SELECT day, space, body FROM measurements WHERE store = ? AND (day, space) > (?, ?) AND day <= ?"
    " ORDER BY day, space LIMIT 1000"
)
_MEASUREMENTS_OF_SPACE = _MEASUREMENTS.replace("ORDER", "AND space = ? ORDER")


@dataclass(frozen=True)
class SqliteFile:
    """One database file, opened once in each thread: write-ahead log, every commit synced to disk."""

    path: Path
    _local: threading.local = field(default_factory=threading.local)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Raises Unavailable when the file is locked for long, full or unreadable."""
        try:
            connection = self._connection()
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
        except sqlite3.Error as error:
            raise Unavailable(f"The index did not answer: {error}") from error

    def read(self, query: str, parameters: tuple[object, ...] = ()) -> list[tuple[str, ...]]:
        """The rows of a query. Raises Unavailable."""
        try:
            return self._connection().execute(query, parameters).fetchall()
        except UnicodeEncodeError:
            return []  # half a surrogate pair, as JSON can carry it: nothing is kept under such a text
        except sqlite3.Error as error:
            raise Unavailable(f"The index did not answer: {error}") from error

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            connection = sqlite3.connect(self.path, timeout=30, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(_SCHEMA)
            _add_columns(connection)
            self._local.connection = connection
        connection = self._local.connection
        assert isinstance(connection, sqlite3.Connection)
        return connection


@dataclass(frozen=True)
class SqliteIndex:
    """See Index."""

    file: SqliteFile
    clock: Clock = lambda: datetime.now(UTC)

    def space(self, space: str) -> Space | None:
        """See Index."""
        rows = self.file.read("SELECT body, revision FROM spaces WHERE id = ?", (space,))
        return decode_space(rows[0][0], int(rows[0][1])) if rows else None

    def spaces(self) -> list[Space]:
        """See Index."""
        rows = self.file.read("SELECT body, revision FROM spaces ORDER BY id")
        return [decode_space(body, int(revision)) for body, revision in rows]

    def save_space(self, space: Space, events: Iterable[Event] = ()) -> bool:
        """See Index."""
        values = (space.revision + 1, encode_space(space), space.id)
        change = "UPDATE spaces SET revision = ?, body = ? WHERE id = ? AND revision = ?"
        with self.file.transaction() as db:
            done = db.execute(change, (*values, space.revision)).rowcount
            if not done and not space.revision:
                add = "INSERT INTO spaces (revision, body, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
                done = db.execute(add, values).rowcount
            if done:
                _append(db, events)
        return bool(done)

    def remove_space(self, space: SpaceId, events: Iterable[Event] = ()) -> None:
        """See Index."""
        with self.file.transaction() as db:
            db.execute("DELETE FROM spaces WHERE id = ?", (space,))
            _append(db, events)

    def item(self, space: SpaceId, item: ContentId) -> Item | None:
        """See Index."""
        rows = self.file.read("SELECT body, revision FROM items WHERE space = ? AND id = ?", (space, item))
        return decode_item(rows[0][0], int(rows[0][1])) if rows else None

    def save(self, item: Item, events: Iterable[Event] = ()) -> bool:
        """See Index."""
        item = item.stamped(self.clock())
        due = item.next_check.timestamp() if item.next_check else None
        values = (item.revision + 1, item.live, due, encode_item(item), item.space, item.id)
        with self.file.transaction() as db:
            if item.revision:
                change = "UPDATE items SET revision = ?, live = ?, next_check = ?, body = ?"
                done = db.execute(f"{change} WHERE space = ? AND id = ? AND revision = ?", (*values, item.revision))
            else:
                done = db.execute(
                    "INSERT INTO items (revision, live, next_check, body, space, id) VALUES (?, ?, ?, ?, ?, ?)"
                    " ON CONFLICT DO NOTHING",
                    values,
                )
            if done.rowcount == 0:
                return False
            _append(db, events)
        return True

    def items(
        self, space: SpaceId, prefix: str = "", after: str = "", limit: int = 1000, deleted: bool = False
    ) -> list[Item]:
        """See Index."""
        found: list[Item] = []
        # One bound, so that the index skips all before it: of two it would use the first. The last id ends the loop.
        query, start = (_BEHIND, after) if after.encode() >= prefix.encode() else (_FROM, prefix)
        for body, revision in self.file.read(query, (space, start, deleted, limit)):
            item = decode_item(body, int(revision))
            if not item.id.startswith(prefix):
                break
            found.append(item)
        return found

    def held(self, space: SpaceId, after: str = "", limit: int = 1000) -> list[Item]:
        """See Index."""
        rows = self.file.read(_HELD_IN, (space, after, limit))
        return [decode_item(body, int(revision)) for body, revision in rows]

    def waiting(self, limit: int) -> list[Item]:
        """See Index."""
        return [decode_item(body, int(revision)) for body, revision in self.file.read(_WAITING, (limit,))]

    def due(self, now: datetime, limit: int) -> list[Item]:
        """See Index."""
        query = (
            "SELECT body, revision FROM items WHERE next_check IS NOT NULL AND next_check <= ?"
            " ORDER BY next_check LIMIT ?"
        )
        return [decode_item(body, int(revision)) for body, revision in self.file.read(query, (now.timestamp(), limit))]

    def item_and_policies(self, space: SpaceId, item: ContentId) -> tuple[Item | None, Policies]:
        """See Index."""
        return self.item(space, item), self.policies()

    def policies(self) -> Policies:
        """See Index."""
        rows = self.file.read("SELECT body, revision FROM settings WHERE name = 'policies'")
        return decode_policies(rows[0][0], int(rows[0][1])) if rows else Policies()

    def save_policies(self, policies: Policies, events: Iterable[Event] = ()) -> bool:
        """See Index."""
        with self.file.transaction() as db:
            values = (policies.revision + 1, encode_policies(policies))
            if policies.revision:
                change = "UPDATE settings SET revision = ?, body = ? WHERE name = 'policies' AND revision = ?"
                done = db.execute(change, (*values, policies.revision))
            else:
                done = db.execute("INSERT INTO settings VALUES ('policies', ?, ?) ON CONFLICT DO NOTHING", values)
            if done.rowcount == 0:
                return False
            _append(db, events)
        return True

    def history(self, space: SpaceId, item: ContentId | None) -> list[Event]:
        """See Index."""
        query = "SELECT body FROM events WHERE space = ? AND item = ? ORDER BY number"
        return [decode_event(body) for (body,) in self.file.read(query, (space, item or ""))]

    def events_of_space(self, space: SpaceId, after: str = "", limit: int = 1000) -> list[tuple[str, Event]]:
        """See Index."""
        query = "SELECT number, body FROM events WHERE space = ? AND number > ? ORDER BY number LIMIT ?"
        rows = self.file.read(query, (space, int(after or 0), limit))
        return [(str(number), decode_event(body)) for number, body in rows]

    def save_measurement(self, measurement: Measurement) -> None:
        """See Index."""
        key = (measurement.store, measurement.day.isoformat(), measurement.space)
        with self.file.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO measurements VALUES (?, ?, ?, ?)", (*key, encode_measurement(measurement))
            )

    def measurements(
        self, store: StoreId, first: date, last: date, space: SpaceId | None = None
    ) -> Iterator[Measurement]:
        """See Index."""
        query = _MEASUREMENTS_OF_SPACE if space else _MEASUREMENTS
        behind = (first.isoformat(), "")
        while rows := self.file.read(query, (store, *behind, last.isoformat(), *([space] if space else []))):
            for day, name, body in rows:
                behind = (day, name)
                yield decode_measurement(body)


def _append(db: sqlite3.Connection, events: Iterable[Event]) -> None:
    rows = [(event.space, event.item or "", encode_event(event)) for event in events]
    db.executemany("INSERT INTO events (space, item, body) VALUES (?, ?, ?)", rows)


def _add_columns(db: sqlite3.Connection) -> None:
    for table, column, kind in _ADDED:
        if column not in {row[1] for row in db.execute(f"PRAGMA table_info({table})")}:
            with suppress(sqlite3.OperationalError):  # another process was faster
                db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
