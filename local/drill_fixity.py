"""Corruption drill: copies are damaged at random in both stores; each must be found, repaired and kept as evidence.

`make drill-fixity` makes 500 (N=…), and some more with three stores of which two are damaged at once. What is random
follows from the seed that is printed (SEED=…). With BIG=10 an item of 10 GiB follows, of which one part is damaged.
"""

import itertools
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from local.damage import KINDS, Hand, Kind
from local.drill import SPACE, Drill, Failed
from local.drill_big import BigDrill
from local.drill_stack import DrillStack
from local.folder import DataFolder
from local.stack import Ports

_A_ROUND = 100  # drills; others of the space's items stay as they are
_SIZES = (16, 100, 4096, 70_000, 300_000)
_LARGE = 25  # every so many pairs of items have 3 MiB
_ODD = 5  # every so many items had another length before


@dataclass(frozen=True)
class Victim:
    """One copy of an item, what is done to it, and how; `bad` are its bytes afterwards, None if there are none."""

    item: str
    store: str
    kind: Kind
    way: str
    bad: bytes | None


@dataclass
class Row:
    """What became of all drills of a kind."""

    made: int = 0
    found: int = 0
    repaired: int = 0
    evidence: int = 0
    without: int = 0  # nothing was left to keep
    seconds: float = 0.0

    def tell(self, name: str) -> str:
        """As a line of the table."""
        kept = f"{self.evidence} of {self.made - self.without}"
        mean = self.seconds / max(1, self.made)
        return f"{name:14} {self.made:5} {self.found:6} {self.repaired:9} {kept:>12} {mean:9.1f}"

    @property
    def whole(self) -> bool:
        """Whether nothing was missed."""
        return self.made == self.found == self.repaired == self.evidence + self.without


