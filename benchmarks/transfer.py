"""How fast are verified copies made, large and small? Beside `rclone copy` between the same two servers, same run.

rclone proves less: it compares what the second store says of each object, while we read back every copy that the store
does not vouch for: a small item is one request to the first store and two to the second (PUT, and GET of all bytes).
So `rclone check --download`, which reads both sides, stands beside the two.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

from benchmarks.fixity import ABOUT
from benchmarks.measuring import line, seconds
from chalicelib.adapters.s3 import S3Store
from chalicelib.domain.content import ContentId
from chalicelib.domain.records import CopyState
from chalicelib.domain.registration import Known
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.wiring import instance

_TWO = StoreId("2")
_BLOCK = os.urandom((1 << 20) + 1)  # odd, so that no two parts are alike
_LANES = 4  # rclone's own number of transfers at once
_MEMORY = 256
_RCLONE = Path(sys.executable).with_name("rclone")


def run() -> None:
    """1 item of 8 GiB and 5,000 of 16 KiB; DURACLOUD_BENCH_GIB=1 makes the large one smaller."""
    large = int(os.environ.get("DURACLOUD_BENCH_GIB", "8"))
    _compare(f"replication, 1 x {large} GiB", "large", 1, large << 30, "aim: 90 %")
    _compare("replication, 5,000 x 16 KiB", "small", 5000, 16 << 10, "aim: ahead")


def _compare(name: str, label: str, count: int, size: int, aim: str) -> None:
    service = instance()
    primary, second = (cast(S3Store, service.stores.providers[store]) for store in service.stores.ids)
    space = service.spaces._create(SpaceId(f"bench-{label}"), "bench", {}).id
    second.create_space(space)
    ids = [ContentId(f"item-{n:05}") for n in range(count)]

    def deposit(item: ContentId) -> None:
        written = primary.put(space, item, _stream(size, int(item[-5:])), ABOUT, size)
        service.keep_parts.keep(written.checksums, written.parts)
        service.register.record(space, item, Known(written.etag, ABOUT.with_checksums(written.checksums)))

    def replicate(item: ContentId) -> None:
        service.replicate.replicate(space, item, _TWO)

    with ThreadPoolExecutor(_LANES) as pool:
        list(pool.map(deposit, ids))
    buckets = [f"{here}:{store.prefix}-{space}" for here, store in (("one", primary), ("two", second))]
    settings = {**_remote("one", primary), **_remote("two", second)}
    peer = seconds(lambda: _rclone("copy", buckets, settings), 1)
    checked = seconds(lambda: _rclone("check", buckets, settings, "--download"), 1)
    with ThreadPoolExecutor(_LANES) as pool:
        list(pool.map(lambda item: second.delete(space, item), ids))
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak of memory is measured from here
    before, begun = _peak(), time.perf_counter()
    with ThreadPoolExecutor(_LANES) as pool:
        list(pool.map(replicate, ids))
    taken = time.perf_counter() - begun
    for item in (ids[0], ids[-1]):
        record = service.index.item(space, item)
        assert record is not None, "it was deposited"
        assert record.copies[_TWO].state is CopyState.INTACT, "every copy that is counted was verified"
    rates = [_rate(count, size, time) for time in (taken, peer, peer + checked)]
    line(name, rates[0], f"{peer / taken:.0%} of rclone copy, {rates[1]} ({aim})")
    line("", "", f"{(peer + checked) / taken:.0%} of rclone copy + check --download, {rates[2]}")
    line("", f"+{_peak() - before} MiB", f"memory of the process that copies (limit {_MEMORY} MiB)")


def _stream(size: int, start: int) -> Iterator[bytes]:
    """Bytes that are others for each item."""
    yield start.to_bytes(8, "big")
    size -= 8
    while size > 0:
        yield _BLOCK[:size]
        size -= len(_BLOCK)


def _rate(count: int, size: int, taken: float) -> str:
    return f"{count / taken:.1f} items/s" if count > 1 else f"{size / taken / 1e6:.0f} MB/s"


def _rclone(command: str, buckets: list[str], settings: dict[str, str], *more: str) -> None:
    quiet = ("--config", os.devnull, "--log-level", "ERROR", "--transfers", str(_LANES), "--checkers", str(_LANES))
    subprocess.run([str(_RCLONE), command, *buckets, *quiet, *more], env={**os.environ, **settings}, check=True)


def _remote(name: str, store: S3Store) -> dict[str, str]:
    keys = store.client._request_signer._credentials.get_frozen_credentials()  # type: ignore[attr-defined]  # no public way
    values = {
        "TYPE": "s3",
        "PROVIDER": "Other",
        "ACCESS_KEY_ID": keys.access_key,
        "SECRET_ACCESS_KEY": keys.secret_key,
        "ENDPOINT": store.client.meta.endpoint_url,
        "REGION": "us-east-1",
        "FORCE_PATH_STYLE": "true",
        "NO_CHECK_BUCKET": "true",
    }
    return {f"RCLONE_CONFIG_{name.upper()}_{key}": value for key, value in values.items()}


def _peak() -> int:
    rows = dict(row.split(":", 1) for row in Path("/proc/self/status").read_text(encoding="ascii").splitlines())
    return int(rows["VmHWM"].split()[0]) >> 10
