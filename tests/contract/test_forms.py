"""Contract 1.6: of a multipart/form-data body, the first file is stored."""

import hashlib

import pytest

from .wire import Connection

FILE = bytes(range(256)) * 1000 + b"\r\n--not-the-boundary\r\n"
MD5 = hashlib.md5(FILE).hexdigest()
FORM = {"Content-Type": "multipart/form-data; boundary=xYz"}


def part(name: str, data: bytes, filename: str | None = None, content_type: str | None = None) -> bytes:
    disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
    kind = f"Content-Type: {content_type}\r\n" if content_type else ""
    return f"--xYz\r\nContent-Disposition: {disposition}\r\n{kind}\r\n".encode() + data + b"\r\n"


END = b"--xYz--\r\n"
FIRST = part("note", b"a field") + part("file", FILE, "map.tif", "image/tiff; x=1")


@pytest.mark.rule("1.6.put.10")
def test_the_first_file_is_stored_with_its_own_type(admin, space):
    body = FIRST + part("second", b"other", "b.txt", "text/plain") + END
    answer = admin("PUT", f"/{space}/form", {**FORM, "x-dura-meta-color": "red"}, body)
    assert (answer.status, answer["Content-MD5"]) == (201, MD5)
    got = admin("GET", f"/{space}/form")
    assert (got.body, got["Content-Type"]) == (FILE, "image/tiff; x=1")
    assert got.properties == {"color": "red"}


@pytest.mark.rule("1.6.put.10")
def test_chunked_forms_empty_files_and_files_without_a_type(admin, space):
    body = part("file", b"", "empty") + END
    with Connection(admin.address) as connection:
        lines = [*admin.credentials, f"Content-Type: {FORM['Content-Type']}", "Transfer-Encoding: chunked"]
        framed = b"".join(b"%x\r\n%s\r\n" % (1, body[i : i + 1]) for i in range(len(body))) + b"0\r\n\r\n"
        connection.send("PUT", f"/durastore/{space}/form-empty", lines, framed)
        assert connection.answer("PUT").status == 201
    got = admin("GET", f"/{space}/form-empty")
    assert (got.body, got["Content-Type"]) == (b"", "application/octet-stream")


@pytest.mark.rule("1.6.put.10", "1.6.put.13")
def test_a_promised_checksum_is_that_of_the_file(admin, space):
    assert admin("PUT", f"/{space}/form-right", {**FORM, "Content-MD5": MD5}, FIRST + END).status == 201
    whole = hashlib.md5(FIRST + END).hexdigest()
    assert admin("PUT", f"/{space}/form-wrong", {**FORM, "Content-MD5": whole}, FIRST + END).status == 409
    assert admin("HEAD", f"/{space}/form-wrong").status == 404


@pytest.mark.rule("1.6.put.19")
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (FORM, part("note", b"only a field") + END),
        (FORM, b""),
        (FORM, END),
        (FORM, b"no form at all"),
        (FORM, FIRST),  # the end is missing
        (FORM, FIRST[:-1000]),
        (FORM, b"--xYz\r\n" + b"A: b\r\n" * 100 + b"\r\nx\r\n" + END),
        ({"Content-Type": "multipart/form-data"}, FIRST + END),
        ({"Content-Type": "Multipart/Form-Data; boundary=other"}, FIRST + END),
        (FORM, part("file", b"x", "f", "not a type") + END),
    ],
)
def test_a_form_without_a_whole_file_is_400_and_stores_nothing(admin, space, headers, body):
    answer = admin("PUT", f"/{space}/no-form", headers, body)
    assert (answer.status, answer["Content-Type"]) == (400, "text/plain")
    assert admin("HEAD", f"/{space}/no-form").status == 404
