"""Contract 1.6: storing, overwriting and deleting content, checksums and properties."""

import base64
import hashlib

import pytest

from .wire import ISO_TIME

BODY = b"hello world"
MD5 = hashlib.md5(BODY).hexdigest()
EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"
OCTETS = "application/octet-stream"


def failed(answer, status, doing):
    """How an error is worded (contract 4)."""
    assert (answer.status, answer["Content-Type"]) == (status, "text/plain")
    assert answer.text.startswith(f"Error attempting to {doing} due to: ")


@pytest.mark.rule("1.6.put.15", "12.1", "12.2", "14.4", "15.1.2", "15.1.8")
def test_storing_answers_201_with_location_and_the_hex_md5(admin, space):
    answer = admin("PUT", f"/{space}/2019/a%20report+%C3%a9%2Fx.txt", {"Content-Type": "text/plain"}, BODY)
    assert (answer.status, answer.body) == (201, b"")
    assert answer["Location"] == f"{admin.address}/durastore/{space}/2019/a%20report+%C3%a9%2Fx.txt"
    assert answer["Content-MD5"] == answer["ETag"] == MD5
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Content-Type"] == OCTETS
    assert answer["Content-Length"] == "0"
    assert not answer.properties


@pytest.mark.rule(
    "1.6.get.1",
    "1.6.get.2",
    "1.6.get.3",
    "1.6.get.4",
    "1.6.get.6",
    "1.6.head.1",
    "1.6.put.1",
    "1.6.put.8",
    "2.4.3",
    "2.4.4",
    "12.2",
    "12.3",
    "12.4",
    "12.5",
    "12.24",
    "12.25",
    "14.4",
    "15.1.2",
    "15.1.9a",
    "15.1.11",
    "15.1.12",
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_gives_all_headers_in_the_case_that_clients_compare(admin, space, method):
    sent = {"Content-Type": "text/plain", "X-Dura-Meta-Color": "Blue", "x-dura-meta-my_tags": "a|b|c"}
    admin("PUT", f"/{space}/read", sent, BODY)
    answer = admin(method, f"/{space}/read")
    assert answer.status == 200
    assert answer.body == (BODY if method == "GET" else b"")
    assert answer["Content-Length"] == "11"
    assert answer["Content-Type"] == "text/plain"
    assert answer["Content-MD5"] == answer["ETag"] == MD5
    assert answer["Accept-Ranges"] == "bytes"
    assert ISO_TIME.fullmatch(answer["Last-Modified"])
    assert answer.properties == {"color": "Blue", "my_tags": "a|b|c"}
    assert not [name for name in answer.names if name.lower().startswith(("content-disp", "content-range", "x-amz"))]


@pytest.mark.rule("1.6.put.4")
def test_an_item_of_no_bytes_is_an_item(admin, space):
    put = admin("PUT", f"/{space}/empty", body=b"")
    get, head = admin("GET", f"/{space}/empty"), admin("HEAD", f"/{space}/empty")
    assert (put.status, get.status, head.status, get.body) == (201, 200, 200, b"")
    for answer in (put, get, head):
        assert (answer["Content-MD5"], answer["ETag"], answer["Content-Length"]) == (EMPTY_MD5, EMPTY_MD5, "0")
    assert admin.ids(space, "?prefix=empty") == ["empty"]


@pytest.mark.rule("1.6.put.6")
@pytest.mark.parametrize("promised", [MD5, MD5.upper()])
def test_the_right_checksum_is_accepted(admin, space, promised):
    assert admin("PUT", f"/{space}/right", {"Content-MD5": promised}, BODY).status == 201


@pytest.mark.rule("1.6.put.13", "1.6.put.14", "4.409", "4.body", "14.5", "15.1.4a", "15.1.4d")
@pytest.mark.parametrize(
    "promised",
    [
        EMPTY_MD5,
        "0" * 32,
        base64.b64encode(hashlib.md5(BODY).digest()).decode(),
        MD5[:-1],
        MD5 + "0",
        "g" * 32,
        f'"{MD5}"',
        "\xe9" * 32,
    ],
)
@pytest.mark.parametrize("size", [len(BODY), 17 << 20])
def test_a_wrong_or_unreadable_checksum_is_409_and_stores_nothing(admin, space, promised, size):
    """17 MiB go to the store in parts, which must not add up to an item either."""
    body = BODY * (size // len(BODY))
    name = "large" if size > len(BODY) else "small"
    answer = admin("PUT", f"/{space}/{name}-new", {"Content-MD5": promised}, body)
    failed(answer, 409, f"add content '{name}-new' in '{space}'")
    assert admin("HEAD", f"/{space}/{name}-new").status == 404
    assert admin.ids(space, f"?prefix={name}-new") == []


@pytest.mark.rule("1.6.put.13", "14.5")
def test_after_a_mismatch_the_existing_item_stays_as_it_was(admin, space):
    headers = {"Content-Type": "text/plain", "x-dura-meta-a": "1"}
    admin("PUT", f"/{space}/stays", headers, BODY)
    wrong = {"Content-Type": "text/html", "Content-MD5": MD5, "x-dura-meta-a": "2", "x-dura-meta-b": "2"}
    failed(admin("PUT", f"/{space}/stays", wrong, b"something else"), 409, f"add content 'stays' in '{space}'")
    answer = admin("GET", f"/{space}/stays")
    assert (answer.body, answer["Content-MD5"], answer["Content-Type"]) == (BODY, MD5, "text/plain")
    assert answer.properties == {"a": "1"}


@pytest.mark.rule("1.6.put.3", "1.6.put.7", "1.6.put.11", "2.4.3", "14.5", "15.1.20")
def test_overwriting_lays_new_properties_over_the_old_ones(admin, space):
    first = {"Content-Type": "text/plain", "Content-Encoding": "gzip", "x-dura-meta-a": "1", "x-dura-meta-b": "1"}
    admin("PUT", f"/{space}/twice", first, BODY)
    assert admin("PUT", f"/{space}/twice", {"x-dura-meta-B": "2", "x-dura-meta-c": "2"}, b"new").status == 201
    answer = admin("GET", f"/{space}/twice")
    assert (answer.body, answer["Content-MD5"]) == (b"new", hashlib.md5(b"new").hexdigest())
    assert (answer["Content-Type"], answer["Content-Encoding"]) == ("text/plain", "gzip")
    assert answer.properties == {"a": "1", "b": "2", "c": "2"}
    admin("PUT", f"/{space}/twice", {"Content-Type": "image/png", "Content-Encoding": "br"}, b"third")
    answer = admin("HEAD", f"/{space}/twice")
    assert (answer["Content-Type"], answer["Content-Encoding"]) == ("image/png", "br")
    assert answer.properties == {"a": "1", "b": "2", "c": "2"}


def test_a_deleted_item_leaves_no_properties_to_its_successor(admin, space):
    admin("PUT", f"/{space}/anew", {"Content-Type": "text/plain", "x-dura-meta-a": "1"}, BODY)
    admin("DELETE", f"/{space}/anew")
    admin("PUT", f"/{space}/anew", body=BODY)
    answer = admin("HEAD", f"/{space}/anew")
    assert (answer["Content-Type"], answer.properties) == (OCTETS, {})


@pytest.mark.rule("1.6.put.12", "12.3")
def test_calculated_properties_that_clients_echo_are_recomputed(admin, space):
    echoed = {f"x-dura-meta-content-{name}": "wrong" for name in ("md5", "checksum", "modified", "size")}
    assert admin("PUT", f"/{space}/echo", {**echoed, "x-dura-meta-creator": "jane"}, BODY).status == 201
    answer = admin("HEAD", f"/{space}/echo")
    assert answer.properties == {"creator": "jane"}
    assert (answer["Content-MD5"], answer["Content-Length"]) == (MD5, "11")


@pytest.mark.rule("2.4.2")
def test_more_properties_than_a_store_can_hold_are_kept_all(admin, space):
    many = {f"p{number}": "v" * 100 for number in range(40)}
    assert admin("PUT", f"/{space}/many", {f"x-dura-meta-{k}": v for k, v in many.items()}, BODY).status == 201
    assert admin("HEAD", f"/{space}/many").properties == many


@pytest.mark.rule("1.6.put.1", "1.6.put.2", "1.6.put.3", "12.15", "12.16", "15.1.10", "15.1.18c")
@pytest.mark.parametrize(
    ("headers", "stored"),
    [
        ({}, OCTETS),
        ({"Content-Type": "text/plain"}, "text/plain"),
        ({"Content-Type": "text/plain; charset=UTF-8"}, "text/plain; charset=UTF-8"),
        ({"Content-Type": "Text/XML;charset=ISO-8859-1"}, "Text/XML;charset=ISO-8859-1"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "application/x-www-form-urlencoded"),
        ({"Content-Type": "image/svg+xml"}, "image/svg+xml"),
        ({"Content-Type": 'application/x; name="a b;c"'}, 'application/x; name="a b;c"'),
        ({"Content-Type": "text/plain; charset=UTF-8", "x-dura-meta-content-mimetype": "text/plain"}, "text/plain"),
        ({"x-dura-meta-content-mimetype": "application/pdf"}, "application/pdf"),
    ],
)
def test_the_type_comes_back_exactly_as_it_was_set(admin, space, headers, stored):
    admin("DELETE", f"/{space}/typed")
    assert admin("PUT", f"/{space}/typed", headers, BODY).status == 201
    for method in ("GET", "HEAD"):
        answer = admin(method, f"/{space}/typed")
        assert answer["Content-Type"] == stored
        assert answer.properties == {}


@pytest.mark.rule("1.6.put.18", "4.400", "15.1.4a")
@pytest.mark.parametrize("header", ["Content-Type", "x-dura-meta-content-mimetype"])
@pytest.mark.parametrize("given", ["text", "text/", "/plain", "text/plain/x", "text plain", "text/plain; charset"])
def test_a_malformed_type_is_400_and_stores_nothing(admin, space, header, given):
    failed(admin("PUT", f"/{space}/untyped", {header: given}, BODY), 400, f"add content 'untyped' in '{space}'")
    assert admin("HEAD", f"/{space}/untyped").status == 404


@pytest.mark.rule("1.6.put.17", "2.4.1", "4.400")
@pytest.mark.parametrize(("name", "value"), [("naïve", "x"), ("plain", "é"), ("plain", "\xa0")])
def test_properties_outside_ascii_are_400_and_store_nothing(admin, space, name, value):
    answer = admin("PUT", f"/{space}/foreign", {f"x-dura-meta-{name}": value}, BODY)
    failed(answer, 400, f"add content 'foreign' in '{space}'")
    assert "Only US-ASCII characters are allowed" in answer.text
    assert admin("HEAD", f"/{space}/foreign").status == 404


@pytest.mark.rule("1.6.delete.1", "1.6.delete.2", "4.404", "4.phrases", "12.10", "15.1.7", "15.1.4d")
def test_deleting_tells_the_id_and_is_404_the_second_time(admin, space):
    admin("PUT", f"/{space}/a%20b/c", body=BODY)
    answer = admin("DELETE", f"/{space}/a%20b/c")
    assert (answer.status, answer["Content-Type"]) == (200, "text/plain")
    assert answer.text == "Content a b/c deleted successfully"
    for method in ("DELETE", "GET"):
        phrase = {"DELETE": "delete content", "GET": "get content"}[method]
        failed(admin(method, f"/{space}/a%20b/c"), 404, f"{phrase} 'a b/c' in '{space}'")
    head = admin("HEAD", f"/{space}/a%20b/c")
    assert (head.status, head.body) == (404, b"")
