"""Rigs: an implementation of a port on a server of its own, with a way to reach behind its back."""

import itertools
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import boto3
from botocore.config import Config

from chalicelib.domain.content import About, ContentId, Stored
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import StorageProvider
from local import swift
from local.processes import Command, Processes, port_or_free
from local.stack import REGION, ROOT
from tests import tables

PRIMARY_SERVER = (str(ROOT / ".venv-ministack/bin/python"), "-I", str(ROOT / "local/primary_server.py"))
SWIFT_PYTHON = ROOT / ".venv-swift/bin/python"
PREFIX = "contract"  # of buckets, tables and queues
MIB = 1 << 20
PART = 16 * MIB  # what S3Store sends in one request
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

_numbers = itertools.count()
_block = Random(20).randbytes(MIB + 1)  # odd, so that pieces of it never fall together with the edges of parts


@dataclass(frozen=True)
class Server:
    """Where a server of this machine listens, and with which key."""

    port: int
    key: str
    secret: str
    folder: Path | None = None

    def client(self, service: str, **changed: Any) -> Any:
        """A boto3 client as the service makes them, without its retries: they would hide a server's faults."""
        given: dict[str, Any] = {
            "endpoint_url": f"http://127.0.0.1:{self.port}",
            "region_name": REGION,
            "aws_access_key_id": self.key,
            "aws_secret_access_key": self.secret,
            "config": Config(
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                retries={"total_max_attempts": 1},
                connect_timeout=5,
                read_timeout=changed.pop("read_timeout", 60),
                max_pool_connections=16,
            ),
        }
        return boto3.client(service, **{**given, **changed})


@dataclass(frozen=True)
class Rig:
    """A store under test; `damage` changes an object's bytes where the store keeps them."""

    store: StorageProvider
    damage: Callable[[SpaceId, ContentId, bytes], None] | None = None
    client: Any = None  # plain S3; None where the store is none

    def unfinished(self, space: SpaceId) -> list[str]:
        """The ids of uploads in parts that were neither completed nor given up."""
        if self.client is None:
            return []
        answer = self.client.list_multipart_uploads(Bucket=f"{PREFIX}-{space}")
        return [upload["Key"] for upload in answer.get("Uploads", [])]

    def read(self, space: SpaceId, item: ContentId, first: int = 0, last: int | None = None) -> tuple[Stored, bytes]:
        """An object that must be there."""
        with self.store.open(space, item, first, last) as opened:
            assert opened is not None
            return opened.stored, b"".join(opened.chunks)


def fresh_space() -> SpaceId:
    """A name that no other test uses."""
    return SpaceId(f"space-{next(_numbers)}")


def about(**given: Any) -> About:
    """What is said of a test's object."""
    return About(**{"content_type": "text/plain", "deposited_at": NOW, "deposited_by": "member", **given})


def stream(size: int) -> Iterator[bytes]:
    """The first `size` bytes of a stream that does not repeat itself at the edges of parts."""
    while size > 0:
        yield _block[:size]
        size -= len(_block)


def create_tables(client: Any) -> str:
    """The tables of an index and of accounts; returns their common prefix."""
    prefix = f"{PREFIX}-{next(_numbers)}"
    tables.create_tables(client, prefix)
    return prefix


def start_ministack(processes: Processes, folder: Path) -> Server:
    """The first store of a laptop stack, with its settings."""
    server = Server(port_or_free(0), "DCCONTRACT", secrets.token_hex(16), folder / "primary")
    environment = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(server.port),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(server.folder),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folder / "primary-state"),
        "LOG_LEVEL": "WARNING",
        "SFTP_ENABLED": "0",
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": server.key,
        "AWS_SECRET_ACCESS_KEY": server.secret,
    }
    for name in ("primary", "primary-state"):
        (folder / name).mkdir(parents=True)
    processes.start(Command("ministack", PRIMARY_SERVER, environment))
    processes.wait_for(server.port, "ministack")
    return server


def start_swift(processes: Processes, folder: Path) -> Server:
    """The second store of a laptop stack."""
    server = Server(port_or_free(0), "duracloud:keeper", secrets.token_hex(16), folder / "second")
    ports = (port_or_free(0), port_or_free(0), port_or_free(0))
    commands = swift.prepare(
        folder / "second", SWIFT_PYTHON, server.port, ports, *server.key.split(":"), key=server.secret
    )
    for command, port in zip(commands, (*ports, server.port), strict=True):
        processes.start(command)
        processes.wait_for(port, command.name)
    return server


def damage_on_ministack(server: Server) -> Callable[[SpaceId, ContentId, bytes], None]:
    """Objects are plain files below an account number and the bucket."""

    def damage(space: SpaceId, item: ContentId, data: bytes) -> None:
        assert server.folder is not None
        (file,) = server.folder.glob(f"*/{PREFIX}-{space}/{item}")
        file.write_bytes(data)

    return damage


def damage_on_swift(server: Server) -> Callable[[SpaceId, ContentId, bytes], None]:
    """Objects are files below the MD5 of their names."""

    def damage(space: SpaceId, item: ContentId, data: bytes) -> None:
        assert server.folder is not None
        account = server.key.split(":")[0]
        (file,) = swift.object_files(server.folder, account, f"{PREFIX}-{space}", item)
        with file.open("r+b") as stored:  # in place: its extended attributes are the object's metadata
            stored.write(data)
            stored.truncate()

    return damage
