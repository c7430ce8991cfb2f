"""Demo: deposit a small collection, damage a copy in each store behind the service's back, watch both made whole.

With STOPPED=second the second store is stopped while everything is deposited, on a stack of the demonstration's own.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import md5
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from local import swift
from local.collection import collection
from local.folder import PREFIX, DataFolder
from local.stack import Ports, Stack

_PATIENCE = 180  # seconds for copies, and again for repairs: after an outage, attempts come less and less often

Item = tuple[str, str, bytes]  # content id, media type, bytes


class Failed(Exception):
    """The story did not end as promised."""


@dataclass
class Demo:
    """One telling of the story against a running stack."""

    address: str
    folder: DataFolder
    space: str = field(default_factory=lambda: f"demo-{int(time.time())}")
    started: float = field(default_factory=time.monotonic)

    def tell(self, stopped: Stack | None = None) -> None:
        """From deposit to repair, the second store of a stack being `stopped` until all is deposited. Raises Failed."""
        with ExitStack() as stopping:
            if stopped is not None:
                stopping.enter_context(self._second_stopped(stopped))
            items = self._deposit()
            if stopped is not None:
                self._wait(lambda: all(self._states(i) == ["intact", "pending"] for i, _, _ in items), "first copies")
                self.say("Store 1 holds all of them, read and proven; what store 2 lacks is remembered, and asked for.")
        self._wait(
            lambda: all(self._states(i) == ["intact", "intact"] for i, _, _ in items), "every copy to be verified"
        )
        self.say(f"Both stores hold all {len(items)} items; each copy was read back and has the checksum of record.")
        self._damage_and_repair(items)

    @contextmanager
    def _second_stopped(self, stack: Stack) -> Iterator[None]:
        names = [command.name for command, _ in stack.processes.running if command.name.startswith("swift-")]
        commands = [stack.end(name) for name in names]
        self.say(f"Stopped store 2: its {len(commands)} servers were killed.")
        yield
        for command in commands:
            stack.start_one(command)
        self.say("Started store 2 again; nobody told the service.")

    def _deposit(self) -> list[Item]:
        self._request("PUT", f"/durastore/{self.space}", 201)
        self.say(f"Space {self.space!r} is there.")
        items = list(collection())
        for content_id, media_type, data in items:
            headers = {"Content-Type": media_type, "Content-MD5": md5(data, usedforsecurity=False).hexdigest()}
            self._request("PUT", f"/durastore/{self.space}/{quote(content_id)}", 201, data=data, headers=headers)
            self.say(f"Deposited {content_id!r}, {len(data):,} bytes.")
        return items

    def _damage_and_repair(self, items: list[Item]) -> None:
        second_victim, first_victim = items[0][0], items[-1][0]
        self._flip(self._file_in_second(second_victim), second_victim, 2)
        self._flip(self._file_in_primary(first_victim), first_victim, 1)
        self._request("POST", f"/api/spaces/{self.space}/checks", 202)
        self.say("Asked for a fixity check of the space: every copy is read and judged.")
        for victim, store in ((second_victim, "2"), (first_victim, "1")):
            self._wait(lambda v=victim: "repaired" in self._kinds(v), f"the copy of {victim!r} in store {store}")  # type: ignore[misc]  # a default binds the loop's value
            for event in self._history(victim):
                if event["store"] == store and event["kind"] in ("checked", "evidence kept", "repaired"):
                    self.say(f"  {victim!r}, store {store}: {_told(event)}")
        self._prove(items)
        self.say("Both copies are whole again, and the damaged bytes are kept as evidence. That is the promise.")

    def say(self, line: str) -> None:
        """One line of the story, with the seconds since its beginning."""
        print(f"{time.monotonic() - self.started:5.1f} s  {line}", flush=True)

    def _prove(self, items: list[Item]) -> None:
        """Compare the bytes that a reader gets, and those in both stores' files, with the deposit."""
        for content_id, _, data in items:
            got = self._request("GET", f"/durastore/{self.space}/{quote(content_id)}", 200).content
            files = (self._file_in_primary(content_id), self._file_in_second(content_id))
            if got != data or any(file.read_bytes() != data for file in files):
                raise Failed(f"{content_id!r} is not what was deposited")
            if self._states(content_id) != ["intact", "intact"]:
                raise Failed(f"{content_id!r} has copies that are not intact")

    def _flip(self, file: Path, content_id: str, store: int) -> None:
        data = bytearray(file.read_bytes())
        middle = len(data) // 2
        data[middle] ^= 0x01
        with file.open("r+b") as disk:
            disk.write(data)
        self.say(f"Flipped one bit of byte {middle:,} of {content_id!r} on the disk of store {store}; nobody was told.")

    def _file_in_primary(self, content_id: str) -> Path:
        return self.folder.primary / "000000000000" / f"{PREFIX}-{self.space}" / content_id

    def _file_in_second(self, content_id: str) -> Path:
        account = self.folder.secrets().second_account
        (file,) = swift.object_files(self.folder.second, account, f"{PREFIX}-{self.space}", content_id)
        return file

    def _states(self, content_id: str) -> list[str]:
        answer = self._request("GET", f"/api/spaces/{self.space}/items/{quote(content_id)}", 200, 404)
        return [copy["state"] for copy in answer.json()["copies"]] if answer.status_code == 200 else []

    def _history(self, content_id: str) -> list[dict[str, Any]]:
        events = self._request("GET", f"/api/spaces/{self.space}/history/{quote(content_id)}", 200).json()["events"]
        assert isinstance(events, list)
        return events

    def _kinds(self, content_id: str) -> set[str]:
        return {event["kind"] for event in self._history(content_id)}

    def _wait(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not done():
            if time.monotonic() > deadline:
                raise Failed(f"Waited {_PATIENCE} s in vain for {what}")
            time.sleep(0.2)

    def _request(self, method: str, path: str, *expected: int, **rest: Any) -> requests.Response:
        keys = self.folder.secrets()
        answer = requests.request(
            method, f"{self.address}{path}", auth=(keys.admin, keys.admin_password), timeout=60, **rest
        )
        if answer.status_code not in expected:
            raise Failed(f"{method} {path} was answered {answer.status_code}: {answer.text}")
        return answer


def _told(event: dict[str, Any]) -> str:
    match event["kind"]:
        case "checked":
            return f"checked: {event['detail']['verdict']}"
        case "evidence kept":
            return f"evidence kept as {event['detail']['kept-as']}"
        case _:
            return f"{event['kind']} {event['detail']['how']}, read back, intact"


def main() -> int:
    """Tell it on the running stack, or on one of its own in a scratch folder; 0 only if both copies are whole again."""
    stopped = os.environ.get("STOPPED", "")
    if stopped not in ("", "second"):
        sys.exit(f"STOPPED={stopped}: only the second store can be stopped; deposits need the first")
    with ExitStack() as ending:
        folder = DataFolder(Path(os.environ.get("DURACLOUD_DATA", "data")).absolute())
        running = folder.running() if folder.path.exists() and not stopped else None
        stack = None
        if running and _answers(running["address"]):
            address = str(running["address"])
        else:
            scratch = ending.enter_context(tempfile.TemporaryDirectory(prefix="duracloud-demo-"))
            stack = Stack(DataFolder(Path(scratch)), Ports.choose())
            print("Starting a stack on a scratch folder …", flush=True)
            ending.callback(stack.stop)
            stack.start()
            folder, address = stack.folder, stack.address
        try:
            Demo(address, folder).tell(stack if stopped else None)
        except Failed as failure:
            print(f"FAILED: {failure}", file=sys.stderr)
            return 1
    return 0


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/durastore/spaces", timeout=5).status_code == 200
    except requests.RequestException:
        return False


if __name__ == "__main__":
    sys.exit(main())
