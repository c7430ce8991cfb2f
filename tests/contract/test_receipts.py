"""Receipts over HTTP: written by whoever may write, read by whoever may read, as JSON, a table and manifests."""

import json

import pytest

from .described import faults
from .people import AS_JSON, ask


@pytest.fixture(scope="module")
def space(admin, member, new_space):
    name = new_space({member.login[0]: "WRITE", "group-public": "READ"})
    for item in ("a", "b"):
        assert admin("PUT", f"/{name}/{item}", {"Content-Type": "text/plain"}, item.encode()).status == 201
    return name


def test_a_receipt_is_written_listed_and_read_in_every_form(member, space):
    path = f"/api/spaces/{space}/receipts"
    answer = member("POST", path, AS_JSON, json.dumps({"ids": ["b", "a", "none"]}).encode())
    assert (answer.status, faults("/api/spaces/{space}/receipts", "POST", answer)) == (201, [])
    written = json.loads(answer.body)
    assert (written["items"], written["bytes"], written["missing"]) == (2, 2, ["none"])
    listed = member("GET", path)
    assert faults("/api/spaces/{space}/receipts", "GET", listed) == []
    (there,) = json.loads(listed.body)["receipts"]
    assert there == {name: value for name, value in written.items() if name != "missing"}

    one = f"{path}/{written['receipt']}"
    told = member("GET", one)
    assert faults("/api/spaces/{space}/receipts/{receipt}", "GET", told) == []
    first, second = json.loads(told.body)["files"]
    assert (first["id"], second["id"], first["deposited_by"] != member.login[0]) == ("a", "b", True)
    table = member("GET", f"{one}?form=csv")
    assert table["Content-Disposition"].startswith("attachment")
    assert table.body.decode().splitlines()[1].startswith(f"a,1,{first['md5']},{first['sha256']}")
    manifest = member("GET", f"{one}?form=sha256")
    assert manifest.body.decode() == f"{first['sha256']}  data/a\n{second['sha256']}  data/b\n"


def test_who_may_not_write_or_read_has_no_receipt(anonymous, member, space, new_space):
    path = f"/api/spaces/{space}/receipts"
    assert ask(anonymous, "GET", path)[0] == 401
    assert ask(anonymous, "POST", path, {"ids": ["a"]})[0] == 401
    assert ask(member, "GET", f"/api/spaces/{new_space({})}/receipts")[0] == 403
    assert ask(member, "GET", f"{path}/none")[0] == 404
    assert ask(member, "GET", f"{path}/20260101T000000Z-0123456789abcdef")[0] == 404
    assert ask(member, "POST", path, {"ids": []})[0] == 400
    assert ask(member, "POST", path, {"ids": ["none"]})[0] == 404
