"""Does the gateway stream? A 1 GiB PUT and GET beside raw boto3 multipart, and what they add to its memory."""

import os
from collections.abc import Callable
from hashlib import md5
from typing import Any

from benchmarks.measuring import line, resident, seconds
from benchmarks.wire import Wire, s3
from local.folder import PREFIX
from local.stack import Stack

_SIZE = 1 << 30
_CHUNK = 1 << 20
_LIMIT = 100
_ROUNDS = 3


def run(stack: Stack) -> None:
    """Aim: 80 % of boto3, which sends 10 parts at once and proves nothing end to end; at most 100 MiB more memory."""
    wire, store = Wire(stack, "bench-stream"), s3(stack)
    wire.request("PUT", "")()
    bucket = {"Bucket": f"{PREFIX}-bench-stream"}
    chunk = os.urandom(_CHUNK)
    digest = md5(usedforsecurity=False)
    for _ in range(_SIZE // _CHUNK):
        digest.update(chunk)
    checksum = f"Content-MD5: {digest.hexdigest()}\r\n"
    before = resident(stack, "gateway")
    pairs: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "PUT": (
            lambda: wire.send("/big", chunk, _SIZE, checksum),
            lambda: store.upload_fileobj(Repeated(chunk), **bucket, Key="raw"),
        ),
        "GET": (
            lambda: wire.receive("/big", _SIZE),
            lambda: download(store, bucket),
        ),
    }
    for name, (ours, peer) in pairs.items():
        rates = [(_SIZE / seconds(ours, 1) / 1e6, _SIZE / seconds(peer, 1) / 1e6) for _ in range(_ROUNDS)]
        rate, beside = (sorted(side)[_ROUNDS // 2] for side in zip(*rates, strict=True))
        told = f"{rate / beside:.0%} of boto3, {beside:.0f} MB/s (aim: 80 %)"
        line(f"gateway, {name} of 1 GiB", f"{rate:.0f} MB/s", told)
    now, peak = resident(stack, "gateway")
    line("gateway, memory added by them", f"{peak - before[1]} MiB", f"limit {_LIMIT} MiB; now {now}, peak {peak} MiB")


class Repeated:
    """A file of 1 GiB that is made while it is read."""

    def __init__(self, chunk: bytes) -> None:
        self._chunk = chunk
        self._left = _SIZE

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        size = self._left if size < 0 else min(size, self._left)
        self._left -= size
        return (self._chunk * (-(-size // _CHUNK)))[:size]


def download(store: Any, bucket: dict[str, str]) -> None:
    """One stream: for each of the ranges that boto3 would ask for at once, MiniStack reads the whole item."""
    assert sum(len(piece) for piece in store.get_object(**bucket, Key="raw")["Body"].iter_chunks(_CHUNK)) == _SIZE
