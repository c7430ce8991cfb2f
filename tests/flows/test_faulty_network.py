"""A faulty network in front of the second store: it costs time, never a copy, and nothing is called damaged for it.

`make test` has each fault happen to a small item, and some to one in parts; `make faults` each to a large one, and
then any of them at random: FAULTS=5 says how many rounds, each with a seed that is printed.
"""

import os
import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
import requests
from botocore.exceptions import ClientError

from local.folder import DataFolder
from local.stack import Ports, Stack
from tests.conftest import Product
from tests.faulty_proxy import Fault, FaultyProxy

from .waiting import wait_for

ROUNDS = int(os.environ.get("FAULTS", "0"))
MIB = 1 << 20
LARGE = (110 if ROUNDS else 18) * MIB
SOME = [Fault.CUT_BODY, Fault.CUT_ANSWER, Fault.FLIP_REQUEST, Fault.SWALLOWED, Fault.FLIP_ANSWER]
IN_PARTS = list(Fault) if ROUNDS else SOME
ONE_IS_ENOUGH = {
    Fault.FLIP_REQUEST,
    Fault.FLIP_ANSWER,
    Fault.SWALLOWED,
    Fault.TRUNCATED,
    Fault.TRICKLE,
    Fault.BLACK_HOLE,
}


@dataclass
class FarStack(Stack):
    """A stack that reaches its second store through a proxy."""

    proxy: FaultyProxy = field(kw_only=True)

    @property
    def _second_endpoint(self) -> str:
        return f"http://127.0.0.1:{self.proxy.port}"


@dataclass
class Far:
    """The product, the proxy before its second store, and what was deposited in one space."""

    product: Product
    proxy: FaultyProxy
    space: str = field(default_factory=lambda: f"far-{uuid4().hex[:8]}")
    deposited: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ask("PUT", self.space)
        wait_for(lambda: self.product.bucket(self.space) in self._buckets())

    def _buckets(self) -> set[str]:
        return {bucket["Name"] for bucket in self.product.second.list_buckets()["Buckets"]}

    def ask(self, method: str, path: str, **rest: Any) -> requests.Response:
        where = f"{self.product.address}/{path if path.startswith('api/') else f'durastore/{path}'}"
        answer = requests.request(method, where, auth=self.product.admin.auth, timeout=120, **rest)
        answer.raise_for_status()
        return answer

    def put(self, name: str, data: bytes) -> None:
        """Deposit: the primary is well, so that this succeeds."""
        self.ask("PUT", f"{self.space}/{name}", data=data)
        self.deposited[name] = data

    def held(self, name: str) -> bytes | None:
        """What the second store holds, asked for without the proxy."""
        try:
            return bytes(
                self.product.second.get_object(Bucket=self.product.bucket(self.space), Key=name)["Body"].read()
            )
        except ClientError:
            return None

    def states(self) -> dict[str, list[str]]:
        items = self.product.api(f"spaces/{self.space}/items?limit=1000")["items"]
        states = {item["id"]: [copy["state"] for copy in item["copies"]] for item in items}
        return {name: states.get(name, []) for name in self.deposited}

    def assert_intact_means_intact(self) -> None:
        for name, states in self.states().items():
            if states[1:] == ["intact"]:
                assert self.held(name) == self.deposited[name], f"{name} is called intact, and is not"

    def assert_all_ends_well(self) -> None:
        """After the faults, both copies of everything are proven, and nobody was alarmed."""
        self.ask("POST", f"api/spaces/{self.space}/checks")
        wait_for(lambda: self.states() == {name: ["intact"] * 2 for name in self.deposited}, seconds=120)
        for name, data in self.deposited.items():
            assert self.held(name) == data
            events = self.product.api(f"spaces/{self.space}/history/{name}")["events"]
            kinds = {event["kind"] for event in events}
            verdicts = {event["detail"]["verdict"] for event in events if event["kind"] == "checked"}
            assert not kinds & {"lost", "evidence kept", "repaired"}, f"{name}: {events}"
            assert verdicts <= {"intact", "unreadable"}, f"{name}: {events}"


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    ports = Ports.choose()
    with FaultyProxy(ports.second) as proxy, ExitStack() as ending:
        stack = FarStack(DataFolder(tmp_path_factory.mktemp("far")), ports, proxy=proxy)
        ending.callback(stack.stop)
        stack.start()
        yield Far(Product(stack), proxy)


@pytest.fixture
def far(one: Far) -> Iterator[Far]:
    one.deposited.clear()
    yield one
    one.proxy.heal()


def during(far: Far, fault: Fault, name: str, data: bytes) -> None:
    """Deposit while a fault happens: a wrong answer once, an error for longer than the SDK tries by itself."""
    before = far.proxy.happened[fault]
    far.proxy.fail(*[fault] * (1 if fault in ONE_IS_ENOUGH else 5))
    far.put(name, data)
    wait_for(lambda: far.proxy.happened[fault] > before, seconds=60)
    far.assert_intact_means_intact()
    far.proxy.heal()
    far.assert_all_ends_well()


@pytest.mark.parametrize("fault", Fault)
def test_a_small_item_has_both_copies_after_the_fault(far: Far, fault: Fault) -> None:
    during(far, fault, f"small, {fault}", random.Random(fault).randbytes(300_000))


@pytest.mark.parametrize("fault", IN_PARTS)
def test_an_item_in_parts_has_both_copies_after_the_fault(far: Far, fault: Fault) -> None:
    during(far, fault, f"large, {fault}", random.Random(fault).randbytes(LARGE))


def test_a_changed_byte_that_is_read_once_is_no_damage(far: Far) -> None:
    far.put("item", b"the only copy of a map" * 1000)
    far.assert_all_ends_well()
    before = far.proxy.happened[Fault.FLIP_ANSWER]
    far.proxy.fail(Fault.FLIP_ANSWER)
    far.ask("POST", f"api/spaces/{far.space}/checks")
    wait_for(lambda: far.proxy.happened[Fault.FLIP_ANSWER] > before)
    far.assert_all_ends_well()


@pytest.mark.skipif(not ROUNDS, reason="takes minutes: make faults")
@pytest.mark.parametrize("number", range(ROUNDS))
def test_many_items_have_both_copies_after_faults_at_random(far: Far, number: int) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance, before = random.Random(seed), far.proxy.happened.total()
    far.proxy.fail_at_random(seed, share=0.3)
    for n in range(12):
        far.put(f"{seed}, {n}", chance.randbytes(chance.choice([0, 1, 300_000, 18 * MIB])))
        far.assert_intact_means_intact()
    far.put(f"{seed}, large", chance.randbytes(LARGE))
    whole = {name: ["intact"] * 2 for name in far.deposited}
    wait_for(lambda: far.proxy.happened.total() >= before + 20 or far.states() == whole, seconds=300)
    far.assert_intact_means_intact()
    far.proxy.heal()
    far.assert_all_ends_well()
    print({str(fault): times for fault, times in far.proxy.happened.items()})
