"""Contract 15.1.9: the heads of answers, byte for byte (tests/golden/headers.http)."""

import re
from itertools import zip_longest
from pathlib import Path

import pytest

from .wire import Connection, basic

GOLDEN = Path(__file__).parents[1] / "golden" / "headers.http"
STORIES = {
    title: story for title, _, story in (part.partition("\n") for part in GOLDEN.read_text().split("\n### ")[1:])
}
PATTERNS = {
    "{time}": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
    "{date}": r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT",
    "{n}": r"\d+",
}


@pytest.fixture(scope="module")
def filled_in(admin, member, new_space):
    """Puts the values of this run into a text."""
    name = new_space()
    assert admin("DELETE", f"/{name}").status == 200
    while admin("HEAD", f"/{name}").status != 404:
        pass
    values = {
        "{space}": name,
        "{address}": admin.address,
        "{admin}": basic(*admin.login).partition(": ")[2],
        "{member}": basic(*member.login).partition(": ")[2],
    }

    def fill(text: str) -> str:
        for key, value in values.items():
            text = text.replace(key, value)
        return text

    return fill


@pytest.mark.rule("1.6.get.9", "1.6.head.1", "1.6.put.9", "12.4", "15.1.9a", "15.1.12")
@pytest.mark.parametrize("title", STORIES)
def test_the_head_of_an_answer_is_what_it_was_byte_for_byte(admin, filled_in, title):
    """The stories follow each other: later ones need what earlier ones made."""
    asked, _, expected = filled_in(STORIES[title]).partition("\n\nHTTP/1.1 ")
    head, _, body = asked.partition("\n\n")
    line, *headers = head.split("\n")
    method, target = line.split()
    with Connection(admin.address) as connection:
        connection.send(method, target, headers, body.encode())
        status, *got = raw_head(connection)
    status_line, *lines = f"HTTP/1.1 {expected}".strip().split("\n")
    assert status == status_line
    assert [pair for pair in zip_longest(sorted(lines), sorted(got), fillvalue="") if not alike(*pair)] == []


def raw_head(connection: Connection) -> list[str]:
    """The lines of an answer's head, straight from the socket."""
    data = b""
    while b"\r\n\r\n" not in data:
        received = connection.socket.recv(1 << 16)
        assert received, data
        data += received
    return data.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")


def alike(expected: str, got: str) -> bool:
    pattern = re.escape(expected)
    for name, form in PATTERNS.items():
        pattern = pattern.replace(re.escape(name), form)
    return re.fullmatch(pattern, got) is not None
