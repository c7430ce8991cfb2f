"""Contract 1.6: POST replaces the properties of an item and leaves its bytes alone."""

import hashlib

import pytest

from .wire import ISO_TIME, Connection, encoded

BODY = b"hello world"
MD5 = hashlib.md5(BODY).hexdigest()
OCTETS = "application/octet-stream"
AWKWARD = "a b+c%d#e&f;g|h'\"(1)[2]{3}@=é中.txt"


@pytest.fixture
def item(admin, space):
    headers = {"Content-Type": "text/plain", "Content-Encoding": "x-old", "x-dura-meta-color": "red"}
    assert admin("PUT", f"/{space}/described", headers, BODY).status == 201
    yield f"/{space}/described"
    admin("DELETE", f"/{space}/described")


@pytest.mark.rule("1.6.post.1", "1.6.post.2", "1.6.post.7", "14.4", "14.5", "15.1.7", "15.1.20", "2.4.2")
def test_all_properties_are_replaced_and_the_bytes_stay(admin, item):
    answer = admin("POST", item, {"X-Dura-Meta-Title": "Atlas", "x-dura-meta-my_tags": "a|b"})
    assert (answer.status, answer["Content-Type"]) == (200, "text/plain")
    assert answer.text == "Content described updated successfully"
    for method in ("HEAD", "GET"):
        after = admin(method, item)
        assert after.properties == {"title": "Atlas", "my_tags": "a|b"}
        assert (after["Content-MD5"], after["ETag"], after["Content-Length"]) == (MD5, MD5, "11")
        assert after["Content-Type"] == "text/plain"
    assert admin("GET", item).body == BODY
    assert admin("POST", item).status == 200
    assert admin("HEAD", item).properties == {}


@pytest.mark.rule("1.6.post.1", "15.1.7")
def test_the_text_names_the_decoded_id(admin, space):
    admin("PUT", f"/{space}/{encoded(AWKWARD)}", body=BODY)
    assert admin("POST", f"/{space}/{encoded(AWKWARD)}").text == f"Content {AWKWARD} updated successfully"


@pytest.mark.rule("1.6.post.3", "1.6.post.4", "15.1.10")
@pytest.mark.parametrize(
    ("headers", "stored"),
    [
        ({}, "text/plain"),
        ({"Content-Type": "application/test"}, "application/test"),
        ({"Content-Type": "text/xml; charset=UTF-8"}, "text/xml; charset=UTF-8"),
        ({"x-dura-meta-content-mimetype": "image/tiff"}, "image/tiff"),
        ({"Content-Type": "application/test", "x-dura-meta-content-mimetype": "image/tiff"}, "image/tiff"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "text/plain"),
        ({"Content-Type": "multipart/form-data; boundary=b"}, "text/plain"),
    ],
)
def test_the_type_is_the_one_that_is_sent_or_stays(admin, item, headers, stored):
    assert admin("POST", item, headers).status == 200
    assert admin("HEAD", item)["Content-Type"] == stored
    assert admin("HEAD", item).properties == {}


@pytest.mark.rule("1.6.post.5")
def test_the_encoding_is_the_one_that_is_sent_or_none(admin, item):
    assert admin("HEAD", item)["Content-Encoding"] == "x-old"
    admin("POST", item, {"Content-Encoding": "x-new"})
    assert admin("HEAD", item)["Content-Encoding"] == "x-new"
    admin("POST", item)
    assert "Content-Encoding" not in admin("HEAD", item).names


@pytest.mark.rule("1.6.post.6")
def test_what_clients_echo_from_head_is_ignored(admin, item):
    echoed = ("content-checksum", "content-md5", "content-size", "content-modified")
    sent = {f"x-dura-meta-{name}": "0" for name in echoed}
    assert admin("POST", item, {**sent, "x-dura-meta-title": "Atlas"}).status == 200
    after = admin("HEAD", item)
    assert after.properties == {"title": "Atlas"}
    assert (after["Content-MD5"], after["Content-Length"]) == (MD5, "11")


@pytest.mark.rule("1.6.post.7")
def test_it_was_modified_when_it_was_described(admin, item):
    before = admin("HEAD", item)["Last-Modified"]
    admin("POST", item)
    after = admin("HEAD", item)["Last-Modified"]
    assert ISO_TIME.fullmatch(after)
    assert after >= before


@pytest.mark.rule("1.6.post.8", "15.1.18a")
def test_a_body_is_ignored_and_none_is_needed(admin, item):
    assert admin("POST", item, {"x-dura-meta-a": "1", "Content-Type": "text/plain"}, b"x" * 100_000).status == 200
    assert admin("GET", item).body == BODY
    with Connection(admin.address) as connection:  # neither a length nor chunks, as Ruby and curl send it
        connection.send("POST", f"/durastore{item}", [*admin.credentials, "x-dura-meta-b: 2"])
        assert connection.answer("POST").status == 200
    assert admin("HEAD", item).properties == {"b": "2"}


@pytest.mark.rule("1.6.post.9", "1.6.post.10", "2.4.1", "4.400", "4.phrases", "15.1.4a")
@pytest.mark.parametrize(
    ("headers", "rule"),
    [
        ({"x-dura-meta-naïve": "x"}, "The property name 'naïve' is invalid. Only US-ASCII characters are allowed.  "),
        ({"x-dura-meta-a": "é"}, "The property value 'é' is invalid. Only US-ASCII characters are allowed.  "),
        ({"x-dura-meta-content-mimetype": "text"}, "'text' is not a media type"),
        ({"Content-Type": "text plain"}, "'text plain' is not a media type"),
    ],
)
def test_what_breaks_a_rule_is_400_and_changes_nothing(admin, space, item, headers, rule):
    answer = admin("POST", item, headers)
    assert (answer.status, answer["Content-Type"]) == (400, "text/plain")
    start = f"Error attempting to update properties for content 'described' in '{space}' due to: "
    assert answer.text.startswith(start)
    assert rule in answer.text
    assert admin("HEAD", item).properties == {"color": "red"}


@pytest.mark.rule("1.6.post.11", "4.404", "14.2")
def test_what_is_missing_is_404(admin, space):
    assert admin("POST", f"/{space}/none").status == 404
    assert admin("POST", "/no-such-space/none").status == 404
    assert admin("POST", f"/{space}/none?storeID=77").status == 404


@pytest.mark.rule("2.4.1")
def test_more_properties_than_fit_on_an_object_come_back_all(admin, item):
    many = {f"property-{n:03}": "x" * 60 for n in range(100)}
    assert admin("POST", item, {f"x-dura-meta-{k}": v for k, v in many.items()}).status == 200
    assert admin("HEAD", item).properties == many


@pytest.mark.rule("1.6.put.11", "15.1.20")
def test_a_put_lays_its_properties_over_those_that_were_posted(admin, item):
    admin("POST", item, {"x-dura-meta-title": "Atlas", "x-dura-meta-color": "blue"})
    assert admin("PUT", item, {"x-dura-meta-color": "green"}, b"other").status == 201
    after = admin("HEAD", item)
    assert after.properties == {"title": "Atlas", "color": "green"}
    assert after["Content-Type"] == "text/plain"
