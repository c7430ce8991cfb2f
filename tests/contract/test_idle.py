"""Contract 12.13, 13 and 15.1.19: connections that say nothing, little, or far too much, and those that work."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from .test_memory import high_water
from .wire import Connection

IDLE = 300
BUSY = 8
HEAD = b"GET /durastore/stores HTTP/1.1\r\nHost: x\r\nx-dura-meta-slow: "


@pytest.fixture
def connections(admin):
    """Opens connections that are closed behind the test."""
    with ExitStack() as open_ones:
        yield lambda count: [open_ones.enter_context(Connection(admin.address)) for _ in range(count)]


def look(connection, client, path):
    connection.send("HEAD", path, client.credentials)
    answer = connection.answer("HEAD")
    assert answer.status == 200
    assert "Connection" not in answer.names


@pytest.mark.rule("15.1.19")
def test_hundreds_of_idle_connections_stay_open_and_usable_while_others_work(admin, space, connections):
    """The Java client opens a connection for each request and neither reuses nor closes it."""
    idle = connections(IDLE)
    for connection in idle[::2]:  # the other half has never said anything
        look(connection, admin, f"/durastore/{space}")

    def work(number: int) -> None:
        for round_ in range(5):
            body = f"{number} {round_}".encode() * 1000
            assert admin("PUT", f"/{space}/busy-{number}", body=body).status == 201
            assert admin("GET", f"/{space}/busy-{number}").body == body

    with ThreadPoolExecutor(BUSY) as workers:
        list(workers.map(work, range(BUSY)))
    for connection in idle:
        look(connection, admin, f"/durastore/{space}")


@pytest.mark.parametrize(
    "beginning",
    [HEAD, HEAD[:20], b"P", b"\r\n", b"GET /durastore/stores HTTP/1.1\r\n", b"GET /" + b"x" * 60_000],
)
def test_unfinished_requests_take_no_thread(admin, space, connections, beginning):
    """More of them than there are threads; what they began is still answered when they end it."""
    slow = connections(100)
    for connection in slow:
        connection.socket.sendall(beginning)
    assert admin("PUT", f"/{space}/meanwhile", body=b"x").status == 201
    assert admin("GET", f"/{space}/meanwhile").body == b"x"
    if beginning == HEAD:
        for connection in slow:
            connection.socket.sendall(f"x\r\n{admin.credentials[0]}\r\n\r\n".encode())
            assert connection.answer().status == 200


def test_refused_uploads_that_never_end_take_no_thread(anonymous, admin, space, connections):
    endless = connections(100)
    for connection in endless:
        connection.send("PUT", f"/durastore/{space}/endless", ["Content-Length: 5000000000"], bytes(1 << 20))
        assert connection.answer("PUT").status == 401
    assert admin("PUT", f"/{space}/meanwhile", body=b"x").status == 201


@pytest.mark.parametrize(
    ("request_line", "headers", "body"),
    [
        ("POST /api/reset", ["Content-Type: application/json", "Content-Length: 100"], b"{"),
        ("POST /api/redeem", ["Content-Type: application/json", "Content-Length: 65537"], b"{"),
        ("POST /api/redeem", ["Content-Type: application/json", "Transfer-Encoding: chunked"], b"5\r\n{"),
        ("PUT /durastore/{}/refused", ["Content-Length: 100"], b"x"),
        ("PUT /durastore/{}/refused", ["Content-Length: 100000"], b"x"),
        ("PUT /durastore/{}/refused", ["Transfer-Encoding: chunked"], b"5\r\nx"),
    ],
)
def test_bodies_of_strangers_that_do_not_come_take_no_thread(admin, space, connections, request_line, headers, body):
    for connection in connections(150):
        connection.send(*request_line.format(space).split(), headers, body)
    started = time.monotonic()
    assert admin("PUT", f"/{space}/meanwhile", body=b"x").status == 201
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "flood",
    [
        b"x-dura-meta-a: " + b"v" * (100 << 20),
        b"".join(b"x-dura-meta-%d: v\r\n" % number for number in range(10_000)),
        b"x" * (100 << 20),
        b"\r\n".join([b"no colon"] * 20_000),
    ],
    ids=["one header of 100 MB", "10,000 properties", "no header", "lines without colon"],
)
def test_heads_without_measure_are_refused_in_bounded_memory(product, admin, flood):
    start = b"GET /durastore/stores HTTP/1.1\r\n"
    pid = gateway(product)
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    before = high_water(pid)
    refused(admin, start + flood + b"\r\n\r\n", ("400", "431"))
    assert high_water(pid) - before < 8 << 20


@pytest.mark.parametrize("line", [b"GET /" + b"x" * (1 << 20), b"x" * (1 << 20), b"GET /stores?" + b"q" * (1 << 20)])
def test_request_lines_without_measure_are_refused(admin, line):
    refused(admin, line + b" HTTP/1.1\r\n\r\n", ("400", "414"))


def test_many_connections_that_come_and_go_leave_nothing_open(product, admin, space):
    admin("HEAD", f"/{space}")
    before = len(os.listdir(f"/proc/{gateway(product)}/fd"))
    for _ in range(20):
        with ThreadPoolExecutor(BUSY) as workers:
            list(workers.map(lambda _: admin("HEAD", f"/{space}"), range(BUSY)))
    after = len(os.listdir(f"/proc/{gateway(product)}/fd"))
    assert after < before + 100  # each thread keeps a few: its own look at the index


def refused(client, data: bytes, statuses) -> None:
    """All of it can be sent, whatever was answered in the meantime, and the answer can be read."""
    with Connection(client.address) as connection:
        sender = threading.Thread(target=connection.socket.sendall, args=(data,))
        sender.start()
        answer = connection.answer()
        sender.join(30)
        assert not sender.is_alive()
        assert str(answer.status) in statuses
        assert connection.ended()


def gateway(product) -> int:
    (found,) = [process.pid for command, process in product.stack.processes.running if command.name == "gateway"]
    return found
