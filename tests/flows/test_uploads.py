"""Uploads: files of any size reach the stores in signed pieces, and nothing becomes an item that is not as promised."""

import os
from collections.abc import Callable, Iterator
from hashlib import md5, sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import requests

from tests.conftest import Login, Product, stack_on
from tests.faulty_proxy import Fault, FaultyProxy

from .waiting import wait_for

MIB = 1 << 20
FILM = os.urandom(40 * MIB + 5)

Ask = Callable[..., Any]


def sums(data: bytes) -> dict[str, str]:
    return {"md5": md5(data).hexdigest(), "sha256": sha256(data).hexdigest()}


def file(name: str, data: bytes, **more: Any) -> dict[str, Any]:
    return {"id": name, "size": len(data), **sums(data), **more}


def new_space(product: Product) -> str:
    name = f"up-{uuid4().hex[:10]}"
    made = requests.put(f"{product.address}/durastore/{name}", auth=product.admin.auth, timeout=30)
    made.raise_for_status()
    return name


@pytest.fixture
def space(product: Product) -> str:
    return new_space(product)


@pytest.fixture
def ask(product: Product, space: str) -> Ask:
    return asking(product, space)


def asking(product: Product, space: str) -> Ask:
    def ask(method: str, path: str = "", body: Any = None, status: int = 200, login: Login | None = None) -> Any:
        url = f"{product.address}/api/spaces/{space}/uploads{path}"
        answer = requests.request(method, url, json=body, auth=(login or product.admin).auth, timeout=60)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    return ask


def send(product: Product, signed: dict[str, Any], data: bytes, at: str | None = None) -> int:
    """What a browser does: no credentials, only what was signed; 0 when there is no answer."""
    try:
        url = f"{at or product.address}{signed['url']}"
        return requests.put(url, data, headers=signed["headers"], timeout=60).status_code
    except requests.ConnectionError:
        return 0


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


@pytest.mark.parametrize(
    "fault",
    [
        Fault.CUT_BEFORE,
        Fault.CUT_BODY,
        Fault.CUT_ANSWER,
        Fault.BUSY,
        Fault.FORBIDDEN,
        Fault.FLIP_REQUEST,
        Fault.SWALLOWED,
    ],
)
@pytest.mark.parametrize("data", [FILM[: 17 * MIB], b"small"], ids=["in parts", "in one piece"])
def test_a_bad_network_costs_time_and_no_bytes(
    product: Product, space: str, ask: Ask, fault: Fault, data: bytes
) -> None:
    given = file("a.mov", data) if len(data) < MIB else {"id": "a.mov", "size": len(data)}
    (begun,) = ask("POST", "", {"files": [given]})["files"]
    parts = cut(data, begun.get("part_size", MIB))
    wanted = {"parts": [{"number": n, "sha256": sums(part)["sha256"]} for n, part in parts.items()]}
    done = {"uploads": [{"upload": begun["upload"], **sums(data)}]}
    with FaultyProxy(product.stack.ports.gateway) as proxy:
        proxy.fail(fault)
        for _ in range(3):
            for leave in ask("POST", f"/{begun['upload']}/parts", wanted)["parts"]:
                number = leave["number"]
                answers = [send(product, leave, parts[number], f"http://127.0.0.1:{proxy.port}")]
                while answers[-1] != 200:
                    answers.append(send(product, leave, parts[number]))
                assert len(answers) <= 2, "the second attempt finds nothing in its way"
            (told,) = ask("POST", "/complete", done)["files"]
            if told["state"] == "stored":
                break
            assert (told["again"], fault) == (True, Fault.SWALLOWED)
        assert proxy.happened[fault] == 1
    assert told["state"] == "stored"
    assert product.primary.get_object(Bucket=product.bucket(space), Key="a.mov")["Body"].read() == data


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Product]:
    """A product whose processes may be killed."""
    stack = stack_on(tmp_path / "data")
    stack.start()
    yield Product(stack)
    stack.stop()


def test_an_upload_goes_on_after_every_process_was_killed(own: Product) -> None:
    space = new_space(own)
    ask = asking(own, space)

    def begin() -> tuple[str, dict[int, tuple[dict[str, Any], bytes]]]:
        (begun,) = ask("POST", "", {"files": [{"id": "a.mov", "size": len(FILM)}]})["files"]
        parts = cut(FILM, begun["part_size"])
        wanted = {"parts": [{"number": n, "sha256": sums(part)["sha256"]} for n, part in parts.items()]}
        signed = ask("POST", f"/{begun['upload']}/parts", wanted)["parts"]
        return begun["upload"], {leave["number"]: (leave, parts[leave["number"]]) for leave in signed}

    def complete(upload: str) -> tuple[str, bool | None]:
        (told,) = ask("POST", "/complete", {"uploads": [{"upload": upload, **sums(FILM)}]})["files"]
        return told["state"], told.get("again")

    upload, parts = begin()
    assert send(own, *parts[1]) == 200
    own.stack.start_one(own.stack.end("gateway"))
    assert send(own, *parts[2]) == 200, "what was signed before is good"
    assert send(own, *parts[3]) == 200
    own.stack.start_one(own.stack.end("primary"))  # which forgets, as S3 never does, what was not completed
    assert complete(upload) == ("failed", True)
    ask("GET", f"/{upload}", status=404)
    upload, parts = begin()
    assert {send(own, *part) for part in parts.values()} == {200}
    assert complete(upload) == ("stored", None)
    own.stack.start_one(own.stack.end("gateway"))
    assert complete(upload) == ("stored", None), "whoever did not hear asks again"
    verified(own, space, "a.mov")
