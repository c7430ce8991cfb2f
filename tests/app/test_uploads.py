"""Uploads through Lambda: signed addresses lead to S3, wrong requests are named, and nobody else goes on."""

import json
from hashlib import md5, sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from chalicelib.wiring import Wiring

from .test_lambda import call, deposited

__all__ = ["deposited"]

UPLOADS = "/api/spaces/maps/uploads"
DATA = b"five!"
SUMS = {"md5": md5(DATA).hexdigest(), "sha256": sha256(DATA).hexdigest()}
FILE = {"id": "a/é +1%.txt", "size": 5, **SUMS}

pytestmark = pytest.mark.usefixtures("deposited")


def ask(method: str, path: str = "", body: Any = None, who: str = "ada", query: str = "") -> tuple[int, Any]:
    given = b"" if body is None else json.dumps(body).encode()
    answer = call(method, UPLOADS + path, given, who, query)
    return answer["statusCode"], json.loads(answer["body"] or b"null")


def begin(**more: Any) -> Any:
    status, told = ask("POST", "", {"files": [{**FILE, **more}]})
    assert status == 200, told
    return told["files"][0]


def signed_names(url: str) -> set[str]:
    return set(parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"][0].split(";"))


def test_the_signature_of_a_file_covers_its_size_its_checksums_and_all_that_is_said_of_it() -> None:
    begun = begin(content_type="text/plain", properties={"Creator": "Ada"})
    assert (begun["state"], begun["method"]) == ("send", "PUT")
    headers = begun["headers"]
    assert signed_names(begun["url"]) == {*headers, "host", "content-length"}
    assert bytes.fromhex(SUMS["sha256"]) == _bytes(headers["x-amz-checksum-sha256"])
    assert bytes.fromhex(SUMS["md5"]) == _bytes(headers["content-md5"])
    assert (headers["if-none-match"], headers["content-type"]) == ("*", "text/plain")
    assert (headers["x-amz-meta-creator"], headers["x-amz-meta-sha256"]) == ("Ada", SUMS["sha256"])


def test_the_signature_of_a_part_covers_its_size_and_its_checksum() -> None:
    begun = begin(id="large", size=40 << 20, md5=None, sha256=None)
    assert (begun["state"], begun["parts"]) == ("parts", 3)
    wanted = {"parts": [{"number": n, "sha256": SUMS["sha256"]} for n in (1, 3)]}
    status, told = ask("POST", f"/{begun['upload']}/parts", wanted)
    assert (status, [part["number"] for part in told["parts"]]) == (200, [1, 3])
    for part in told["parts"]:
        assert signed_names(part["url"]) == {"host", "content-length", "x-amz-checksum-sha256"}
        assert _bytes(part["headers"]["x-amz-checksum-sha256"]) == bytes.fromhex(SUMS["sha256"])


def test_addresses_are_those_of_the_region_so_that_no_browser_meets_a_redirect() -> None:
    assert urlsplit(begin()["url"]).hostname == "duracloud-maps.s3.eu-central-1.amazonaws.com"
    assert parse_qs(urlsplit(begin()["url"]).query)["X-Amz-Expires"] == ["900"]


def test_another_is_replaced_only_if_it_is_the_one_that_was_seen() -> None:
    begun = begin(id="a/b é+1%.bin", if_exists="replace")
    assert "if-none-match" not in begun["headers"]
    assert begun["headers"]["if-match"].strip('"')
    assert signed_names(begun["url"]) == {*begun["headers"], "host", "content-length"}


def test_a_file_goes_straight_to_the_bucket_and_becomes_an_item(deposited: Wiring) -> None:
    begun = begin()
    assert requests.put(begun["url"], DATA, headers=begun["headers"], timeout=30).status_code == 200
    done = {"uploads": [{"upload": begun["upload"], **SUMS}]}
    for _ in range(2):
        status, told = ask("POST", "/complete", done)
        assert (status, told["files"][0]["state"]) == (200, "stored")
    answer = call("GET", "/api/spaces/maps/items/a/%C3%A9%20+1%25.txt")
    assert json.loads(answer["body"])["sha256"] == SUMS["sha256"]
    assert begin()["state"] == "here"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"files": []},
        {"files": {}},
        {"files": [FILE], "more": 1},
        {"files": [5]},
        {"files": [FILE] * 101},
        *(
            {"files": [{**FILE, **wrong}]}
            for wrong in (
                {"size": -1},
                {"size": "5"},
                {"size": True},
                {"size": 5.0},
                {"id": 5},
                {"md5": "x"},
                {"sha256": SUMS["sha256"].upper()},
                {"sha256": 5},
                {"content_type": 5},
                {"modified": "yesterday"},
                {"modified": "0001-01-01T00:00:00+23:00"},
                {"properties": {"a": 5}},
                {"properties": []},
                {"if_exists": "rename"},
                {"name": "a"},
            )
        ),
    ],
    ids=str,
)
def test_what_is_no_list_of_files_is_400(body: Any) -> None:
    status, told = ask("POST", "", body)
    assert (status, told["title"]) == (400, "Invalid request")


