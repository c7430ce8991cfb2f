"""Does the gateway stream? A 2 GiB PUT and GET, and what they add to its memory."""

import os
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path

import requests

from benchmarks.measuring import line, seconds
from local.stack import Stack

_SIZE = 2 << 30
_CHUNK = 1 << 20
_LIMIT = 100 << 20


def run(stack: Stack) -> None:
    """The limit is the product's promise: at most 100 MiB more."""
    auth = (stack.secrets.admin, stack.secrets.admin_password)
    requests.put(f"{stack.address}/durastore/bench-stream", auth=auth, timeout=60).raise_for_status()
    url = f"{stack.address}/durastore/bench-stream/big"
    chunk = os.urandom(_CHUNK)
    digest = md5(usedforsecurity=False)
    for _ in range(_SIZE // _CHUNK):
        digest.update(chunk)
    gateway = next(process.pid for command, process in stack.processes.running if command.name == "gateway")
    before = _peak(gateway)

    def put() -> None:
        answer = requests.put(url, data=_Body(chunk), auth=auth, timeout=600)
        assert answer.status_code == 201, answer.text
        assert answer.headers["Content-MD5"] == digest.hexdigest()

    def get() -> None:
        with requests.get(url, auth=auth, stream=True, timeout=600) as answer:
            assert sum(len(part) for part in answer.iter_content(_CHUNK)) == _SIZE

    for name, work in (("PUT", put), ("GET", get)):
        rate = _SIZE / seconds(work, 1) / 1e6
        grown = (_peak(gateway) - before) / (1 << 20)
        line(f"gateway, {name} of 2 GiB", f"{rate:.0f} MB/s", f"{grown:.0f} MiB more memory; limit {_LIMIT >> 20} MiB")


class _Body:
    """A body of known length that is made while it is sent."""

    def __init__(self, chunk: bytes) -> None:
        self._chunk = chunk

    def __len__(self) -> int:
        return _SIZE

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(_SIZE // _CHUNK):
            yield self._chunk


def _peak(pid: int) -> int:
    """The most memory that a process ever had resident, in bytes (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(row.split()[1]) * 1024 for row in status.splitlines() if row.startswith("VmHWM"))
