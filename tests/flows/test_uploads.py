"""Uploads: files of any size reach the stores in signed pieces, and nothing becomes an item that is not as promised."""

import os
from collections.abc import Callable
from hashlib import md5, sha256
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import requests

from tests.conftest import Login, Product

from .waiting import wait_for

MIB = 1 << 20
FILM = os.urandom(40 * MIB + 5)

Ask = Callable[..., Any]


def sums(data: bytes) -> dict[str, str]:
    return {"md5": md5(data).hexdigest(), "sha256": sha256(data).hexdigest()}


def file(name: str, data: bytes, **more: Any) -> dict[str, Any]:
    return {"id": name, "size": len(data), **sums(data), **more}


@pytest.fixture
def space(product: Product) -> str:
    name = f"up-{uuid4().hex[:10]}"
    made = requests.put(f"{product.address}/durastore/{name}", auth=product.admin.auth, timeout=30)
    made.raise_for_status()
    return name


@pytest.fixture
def ask(product: Product, space: str) -> Ask:
    def ask(method: str, path: str = "", body: Any = None, status: int = 200, login: Login | None = None) -> Any:
        url = f"{product.address}/api/spaces/{space}/uploads{path}"
        answer = requests.request(method, url, json=body, auth=(login or product.admin).auth, timeout=60)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    return ask


def send(product: Product, signed: dict[str, Any], data: bytes) -> int:
    """What a browser does: no credentials, only what was signed."""
    return requests.put(f"{product.address}{signed['url']}", data, headers=signed["headers"], timeout=60).status_code


def cut(data: bytes, size: int) -> dict[int, bytes]:
    return {n: data[at : at + size] for n, at in enumerate(range(0, len(data), size), 1)}


def verified(product: Product, space: str, name: str) -> dict[str, Any]:
    """The item, when our own read of every copy gave the checksums that the depositor computed."""

    def look() -> Any:
        item = product.api(f"spaces/{space}/items/{quote(name)}")
        return item if all(copy["verified_at"] for copy in item["copies"]) else None

    found: dict[str, Any] = wait_for(look)
    return found


def test_a_large_file_goes_in_parts_with_a_corrupt_one_refused_and_a_break_in_the_middle(
    product: Product, space: str, ask: Ask
) -> None:
    name = "films/master é+1%.mov"
    (begun,) = ask("POST", "", {"files": [{"id": name, "size": len(FILM), "content_type": "video/quicktime"}]})["files"]
    assert (begun["state"], begun["part_size"], begun["parts"]) == ("parts", 16 * MIB, 3)
    at = f"/{begun['upload']}"
    parts = cut(FILM, begun["part_size"])
    wanted = {"parts": [{"number": n, "sha256": sums(data)["sha256"]} for n, data in parts.items()]}
    signed = {leave["number"]: leave for leave in ask("POST", f"{at}/parts", wanted)["parts"]}

    assert send(product, signed[1], parts[1]) == 200
    assert send(product, signed[2], b"x" + parts[2][1:]) == 409, "a corrupt part"
    assert send(product, signed[2], parts[2][:-1]) == 409, "a short part"
    done = {"uploads": [{"upload": begun["upload"], **sums(FILM)}]}
    (early,) = ask("POST", "/complete", done)["files"]
    assert (early["state"], early["again"], early["reason"]) == (
        "failed",
        True,
        f"Of {name!r} parts 2, 3 have not arrived",
    )

    # Whoever comes back a week later finds it, and sends what is missing.
    assert [upload["upload"] for upload in ask("GET")["uploads"]] == [begun["upload"]]
    arrived = ask("GET", at)["parts"]
    assert arrived == [{"number": 1, "size": 16 * MIB, "sha256": sums(parts[1])["sha256"]}]
    for number in (3, 2):
        assert send(product, signed[number], parts[number]) == 200
    (stored,) = ask("POST", "/complete", done)["files"]
    assert stored == {"id": name, "state": "stored", "upload": begun["upload"], **sums(FILM)}
    assert ask("POST", "/complete", done)["files"] == [stored], "twice is the same"
    assert ask("GET")["uploads"] == []

    item = verified(product, space, name)
    assert (item["md5"], item["sha256"], item["checksum_origin"]) == (*sums(FILM).values(), "deposit")
    kept = product.primary.get_object(Bucket=product.bucket(space), Key=name)
    assert (kept["Body"].read(), kept["ContentType"]) == (FILM, "video/quicktime")
    (here,) = ask("POST", "", {"files": [file(name, FILM)]})["files"]
    assert (here["state"], here["verified_at"] is not None) == ("here", True)


