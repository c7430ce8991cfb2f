"""How fast is a space of 200,000 items swept, and does its memory stay flat? Two listings beside an index in SQLite."""

import json
import os
import sys
import tempfile
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from benchmarks.measuring import line
from chalicelib.adapters.memory import MemoryQueue
from chalicelib.adapters.memory_notes import MemoryNotes
from chalicelib.adapters.sqlite import SqliteFile, SqliteIndex, encode_item
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.jobs import Job, SweepSpace
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.spaces import Space, SpaceId
from chalicelib.domain.stores import Store, StoreId
from chalicelib.ports import Entry, Stores
from chalicelib.services.sweep import Sweep

_COUNT = 200_000
_SPACE, _ONE, _TWO = SpaceId("bench"), StoreId("1"), StoreId("2")
_NOW = datetime.now(UTC)


@dataclass(frozen=True)
class _Listing:
    """A store that can only list."""

    names: list[str]

    def list(self, space: SpaceId, prefix: str = "", after: str = "", limit: int = 1000) -> list[Entry]:
        """See StorageProvider."""
        start = bisect_right(self.names, after) if space == _SPACE else len(self.names)
        return [Entry(ContentId(name), 1000, "0" * 32) for name in self.names[start : start + limit]]


class _Counting(MemoryQueue):
    """Counts jobs and keeps none but the sweep's own."""

    def send(self, jobs: Iterable[Job]) -> None:
        """See JobQueue."""
        self.jobs.extend(job for job in jobs if isinstance(job, SweepSpace))


def run() -> None:
    """In a process of its own, whose memory is nobody else's."""
    import subprocess

    made = subprocess.run([sys.executable, "-m", "benchmarks.sweep"], capture_output=True, text=True, check=True)
    found = json.loads(made.stdout)
    beside = f"memory grew by {found['grown']} MiB to {found['resident']} MiB; {found['findings']} findings queued"
    line(f"sweep of {_COUNT:,} items, two stores", f"{found['rate']:,.0f}/s", beside)
    line("  the same of a tenth of them", f"{found['tenth']:,.0f}/s", f"memory grew by {found['tenth_grown']} MiB")


def _main() -> None:
    with tempfile.TemporaryDirectory(prefix="duracloud-bench-") as folder:
        tenth, tenth_grown, _ = _measured(Path(folder) / "small.sqlite3", _COUNT // 10)
        rate, grown, findings = _measured(Path(folder) / "large.sqlite3", _COUNT)
    found = {"rate": rate, "grown": grown, "tenth": tenth, "tenth_grown": tenth_grown}
    print(json.dumps({**found, "resident": _resident(), "findings": findings}))


def _measured(file: Path, count: int) -> tuple[float, int, int]:
    """Items in a second, the growth of memory in MiB, and how many jobs were queued."""
    names = [f"collection/folder {n // 1000:05}/item {n:08}.tif" for n in range(count)]
    index = SqliteIndex(SqliteFile(file))
    index.save_space(Space(_SPACE, _NOW, "bench"))
    _fill(index, names)
    providers: Any = {_ONE: _Listing(names), _TWO: _Listing([name for n, name in enumerate(names) if n % 1000])}
    stores = Stores((Store(_ONE, "AMAZON_S3", True), Store(_TWO, "SWIFT_S3", False)), providers)
    queue = _Counting()
    sweep = Sweep(stores, index, queue, MemoryNotes(), lambda: datetime.now(UTC))
    index.items(_SPACE)  # what the first read takes is not the sweep's
    before, start = _resident(), time.perf_counter()
    peak, job = before, SweepSpace(_SPACE)
    while True:
        sweep.sweep_space(job.space, job.after, job.started)
        peak = max(peak, _resident())
        if not queue.jobs:
            break
        job = cast(SweepSpace, queue.jobs.pop())
    taken = time.perf_counter() - start
    last = sweep.report(Caller("bench", frozenset({Role.ADMIN})))[_SPACE].last
    assert last is not None
    assert last.counts.seen == count
    return count / taken, peak - before, last.counts.queued


def _fill(index: SqliteIndex, names: Iterable[str]) -> None:
    """As `save` would, in one transaction: a sync for each row would take longer than all the rest."""
    proven = Copy(CopyState.INTACT, _NOW, _NOW, Checksums("0" * 32, "0" * 64))
    about = About("image/tiff", _NOW, "bench", properties={"title": "Plate"}, checksums=proven.held)
    model = Item(_SPACE, ContentId(""), 1000, about, "0" * 32, {_ONE: proven, _TWO: proven}, next_check=_NOW)

    def rows() -> Iterator[tuple[Any, ...]]:
        for name in names:
            yield 1, True, None, encode_item(replace(model, id=ContentId(name))), _SPACE, name

    with index.file.transaction() as db:
        columns = "revision, live, next_check, body, space, id"
        db.executemany(f"INSERT INTO items ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows())


def _resident() -> int:
    """The memory of this process in MiB (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20


if __name__ == "__main__":
    _main()
