"""What does a fixity check of a TiB cost, and of a million items? Requests are counted, prices are those of the plan.

Two engines: functions that read and hash (whole items, and large ones part by part), and S3 Batch's "compute checksum",
which reads nothing out of the store.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from benchmarks.measuring import line
from chalicelib.domain.parts import PART
from chalicelib.domain.prices import BATCH, NANO, PRICES
from tests.services.world import BYTES, IN_PARTS, ITEM, MAPS, ONE, World

_MILLION = 10**6
_PARTS = 5  # of the item of the world, where it is cut
_HELD = (
    ("1 TiB in items of 10 MiB", 10 << 20, (1 << 40) // (10 << 20)),
    ("1 TiB in items of 16 GiB", 16 << 30, 64),
    ("a million items of 16 KiB", 16 << 10, _MILLION),
)


def run() -> None:
    """For each way to hold the bytes: requests to the store and the index for one copy; dollars by engine and class."""
    given: dict[str, Any] = yaml.safe_load(Path("site/data/prices.yml").read_text(encoding="utf-8"))
    whole, cut = _counted(World()), _counted(World(sizes=IN_PARTS))
    for name, size, count in _HELD:
        large = size > World().sizes.run
        calls = cut if large else whole
        gets = calls["open"] * -(-size // PART) // _PARTS if large else calls["open"]
        asked = f"an item: GET {gets}, HEAD {calls['head']}, index {calls['index']}, queue {calls['send']}"
        line(name, f"{(gets + calls['head']) * count:,}", f"requests to the store; {asked}")
        work = _functions(given, size, count, calls)
        for kind, price in PRICES.items():
            if price.read:
                store = count * price.of(size, gets + calls["head"]) / NANO
                line(f"  {kind}: read by functions", f"${store + work:.2f}", f"of which S3 ${store:.2f}")
        line(
            "  any class: S3 Batch, compute checksum",
            f"${BATCH.of(size * count, count) / NANO:.2f}",
            "not run against AWS",
        )


def _functions(given: dict[str, Any], size: int, count: int, calls: Counter[str]) -> float:
    """Dollars for the seconds of functions, the index and the queue."""
    assumed, functions = given["assumed"], given["functions"]
    seconds = size / assumed["read_mb_a_second"] / 1e6 + assumed["seconds_a_job"]
    index = assumed["writes_a_check"] * given["index"]["million_writes"]
    index += calls["index"] * given["index"]["million_reads"]
    queue = (assumed["queue_requests_a_job"] + calls["send"]) * given["queues"]["million_requests"]
    millions = functions["million_calls"] + index + queue
    return float(count * (seconds * assumed["function_gb"] * functions["second_of_gb"] + millions / _MILLION))


def _counted(world: World) -> Counter[str]:
    """What a check of one intact copy asks of its store, the index and the queue."""
    world.put(BYTES)
    world.work()
    calls: Counter[str] = Counter()

    def count(port: Any, name: str, known_as: str) -> None:
        plain: Callable[..., Any] = getattr(port, name)

        def call(*given: Any, **rest: Any) -> Any:
            calls[known_as] += given != ([],)  # nothing to send is no request
            return plain(*given, **rest)

        setattr(port, name, call)

    for name in ("open", "head"):
        count(world.primary, name, name)
    for name in ("item", "policies", "history"):
        count(world.index, name, "index")
    count(world.queue, "send", "send")
    world.check.check(MAPS, ITEM, (ONE,))
    return calls
