"""Bad days: everything killed in the middle, stores that are down, a disk that is full."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
import requests

from local.demo import Demo
from local.folder import DataFolder
from local.processes import Command, Processes, StartError
from tests.conftest import Product, s3_client, stack_on

from .waiting import wait_for

UPLOADS = 200


class Run:
    """`make run` without make: the supervisor as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = DataFolder(folder)
        environment = {**os.environ, "DURACLOUD_DATA": str(folder), "DURACLOUD_PORT": "0"}
        self.log = folder.parent / "run.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local.run"], env=environment, stdout=log, stderr=log
            )
        self.where: dict[str, Any] = wait_for(lambda: self._up())
        keys = self.folder.secrets()
        self.auth = (keys.admin, keys.admin_password)

    def _up(self) -> dict[str, Any] | None:
        assert self.process.poll() is None, self.log.read_text()
        where = self.folder.running() if self.folder.path.exists() else None
        return where if where and where.get("pid") == self.process.pid else None

    def url(self, path: str) -> str:
        return f"{self.where['address']}{path}"


def test_after_kill_9_of_everything_each_acknowledged_upload_is_in_both_stores(tmp_path: Path) -> None:
    run = Run(tmp_path / "data")
    assert requests.put(run.url("/durastore/maps"), auth=run.auth, timeout=30).status_code == 201
    acknowledged: dict[str, str] = {}
    halfway = threading.Event()

    def upload(lane: int) -> None:
        for n in range(lane, UPLOADS, 4):
            data = f"map {n} ".encode() * (1 + 97 * n)
            try:
                answer = requests.put(run.url(f"/durastore/maps/map {n}"), data=data, auth=run.auth, timeout=30)
            except requests.RequestException:
                return  # the crash
            if answer.status_code == 201:
                acknowledged[f"map {n}"] = md5(data).hexdigest()
            if len(acknowledged) >= UPLOADS // 2:
                halfway.set()

    lanes = [threading.Thread(target=upload, args=(lane,)) for lane in range(4)]
    for lane in lanes:
        lane.start()
    assert halfway.wait(60)
    run.process.kill()  # and with it, by the kernel, every server and worker
    run.process.wait()
    for lane in lanes:
        lane.join()
    assert UPLOADS // 2 <= len(acknowledged) < UPLOADS, "the crash came in the middle"

    again = Run(tmp_path / "data")
    items: dict[str, Any] = {}

    def all_verified() -> bool:
        page = requests.get(again.url("/api/spaces/maps/items?limit=1000"), auth=again.auth, timeout=30).json()
        items.update({item["id"]: item for item in page["items"]})
        return all(
            [copy["state"] for copy in items.get(name, {"copies": []})["copies"]] == ["intact", "intact"]
            for name in acknowledged
        )

    wait_for(all_verified, seconds=120)
    keys = again.folder.secrets()
    primary = s3_client(int(again.where["primary"].rpartition(":")[2]), keys.primary_key, keys.primary_secret)
    account = f"{keys.second_account}:{keys.second_user}"
    second = s3_client(int(again.where["second"].rpartition(":")[2]), account, keys.second_secret)
    for name, digest in acknowledged.items():
        assert items[name]["md5"] == digest
        for client in (primary, second):
            body = client.get_object(Bucket="duracloud-maps", Key=name)["Body"].read()
            assert md5(body).hexdigest() == digest
    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(30) == 0
    assert "Stopped" in again.log.read_text()
    with pytest.raises(requests.ConnectionError):
        requests.get(again.url("/durastore/spaces"), timeout=5)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Product]:
    """A product to break, with one space."""
    stack = stack_on(tmp_path / "data")
    stack.start()
    product = Product(stack)
    requests.put(f"{product.address}/durastore/maps", auth=product.admin.auth, timeout=30).raise_for_status()
    yield product
    stack.stop()


def states(product: Product, name: str) -> list[str]:
    found = product.api(f"spaces/maps/items?prefix={name}")["items"]
    return [copy["state"] for copy in found[0]["copies"]] if found else []


