"""Contract 15.1.18 and 15.1.19: where bodies begin and end, and what broken ones leave behind."""

import hashlib
import socket
import time

import pytest

from .wire import Connection

EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"
CHUNKED = "Transfer-Encoding: chunked"


def send(client, method, path, headers=(), body=b"", hang_up=False):
    """One request with exactly these headers, on a connection that the client may half close behind it."""
    with Connection(client.address) as connection:
        connection.send(method, f"/durastore{path}", [*client.credentials, *headers], body)
        if hang_up:
            connection.socket.shutdown(socket.SHUT_WR)
        return connection.answer(method)


@pytest.mark.rule("15.1.18a")
def test_a_put_or_post_with_neither_length_nor_chunks_has_no_body(admin, new_space):
    """Ruby and curl send these, and go on on the same connection."""
    name = f"{new_space()}-raw"
    requests = [
        ("PUT", f"/{name}", 201),
        ("POST", f"/acl/{name}", 200),
        ("PUT", f"/{name}/item", 201),
        ("HEAD", f"/{name}/item", 200),
        ("DELETE", f"/{name}/item", 200),
        ("DELETE", f"/{name}", 200),
    ]
    with Connection(admin.address) as connection:
        for method, path, status in requests:
            connection.send(method, f"/durastore{path}", admin.credentials)
            answer = connection.answer(method)
            assert answer.status == status
            if path.endswith("/item") and method in ("PUT", "HEAD"):
                assert (answer["Content-MD5"], answer["Content-Length"]) == (EMPTY_MD5, "0")


@pytest.mark.rule("1.3.put.3")
def test_bodies_where_none_is_expected_are_read_over(admin, new_space):
    name = f"{new_space()}-raw"
    body = b"GET /durastore/stores HTTP/1.1\r\n\r\n" * 5000
    length = f"Content-Length: {len(body)}"
    with Connection(admin.address) as connection:
        for method, path, status in (
            ("PUT", f"/{name}", 201),
            ("POST", f"/acl/{name}", 200),
            ("GET", f"/{name}", 200),
            ("POST", f"/{name}", 405),
            ("DELETE", f"/{name}", 200),
        ):
            connection.send(method, f"/durastore{path}", [*admin.credentials, length], body)
            assert connection.answer(method).status == status


@pytest.mark.rule("1.6.put.5")
@pytest.mark.parametrize(
    ("body", "stored"),
    [
        (b"0\r\n\r\n", b""),
        (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"1\r\nh\r\n4;name=value\r\nello\r\n0\r\nX-Trailer: x\r\n\r\n", b"hello"),
        (b"0005\r\n0\r\n\r\n\r\n0\r\n\r\n", b"0\r\n\r\n"),
        (b"400000\r\n" + bytes(4 << 20) + b"\r\n0\r\n\r\n", bytes(4 << 20)),
        (b"4000\r\n".join([b"", *[bytes(1 << 14) + b"\r\n"] * 80]) + b"0\r\n\r\n", bytes(80 << 14)),
    ],
)
def test_a_chunked_body_is_stored_and_the_connection_goes_on(admin, space, body, stored):
    with Connection(admin.address) as connection:
        connection.send("PUT", f"/durastore/{space}/chunked", [*admin.credentials, CHUNKED], body)
        answer = connection.answer("PUT")
        assert (answer.status, answer["Content-MD5"]) == (201, hashlib.md5(stored).hexdigest())
        connection.send("GET", f"/durastore/{space}/chunked", admin.credentials)
        assert connection.answer().body == stored


