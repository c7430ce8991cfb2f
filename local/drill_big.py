"""Big drill: one part of a large item is damaged on the disk; short jobs find it, and it alone is replaced."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import requests

from local import swift
from local.damage import Hand
from local.drill import SPACE, Drill
from local.drill_stack import DrillStack
from local.folder import DataFolder
from local.stack import Ports

ITEM = "film.mov"
PART = 16 << 20
_JOB_SECONDS = 75  # of which a minute is kept as a reserve: a run lasts 15 seconds


@dataclass
class BigDrill(Drill):
    """`size` bytes, nearly all of them zeros; each part begins with its number."""

    size: int = 0
    seed: int = 0

    @classmethod
    def on(cls, folder: Path, size: int, seed: int) -> "BigDrill":
        """A drill on a stack of its own."""
        stack = DrillStack(DataFolder(folder), Ports.choose(), job_seconds=_JOB_SECONDS)
        return cls(stack, {}, patience=7200, size=size, seed=seed)

    def run(self, *stores: str) -> None:
        """Deposit; then damage, check and repair in each of the stores. Raises Failed."""
        self.stack.start()
        try:
            self.deposit()
            for store in stores:
                self.repair(store)
        finally:
            self.stack.stop()

    def deposit(self) -> None:
        """Both copies proven."""
        self.ask("PUT", SPACE, 201)
        began = time.monotonic()
        keys, url = self.stack.secrets, f"{self.stack.address}/durastore/{SPACE}/{ITEM}"
        login, body = (keys.admin, keys.admin_password), _Body(self.parts(), self.size)
        # The local store puts a large object together before it answers: whoever gave up waiting finds it there.
        answer = requests.put(url, data=body, auth=login, timeout=self.patience)
        self.see("the deposit was taken, or may be asked for again", answer.status_code in (201, 503), True)
        self.tell(f"Deposited {self.size:,} bytes ({answer.status_code}); {self._rate(began)}")
        self.items[ITEM] = b""
        self.wait("both copies are verified", lambda: self._verified_since("1", "2"))

    def repair(self, store: str) -> None:
        """One part of one copy gets other bytes, a check is asked for, and the part is replaced."""
        number = random.Random(self.seed).randrange(1, -(-self.size // PART))  # noqa: S311
        first = (number - 1) * PART
        bad = b"\xff" * 512
        with self._file(store, number).open("r+b") as file:
            file.seek((first if store == "1" else 0) + 4096)
            file.write(bad)
        self.tell(f"512 bytes of part {number} are others on the disk of store {store}; nobody was told.")
        began, asked = self._moment(), time.monotonic()
        self.api("POST", "fixity/checks", 202, {"space": SPACE, "id": ITEM})
        self.wait("the damage is found", lambda: bool(self._events(store, "checked", began)))
        self.tell(f"Found; two copies were read, {self._rate(asked, 2)}")
        found = time.monotonic()
        self.wait("the copy is whole again", lambda: self._verified_since(store, began=began))
        self.tell(f"Repaired and read back; {self._rate(found)}")
        (checked,) = self._events(store, "checked", began)
        (kept,) = self._events(store, "evidence kept", began)
        (repaired,) = self._events(store, "repaired", began)
        count, other = -(-self.size // PART), "2" if store == "1" else "1"
        self.see("bad parts", checked.get("bad-parts", "1"), "1")
        self.see("where", kept["part"], str(number))
        self.see("how", repaired["how"], f"part {number} of {count} from store {other}, the others as they were")
        evidence = self.ask("GET", kept["kept-as"]).content
        right = self._part(number)
        self.see("the evidence is the bad part", evidence, right[:4096] + bad + right[4096 + len(bad) :], aloud=False)
        self.see("what was expected", kept["expected-sha256"], sha256(right).hexdigest())
        for each in ("1", "2"):
            self.see(f"the bytes in store {each} are those of the deposit", self._right(each), True)

    def parts(self) -> Iterator[bytes]:
        """The deposit, part by part."""
        for number in range(1, -(-self.size // PART) + 1):
            yield self._part(number)

    def _part(self, number: int) -> bytes:
        data = number.to_bytes(8, "big").ljust(PART, b"\0")
        return data[: min(PART, self.size - (number - 1) * PART)]

    def _right(self, store: str) -> bool:
        hand = Hand(self.stack, SPACE, self._client)
        body = self._client(store).get_object(Bucket=hand.bucket(store), Key=ITEM)["Body"]
        return all(body.read(len(part)) == part for part in self.parts()) and not body.read(1)

    def _file(self, store: str, number: int) -> Path:
        hand = Hand(self.stack, SPACE, self._client)
        if store == "1":
            return hand.file_in_primary(ITEM)
        account = self.stack.secrets.second_account
        return swift.part_files(self.stack.folder.second, account, hand.bucket("2"), ITEM)[number - 1]

    def _events(self, store: str, kind: str, began: str) -> list[dict[str, Any]]:
        events = self.api("GET", f"spaces/{SPACE}/history/{ITEM}").json()["events"]
        mine = [e for e in events if (e["kind"], e["store"]) == (kind, store) and e["at"] >= began]
        return [e["detail"] for e in mine if e["detail"].get("verdict") != "intact"]

    def _rate(self, began: float, times: int = 1) -> str:
        seconds = time.monotonic() - began
        return f"{seconds:.0f} s, {times * self.size / seconds / 1e6:.0f} MB/s"


class _Body:
    """A body that is sent as it is made."""

    def __init__(self, pieces: Iterator[bytes], size: int) -> None:
        self._pieces, self._size = pieces, size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces
