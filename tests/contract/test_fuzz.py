"""Whatever is sent: an answer of the contract, no bug in the log, nothing changed that the caller may not change.

Paths, methods, statuses and the shapes of JSON come from the OpenAPI descriptions, requests from hypothesis, and they
go over a raw socket.
schemathesis was considered: it sends through a client library, which tidies up paths and refuses to send the headers
that are to be tested, and brings ten packages. `make test` tries few requests, always the same; `make fuzz` many.
"""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from app import app

from .described import UNROUTED, faults, responses, statuses
from .strategies import OTHER, SPACE, TRICKS, Asked, requests
from .wire import Answer, Client, Connection, basic

EXAMPLES = int(os.environ.get("FUZZ", "200"))
STRANGERS = [*["anonymous"] * 9, "unknown"]  # hashing a password to find it wrong takes its time
LIMIT = 20  # seconds that any answer may take
UNKNOWN_STORE = {  # where the contract demands 500 for a store that there is not (contract 0.3)
    ("GET", "/durastore/spaces"),
    ("HEAD", "/durastore/spaces"),
    ("PUT", "/durastore/{space}/{content+}"),  # a copy between stores
    ("POST", "/durastore/manifest/{space}"),
    ("GET", "/durastore/bit-integrity/{space}"),
    ("HEAD", "/durastore/bit-integrity/{space}"),
}
fuzzing = settings(
    max_examples=EXAMPLES,
    derandomize="FUZZ" not in os.environ,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class World:
    """The running product, and what was changed in it with its consent."""

    def __init__(self, product: Any, admin: Client, member: Client) -> None:
        self.product, self.address = product, admin.address
        self.credentials = {"admin": admin.credentials, "member": member.credentials, "anonymous": []}
        self.credentials["unknown"] = [basic("nobody-at-all", "wrong")]
        self.touched = {(space, "") for space in (SPACE, OTHER)}
        self._log = (product.stack.folder.logs / "gateway.log").open("rb")
        self._log.seek(0, os.SEEK_END)

    def ask(self, asked: Asked) -> Answer:
        """The answer, behind which the connection must be closed or at the beginning of the next one."""
        note(repr(asked))
        lines = [*self.credentials[asked.who], *(f"{name}: {value}" for name, value in asked.headers)]
        if asked.body:
            lines.append(f"Content-Length: {len(asked.body)}")
        with Connection(self.address) as connection:
            connection.socket.settimeout(LIMIT)
            connection.send(asked.method, asked.target, lines, asked.body)
            answer = connection.answer(asked.method)
            if ("Connection", "close") not in answer.headers:
                connection.send("HEAD", "/durastore/spaces")
                assert connection.answer("HEAD").status == 200
        return answer

    def judge(self, asked: Asked, answer: Answer) -> None:
        """Every property that a single answer can have."""
        assert answer.status < 500 or answer.status == 501 or (asked.method, asked.route) in UNKNOWN_STORE, answer
        for name, value in answer.headers:
            assert re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name), answer
            assert re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", value), answer
        if asked.route != "/api/session":  # where anybody may sign out
            assert "set-cookie" not in [name.lower() for name in answer.names]
            assert answer.status >= 400 or asked.who in ("admin", "member") or asked.method in ("GET", "HEAD"), answer
        self.judge_log()
        if asked.method in ("PUT", "DELETE") and answer.status < 300 and asked.route != "/api/session":
            _, parameters = app.match(asked.path)
            self.touched.add((parameters["space"], parameters.get("content", "")))

    def judge_log(self) -> None:
        """No error that nobody expected since the last look."""
        assert b"Traceback" not in (logged := self._log.read()), logged.decode()

    def contents(self) -> set[tuple[str, str, str]]:
        """Every space, and every item with its ETag, of both stores; what the service keeps for itself left out."""
        found = set()
        for store in (self.product.primary, self.product.second):
            for bucket in store.list_buckets()["Buckets"]:
                space = bucket["Name"].removeprefix(self.product.bucket(""))
                found.add((space, "", ""))
                with suppress(store.exceptions.NoSuchBucket):  # of other tests, and removed meanwhile
                    for page in store.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
                        found |= {(space, item["Key"], item["ETag"]) for item in page.get("Contents", [])}
        return {entry for entry in found if entry[0] not in ("x-duracloud-admin", "x-duracloud-canary")}

    def rules(self) -> list[dict[str, str]]:
        """The access rules of the spaces of these tests."""
        return [Client(self.address)("HEAD", f"/acl/{space}").properties for space in (SPACE, OTHER)]


@pytest.fixture(scope="module")
def world(product, admin, member) -> Iterator[World]:
    for space in (SPACE, OTHER):
        assert admin("PUT", f"/{space}").status == 201
        for item in ("item", "item/", "a/b"):
            assert admin("PUT", f"/{space}/{item}", {"Content-Type": "text/plain"}, b"hello world").status == 201
    rules = {f"x-dura-meta-acl-{member.login[0]}": "WRITE", "x-dura-meta-acl-group-public": "READ"}
    assert admin("POST", f"/acl/{SPACE}", rules).status == 200
    made = World(product, admin, member)
    yield made
    for space in {space for space, _ in made.touched}:
        admin("DELETE", f"/{quote(space)}")


@pytest.mark.rule("4.401")
def test_whoever_is_not_signed_in_changes_nothing(world):
    @fuzzing
    @given(requests(STRANGERS) | requests(STRANGERS, below="/api/"))
    def ask(asked: Asked) -> None:
        world.judge(asked, world.ask(asked))

    before, rules = world.contents(), world.rules()
    ask()
    assert changed(before, world.contents()) == set()
    assert world.rules() == rules


@pytest.mark.rule("4.500", "12.7", "12.12", "15.1.1")
def test_any_request_gets_an_answer_that_is_described_and_changes_only_what_it_names(world):
    @fuzzing
    @given(requests(["admin", "admin", "member"]))
    def ask(asked: Asked) -> None:
        assume(not (asked.method == "DELETE" and asked.route == "/durastore/{space}" and SPACE in unquote(asked.path)))
        answer = world.ask(asked)
        assert answer.status in statuses(asked.route, asked.method), answer
        world.judge(asked, answer)

    before = world.contents()
    ask()
    assert changed(before, world.contents()) <= world.touched


@fuzzing
@given(asked=requests(["member"], below="/api/"))
def test_any_request_to_the_json_routes_gets_an_answer_that_is_described(world, asked):
    answer = world.ask(asked)
    no_request = (
        answer.status == 400 and answer["Content-Type"] == "text/plain"
    )  # the gateway's, of what is hardly HTTP
    if responses(asked.route, asked.method) is not None and not no_request:
        assert faults(asked.route, asked.method, answer) == [], answer
    world.judge(asked, answer)


@fuzzing
@given(st.lists(st.sampled_from([*TRICKS, "portal", "docs", "durastore", "api"]), max_size=6).map("/".join))
def test_the_site_shows_no_file_but_its_own(world, path):
    answer = world.ask(Asked("anonymous", "GET", f"/{path}/etc/passwd"))
    assert answer.status in UNROUTED | {301, 302}
    assert b"root:" not in answer.body


def changed(before: set[tuple[str, str, str]], after: set[tuple[str, str, str]]) -> set[tuple[str, str]]:
    """What came, and what is gone from the spaces of these tests: others are being removed meanwhile."""
    lost = {(space, item) for space, item, _ in before - after if space in (SPACE, OTHER)}
    return lost | {(space, item) for space, item, _ in after - before}


@fuzzing
@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 4), st.binary(max_size=6)), min_size=1, max_size=3))
def test_bytes_that_are_hardly_http_get_an_answer_or_none(world, changes):
    data = f"GET /durastore/{SPACE}/item HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\nContent-Length: 0\r\n\r\n".encode()
    for at, gone, come in changes:
        data = data[:at] + come + data[at + gone :]
    note(repr(data))
    with Connection(world.address) as connection:
        connection.socket.settimeout(LIMIT)
        connection.socket.sendall(data)
        connection.socket.shutdown(socket.SHUT_WR)
        line = connection.status_line()
    assert line == "" or line.split()[1] in ("200", "206", *map(str, UNROUTED), "408", "413", "414", "416", "505")
    world.judge_log()
