"""Contract 0.7, 2.2, 14.14 and 15.1.17: content ids, from the path of a request to the listing and back."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .wire import encoded

SPECIAL = "a b+c%d#e&f;g|h'\"(1)[2]{3}@=é中.txt"
AWKWARD = json.loads((Path(__file__).parents[1] / "golden" / "awkward-ids.json").read_text())

LENGTH = "Content ID must <= 1024 bytes after URL and UTF-8 encoding"
CONTROL = "Content ID may not include control characters"


@pytest.fixture(scope="module")
def round_trip(admin, new_space):
    """Store under one path, and find the same bytes under the same id everywhere; nothing stays behind."""
    space = new_space()

    def check(path: str, content_id: str) -> None:
        body = content_id.encode()
        put = admin("PUT", f"/{space}/{path}", body=body)
        assert put.status == 201, put
        assert put["Location"] == f"{admin.address}/durastore/{space}/{path}"
        assert admin.ids(space) == [content_id]
        assert admin("GET", f"/{space}/{path}").body == body
        assert admin("GET", f"/{space}/{encoded(content_id)}").body == body
        assert admin("HEAD", f"/{space}/{path}")["Content-Length"] == str(len(body))
        deleted = admin("DELETE", f"/{space}/{path}")
        assert (deleted.status, deleted.text) == (200, f"Content {content_id} deleted successfully")
        assert admin.ids(space) == []

    return check


@pytest.mark.rule("2.2.5", "2.2.6", "14.14", "15.1.8", "15.1.17a", "15.1.17b")
@pytest.mark.parametrize(
    ("path", "content_id"),
    [
        (encoded(SPECIAL), SPECIAL),
        (quote(SPECIAL, safe="/;+&=@'()|"), SPECIAL),
        ("plus+plus", "plus+plus"),
        ("plus%2Bplus", "plus+plus"),
        ("space%20space", "space space"),
        ("100%25", "100%"),
        ("%2525", "%25"),
        ("%252F", "%2F"),
        ("%2520", "%20"),
        ("slash%2Fslash", "slash/slash"),
        ("slash%2fslash", "slash/slash"),
        ("a//b", "a//b"),
        ("/ts/x", "/ts/x"),
        ("/", "/"),
        ("//", "//"),
        ("folder/", "folder/"),
        ("a;b=c/d;e", "a;b=c/d;e"),
        ("a&b=c", "a&b=c"),
        ("%23hash", "#hash"),
        ("~tilde", "~tilde"),
        ("%7Etilde", "~tilde"),
        (".", "."),
        ("..", ".."),
        ("a/../b", "a/../b"),
        ("./a/./b", "./a/./b"),
        ("%2e%2E/a", "../a"),
        ("%20", " "),
        ("%20both%20", " both "),
        ("caf%C3%A9", "café"),
        ("cafe%CC%81", "cafe\u0301"),
        ("%F0%9F%98%80", "\U0001f600"),
        ("%F0%9F%91%A9%E2%80%8D%F0%9F%94%AC.tif", "\U0001f469\u200d\U0001f52c.tif"),
        ("stores", "stores"),
        ("acl", "acl"),
        ("x" * 1024, "x" * 1024),
        ("%E4%B8%AD" * 113, "中" * 113),
    ],
)
def test_an_id_is_decoded_once_and_kept_exactly(round_trip, path, content_id):
    round_trip(path, content_id)


@pytest.mark.rule("2.2.5")
@settings(max_examples=25, deadline=None, database=None)
@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="?\\\ufffe\uffff"), min_size=1, max_size=80
    )
)
def test_any_id_within_the_rules_comes_back_as_it_was(round_trip, content_id):
    round_trip(encoded(content_id), content_id)


@pytest.mark.rule("2.2.6", "15.1.17a", "15.1.17b")
def test_ids_that_look_alike_are_different_items(admin, new_space):
    space = new_space()
    paths = ["a+b", "a%20b", "a%252Bb", "a/b", "a//b", "a/b/", "/a/b", "a%252Fb", "caf%C3%A9", "cafe%CC%81", "A/b"]
    for path in paths:
        admin("PUT", f"/{space}/{path}", body=path.encode())
    assert len(admin.ids(space)) == len(paths)
    for path in paths:
        assert admin("GET", f"/{space}/{path}").body == path.encode()


@pytest.mark.rule("2.2.5", "14.14")
def test_awkward_ids_met_elsewhere_are_kept_side_by_side(admin, new_space):
    space = new_space()
    for content_id in AWKWARD.values():
        assert admin("PUT", f"/{space}/{encoded(content_id)}", body=content_id.encode()).status == 201, content_id
    assert admin.ids(space) == sorted(set(AWKWARD.values()), key=str.encode)
    for content_id in AWKWARD.values():
        assert admin("GET", f"/{space}/{encoded(content_id)}").body == content_id.encode()


@pytest.mark.rule("1.6.put.16", "2.2.2", "2.2.3", "2.2.4", "4.400", "14.1", "15.1.4a", "15.1.4d")
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a%3Fb", "Content ID may not include the '?' character"),
        ("a%5Cb", "Content ID may not include the '\\' character"),
        ("a\\b", "Content ID may not include the '\\' character"),
        ("x" * 1025, LENGTH),
        ("x" * 1022 + "%2F", LENGTH),
        ("%C3%A9" * 171, LENGTH),
        ("~" * 342, LENGTH),
        ("a%00b", CONTROL),
        ("a%0D%0ASet-Cookie:%20x=y", CONTROL),
        ("a%7Fb", CONTROL),
        ("%09", CONTROL),
    ],
)
def test_an_invalid_id_is_refused_with_the_broken_rule(admin, space, path, message):
    answer = admin("PUT", f"/{space}/{path}", body=b"x")
    assert (answer.status, answer["Content-Type"]) == (400, "text/plain")
    assert answer.text.startswith("Error attempting to add content '")
    assert answer.text.endswith(f"' in '{space}' due to: {message}")
    assert set(answer.names) == {"Content-Type", "Content-Length", "Connection", "Date", "Server"}
    for method in ("GET", "HEAD", "DELETE"):
        assert admin(method, f"/{space}/{path}").status in (400, 404)
    assert admin.ids(space) == []


@pytest.mark.parametrize("path", ["%FF", "a%C3%28", "a%C3", "%ED%A0%80", "%C0%AF", "%F8%88%80%80%80", "a/b%80/c"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_what_is_not_utf8_is_400(admin, space, method, path):
    assert admin(method, f"/{space}/{path}", body=b"x" if method == "PUT" else None).status == 400
    assert admin(method, f"/sp{path}ace").status == 400


def test_a_question_mark_in_the_path_starts_the_query(admin, new_space):
    space = new_space()
    assert admin("PUT", f"/{space}/item?a=/x?y", body=b"x").status == 201
    assert admin.ids(space) == ["item"]
