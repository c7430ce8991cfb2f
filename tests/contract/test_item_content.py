"""The bytes of items over the JSON API, for those who signed in by a session, and when they are read again."""

import pytest

from .people import ask, join
from .test_sessions import cookie_of, sign_in

BODY = b"<script>document.title = 'run'</script>"


@pytest.fixture(scope="module")
def reader(product, admin):
    return join(product, admin)


@pytest.fixture
def space(new_space, reader):
    return new_space({reader.login[0]: "READ"})


@pytest.fixture
def item(admin, space):
    assert (
        admin("PUT", f"/{space}/a/b.html", {"Content-Type": "text/html", "x-dura-meta-color": "red"}, BODY).status
        == 201
    )
    return f"/api/spaces/{space}/items/a/b.html"


def session(anonymous, user):
    return {"Cookie": cookie_of(sign_in(anonymous, user))}


def test_an_item_is_told_with_its_properties_and_when_it_is_read_again(admin, reader, item):
    status, told = ask(reader, "GET", item)
    assert (status, told["properties"]) == (200, {"color": "red"})
    assert told["next_check"] is None or told["next_check"] > told["deposited_at"]


def test_its_bytes_are_read_with_a_session_and_run_in_no_browser(anonymous, reader, space, item):
    address = f"/api/spaces/{space}/content/a/b.html"
    assert anonymous("GET", address).status == 401
    answer = anonymous("GET", address, session(anonymous, reader))
    assert (answer.status, answer.body, answer["Content-Type"]) == (200, BODY, "text/html")
    assert answer["Content-Security-Policy"].split("; ") == ["sandbox", "default-src 'none'"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    part = anonymous("GET", address, {**session(anonymous, reader), "Range": "bytes=1-6"})
    assert (part.status, part.body) == (206, BODY[1:7])
    whole = anonymous("GET", f"{address}?attachment=true", session(anonymous, reader))
    assert whole["Content-Disposition"].startswith("attachment;")
    assert ask(reader, "GET", f"/api/spaces/{space}/content/none")[0] == 404
