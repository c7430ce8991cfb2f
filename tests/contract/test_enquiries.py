"""What visitors send and ask without an account, on the wire."""

import email
import json
import uuid
from email import policy
from urllib.parse import urlencode

import pytest

from chalicelib.adapters.sqlite import SqliteFile
from chalicelib.adapters.sqlite_accounts import SqliteAttempts
from tests.enquirers import wrote

from .wire import Connection

FORM = {"about": "service-provider", "name": "Ann", "organisation": "A Library", "email": "ann@example.org"}
HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(autouse=True)
def attempts(product):
    """What is counted of this machine: nothing yet."""
    found = SqliteAttempts(SqliteFile(product.stack.folder.index))
    wrote(found, 0)
    return found


def send(anonymous, **changes):
    return anonymous("POST", "/api/enquiries", HEADERS, urlencode({**FORM, **changes}).encode())


def mails(product):
    files = sorted(product.stack.folder.outbox.glob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def test_the_status_is_open_to_everybody_and_names_no_space(anonymous, new_space):
    closed = new_space()
    answer = anonymous("GET", "/api/status")
    assert (answer.status, answer["Cache-Control"]) == (200, "public, max-age=300")
    told = {"public_spaces", "items", "measured_at", "last_check", "copies", "self_test"}
    assert set(json.loads(answer.body)) == told
    assert closed not in answer.text


def test_an_enquiry_is_kept_for_administrators_and_told_to_the_operators(product, anonymous, admin, member):
    message = f"A line\nBcc: everybody@example.org\n<b>{uuid.uuid4().hex}</b>"
    answer = send(anonymous, message=message)
    assert (answer.status, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    found = [json.loads(admin("GET", f"/x-enquiries/{name}").body) for name in admin.ids("x-enquiries")]
    assert {**FORM, "message": message} in found
    assert (member("GET", "/x-enquiries").status, anonymous("GET", "/x-enquiries").status) == (403, 401)
    opened = admin("POST", "/acl/x-enquiries", {"x-dura-meta-acl-group-public": "READ"})
    assert opened.status == 403
    (mail,) = [mail for mail in mails(product) if message in mail.get_content()]
    assert (mail["To"], mail["Subject"], mail["Bcc"]) == ("office@localhost", "Enquiry about service-provider", None)


def test_a_line_break_in_the_name_is_refused(product, anonymous):
    before = len(mails(product))
    answer = send(anonymous, name="Ann\r\nBcc: everybody@example.org", message="x")
    assert answer.status == 400
    assert "control character" in answer.text
    assert len(mails(product)) == before


def test_what_fills_in_the_hidden_field_is_refused(anonymous):
    assert send(anonymous, message="x", homepage="https://spam.example.org").status == 400


def test_a_megabyte_is_refused_before_it_is_sent(product):
    with Connection(product.address) as connection:
        lines = [f"Content-Type: {HEADERS['Content-Type']}", f"Content-Length: {1 << 20}", "Expect: 100-continue"]
        connection.send("POST", "/api/enquiries", lines)
        assert connection.answer().status == 413


def test_a_megabyte_in_chunks_is_refused(product):
    with Connection(product.address) as connection:
        piece = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
        lines = [f"Content-Type: {HEADERS['Content-Type']}", "Transfer-Encoding: chunked"]
        connection.send("POST", "/api/enquiries", lines, piece * 32 + b"0\r\n\r\n")
        assert connection.answer().status == 413


def test_who_wrote_often_has_to_wait(anonymous, attempts):
    wrote(attempts, 4)
    assert send(anonymous, message="The fifth").status == 200
    wrote(attempts, 12)
    refused = send(anonymous, message="One more")
    assert refused.status == 429
    assert 60 < int(refused["Retry-After"]) <= 128
