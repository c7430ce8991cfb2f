"""SQLite: what it acknowledged is in the file, whatever happens to the process, to its neighbours and to the disk."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.adapters.sqlite import SqliteFile, SqliteIndex
from chalicelib.adapters.sqlite_accounts import SqliteAccounts
from chalicelib.domain.access import Role, held
from chalicelib.domain.accounts import Account
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journal import Event
from local.stack import ROOT
from tests.adapters.rigs import NOW
from tests.adapters.samples import FULL_SPACE, SPACE, event, item


def writer(path: Path, name: str, room: int = 0) -> subprocess.Popen[str]:
    """A process that saves records without end."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.adapters.saving", str(path), name, str(room)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def lines(process: subprocess.Popen[str], least: int) -> list[str]:
    """What a process has printed, once that is so many lines."""
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(least)]


def rest(process: subprocess.Popen[str]) -> list[str]:
    """What a process that ends left unread; a line that was cut off was never acknowledged."""
    assert process.stdout is not None
    with process.stdout:
        unread = [line.strip() for line in process.stdout if line.endswith("\n")]
    process.wait()
    return unread


def test_two_writers_lose_nothing_that_was_acknowledged_when_they_are_killed(folder: Path) -> None:
    path = folder / "index.sqlite3"
    writers = [writer(path, name) for name in ("first", "second")]  # both find no file: one schema, made once
    acknowledged = [name for one in writers for name in lines(one, 25)]
    for one in writers:
        one.kill()
    for one in writers:
        acknowledged += rest(one)
    index = SqliteIndex(SqliteFile(path))
    for name in acknowledged:
        assert index.item(SPACE, ContentId(name)) == item(name, revision=1)
        assert len(index.history(SPACE, ContentId(name))) == 1
    # A save is whole: one of each writer may have been finished and not yet acknowledged.
    kept = [found.id for found in index.items(SPACE)]
    assert len(kept) <= len(acknowledged) + 2
    assert [len(index.history(SPACE, name)) for name in kept] == [1] * len(kept)
    assert index.save(item("after the crash"))


def test_a_full_disk_is_unavailable_and_loses_nothing(folder: Path) -> None:
    path = folder / "index.sqlite3"
    *acknowledged, last = rest(writer(path, "only", room=400_000))
    assert last.startswith("unavailable: ")
    index = SqliteIndex(SqliteFile(path))
    assert len(acknowledged) > 10
    assert sorted(found.id for found in index.items(SPACE)) == sorted(acknowledged)
    assert index.save(item("there is room again"))


@pytest.mark.parametrize("broken", ["no database", "a folder", "no folder"])
def test_a_file_that_cannot_be_read_is_unavailable(folder: Path, broken: str) -> None:
    path = folder / "index.sqlite3"
    match broken:
        case "no database":
            path.write_bytes(b"this is no database" * 100)
        case "a folder":
            path.mkdir()
        case "no folder":
            path = folder / "absent" / "index.sqlite3"
    index, accounts = SqliteIndex(SqliteFile(path)), SqliteAccounts(SqliteFile(path))
    calls: list[Callable[[], object]] = [
        lambda: index.space(SPACE),
        lambda: index.spaces(),
        lambda: index.save_space(FULL_SPACE),
        lambda: index.remove_space(SPACE),
        lambda: index.item(SPACE, ContentId("x")),
        lambda: index.save(item("x")),
        lambda: index.items(SPACE),
        lambda: index.due(NOW, 1),
        lambda: index.history(SPACE, None),
        lambda: accounts.account("x"),
        lambda: accounts.save(Account("x", "x", frozenset())),
    ]
    for call in calls:
        with pytest.raises(Unavailable):
            call()


def test_a_file_that_was_cut_off_is_unavailable_and_never_takes_its_loss_for_an_empty_index(folder: Path) -> None:
    path = folder / "index.sqlite3"
    whole = SqliteIndex(SqliteFile(path))
    for n in range(100):
        assert whole.save(item(f"item {n}"))
    whole.file.read("PRAGMA wal_checkpoint(TRUNCATE)")
    data = path.read_bytes()
    copy = folder / "copy.sqlite3"
    copy.write_bytes(data[: len(data) // 2])
    index = SqliteIndex(SqliteFile(copy))
    with pytest.raises(Unavailable):
        index.items(SPACE)
    with pytest.raises(Unavailable):
        index.save(item("x"))


def test_a_file_that_stays_locked_is_unavailable_and_may_be_asked_again(folder: Path) -> None:
    index = SqliteIndex(SqliteFile(folder / "index.sqlite3"))
    assert index.save(item("before"))
    index.file.read("PRAGMA busy_timeout = 50")  # milliseconds, of this thread's connection; 30 s would be long here
    with sqlite3.connect(index.file.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            index.save(item("x"), [event("x", "x")])
        assert [found.id for found in index.items(SPACE)] == ["before"]  # readers do not wait for writers
        other.rollback()
    other.close()
    assert index.save(item("x"), [event("x", "x")])
    assert len(index.history(SPACE, ContentId("x"))) == 1


def test_an_error_in_the_middle_of_a_save_saves_nothing(folder: Path) -> None:
    index = SqliteIndex(SqliteFile(folder / "index.sqlite3"))

    def events() -> Iterator[Event]:
        yield event("first")
        raise KeyError("in the middle")

    with pytest.raises(KeyError):
        index.save(item("item"), events())
    assert index.item(SPACE, ContentId("item")) is None
    assert index.history(SPACE, ContentId("item")) == []
    assert index.save(item("item"))


def test_threads_that_open_a_new_file_at_once_all_find_it_ready(folder: Path) -> None:
    index = SqliteIndex(SqliteFile(folder / "index.sqlite3"))
    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(lambda n: index.save(item(f"item {n}")), range(64)))
    assert len(index.items(SPACE)) == 64


def test_users_of_the_first_release_are_still_there(folder: Path) -> None:
    path = folder / "index.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute(
            "CREATE TABLE accounts (username TEXT PRIMARY KEY, password_hash TEXT NOT NULL, roles TEXT NOT NULL)"
            " WITHOUT ROWID"
        )
        db.execute("INSERT INTO accounts VALUES ('ada', 'hash', 'admin user')")
    accounts = SqliteAccounts(SqliteFile(path))
    ada = Account("ada", "hash", held(Role.ADMIN), revision=1)
    assert accounts.account("ada") == ada
    assert accounts.accounts() == [ada]
    assert not accounts.save(replace(ada, revision=0))
    assert accounts.save(replace(ada, email="ada@example.org"))
    assert SqliteAccounts(SqliteFile(path)).account("ada") == replace(ada, email="ada@example.org", revision=2)
