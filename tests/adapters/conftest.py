"""Fixtures: each implementation of each port; real servers are started once for all suites."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from chalicelib.adapters.dynamodb import DynamoIndex
from chalicelib.adapters.memory import MemoryIndex, MemoryStore
from chalicelib.adapters.s3 import S3Store
from chalicelib.adapters.s3_buckets import BucketSettings
from chalicelib.adapters.sqlite import SqliteFile, SqliteIndex
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Index
from local.processes import Processes, port_or_free
from tests.adapters.rigs import (
    PREFIX,
    Rig,
    Server,
    create_tables,
    damage_on_ministack,
    damage_on_swift,
    fresh_space,
    start_ministack,
    start_swift,
)

STORES = ("memory", "moto", "ministack", "versioned", "swift")


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    running = Processes(tmp_path_factory.mktemp("logs"))
    yield running
    running.kill()


@pytest.fixture(scope="session")
def moto() -> Iterator[Server]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield Server(server.get_host_and_port()[1], "key", "secret")
    server.stop()


@pytest.fixture(scope="session")
def ministack(processes: Processes, tmp_path_factory: pytest.TempPathFactory) -> Server:
    return start_ministack(processes, tmp_path_factory.mktemp("ministack"))


@pytest.fixture(scope="session")
def swift(processes: Processes, tmp_path_factory: pytest.TempPathFactory) -> Server:
    return start_swift(processes, tmp_path_factory.mktemp("swift"))


@pytest.fixture
def nobody() -> Server:
    """An address where nobody listens."""
    return Server(port_or_free(0), "key", "secret")


@pytest.fixture(scope="session")
def memory_rig() -> Rig:
    store = MemoryStore(confirms_sha256=True)
    store.neighbours = {"itself": store.contents}
    return Rig(store, store.damage)


@pytest.fixture(scope="session")
def moto_rig(moto: Server) -> Rig:
    client = moto.client("s3")
    return Rig(S3Store(client, PREFIX, BucketSettings(), account="moto"), client=client)


@pytest.fixture(scope="session")
def ministack_rig(ministack: Server) -> Rig:
    client = ministack.client("s3")
    store = S3Store(client, PREFIX, BucketSettings(), account="ministack")
    return Rig(store, damage_on_ministack(ministack), client)


@pytest.fixture(scope="session")
def versioned_rig(ministack: Server) -> Rig:
    """The same server with all that is asked of AWS."""
    client = ministack.client("s3")
    settings = BucketSettings(versioned=True, private=True, tidy=True)
    store = S3Store(client, PREFIX, settings, confirms_sha256=True, account="ministack")
    return Rig(store, damage_on_ministack(ministack), client)


@pytest.fixture(scope="session")
def swift_rig(swift: Server) -> Rig:
    client = swift.client("s3")
    store = S3Store(client, PREFIX, BucketSettings(), withdraws_damaged=True, replaces_conditionally=False)
    return Rig(store, damage_on_swift(swift), client)


@pytest.fixture(scope="session", params=STORES)
def rig(request: pytest.FixtureRequest) -> Rig:
    """A store of every kind."""
    found: Rig = request.getfixturevalue(f"{request.param}_rig")
    return found


@pytest.fixture
def space(rig: Rig) -> SpaceId:
    """A space that only this test uses."""
    space = fresh_space()
    rig.store.create_space(space)
    return space


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scratch folder whose name needs quoting in some places."""
    folder = tmp_path / "a folder, né"
    folder.mkdir()
    return folder


def dynamo_index(server: Server) -> DynamoIndex:
    """An index on tables of its own."""
    client = server.client("dynamodb")
    return DynamoIndex(client, create_tables(client))


INDEXES: dict[str, Callable[[pytest.FixtureRequest], Index]] = {
    "memory": lambda _: MemoryIndex(),
    "sqlite": lambda request: SqliteIndex(SqliteFile(request.getfixturevalue("folder") / "index.sqlite3")),
    "moto": lambda request: dynamo_index(request.getfixturevalue("moto")),
    "ministack": lambda request: dynamo_index(request.getfixturevalue("ministack")),
}


@pytest.fixture(params=INDEXES)
def index(request: pytest.FixtureRequest) -> Index:
    """A new index of every kind."""
    return INDEXES[request.param](request)


# moto undoes a refused transaction by restoring a copy of its tables, without a lock: others may lose what they wrote.
@pytest.fixture(params=[name for name in INDEXES if name != "moto"])
def racing_index(request: pytest.FixtureRequest) -> Index:
    """A new index of every kind that can be raced for."""
    return INDEXES[request.param](request)
