"""A store that accepts every connection and never answers: it delays no copy in another store, and no reader."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
import requests

from local.folder import DataFolder
from local.stack import Ports, Stack
from tests.conftest import Product

from .waiting import wait_for

ITEMS = 24


@dataclass
class BlackHole:
    """Takes all that comes, and says nothing."""

    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=128))
    taken: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def _take(self) -> None:
        while True:
            self.taken.append(self.listener.accept()[0])


@dataclass
class ThreeStores(Stack):
    """A stack whose second store is a black hole, and whose third is the one that is the second elsewhere."""

    hole: BlackHole = field(default_factory=BlackHole)

    @property
    def environment(self) -> dict[str, str]:
        usual = super().environment
        first, second = json.loads(usual["DURACLOUD_STORES"])
        stores = [first, {**second, "endpoint": f"http://127.0.0.1:{self.hole.port}"}, {**second, "id": "3"}]
        return {**usual, "DURACLOUD_STORES": json.dumps(stores)}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    stack = ThreeStores(DataFolder(tmp_path_factory.mktemp("hole")), Ports.choose())
    stack.start()
    yield Product(stack)
    stack.stop()


def ask(own: Product, method: str, path: str, **rest: Any) -> requests.Response:
    answer = requests.request(method, f"{own.address}/durastore/{path}", auth=own.admin.auth, timeout=30, **rest)
    answer.raise_for_status()
    return answer


def states(own: Product, store: str) -> set[str]:
    items = own.api("spaces/maps/items?limit=1000")["items"]
    assert len(items) == ITEMS
    return {copy["state"] for item in items for copy in item["copies"] if copy["store"] == store}


def test_a_store_that_never_answers_delays_no_other(own: Product) -> None:
    ask(own, "PUT", "maps")
    for n in range(ITEMS):
        ask(own, "PUT", f"maps/plate {n}", data=b"a map")
    wait_for(lambda: states(own, "3") == {"intact"})
    assert states(own, "2") == {"pending"}
    for n in range(ITEMS):
        assert ask(own, "GET", f"maps/plate {n}").content == b"a map"
        assert ask(own, "GET", f"maps/plate {n}?storeID=3").content == b"a map"
    told = wait_for(lambda: own.api("stores")["stores"][1]["failing_since"] and own.api("stores")["stores"][1])
    assert told["id"] == "2"
    assert "ReadTimeout" in told["failing_why"]
    assert own.api("dead-letters")["dead_letters"] == []


@pytest.mark.thorough
def test_a_store_that_cannot_be_read_is_neither_damaged_nor_repaired_and_caught_up_when_it_is_back(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    stack = Stack(DataFolder(tmp_path_factory.mktemp("away")), Ports.choose())
    stack.start()
    own = Product(stack)
    try:
        ask(own, "PUT", "maps")
        for n in range(ITEMS):
            ask(own, "PUT", f"maps/plate {n}", data=b"a map")
        wait_for(lambda: states(own, "2") == {"intact"})
        files = [stack.end(name) for name in ("swift-object", "swift-proxy")]
        check = partial(requests.post, f"{own.address}/api/fixity/checks", auth=own.admin.auth, timeout=30)
        check(json={"space": "maps"}).raise_for_status()
        wait_for(lambda: states(own, "2") == {"unreadable"})
        assert states(own, "1") == {"intact"}
        for command in files:
            stack.start_one(command)
        wait_for(lambda: states(own, "2") == {"intact"}, 300)
        kinds = {event["kind"] for n in range(ITEMS) for event in own.api(f"spaces/maps/history/plate%20{n}")["events"]}
        assert kinds & {"damaged", "missing", "lost", "evidence kept", "repaired"} == set()
        assert own.api("incidents")["incidents"] == []
    finally:
        stack.stop()
