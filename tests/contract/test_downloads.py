"""Signed downloads over HTTP: no credentials at the address itself, and browsers save what they get."""

import json

import pytest

from .people import AS_JSON, ask

NAMES = ["a/page é.html", "none"]


@pytest.fixture(scope="module")
def space(admin, member, new_space):
    name = new_space({member.login[0]: "READ"})
    assert admin("PUT", f"/{name}/a/page%20%C3%A9.html", {"Content-Type": "text/html"}, b"<script>").status == 201
    return name


@pytest.fixture
def address(member, space):
    status, told = ask(member, "POST", f"/api/spaces/{space}/downloads", {"ids": NAMES})
    assert (status, [item["state"] for item in told["items"]]) == (200, ["signed", "missing"])
    return told["items"][0]["url"]


def test_it_is_read_without_credentials_and_saved(anonymous, address):
    answer = anonymous("GET", address)
    assert (answer.status, answer.body) == (200, b"<script>")
    assert answer["Content-Disposition"] == "attachment;filename=\"page ?.html\";filename*=UTF-8''page%20%C3%A9.html"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    part = anonymous("GET", address, {"Range": "bytes=1-3"})
    assert (part.status, part.body) == (206, b"scr")
    assert anonymous("GET", address, {"Range": "bytes=99-"}).status == 416


def test_another_address_opens_nothing(anonymous, admin, address, space):
    answer = anonymous("GET", address[:-3] + "AAA")
    assert (answer.status, json.loads(answer.body)["title"]) == (403, "Not allowed")
    assert ask(anonymous, "POST", f"/api/spaces/{space}/downloads", {"ids": NAMES})[0] == 401
    assert admin("DELETE", f"/{space}/a/page%20%C3%A9.html").status == 200
    assert anonymous("GET", address).status == 404


def test_who_signs_says_what(member, space):
    assert member("POST", f"/api/spaces/{space}/downloads", AS_JSON, b"{}").status == 400