def put(product: Product, name: str, data: bytes, **headers: str) -> requests.Response:
    url = f"{product.address}/durastore/maps/{name}"
    return requests.put(url, data=data, headers=headers, auth=product.admin.auth, timeout=60)


def test_a_second_store_that_is_down_is_unreadable_and_is_caught_up(own: Product) -> None:
    assert put(own, "before", b"one").status_code == 201
    wait_for(lambda: states(own, "before") == ["intact", "intact"])
    command = own.stack.end("swift-proxy")
    assert put(own, "after", b"two").status_code == 201, "deposits need the primary alone"
    requests.post(f"{own.address}/api/spaces/maps/checks", auth=own.admin.auth, timeout=30).raise_for_status()
    wait_for(lambda: states(own, "before") == ["intact", "unreadable"])
    kinds = [event["kind"] for event in own.api("spaces/maps/history/before")["events"]]
    assert "lost" not in kinds
    assert "repaired" not in kinds
    own.stack.start_one(command)
    wait_for(lambda: states(own, "after") == ["intact", "intact"])
    requests.post(f"{own.address}/api/spaces/maps/checks", auth=own.admin.auth, timeout=30).raise_for_status()
    wait_for(lambda: states(own, "before") == ["intact", "intact"])


@pytest.mark.thorough
def test_the_demonstration_ends_well_with_the_second_store_down_in_its_first_half(
    own: Product, capsys: pytest.CaptureFixture[str]
) -> None:
    Demo(own.address, own.stack.folder, space="demo-outage").tell(own.stack)
    told = capsys.readouterr().out
    lines = [
        told.index(line) for line in ("Stopped store 2", "Started store 2", "Both stores hold all", "repaired from")
    ]
    assert lines == sorted(lines)


def test_a_primary_store_that_is_down_answers_503_and_loses_nothing(own: Product) -> None:
    assert put(own, "before", b"one").status_code == 201
    command = own.stack.end("primary")
    refused = put(own, "during", b"two")
    assert refused.status_code == 503
    assert refused.text.startswith("Error attempting to add content 'during' in 'maps' due to: ")
    read = requests.get(f"{own.address}/durastore/maps/before", auth=own.admin.auth, timeout=60)
    assert read.status_code == 503
    own.stack.start_one(command)
    assert put(own, "during", b"two").status_code == 201
    wait_for(lambda: states(own, "during") == ["intact", "intact"])
    wait_for(lambda: states(own, "before") == ["intact", "intact"])


def test_a_write_that_fails_is_never_acknowledged(own: Product) -> None:
    """The primary's server may write files of 4 MiB at the most, which fails in the middle, as a full disk does."""
    assert put(own, "grows", b"first edition").status_code == 201
    command = own.stack.end("primary")
    limited = replace(command, argv=("prlimit", f"--fsize={4 << 20}", *command.argv))
    for name in ("big", "grows"):
        own.stack.start_one(limited)
        refused = put(own, name, bytes(6 << 20))
        assert refused.status_code == 503, refused.text
        assert "Traceback" not in refused.text
        wait_for(lambda: own.stack.processes.dead())
    own.stack.start_one(command)
    listing = requests.get(f"{own.address}/durastore/maps", auth=own.admin.auth, timeout=30).text
    assert "<item>big</item>" not in listing
    kept = requests.get(f"{own.address}/durastore/maps/grows", auth=own.admin.auth, timeout=30)
    assert kept.content == b"first edition"
    wait_for(lambda: states(own, "grows") == ["intact", "intact"])


def test_two_stacks_never_share_a_data_folder(own: Product) -> None:
    environment = {**os.environ, "DURACLOUD_DATA": str(own.stack.folder.path), "DURACLOUD_PORT": "0"}
    second = subprocess.run(
        [sys.executable, "-m", "local.run"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert own.address in second.stderr


def test_a_server_that_does_not_come_up_is_named_with_its_log(tmp_path: Path) -> None:
    processes = Processes(tmp_path)
    processes.start(Command("broken", (sys.executable, "-c", "raise SystemExit('no such disk')"), {}))
    with pytest.raises(StartError, match="no such disk"):
        processes.wait_for(1, "broken")
