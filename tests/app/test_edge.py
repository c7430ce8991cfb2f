"""Edge: paths decoded once, answers safe, Chalice's own tables intact."""

from contextlib import nullcontext
from io import BytesIO
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import app
from chalicelib.domain.errors import Denied, Incomplete, Invalid
from chalicelib.edge import Request, Response
from chalicelib.routes.http import admit


@pytest.mark.parametrize(
    ("path", "pattern", "parameters"),
    [
        ("/durastore/stores", "/durastore/stores", {}),
        ("/durastore/maps", "/durastore/{space}", {"space": "maps"}),
        ("/durastore/maps/", "/durastore/{space}", {"space": "maps"}),
        ("/durastore/acl/maps", "/durastore/acl/{space}", {"space": "maps"}),
        ("/durastore/maps/a%2Fb%25/c+d/", "/durastore/{space}/{content+}", {"space": "maps", "content": "a/b%/c+d/"}),
        ("/durastore/maps//a", "/durastore/{space}/{content+}", {"space": "maps", "content": "/a"}),
        ("/durastore/maps/%252F", "/durastore/{space}/{content+}", {"space": "maps", "content": "%2F"}),
        ("/api/spaces/maps/items", "/api/spaces/{space}/items", {"space": "maps"}),
        ("/nowhere", None, {}),
        ("/durastore", None, {}),
    ],
)
def test_paths(path: str, pattern: str | None, parameters: dict[str, str]) -> None:
    assert app.match(path) == (pattern, parameters)


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_every_id_comes_back_from_its_path(content: str) -> None:
    _, parameters = app.match(f"/durastore/maps/{quote(content)}")
    assert parameters["content"] == content


@pytest.mark.parametrize("path", ["/durastore/maps/%ff", "/durastore/%c3%28/x"])
def test_what_is_not_utf8_is_refused(path: str) -> None:
    with pytest.raises(Invalid, match="UTF-8"):
        app.match(path)


@given(st.text())
def test_no_value_can_start_another_header(value: str) -> None:
    [(name, sent)] = Response(200, (("X-Name", value),), iter([])).header_list()
    assert name == "X-Name"
    sent.encode("latin-1")  # raises for what a header cannot carry
    assert not set(sent) & {"\r", "\n", "\0"}


def test_a_body_that_ends_early_is_incomplete() -> None:
    with pytest.raises(Incomplete, match="5 bytes before its announced length of 10"):
        list(Request("PUT", "/", body=BytesIO(b"12345"), length=10).chunks())
    assert list(Request("PUT", "/", body=BytesIO(b"12345"), length=None).chunks()) == [b"12345"]
    assert list(Request("PUT", "/", body=BytesIO(b"12345"), length=0).chunks()) == []


def test_no_queue_or_schedule_shares_its_name_with_a_route() -> None:
    """Chalice keeps both in one table, and the later one would silently win."""
    names = {source.name for source in app.event_sources}
    views = {entry.view_function.__name__ for methods in app.routes.values() for entry in methods.values()}
    assert not names & views


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin", "origin": "https://archive.org", "host": "behind-a-proxy"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site", "origin": "https://archive.org", "host": "archive.org"}, True),
        ({"origin": "http://archive.org:8000", "host": "archive.org:8000"}, False),
        ({"origin": "http://archive.org:8001", "host": "archive.org:8000"}, True),
        ({"origin": "http://evil.org", "host": "archive.org"}, True),
        ({"origin": "http://[", "host": "archive.org"}, True),
        ({"origin": "null", "host": "archive.org"}, True),
        ({"origin": "null"}, True),
    ],
)
def test_pages_of_other_sites_change_nothing(headers: dict[str, str], refused: bool) -> None:
    """A browser would send them with the credentials that it remembers."""
    admit(Request("GET", "/api/none", headers=headers))
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        with pytest.raises(Denied) if refused else nullcontext():
            admit(Request(method, "/api/none", headers=headers))
