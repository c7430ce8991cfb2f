"""The JSON API of spaces and items over HTTP: folders, searches, descriptions, many at once, access, reports."""

import json

import pytest

from .people import AS_JSON, ask

SAID = {"x-dura-meta-creator": "Ada", "x-dura-meta-tags": "maps|old", "Content-Type": "image/tiff"}


@pytest.fixture(scope="module")
def filled(admin, member, new_space):
    """A space that the member may write to: two folders and two items, one of them described."""
    space = new_space({member.login[0]: "WRITE"})
    for name in ("a/1", "a/2", "b/c/3", "plain"):
        assert admin("PUT", f"/{space}/{name}", {"Content-Type": "text/plain"}, name.encode()).status == 201
    assert admin("PUT", f"/{space}/plate%201.tif", SAID, b"plate").status == 201
    return space


def listed(client, space, query):
    status, told = ask(client, "GET", f"/api/spaces/{space}/items?{query}")
    assert status == 200
    return [item["id"] for item in told["items"]], told["folders"], told["next"]


def test_folders_are_shown_and_not_what_is_in_them(member, filled):
    assert listed(member, filled, "delimiter=/") == (["plain", "plate 1.tif"], ["a/", "b/"], None)
    assert listed(member, filled, "delimiter=/&prefix=b/") == ([], ["b/c/"], None)
    assert listed(member, filled, "delimiter=/&limit=1") == ([], ["a/"], "a/")
    assert listed(member, filled, "delimiter=/&limit=1&after=a/") == ([], ["b/"], "b/")


@pytest.mark.parametrize(
    "query",
    [
        "name=PLATE",
        "format=image/*",
        "format=image/tiff",
        "tag=maps&tag=old",
        "property=creator",
        "property=creator:Ada",
    ],
)
def test_items_are_found_by_what_is_known_of_them(member, filled, query):
    assert listed(member, filled, query) == (["plate 1.tif"], [], None)


def test_an_item_is_found_by_its_checksum_and_its_copies(member, filled):
    (item,) = ask(member, "GET", f"/api/spaces/{filled}/items?name=plate")[1]["items"]
    assert listed(member, filled, f"checksum={item['md5']}")[0] == ["plate 1.tif"]
    assert listed(member, filled, f"checksum={item['sha256']}")[0] == ["plate 1.tif"]
    assert listed(member, filled, "state=damaged")[0] == []
    assert listed(member, filled, "name=plate&store=1")[0] == ["plate 1.tif"]
    assert listed(member, filled, "store=9")[0] == []


@pytest.mark.parametrize("query", ["delimiter=x", "delimiter=/&name=a", "state=good", "limit=0", f"tag={'x' * 2000}"])
def test_what_makes_no_sense_is_refused(member, filled, query):
    assert ask(member, "GET", f"/api/spaces/{filled}/items?{query}")[0] == 400


def test_a_description_is_changed_by_whoever_read_it(admin, member, filled):
    path = f"/api/spaces/{filled}/items/a/1"
    etag = member("GET", path)["ETag"]
    body = json.dumps({"properties": {"title": "One"}, "add_tags": ["x y"]}).encode()
    answer = member("PATCH", path, {**AS_JSON, "If-Match": etag}, body)
    assert answer.status == 200
    told = json.loads(answer.body)
    assert (told["properties"], told["tags"], told["content_type"]) == ({"title": "One"}, ["x y"], "text/plain")
    assert admin("HEAD", f"/{filled}/a/1").properties["tags"] == "x y"
    assert member("PATCH", path, {**AS_JSON, "If-Match": etag}, body).status == 412
    assert member("GET", path)["ETag"] == answer["ETag"] != etag
    assert member("PATCH", path, {**AS_JSON, "If-Match": "W/x"}, body).status == 400
    assert ask(member, "PATCH", path, {"property": {}})[0] == 400
    assert ask(member, "PATCH", f"{path}-none", {"tags": []})[0] == 404


