"""What visitors reach without an account, on Lambda."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.domain.access import Caller, Role, held
from chalicelib.domain.enquiries import ENQUIRIES
from chalicelib.wiring import Wiring
from tests.enquirers import wrote

from .test_lambda import call

ROOT = Caller("root", held(Role.ROOT))


def test_anybody_may_ask_for_the_status_and_caches_may_keep_it(service: Wiring) -> None:
    service.spaces.replace_access_rules(ROOT, service.spaces.create(ROOT, "maps").id, {"group-public": "READ"})
    service.spaces.create(ROOT, "secret")
    answer = call("GET", "/api/status", who="")
    assert (answer["statusCode"], answer["headers"]["Cache-Control"]) == (200, "public, max-age=300")
    assert json.loads(answer["body"]) == {
        "public_spaces": 1,
        "items": 0,
        "measured_at": None,
        "last_check": None,
        "self_test": {"state": "waiting", "at": None},
        "copies": {"intact": 0, "bad": 0, "unread": 0},
    }
    assert b"secret" not in answer["body"]


FORM = {
    "about": "membership",
    "name": "Ann",
    "organisation": "A Library",
    "email": "ann@example.org",
    "message": "Tell us more",
}


def send(accept: str = "text/html", kind: str = "application/x-www-form-urlencoded", **changes: str) -> Any:
    """The form as a browser sends it."""
    body = urlencode({**FORM, "homepage": "", **changes}).encode()
    return call("POST", "/api/enquiries", body, who="", Content_Type=kind, Accept=accept)


def kept(service: Wiring) -> list[Any]:
    ids = [entry.id for entry in service.stores.primary.list(ENQUIRIES)]
    return [json.loads(call("GET", f"/durastore/{ENQUIRIES}/{name}")["body"]) for name in ids]


def test_a_form_without_scripts_gets_a_page(service: Wiring) -> None:
    answer = send()
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"<h1>Thank you</h1>" in answer["body"]
    assert "default-src 'none'" in answer["headers"]["Content-Security-Policy"]
    assert kept(service) == [FORM]
    assert call("GET", f"/durastore/{ENQUIRIES}", who="bob")["statusCode"] == 403


def test_who_asks_for_json_gets_that(service: Wiring) -> None:
    assert "received" in json.loads(send("application/json")["body"])
    refused = send("application/json", name="")
    assert (refused["statusCode"], json.loads(refused["body"])["detail"]) == (400, "Name is missing")
    assert kept(service) == [FORM]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": "Ann\r\nBcc: everybody@example.org"}, "Name has a control character (U+000D)"),
        ({"homepage": "https://spam.example.org"}, "must stay empty"),
        ({"email": "<script>alert(1)</script>"}, "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ({"<img src=x>": "1"}, "There is no field &#x27;&lt;img src=x&gt;&#x27;"),
        ({"kind": "multipart/form-data"}, "must be a form"),
        ({str(n): "x" for n in range(30)}, "few fields"),
    ],
)
def test_a_page_says_what_is_wrong_and_nothing_in_it_is_markup(
    service: Wiring, changes: dict[str, str], problem: str
) -> None:
    answer = send(**changes)
    assert answer["statusCode"] == 400
    assert problem in answer["body"].decode()
    assert b"<img" not in answer["body"]
    assert b"<script" not in answer["body"]
    assert service.index.space(ENQUIRIES) is None


def test_html_is_kept_as_text(service: Wiring) -> None:
    send(message="<script>alert(1)</script>")
    (found,) = kept(service)
    assert found["message"] == "<script>alert(1)</script>"


@pytest.mark.parametrize("body", [b"name=%ff", b"name=\xff", b"name=a&name=b"])
def test_what_is_no_form_is_refused(service: Wiring, body: bytes) -> None:
    answer = call("POST", "/api/enquiries", body, who="", Content_Type="application/x-www-form-urlencoded")
    assert answer["statusCode"] == 400


def test_a_field_of_a_megabyte_is_refused(service: Wiring) -> None:
    assert send(message="x" * (1 << 20))["statusCode"] == 413


def test_who_wrote_often_is_told_how_long_to_wait(service: Wiring) -> None:
    wrote(service.sign_in.attempts, 12, address="")
    for accept in ("text/html", "application/json"):
        answer = send(accept)
        assert (answer["statusCode"], answer["body"].count(b"Too many enquiries")) == (429, 1)
        assert 60 < int(answer["headers"]["Retry-After"]) <= 128


def test_a_page_of_another_site_cannot_send_it(service: Wiring) -> None:
    body = urlencode(FORM).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "cross-site"}
    assert call("POST", "/api/enquiries", body, who="", **headers)["statusCode"] == 403
