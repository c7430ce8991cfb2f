"""Contract 1.6: parts of an item, download names, and items that a browser must not run."""

import hashlib

import pytest

BODY = b"hello world"
MD5 = hashlib.md5(BODY).hexdigest()


@pytest.fixture(scope="module")
def item(admin, space) -> str:
    """The path of an item of 11 bytes."""
    admin("PUT", f"/{space}/item", {"Content-Type": "text/plain", "x-dura-meta-a": "1"}, BODY)
    return f"/{space}/item"


@pytest.mark.rule("1.6.get.9", "1.6.get.10", "1.6.get.11", "12.1", "14.6")
@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=3-5", 3, 5),
        ("bytes=0-0", 0, 0),
        ("bytes=10-10", 10, 10),
        ("bytes=6-", 6, 10),
        ("bytes=0-", 0, 10),
        ("bytes=5-100", 5, 10),
        ("bytes=0-99999999999999999999", 0, 10),
        ("bytes=0-1,5-6", 0, 1),
        ("bytes=2-3, nonsense", 2, 3),
    ],
)
def test_a_range_gives_206_and_the_checksum_of_the_whole(admin, item, asked, first, last):
    answer = admin("GET", item, {"Range": asked})
    assert (answer.status, answer.body) == (206, BODY[first : last + 1])
    assert answer["Content-Range"] == f"bytes {first}-{last}/11"
    assert answer["Content-Length"] == str(last - first + 1)
    assert answer["Content-MD5"] == answer["ETag"] == MD5
    assert (answer["Content-Type"], answer.properties) == ("text/plain", {"a": "1"})


@pytest.mark.rule("1.6.get.12", "4.400", "14.6", "15.1.4a")
@pytest.mark.parametrize(
    "asked",
    [
        "3-5",
        "bytes=-5",
        "bytes=-",
        "bytes=",
        "bytes=a-b",
        "bytes=5-3",
        "bytes=3",
        "bytes 3-5",
        "lines=1-2",
        "bytes=1-2x",
        "bytes=٣-٥".encode().decode("latin-1"),
        ",bytes=1-2",
    ],
)
def test_a_range_of_another_form_is_400_and_named(admin, item, asked):
    answer = admin("GET", item, {"Range": asked})
    assert (answer.status, answer["Content-Type"]) == (400, "text/plain")
    assert asked in answer.text
    assert "Content-Range" not in answer.names


@pytest.mark.rule("1.6.get.13")
@pytest.mark.parametrize("asked", ["bytes=11-", "bytes=11-12", "bytes=99999999999999999999-"])
def test_a_range_behind_the_end_is_416(admin, item, asked):
    assert admin("GET", item, {"Range": asked}).status == 416


@pytest.mark.rule("1.6.get.9")
def test_an_item_of_no_bytes_has_no_range(admin, space):
    admin("PUT", f"/{space}/empty", body=b"")
    assert admin("GET", f"/{space}/empty", {"Range": "bytes=0-"}).status == 416
    assert admin("GET", f"/{space}/empty", {"Range": ""}).status == 200


@pytest.mark.rule("1.6.head.3")
def test_head_and_missing_items_know_no_ranges(admin, space, item):
    head = admin("HEAD", item, {"Range": "bytes=3-5"})
    assert (head.status, head["Content-Length"]) == (200, "11")
    assert admin("GET", f"/{space}/none", {"Range": "bytes=3-5"}).status == 404


@pytest.mark.rule("12.11", "15.1.2")
def test_a_broken_download_is_resumed_byte_for_byte(admin, space):
    """Large enough to be stored in parts."""
    body = b"".join(number.to_bytes(4, "big") for number in range(5 << 20))
    put = admin("PUT", f"/{space}/large", body=body)
    assert put["Content-MD5"] == put["ETag"] == hashlib.md5(body).hexdigest()
    whole = admin("GET", f"/{space}/large")
    assert whole["Content-MD5"] == whole["ETag"] == put["ETag"]
    assert whole.body == body
    for first in (1, 16 << 20, len(body) - 1):
        rest = admin("GET", f"/{space}/large", {"Range": f"bytes={first}-"})
        assert rest["ETag"] == put["ETag"]
        assert rest.body == body[first:]
    admin("DELETE", f"/{space}/large")  # before copies of it are made


@pytest.mark.rule("1.6.get.7")
@pytest.mark.parametrize(
    ("path", "disposition"),
    [
        ("plain.txt", 'attachment;filename="plain.txt"'),
        ("2019/a%20report.pdf", 'attachment;filename="2019/a report.pdf"'),
        ("%22%3Bx%3D%22y.txt", 'attachment;filename="_;x=_y.txt"'),
        ("%C3%A9.txt", "attachment;filename=\"?.txt\";filename*=UTF-8''%C3%A9.txt"),
        ("%F0%9F%98%80", "attachment;filename=\"?\";filename*=UTF-8''%F0%9F%98%80"),
    ],
)
def test_an_attachment_has_the_whole_id_as_its_name(admin, space, path, disposition):
    admin("PUT", f"/{space}/{path}", body=BODY)
    answer = admin("GET", f"/{space}/{path}?attachment=true")
    assert (answer.status, answer.body) == (200, BODY)
    assert answer["Content-Disposition"] == disposition
    for query in ("", "?attachment=false", "?attachment=", "?x=attachment=true"):
        assert "Content-Disposition" not in admin("GET", f"/{space}/{path}{query}").names


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_members_deposit_runs_in_no_browser(admin, space, content_type, method):
    body = b"<script>document.title = 'run'</script>"
    admin("PUT", f"/{space}/page", {"Content-Type": content_type}, body)
    for headers in ({}, {"Range": "bytes=0-3"}):
        answer = admin(method, f"/{space}/page", headers)
        assert answer["Content-Type"] == content_type
        assert answer["Content-Security-Policy"].split("; ") == ["sandbox", "default-src 'none'"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert not [name for name in answer.names if name.lower().startswith("access-control-")]


@pytest.mark.rule("1.6.get.5", "1.6.get.8", "12.14")
def test_a_compressed_item_comes_back_as_it_was_stored(admin, space):
    """Nothing is compressed or taken apart on the way: sizes and checksums would be lost (contract 12.14)."""
    admin("PUT", f"/{space}/packed", {"Content-Encoding": "gzip", "Content-Type": "text/plain"}, b"not really gzip")
    admin("PUT", f"/{space}/plain", {"Content-Type": "text/plain"}, BODY * 1000)
    packed = admin("GET", f"/{space}/packed", {"Accept-Encoding": "gzip,deflate"})
    assert (packed.body, packed["Content-Encoding"]) == (b"not really gzip", "gzip")
    plain = admin("GET", f"/{space}/plain", {"Accept-Encoding": "gzip,deflate"})
    assert plain.body == BODY * 1000
    assert "Content-Encoding" not in plain.names