def test_many_are_changed_and_deleted_at_once(admin, anonymous, member, new_space):
    space = new_space({member.login[0]: "WRITE", "group-public": "READ"})
    for name in ("1", "2"):
        assert admin("PUT", f"/{space}/{name}", body=b"x").status == 201
    path, wanted = f"/api/spaces/{space}/items", {"ids": ["1", "2", "none"], "add_tags": ["t"]}
    status, told = ask(member, "PATCH", path, wanted)
    assert (status, [each["state"] for each in told["items"]]) == (200, ["done", "done", "missing"])
    assert listed(anonymous, space, "tag=t")[0] == ["1", "2"]
    for client, expected in ((anonymous, 401), (admin, 200)):
        assert ask(client, "POST", f"/api/spaces/{space}/deletions", {"ids": ["1", "none"]})[0] == expected
    assert listed(anonymous, space, "")[0] == ["2"]
    assert [item["id"] for item in ask(member, "GET", f"/api/spaces/{space}/deleted")[1]["items"]] == ["1"]
    for wrong in (
        {"ids": []},
        {"ids": ["x"] * 101},
        {"ids": [1]},
        {"ids": [""]},
        {"ids": ["\ud800"]},
        {"ids": ["x" * 1025]},
    ):
        assert ask(member, "POST", f"/api/spaces/{space}/deletions", wrong)[0] == 400


def test_whoever_may_only_read_changes_nothing(admin, anonymous, member, new_space):
    space = new_space({member.login[0]: "READ"})
    assert admin("PUT", f"/{space}/1", body=b"x").status == 201
    for who, status in ((anonymous, 401), (member, 403)):
        assert ask(who, "PATCH", f"/api/spaces/{space}/items/1", {"tags": []})[0] == status
        assert ask(who, "PATCH", f"/api/spaces/{space}/items", {"ids": ["1"], "tags": []})[0] == status
        assert ask(who, "POST", f"/api/spaces/{space}/deletions", {"ids": ["1"]})[0] == status
        assert ask(who, "PUT", f"/api/spaces/{space}/access", {"rules": {}})[0] == status
        assert ask(who, "DELETE", f"/api/spaces/{space}")[0] == status
    assert ask(anonymous, "GET", f"/api/spaces/{space}")[0] == 401


def test_a_space_is_made_opened_and_removed(admin, anonymous, member, new_space):
    name = new_space() + "-2"
    path = f"/api/spaces/{name}"
    status, made = ask(admin, "PUT", path)
    assert (status, made["id"], made["public"], made["rules"]) == (201, name, False, {admin.login[0]: "WRITE"})
    etag = admin("GET", path)["ETag"]
    body = json.dumps({"rules": {"group-public": "READ"}}).encode()
    answer = admin("PUT", f"{path}/access", {**AS_JSON, "If-Match": etag}, body)
    assert (answer.status, json.loads(answer.body)["public"]) == (200, True)
    assert admin("PUT", f"{path}/access", {**AS_JSON, "If-Match": etag}, body).status == 412
    assert ask(admin, "PUT", f"{path}/access", {"rules": {"jane": "ALL"}})[0] == 400
    assert ask(anonymous, "GET", path)[1]["access"] == "read"
    assert name in [space["id"] for space in ask(anonymous, "GET", "/api/spaces")[1]["spaces"]]
    assert ask(member, "PUT", f"/api/spaces/{name}-3")[0] == 403
    assert ask(admin, "PUT", "/api/spaces/Not-A-Name")[0] == 400
    assert ask(admin, "DELETE", path)[0] == 202
    assert ask(admin, "GET", path)[0] in (200, 404)  # 404 once all of it is gone


def test_reports_are_for_readers_of_a_space_and_of_all_for_administrators(admin, anonymous, member, filled):
    for kind in ("growth", "fixity"):
        status, told = ask(member, "GET", f"/api/reports/{kind}?space={filled}&start=2026-01-01&end=2026-12-31")
        assert (status, told["space"], [each["store"] for each in told["stores"]]) == (200, filled, ["1", "2"])
        assert ask(member, "GET", f"/api/reports/{kind}")[0] == 403
        assert ask(anonymous, "GET", f"/api/reports/{kind}?space={filled}")[0] == 401
        assert [each["store"] for each in ask(admin, "GET", f"/api/reports/{kind}?store=2")[1]["stores"]] == ["2"]
        for wrong in (
            "start=x",
            "start=2026-02-01&end=2026-01-01",
            "start=1000-01-01",
            "end=0001-01-01&start=0001-01-02",
        ):
            assert ask(admin, "GET", f"/api/reports/{kind}?{wrong}")[0] == 400
        assert ask(admin, "GET", f"/api/reports/{kind}?store=99")[0] == 404
