"""How many requests does the gateway answer? Beside boto3, which makes the same calls straight to the store.

The load comes from threads of this process, on raw sockets that stay open and with requests made beforehand. `load`
says how much of one core that took: well below 100 %, it is not the generator that limits the figure. boto3 makes and
signs each request anew, which is a part of what its users pay; there the figure says how much.
"""

import base64
import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.measuring import line, resident
from local.folder import PREFIX
from local.stack import REGION, Stack

_SECONDS = 2.0
_CONNECTIONS = (1, 8, 32)
_IDLE = 300
_SPACE = "bench-wire"
_ITEMS = 1000

Call = Callable[[], object]


@dataclass(frozen=True)
class Figure:
    """Requests per second, milliseconds of the median and of the slowest hundredth, and the generator's own share."""

    rate: float
    p50: float
    p99: float
    load: float

    def __str__(self) -> str:
        return f"p50 {self.p50:.1f} p99 {self.p99:.1f} ms, load {self.load:.0%}"


def run(stack: Stack) -> None:
    """Each call at each number of connections, the gateway first, then the store."""
    body = os.urandom(1024)
    store = s3(stack)
    bucket = f"{PREFIX}-{_SPACE}"
    wire = Wire(stack, _SPACE)
    wire.request("PUT", "")()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.put_object(Bucket=bucket, Key=f"many/{n:04}", Body=body), range(_ITEMS)))
    wire.request("PUT", "/one", body)()
    before = resident(stack, "gateway")
    calls: dict[str, tuple[Callable[[int], Call], Callable[[int], Call]]] = {
        "GET 1 KiB": (
            lambda n: wire.request("GET", "/one"),
            lambda n: lambda: store.get_object(Bucket=bucket, Key="one")["Body"].read(),
        ),
        "HEAD": (lambda n: wire.request("HEAD", "/one"), lambda n: lambda: store.head_object(Bucket=bucket, Key="one")),
        "HEAD of a missing item": (
            lambda n: wire.request("HEAD", "/none", status=404),
            lambda n: lambda: _missing(store, bucket),
        ),
        "list 1,000": (
            lambda n: wire.request("GET", "?prefix=many/&maxResults=1000"),
            lambda n: lambda: store.list_objects_v2(Bucket=bucket, Prefix="many/", MaxKeys=1000),
        ),
        "PUT 1 KiB": (
            lambda n: wire.request("PUT", f"/put/{n}", body, 201),
            lambda n: lambda: store.put_object(Bucket=bucket, Key=f"raw/{n}", Body=body),
        ),
    }
    for name, (ours, peer) in calls.items():
        for count in _CONNECTIONS:
            figure, beside = drive(ours, count), drive(peer, count)
            line(
                f"{name}, {count} connections",
                f"{figure.rate:.0f}/s",
                f"{figure}; boto3 {beside.rate:.0f}/s ({figure.rate / beside.rate:.0%}), {beside}",
            )
    _idle(wire)
    line(
        "gateway, memory",
        f"{resident(stack, 'gateway')[0]} MiB",
        f"before {before[0]}; peak, peak before: MiB {resident(stack, 'gateway')[1]}, {before[1]}",
    )


def _idle(wire: "Wire") -> None:
    """The promise: idle connections cost those that work nothing."""
    alone, beside = [], []
    for _ in range(3):
        alone.append(drive(lambda n: wire.request("GET", "/one"), 8).rate)
        with ExitStack() as idle:
            for _ in range(_IDLE):
                idle.enter_context(wire.connect())
            beside.append(drive(lambda n: wire.request("GET", "/one"), 8).rate)
    name = f"GET 1 KiB, 8 connections, {_IDLE} idle"
    line(name, f"{median(beside):.0f}/s", f"without them {median(alone):.0f}/s")


class Wire:
    """Requests to one space of the gateway."""

    def __init__(self, stack: Stack, space: str) -> None:
        self._port = stack.ports.gateway
        self._space = space
        login = f"{stack.secrets.admin}:{stack.secrets.admin_password}".encode()
        self._head = f"Host: 127.0.0.1\r\nAuthorization: Basic {base64.b64encode(login).decode()}\r\n"

    def connect(self) -> socket.socket:
        """A new connection."""
        return socket.create_connection(("127.0.0.1", self._port), timeout=60)

    def request(self, method: str, path: str, body: bytes = b"", status: int = 0) -> Call:
        """A request on a connection of its own, to be sent again and again."""
        connection = self.connect()
        stream = connection.makefile("rb")
        head = f"{method} /durastore/{self._space}{path} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n"
        data = head.encode() + body

        def send() -> None:
            connection.sendall(data)
            answered = int(stream.readline().split()[1])
            length = 0
            while (field := stream.readline()) != b"\r\n":
                if field.startswith(b"Content-Length:"):
                    length = int(field[15:])
            if method != "HEAD":
                stream.read(length)
            assert answered == (status or answered), answered

        return send

    def send(self, path: str, chunk: bytes, size: int, headers: str = "") -> None:
        """PUT a body that repeats a chunk."""
        with self.connect() as connection:
            head = f"PUT /durastore/{self._space}{path} HTTP/1.1\r\n{self._head}{headers}Content-Length: {size}\r\n\r\n"
            connection.sendall(head.encode())
            for left in range(size, 0, -len(chunk)):
                connection.sendall(chunk[:left])
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 201 ")

    def receive(self, path: str, size: int, take: Callable[[memoryview], object] = len) -> None:
        """GET a body, giving away each piece."""
        with self.connect() as connection:
            head = f"GET /durastore/{self._space}{path} HTTP/1.1\r\n{self._head}Connection: close\r\n\r\n"
            connection.sendall(head.encode())
            room = memoryview(bytearray(1 << 20))
            got = connection.recv_into(room)
            end = bytes(room[:got]).index(b"\r\n\r\n") + 4
            take(room[end:got])
            taken = got - end
            while got := connection.recv_into(room):
                take(room[:got])
                taken += got
            assert taken == size, taken


def drive(make: Callable[[int], Call], connections: int) -> Figure:
    """Repeat a call in as many threads, for some seconds."""
    calls = [make(number) for number in range(connections)]
    taken: list[list[float]] = [[] for _ in calls]
    for call in calls:
        call()
    start = time.perf_counter()
    busy = time.process_time()

    def repeat(number: int) -> None:
        while (began := time.perf_counter()) < start + _SECONDS:
            calls[number]()
            taken[number].append(time.perf_counter() - began)

    threads = [threading.Thread(target=repeat, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall, busy = time.perf_counter() - start, time.process_time() - busy
    times = sorted(one for several in taken for one in several)
    at = [times[min(len(times) - 1, int(len(times) * share))] * 1000 for share in (0.5, 0.99)]
    return Figure(len(times) / wall, at[0], at[1], busy / wall)


def _missing(store: Any, bucket: str) -> None:
    try:
        store.head_object(Bucket=bucket, Key="none")
    except store.exceptions.ClientError:
        return
    raise AssertionError


def s3(stack: Stack) -> Any:
    """boto3 straight to the primary store."""
    return boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{stack.ports.primary}",
        region_name=REGION,
        aws_access_key_id=stack.secrets.primary_key,
        aws_secret_access_key=stack.secrets.primary_secret,
        config=Config(s3={"addressing_style": "path"}, max_pool_connections=64),
    )
