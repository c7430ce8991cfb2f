"""Contract 1.8, 6.4, 14.12 and 15.1.16: audit logs."""

import re
from hashlib import md5

import pytest

from tests.flows.waiting import wait_for

from .wire import encoded

HEAD = (
    "account\tstore-id\tspace-id\tcontent-id\tcontent-md5\tcontent-size\tcontent-mimetype\tcontent-properties"
    "\tspace-acls\tsource-space-id\tsource-content-id\ttimestamp\taction\tusername"
)
ITEM, BYTES = "2019/Q&A é.txt", b"questions"


def entries(answer) -> list[dict[str, str]]:
    assert (answer.status, answer["Content-Type"]) == (200, "text/plain")
    head, *lines = answer.text.removesuffix("\n").split("\n")
    assert head == HEAD
    return [dict(zip(HEAD.split("\t"), line.split("\t"), strict=True)) for line in lines]


@pytest.mark.rule("1.8.1", "15.1.16d", "1.3.delete.5")
def test_every_write_is_told_oldest_first(admin, member, product, new_space):
    space = new_space({"member": "WRITE", "group-public": "READ"})
    headers = {"Content-Type": "text/plain", "x-dura-meta-creator": "tab\there"}
    assert member("PUT", f"/{space}/{encoded(ITEM)}", headers, BYTES).status == 201
    assert admin("DELETE", f"/{space}/{encoded(ITEM)}").status == 200
    found = entries(admin("GET", f"/audit/{space}?storeID=1"))
    assert {(e["account"], e["store-id"], e["space-id"]) for e in found} == {("duracloud", "1", space)}
    root, writer = product.admin.username, product.member.username
    assert [(e["action"], e["content-id"], e["username"]) for e in found] == [
        ("CREATE_SPACE", "", root),
        ("SET_SPACE_ACLS", "", root),
        ("ADD_CONTENT", ITEM, writer),
        ("DELETE_CONTENT", ITEM, root),
    ]
    rules = found[1]["space-acls"]
    assert set(rules.strip("{}").split(", ")) == {"acl-member=WRITE", "acl-group-public=READ"}
    added = found[2]
    assert (added["content-md5"], added["content-size"]) == (md5(BYTES).hexdigest(), str(len(BYTES)))
    assert added["content-mimetype"] == "text/plain"
    assert "creator" in added["content-properties"]
    assert [e["timestamp"] for e in found] == sorted(e["timestamp"] for e in found)
    for entry in found:
        seconds = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:(\d\d)\.0(\d\d)", entry["timestamp"])
        assert seconds is not None
        assert seconds[1] == seconds[2]


@pytest.mark.rule("1.8.2", "14.12")
def test_a_store_where_nothing_happened_has_a_header_line(admin, space):
    assert entries(admin("GET", f"/audit/{space}?storeID=2")) == []


def test_the_second_store_tells_of_its_copies(admin, new_space):
    space = new_space()
    assert admin("PUT", f"/{space}/item", body=BYTES).status == 201
    (told,) = wait_for(lambda: entries(admin("GET", f"/audit/{space}?storeID=2")))
    assert (told["action"], told["content-id"], told["store-id"]) == ("ADD_CONTENT", "item", "2")


@pytest.mark.rule("1.8.3")
def test_missing_spaces_and_stores_are_404(admin, space):
    assert admin("GET", "/audit/no-such-space").status == 404
    answer = admin("GET", f"/audit/{space}?storeID=99")
    assert (answer.status, answer.text) == (404, "No store exists with ID 99")


def test_only_administrators_may_read_it(admin, member, anonymous, new_space):
    space = new_space({"member": "WRITE", "group-public": "READ"})
    for method in ("GET", "HEAD"):
        asked = [client(method, f"/audit/{space}").status for client in (anonymous, member, admin)]
        assert asked == [401, 403, 200]