@pytest.mark.rule("1.6.put.21", "4.500")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 500),
        (b"5\r\nhello\r\n", 500),
        (b"5\r\nhel", 500),
        (b"100000\r\n" + bytes(1 << 19), 500),
        (b"5\r\nhello\r\n0\r\n", 500),
        (b"zz\r\nhello\r\n0\r\n\r\n", 400),
        (b"-5\r\nhello\r\n0\r\n\r\n", 400),
        (b"5_0\r\nhello\r\n0\r\n\r\n", 400),
        (b"3\r\nhello\r\n0\r\n\r\n", 400),
        (b"5\r\nhello\r\n0\r\n" + b"X: y\r\n" * 1000 + b"\r\n", 400),
        (b"f" * 5000 + b"\r\n", 500),
    ],
)
def test_a_broken_chunked_body_stores_nothing(admin, space, body, status):
    answer = send(admin, "PUT", f"/{space}/broken", [CHUNKED], body, hang_up=True)
    assert (answer.status, answer["Content-Type"]) == (status, "text/plain")
    assert admin("HEAD", f"/{space}/broken").status == 404


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Length: -5"],
        ["Content-Length: +5"],
        ["Content-Length: 1_0"],
        ["Content-Length: five"],
        ["Content-Length: 5", CHUNKED],
        ["Transfer-Encoding: gzip, chunked"],
    ],
)
def test_a_body_without_a_clear_end_is_refused_and_the_connection_closed(admin, space, headers):
    with Connection(admin.address) as connection:
        connection.send("PUT", f"/durastore/{space}/unclear", [*admin.credentials, *headers], b"0\r\n\r\n")
        assert connection.answer("PUT").status in (400, 501)
        assert connection.ended()
    assert admin("HEAD", f"/{space}/unclear").status == 404


@pytest.mark.rule("15.1.18b")
@pytest.mark.parametrize(("method", "who"), [("PUT", "admin"), ("PUT", "anonymous"), ("GET", "admin")])
def test_whoever_asks_before_sending_is_told_to_continue(admin, anonymous, space, method, who):
    client = {"admin": admin, "anonymous": anonymous}[who]
    with Connection(client.address) as connection:
        headers = [*client.credentials, "Content-Length: 5", "Expect: 100-continue"]
        connection.send(method, f"/durastore/{space}/asked", headers)
        assert connection.status_line() == "HTTP/1.1 100 Continue\r\n"
        assert connection.status_line() == "\r\n"
        connection.socket.sendall(b"hello")
        assert connection.answer(method).status == {"admin": 201, "anonymous": 401}[who] if method == "PUT" else 200


@pytest.mark.rule("1.6.put.21", "4.500")
@pytest.mark.parametrize("existing", [False, True])
@pytest.mark.parametrize("sent", [0, 500_000, 20 << 20])
def test_a_body_that_stops_in_the_middle_stores_nothing(admin, space, existing, sent):
    name = f"cut-{sent}-{existing}"
    if existing:
        admin("PUT", f"/{space}/{name}", body=b"old")
    headers = [f"Content-Length: {max(1_000_000, 2 * sent)}"]
    with Connection(admin.address) as connection:
        connection.send("PUT", f"/durastore/{space}/{name}", [*admin.credentials, *headers], bytes(sent))
    answer = send(admin, "PUT", f"/{space}/{name}", headers, bytes(sent), hang_up=True)
    assert answer.status == 500
    assert answer.text.startswith(f"Error attempting to add content '{name}' in '{space}' due to: The request body")
    assert admin.ids(space, f"?prefix={name}") == ([name] if existing else [])
    assert admin("GET", f"/{space}/{name}").body == b"old" or not existing


def test_whoever_stops_reading_an_answer_harms_nobody(admin, space):
    admin("PUT", f"/{space}/unread", body=bytes(20 << 20))
    for _ in range(5):
        with Connection(admin.address) as connection:
            connection.send("GET", f"/durastore/{space}/unread", admin.credentials)
            assert connection.status_line() == "HTTP/1.1 200 OK\r\n"
    assert admin("DELETE", f"/{space}/unread").status == 200


@pytest.mark.rule("15.1.19")
def test_hundreds_of_idle_connections_do_not_keep_others_waiting(admin, space):
    """The Java client opens a connection for each request and neither reuses nor closes it."""
    idle = [Connection(admin.address) for _ in range(300)]
    try:
        for connection in idle[::6]:
            connection.send("HEAD", f"/durastore/{space}", admin.credentials)
            assert connection.answer("HEAD").status == 200
        started = time.monotonic()
        assert admin("PUT", f"/{space}/prompt", body=b"x").status == 201
        assert admin("GET", f"/{space}/prompt").body == b"x"
        assert time.monotonic() - started < 5
        idle[1].send("GET", f"/durastore/{space}/prompt", admin.credentials)
        assert idle[1].answer().body == b"x"
    finally:
        for connection in idle:
            connection.__exit__()
