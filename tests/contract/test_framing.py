"""Contract 15.1.18 and 15.1.19: where bodies begin and end, and what broken ones leave behind."""

import hashlib
import os
import socket
import subprocess

import pytest

from .wire import Connection, basic

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


def test_one_length_given_twice_is_one_length(admin, space):
    length = "Content-Length: 5"
    assert send(admin, "PUT", f"/{space}/twice", [length, length], b"hello").status == 201
    assert admin("GET", f"/{space}/twice").body == b"hello"


def test_chunks_before_http_1_1_are_refused(admin, space):
    request = f"PUT /durastore/{space}/old HTTP/1.0\r\n{admin.credentials[0]}\r\n{CHUNKED}\r\n\r\n0\r\n\r\n"
    with Connection(admin.address) as connection:
        connection.socket.sendall(request.encode())
        assert connection.answer("PUT").status == 400
        assert connection.ended()


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
        (b"5\nhello\r\n0\r\n\r\n", 400),  # what a proxy may take for a part of the line
        (b"5;a\nhello\r\n0\r\n\r\n", 400),
        (b"5;a\rb\r\nhello\r\n0\r\n\r\n", 400),
        (b"5\r\nhello\r\n0\r\nX: y\n\r\n", 400),
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
        ["Content-Length: 5", "Content-Length: 7"],
        ["Content-Length: 5, 5"],
        ["Content-Length: "],
        ["Content-Length: " + "9" * 5000],
        ["Transfer-Encoding: gzip, chunked"],
        ["Transfer-Encoding: chunked, chunked"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
        ["Transfer-Encoding: \x0bchunked"],
        ["Transfer-Encoding : chunked"],
        ["Transfer-Encoding:", " chunked"],
    ],
)
def test_a_body_without_a_clear_end_is_refused_and_the_connection_closed(admin, space, headers):
    with Connection(admin.address) as connection:
        connection.send("PUT", f"/durastore/{space}/unclear", [*admin.credentials, *headers], b"0\r\n\r\n")
        assert connection.answer("PUT").status in (400, 501)
        assert connection.ended()
    assert admin("HEAD", f"/{space}/unclear").status == 404


@pytest.mark.rule("15.1.18b")
@pytest.mark.parametrize("expectation", ["100-continue", "100-Continue"])
def test_whoever_asks_before_sending_is_told_to_continue(admin, space, expectation):
    with Connection(admin.address) as connection:
        for _ in range(2):
            headers = [*admin.credentials, "Content-Length: 5", f"Expect: {expectation}"]
            connection.send("PUT", f"/durastore/{space}/asked", headers)
            assert connection.status_line() == "HTTP/1.1 100 Continue\r\n"
            assert connection.status_line() == "\r\n"
            connection.socket.sendall(b"hello")
            assert connection.answer("PUT").status == 201


@pytest.mark.rule("15.1.18b")
@pytest.mark.parametrize("framing", ["Content-Length: 5000000000", CHUNKED])
@pytest.mark.parametrize(
    ("path", "status", "headers"),
    [
        ("/{}/item", 401, []),
        ("/{}/item", 401, [basic("admin", "wrong")]),
        ("/{}/item", 403, ["member"]),
        ("/no-such-space/item", 404, ["admin"]),
        ("/{}/quest%3Fion", 400, ["admin"]),
        ("/{}/item", 400, ["admin", "Content-Type: nonsense"]),
        ("/{}/item", 409, ["admin", "Content-MD5: nonsense"]),
        ("/nothing/{}/here", 404, ["admin"]),
    ],
)
def test_who_asks_and_is_refused_sends_nothing(admin, member, space, framing, path, status, headers):
    known = {"admin": admin.credentials, "member": member.credentials}
    lines = [line for given in headers for line in known.get(given, [given])]
    with Connection(admin.address) as connection:
        connection.send("PUT", f"/durastore{path.format(space)}", [*lines, framing, "Expect: 100-continue"])
        answer = connection.answer("PUT")
        assert (answer.status, answer["Connection"]) == (status, "close")
        assert connection.ended()


@pytest.mark.rule("12.13", "15.1.18b")
def test_curl_does_not_upload_five_gigabytes_to_a_missing_space(admin, tmp_path):
    """`curl -T` asks first for anything larger than a megabyte."""
    file = tmp_path / "large"
    file.touch()
    os.truncate(file, 5_000_000_000)
    address = f"{admin.address}/durastore/no-such-space/large"
    told = ["-sS", "-o", "/dev/null", "-w", "%{http_code} %{size_upload}", "-u", ":".join(admin.login)]
    done = subprocess.run(["curl", *told, "-T", file, address], capture_output=True, text=True, timeout=60)
    assert done.stdout == "404 0"


@pytest.mark.rule("12.13")
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_who_does_not_ask_can_send_everything_and_then_read_the_refusal(admin, anonymous, space, framing):
    """The Java client reads no answer before it has sent the last byte."""
    size = 64 << 20
    for client, path, status in ((anonymous, f"/{space}/item", 401), (admin, "/no-such-space/item", 404)):
        with Connection(client.address) as connection:
            header = f"Content-Length: {size}" if framing == "length" else CHUNKED
            connection.send("PUT", f"/durastore{path}", [*client.credentials, header])
            if framing == "chunks":
                connection.socket.sendall(f"{size:x}\r\n".encode())
            for _ in range(size >> 20):
                connection.socket.sendall(bytes(1 << 20))
            assert connection.answer("PUT").status == status
            assert connection.ended()


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


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_an_answer_to_what_is_no_request_ends_where_it_says_and_closes_the_connection(admin, method):
    """These are answered before the service sees them."""
    for target, header in (
        ("http://h/durastore/spaces", "x: y"),
        ("/durastore/spaces", "x: \x08"),
        ("http://[::1", "x: y"),
    ):
        with Connection(admin.address) as connection:
            connection.send(method, target, [header])
            answer = connection.answer(method)
            assert (answer.status, answer["Connection"]) == (400, "close")
            assert connection.ended()


@pytest.mark.parametrize("path", ["/", "/none", "/other//durastore/spaces"])
def test_the_site_reads_no_bodies_and_says_that_it_hangs_up(admin, path):
    with Connection(admin.address) as connection:
        connection.send("OPTIONS", path, ["Content-Length: 5"], b"hello")
        assert connection.answer("OPTIONS")["Connection"] == "close"
        assert connection.ended()