@dataclass
class FixityDrill(Drill):
    """Drills on a running stack; every item is deposited twice, so that there is an older version of it."""

    seed: int = 0
    older: dict[str, bytes] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - what is chosen is no secret
        self.hand = Hand(self.stack, SPACE, self._client)

    @property
    def stores(self) -> list[str]:
        """The ids of all stores."""
        return [store["id"] for store in self.api("GET", "stores").json()["stores"]]

    def prepare(self, count: int) -> None:
        """Items in pairs of one length, each deposited over an older version, some of which have another."""
        self.ask("PUT", SPACE, 201)
        sizes = [self.random.choice(_SIZES) if n % _LARGE else 3 << 20 for n in range(count // 2)]
        for n in range(count // 2 * 2):
            longer = self.random.randrange(1, 9) if n % _ODD == 0 else 0
            self.older[_name(n)] = self.random.randbytes(sizes[n // 2] + longer)
            self.put(_name(n), self.older[_name(n)])
        for n, name in enumerate(self.older):
            self.put(name, self.random.randbytes(sizes[n // 2]))
        self.wait("every copy of every item is verified", lambda: self._verified_since(*self.stores))

    def round(self, victims: list[Victim], name: str = "") -> None:
        """Damage them all, ask for a check, and compare everything with what was promised."""
        before = self._objects()
        began = self._moment()
        self.hand.work([(v.store, v.item, v.bad, v.way) for v in victims])
        marks = self._objects()
        asked = time.monotonic()
        self.api("POST", "fixity/checks", 202, {"space": SPACE})
        self.wait(f"{len(victims)} repairs", lambda: self._verified_since(*self.stores, began=began))
        seconds = time.monotonic() - asked
        for victim in victims:
            row = self.rows.setdefault(name or victim.kind, Row())
            row.made += 1
            row.seconds += seconds
            self._judge(victim, began, row)
        self._see_nothing_else_touched(victims, before, marks)

    def _judge(self, victim: Victim, began: str, row: Row) -> None:
        events = [e for e in self._history(victim.item) if e["store"] == victim.store and e["at"] >= began]
        wanted = "missing" if victim.bad is None else "damaged"
        checked = any(e["kind"] == "checked" and e["detail"].get("verdict") == wanted for e in events)
        repaired = any(e["kind"] == "repaired" for e in events)
        repaired = repaired and self.hand.read(victim.store, victim.item) == self.items[victim.item]
        kept = [e["detail"]["kept-as"] for e in events if e["kind"] == "evidence kept"]
        right = [place for place in kept if self._evidence(place) == victim.bad]
        row.found += checked
        row.repaired += repaired
        row.without += victim.bad is None
        row.evidence += bool(victim.bad is not None and right)
        if not (checked and repaired and (victim.bad is None or right)):
            self.misses.append(f"{victim.kind} of {victim.item!r} in store {victim.store} ({victim.way}): {events}")

    def _see_nothing_else_touched(self, victims: list[Victim], before: Any, marks: Any) -> None:
        """What was not damaged is the same object as before; nobody wrote or removed anything beside the repairs."""
        hit = {(victim.store, victim.item) for victim in victims}
        after = self._objects()
        others = [key for key in before if key not in hit]
        touched = [key for key in others if not before[key] == marks[key] == after.get(key)]
        if touched or after.keys() != before.keys():
            self.misses.append(f"touched without need: {touched[:5]}, {sorted(after.keys() ^ before.keys())[:5]}")

    def _objects(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Every object of the space in every store, with the store's mark and time of it."""
        found = {}
        for store in self.stores:
            for entry in self.hand.listed(store):
                found[store, entry["Key"]] = (entry["ETag"], str(entry["LastModified"]))
        return found

    def _evidence(self, place: str) -> bytes:
        return self.ask("GET", place).content

    def _history(self, item: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api("GET", f"spaces/{SPACE}/history/{quote(item)}").json()["events"]
        return found

    # ---------------------------------------------------------------------------------------------------------- choices

    def victims(self, count: int) -> list[Victim]:
        """So many copies, or one more: of items that are damaged in one store each."""
        pairs = [(_name(n), _name(n + 1)) for n in range(0, len(self.items), 2)]
        self.random.shuffle(pairs)
        chosen: list[Victim] = []
        kinds = itertools.cycle(KINDS)
        while len(chosen) < count:
            (one, other), store, kind = pairs.pop(), self.random.choice(self.stores), next(kinds)
            if kind is Kind.SWAP:
                way = self._way(store, kind, same=True)
                chosen += [
                    Victim(one, store, kind, way, self.items[other]),
                    Victim(other, store, kind, way, self.items[one]),
                ]
            else:
                chosen += [self.one(one, store, kind)]
        return chosen

    def one(self, item: str, store: str, kind: Kind) -> Victim:
        """One copy damaged in a way that is not a swap."""
        data = self.items[item]
        match kind:
            case Kind.FLIP:
                at, bit = self.random.randrange(len(data)), 1 << self.random.randrange(8)
                bad: bytes | None = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
            case Kind.TRUNCATION:
                bad = data[: self.random.randrange(1, len(data))]
            case Kind.STALE:
                bad = self.older[item]
            case _:
                bad = None
        return Victim(item, store, kind, self._way(store, kind, bad is not None and len(bad) == len(data)), bad)

    def _way(self, store: str, kind: Kind, same: bool) -> str:
        return self.random.choice(self.hand.ways(store, kind, same))

    # ---------------------------------------------------------------------------------------------------------- results

    def tell_table(self) -> None:
        """What became of all. Raises Failed when anything was missed."""
        print(f"\n{'kind':14} {'made':>5} {'found':>6} {'repaired':>9} {'evidence':>12} {'seconds':>9}")
        for name, row in sorted(self.rows.items()):
            print(row.tell(name))
        if self.misses or not all(row.whole for row in self.rows.values()):
            raise Failed("\n".join([f"{len(self.misses)} misses (seed {self.seed}):", *self.misses[:20]]))


def _name(n: int) -> str:
    return f"box {n // 20}/{n}.bin"


def drill_two_stores(folder: Path, count: int, seed: int) -> None:
    """So many drills, one copy of an item at a time. Raises Failed."""
    stack = DrillStack(DataFolder(folder), Ports.choose())
    stack.start()
    try:
        drill = FixityDrill(stack, {}, seed=seed)
        drill.prepare(2 * min(count, _A_ROUND) + 10)
        while (left := count - sum(row.made for row in drill.rows.values())) > 0:
            drill.round(drill.victims(min(left, _A_ROUND)))
        drill.tell_table()
    finally:
        stack.stop()


def drill_three_stores(folder: Path, count: int, seed: int) -> None:
    """So many items, two of three copies of each damaged at once. Raises Failed."""
    stack = DrillStack(DataFolder(folder), Ports.choose(), three=True)
    stack.start()
    try:
        drill = FixityDrill(stack, {}, seed=seed + 1)
        drill.prepare(count + 10)
        kinds = [kind for kind in KINDS if kind is not Kind.SWAP]
        chosen = drill.random.sample(sorted(drill.items), count)
        pairs = [(item, drill.random.sample(drill.stores, 2)) for item in chosen]
        victims = [drill.one(item, store, drill.random.choice(kinds)) for item, pair in pairs for store in pair]
        drill.round(victims, "two of three")
        drill.tell_table()
    finally:
        stack.stop()


def main() -> int:
    """All drills on scratch folders; the exit status is 0 when everything was as promised."""
    count, big = int(os.environ.get("N") or 500), float(os.environ.get("BIG") or 0)
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    print(f"SEED={seed}", flush=True)
    try:
        with tempfile.TemporaryDirectory(prefix="duracloud-drill-") as scratch:
            if count:
                drill_two_stores(Path(scratch) / "two", count, seed)
                drill_three_stores(Path(scratch) / "three", max(1, count // 10), seed)
        if big:
            with tempfile.TemporaryDirectory(prefix="duracloud-drill-") as scratch:
                BigDrill.on(Path(scratch), int(big * (1 << 30)), seed).run("1")
    except Failed as error:
        print(f"The drill failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
