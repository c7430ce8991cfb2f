"""Streaming: however large an item is, the gateway holds only a few parts of it."""

import hashlib
import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .wire import Client

BLOCK = 1 << 20
BLOCKS = 300
ALLOWED = 100 << 20  # bytes


class Generated:
    """A body that is made while it is sent, no block like another."""

    def __init__(self) -> None:
        self.md5 = hashlib.md5()

    def __iter__(self) -> Iterator[bytes]:
        for number in range(BLOCKS):
            block = number.to_bytes(8, "big") * (BLOCK // 8)
            self.md5.update(block)
            yield block


@pytest.mark.rule("1.6.put.15", "15.1.2")
def test_300_mib_pass_through_in_100(product, admin, new_space):
    space = new_space()
    (gateway,) = [process for command, process in product.stack.processes.running if command.name == "gateway"]
    transfer(admin, space, "warm-up", iter([bytes(BLOCK)]), BLOCK)

    # 5: the kernel starts its high-water mark anew from what the process holds now.
    Path(f"/proc/{gateway.pid}/clear_refs").write_text("5")
    before = high_water(gateway.pid)
    body = Generated()
    stored, read = transfer(admin, space, "large", iter(body), BLOCKS * BLOCK)
    grown = high_water(gateway.pid) - before

    admin("DELETE", f"/{space}/large")  # before copies of it are made
    assert stored == read == body.md5.hexdigest()
    assert grown <= ALLOWED


def transfer(client: Client, space: str, name: str, body: Iterator[bytes], size: int) -> tuple[str, str]:
    """PUT and GET one item; returns the MD5 that the service gave and that of the bytes it sent."""
    name_of_credentials, _, credentials = client.credentials[0].partition(": ")
    headers = {name_of_credentials: credentials, "Content-Length": str(size)}
    path = f"/durastore/{space}/{name}"
    connection = http.client.HTTPConnection(urlsplit(client.address).netloc, timeout=120)
    connection.request("PUT", path, body, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 201
    connection.request("GET", path, headers={name_of_credentials: credentials})
    download = connection.getresponse()
    md5 = hashlib.md5()
    while block := download.read(BLOCK):
        md5.update(block)
    connection.close()
    assert download.headers["Content-MD5"] == answer.headers["Content-MD5"]
    return answer.headers["Content-MD5"], md5.hexdigest()


def high_water(pid: int) -> int:
    """The most memory that a process held at any time, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) << 10
