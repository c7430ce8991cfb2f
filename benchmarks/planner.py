"""How soon is the first check of a million items queued, and in how much memory? Beside a plain SELECT of the file.

The file of a million records needs 5 GB of disk for a while.
"""

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.measuring import line
from chalicelib.adapters.codec import encode_item
from chalicelib.adapters.sqlite import SqliteFile, SqliteIndex
from chalicelib.adapters.sqlite_notes import SqliteNotes
from chalicelib.domain.checksums import tally
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.due_dates import Periods
from chalicelib.domain.fixity_plan import Limits, Prices
from chalicelib.domain.jobs import Job
from chalicelib.domain.prices import PRICES
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import Store, StoreId
from chalicelib.ports import Stores
from chalicelib.services.hasten import Hasten
from chalicelib.services.plan_checks import PlanChecks

_MANY, _FEW = 1_000_000, 10_000
_DUE = 5000  # items, of which one run takes 1,000
_NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
_SELECT = "SELECT body FROM items WHERE next_check IS NOT NULL AND next_check <= ? ORDER BY next_check LIMIT 1000"


def run() -> None:
    """One run of the plan, in a process of its own, over an index of many and one of few."""
    with tempfile.TemporaryDirectory(prefix="duracloud-bench-") as folder:
        many, few = (_planned(Path(folder) / f"{items}.sqlite", items) for items in (_MANY, _FEW))
    beside = f"plain SELECT of as many rows: {many['select']:.0f} ms; of {_FEW:,} items: {few['first']:.0f} ms"
    line(f"plan, {_MANY:,} items: the first job after", f"{many['first']:.0f} ms", beside)
    beside = f"{many['jobs']:.0f} records saved one by one; of {_FEW:,} items: {few['whole']:.0f} ms"
    line("plan, the whole run", f"{many['whole']:.0f} ms", beside)
    line("plan, growth of memory", f"{many['memory']:.1f} MiB", f"of {_FEW:,} items: {few['memory']:.1f} MiB")


def _planned(path: Path, items: int) -> dict[str, float]:
    _fill(path, items)
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.planner", path], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(told.stdout)
    return found


def _fill(path: Path, items: int) -> None:
    file = SqliteFile(path)
    file.read("SELECT 1")  # makes the tables
    with file.transaction() as db:
        db.executemany(
            "INSERT INTO items (space, id, revision, live, next_check, body) VALUES (?, ?, 1, 1, ?, ?)", _rows(items)
        )


def _rows(items: int) -> Iterator[tuple[str, str, float, str]]:
    checked = _NOW - timedelta(days=90)
    copies = {StoreId(n): Copy(CopyState.INTACT, checked, checked, tally([b"a map"]).checksums) for n in "12"}
    about = About("image/tiff", checked, "member", checksums=tally([b"a map"]).checksums)
    item = Item(SpaceId("maps"), ContentId("THE-ID"), 5, about, "etag", copies, checked, next_check=_NOW)
    body = encode_item(item)
    for number in range(items):
        content_id = f"sheets/{number:07}.tif"
        days = number / items - 1 if number % (items // _DUE) == 0 else 90 * number / items + 1
        yield "maps", content_id, (_NOW + timedelta(days=days)).timestamp(), body.replace("THE-ID", content_id)


class _Queue:
    """Notes when it was first given something, and how many jobs."""

    def __init__(self) -> None:
        self.first, self.jobs = 0.0, 0

    def send(self, jobs: Iterable[Job]) -> None:
        """See JobQueue."""
        self.first = self.first or time.perf_counter()
        self.jobs += len(list(jobs))

    def back_off(self, queue: str, receipt: str, seconds: int) -> None:
        """See JobQueue."""


def _plan(path: Path) -> dict[str, float]:
    """One run of the plan on a file; milliseconds and MiB."""
    before = _most_memory()
    queue, file = _Queue(), SqliteFile(path)
    described = tuple(Store(StoreId(n), "AMAZON_S3", n == "1") for n in "12")
    nobody: Any = None
    stores = Stores(described, {store.id: nobody for store in described})
    notes = SqliteNotes(file)
    rules = (Periods(timedelta(days=90)), Prices({StoreId("1"): "standard"}, PRICES), Limits())
    plan = PlanChecks(stores, SqliteIndex(file), queue, _now, notes, Hasten(notes, _now), *rules)
    start = time.perf_counter()
    plan.plan()
    end = time.perf_counter()
    memory = _most_memory() - before
    other = sqlite3.connect(path)
    begin = time.perf_counter()
    rows = other.execute(_SELECT, (_NOW.timestamp(),)).fetchall()
    select = time.perf_counter() - begin
    assert len(rows) == queue.jobs
    times = {"select": select, "first": queue.first - start, "whole": end - start}
    return {**{name: taken * 1000 for name, taken in times.items()}, "memory": memory, "jobs": queue.jobs}


def _most_memory() -> float:
    """The most memory that this process ever held, in MiB (Linux; not that of the process which started it)."""
    rows = dict(row.split(":", 1) for row in Path("/proc/self/status").read_text().splitlines())
    return int(rows["VmHWM"].split()[0]) / 1024


def _now() -> datetime:
    return _NOW


if __name__ == "__main__":
    print(json.dumps(_plan(Path(sys.argv[1]))))