@pytest.mark.parametrize(
    "body",
    [{"parts": [{"number": 1}]}, {"parts": [{"number": "1", **SUMS}]}, {"parts": [{"number": 2, "sha256": "0" * 64}]}],
)
def test_what_are_no_parts_is_400(body: Any) -> None:
    assert ask("POST", f"/{begin()['upload']}/parts", body)[0] == 400
    assert ask("POST", f"/{begin()['upload']}/parts", {"parts": [{"number": 1, "sha256": SUMS["sha256"]}]})[0] == 200


@pytest.mark.parametrize("lacks", ["upload", "md5", "sha256"])
def test_both_checksums_are_needed_at_the_end(lacks: str) -> None:
    done = {"upload": begin()["upload"], **SUMS}
    assert ask("POST", "/complete", {"uploads": [{n: v for n, v in done.items() if n != lacks}]})[0] == 400


def test_a_file_that_is_refused_does_not_stop_the_others() -> None:
    status, told = ask("POST", "", {"files": [{**FILE, "id": "a?b"}, FILE, {**FILE, "size": 6 << 40}]})
    assert (status, [file["state"] for file in told["files"]]) == (200, ["refused", "send", "refused"])
    assert "5 TiB" in told["files"][2]["reason"]


@pytest.mark.parametrize("upload", ["none", "é%2F..", "x" * 3000, ".", "a.b.c", "%00"])
def test_an_upload_that_there_is_not_is_404(upload: str) -> None:
    for method, path, body in (("GET", "", None), ("DELETE", "", None), ("POST", "/parts", {"parts": [{}]})):
        assert ask(method, f"/{upload}{path}", body)[0] == 404
    status, told = ask("POST", "/complete", {"uploads": [{"upload": upload, **SUMS}]})
    assert (status, told["files"][0]["state"], told["files"][0]["again"]) == (200, "failed", True)


def test_who_may_not_write_is_refused() -> None:
    for who, status in (("bob", 403), ("", 401)):
        for method, path in (("GET", ""), ("POST", ""), ("POST", "/complete"), ("GET", "/x"), ("DELETE", "/x")):
            assert ask(method, path, {}, who)[0] == status


def test_what_was_never_signed_is_403() -> None:
    for ticket in ("x", "e30.e30", "%C3%A9"):
        answer = call("PUT", f"/api/uploads/{ticket}", DATA, "")
        assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (403, "application/problem+json")


def test_a_page_behind_no_number_is_400() -> None:
    upload = begin()["upload"]
    assert ask("GET", f"/{upload}", query="after=x")[0] == 400
    status, told = ask("GET", f"/{upload}", query="after=1")
    assert (status, told["parts"], told["next"], told["size"], told["id"]) == (200, [], None, 5, FILE["id"])


def test_a_download_leads_to_s3_and_has_browsers_save_it() -> None:
    ids = json.dumps({"ids": ["a/b é+1%.bin", "none"]}).encode()
    answer = call("POST", "/api/spaces/maps/downloads", ids, Content_Type="application/json")
    there, missing = json.loads(answer["body"])["items"]
    assert (there["state"], missing) == ("signed", {"id": "none", "state": "missing"})
    asked = parse_qs(urlsplit(there["url"]).query)
    (saved,) = asked["response-content-disposition"]
    assert saved.endswith("filename*=UTF-8''b%20%C3%A9%2B1%25.bin")
    assert 0 < int(asked["X-Amz-Expires"][0]) <= 15 * 60
    sent = requests.get(there["url"], timeout=30)
    assert (sent.status_code, sent.headers["content-disposition"]) == (200, saved)


def _bytes(text: str) -> bytes:
    import base64

    return base64.b64decode(text)
