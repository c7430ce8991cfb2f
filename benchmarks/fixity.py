"""How fast is a copy read and hashed? Beside the hash limit of one core, and reading alone."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime

from benchmarks.measuring import line, seconds
from chalicelib.adapters.s3 import S3Store
from chalicelib.domain.checksums import tally
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.spaces import SpaceId
from chalicelib.services.read_ahead import read_ahead
from chalicelib.wiring import instance

_SIZE = 256 << 20
_CHUNK = 1 << 20
BENCH = SpaceId("bench")
ABOUT = About("application/octet-stream", datetime.now(UTC), "bench")


def run() -> None:
    """One 256 MiB item in each store; MD5 and SHA-256 in one pass."""
    data = os.urandom(_CHUNK)
    chunks = [data] * (_SIZE // _CHUNK)
    limit = _SIZE / seconds(lambda: tally(chunks)) / 1e6
    line("hash limit of one core (memory)", f"{limit:.0f} MB/s", "MD5 + SHA-256 in one pass")
    for store_id, store in instance().stores.providers.items():
        store.create_space(BENCH)
        store.put(BENCH, ContentId("big"), iter(chunks), ABOUT, _SIZE)
        read = _SIZE / seconds(lambda s=store: _drain(s)) / 1e6  # type: ignore[misc]  # a default binds the loop's value
        both = _SIZE / seconds(lambda s=store: _check(s)) / 1e6  # type: ignore[misc]  # the same
        beside = f"{both / limit:.0%} of the hash limit; reading alone {read:.0f} MB/s"
        line(f"fixity read + hash, store {store_id}", f"{both:.0f} MB/s", beside)


def _check(store: S3Store) -> None:
    with store.open(BENCH, ContentId("big")) as opened:
        assert opened is not None
        with read_ahead(opened) as chunks:
            assert tally(chunks).size == _SIZE


def _drain(store: S3Store) -> None:
    with store.open(BENCH, ContentId("big")) as opened:
        assert opened is not None
        assert _length(opened.chunks) == _SIZE


def _length(chunks: Iterable[bytes]) -> int:
    return sum(len(chunk) for chunk in chunks)