def test_small_files_go_in_batches_and_what_is_there_is_not_sent_again(product: Product, space: str, ask: Ask) -> None:
    data = {f"maps/{n:02}.txt": f"map {n}".encode() for n in range(20)} | {"empty": b""}
    more = {"content_type": "text/plain", "modified": "2020-02-03T04:05:06Z", "properties": {"Creator": "Ada"}}
    begun = ask("POST", "", {"files": [file(name, body, **more) for name, body in data.items()]})["files"]
    assert {one["state"] for one in begun} == {"send"}
    assert [one["id"] for one in begun] == list(data)
    first = begun[0]
    assert send(product, first, b"rap 0") == 409, "one bit is another"
    for one in begun:
        assert send(product, one, data[one["id"]]) == 200
    assert send(product, first, data[first["id"]]) == 200, "nobody heard of the first time"
    done = {"uploads": [{"upload": one["upload"], **sums(data[one["id"]])} for one in begun]}
    assert {one["state"] for one in ask("POST", "/complete", done)["files"]} == {"stored"}
    for name in data:
        verified(product, space, name)
    told = product.primary.head_object(Bucket=product.bucket(space), Key="maps/00.txt")
    assert told["ContentType"] == "text/plain"
    assert (told["Metadata"]["creator"], told["Metadata"]["content-file-modified"]) == (
        "Ada",
        "2020-02-03T04:05:06.006",
    )

    again = ask("POST", "", {"files": [file(name, body) for name, body in data.items()]})["files"]
    assert {one["state"] for one in again} == {"here"}
    (conflict,) = ask("POST", "", {"files": [file("empty", b"not empty")]})["files"]
    assert conflict == {"id": "empty", "state": "conflict", "size": 0, **sums(b"")}
    (anew,) = ask("POST", "", {"files": [file("empty", b"not empty", if_exists="replace")]})["files"]
    assert send(product, anew, b"not empty") == 200
    ask("POST", "/complete", {"uploads": [{"upload": anew["upload"], **sums(b"not empty")}]})
    assert verified(product, space, "empty")["md5"] == sums(b"not empty")["md5"]


def test_what_is_given_up_is_gone_and_others_may_not_go_on(product: Product, space: str, ask: Ask) -> None:
    acl = {"x-dura-meta-acl-" + product.member.username: "WRITE"}
    url = f"{product.address}/durastore/acl/{space}"
    requests.post(url, headers=acl, auth=product.admin.auth, timeout=30).raise_for_status()
    (begun,) = ask("POST", "", {"files": [{"id": "a", "size": 5}]})["files"]
    ask("GET", f"/{begun['upload']}", status=403, login=product.member)
    assert ask("GET", login=product.member)["uploads"] == []
    wanted = {"parts": [{"number": 1, "sha256": sums(b"bytes")["sha256"]}]}
    (leave,) = ask("POST", f"/{begun['upload']}/parts", wanted)["parts"]
    ask("DELETE", f"/{begun['upload']}", status=204)
    assert send(product, leave, b"bytes") == 404
    ask("GET", f"/{begun['upload']}", status=404)
    assert product.primary.list_multipart_uploads(Bucket=product.bucket(space)).get("Uploads", []) == []
