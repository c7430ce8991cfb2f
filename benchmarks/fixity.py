"""How fast are copies read and hashed? Beside the limit of hashing, reading alone, other tools, and a plain loop."""

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import cast

from benchmarks.measuring import line, seconds
from chalicelib.adapters.s3 import S3Store
from chalicelib.domain.checksums import tally
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import Space, SpaceId
from chalicelib.services.deposit import NewContent
from chalicelib.services.read_ahead import read_ahead
from chalicelib.wiring import instance

_SIZE = 256 << 20
_CHUNK = 1 << 20
_SMALL = 300
BENCH = SpaceId("bench")
BIG = ContentId("big")
ABOUT = About("application/octet-stream", datetime.now(UTC), "bench")


def run() -> None:
    """Large items and small ones in each store, then the primary's as every core reads it."""
    data = os.urandom(_CHUNK)
    chunks = [data] * (_SIZE // _CHUNK)
    limit = _SIZE / seconds(lambda: tally(chunks)) / 1e6
    line("hash limit of one core (memory)", f"{limit:.0f} MB/s", "MD5 + SHA-256 in one pass")
    for store_id, store in instance().stores.providers.items():
        store.create_space(BENCH)
        store.put(BENCH, BIG, iter(chunks), ABOUT, _SIZE)
        read = _SIZE / seconds(lambda s=store: _drain(s)) / 1e6  # type: ignore[misc]  # a default binds the loop's value
        both = _SIZE / seconds(lambda s=store: _check(s)) / 1e6  # type: ignore[misc]  # the same
        beside = f"{both / limit:.0%} of the hash limit; reading alone {read:.0f} MB/s"
        line(f"fixity read + hash, store {store_id}", f"{both:.0f} MB/s", beside)
    _beside_tools(chunks)
    _small_items()


def _beside_tools(chunks: list[bytes]) -> None:
    """One process, a thread for each core: from memory, from a local file, from the primary store; and the tools."""
    cores, store = os.cpu_count() or 1, cast(S3Store, instance().stores.primary)
    with tempfile.NamedTemporaryFile() as file:
        file.writelines(chunks)
        file.flush()
        tools = [[tool, file.name] for tool in ("sha256sum", "md5sum")]
        rates = {
            "hashing from memory": _rate(cores, lambda: tally(chunks)),
            "sha256sum and md5sum of a local file at once": _SIZE / seconds(lambda: _at_once(tools)) / 1e6,
            "a local file, read and hashed by our code": _rate(cores, lambda: _local(file.name)),
            "copies in the primary store, checked": _rate(cores, lambda: _check(store)),
        }
    limit = rates["hashing from memory"]
    for name, rate in rates.items():
        line(f"{name}, {cores} cores", f"{rate:.0f} MB/s", f"{rate / limit:.0%} of the hash limit")


def _rate(cores: int, work: Callable[[], object]) -> float:
    with ThreadPoolExecutor(cores) as pool:
        return (
            cores * _SIZE / seconds(lambda: [done.result() for done in [pool.submit(work) for _ in range(cores)]]) / 1e6
        )


def _at_once(commands: list[list[str]]) -> None:
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for command in commands]
    assert [process.wait() for process in running] == [0] * len(commands)


def _local(name: str) -> None:
    with open(name, "rb") as file:
        assert tally(iter(lambda: file.read(_CHUNK), b"")).size == _SIZE


def _small_items() -> None:
    """Items of 16 KiB: what a check reads of each, and all that a check does, beside a loop of get and hash."""
    service = instance()
    space = Space(BENCH, ABOUT.deposited_at, "bench")
    service.index.save_space(space)
    ids = [ContentId(f"small/{n}") for n in range(_SMALL)]
    items = []
    for item in ids:
        service.deposit.deposit(space, NewContent(item, iter([os.urandom(16 << 10)]), "bench"))
        items.append(cast(Item, service.index.item(BENCH, item)))
    primary, store = service.stores.primary_id, cast(S3Store, service.stores.primary)
    bucket, examine = store._bucket(BENCH), service.check_fixity.examine

    def plainly() -> None:
        for item in ids:
            data = store.client.get_object(Bucket=bucket, Key=item)["Body"].read()
            hashlib.md5(data, usedforsecurity=False).digest()
            hashlib.sha256(data).digest()

    plain = _SMALL / seconds(plainly)
    line("items of 16 KiB, get and hash with boto3", f"{plain:.0f} a s", "one after another, one thread")
    for name, work in (
        ("read and judged", lambda: [examine.examine(item, primary) for item in items]),
        (
            "checked, with record and history",
            lambda: [service.check_fixity.check(BENCH, item, (primary,)) for item in ids],
        ),
    ):
        rate = _SMALL / seconds(work)
        line(f"items of 16 KiB, {name}", f"{rate:.0f} a s", f"{rate / plain:.0%} of the loop")


def _check(store: S3Store) -> None:
    with store.open(BENCH, BIG) as opened:
        assert opened is not None
        with read_ahead(opened) as chunks:
            assert tally(chunks).size == _SIZE


def _drain(store: S3Store) -> None:
    with store.open(BENCH, BIG) as opened:
        assert opened is not None
        assert _length(opened.chunks) == _SIZE


def _length(chunks: Iterable[bytes]) -> int:
    return sum(len(chunk) for chunk in chunks)
