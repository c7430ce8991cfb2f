"""The main job on the running product: a file in, two verified copies out, whichever way it came."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import md5, sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import requests

from local.demo import Demo
from tests.conftest import Product

from .waiting import wait_for

AWKWARD = "maps/a b+c%d#e&f;g'(1)[2]{3}@=é中.tif"


@pytest.fixture
def space(product: Product) -> str:
    name = f"flow-{uuid4().hex[:10]}"
    answer = requests.put(f"{product.address}/durastore/{name}", auth=product.admin.auth, timeout=30)
    assert answer.status_code == 201
    return name


def verified(product: Product, space: str, content_id: str) -> Callable[[], Any]:
    """The item, once both copies are intact; else None."""

    def look() -> Any:
        found = product.api(f"spaces/{space}/items?prefix={quote(content_id, safe='')}")["items"]
        good = found and all(c["state"] == "intact" and c["verified_at"] for c in found[0]["copies"])
        return found[0] if good else None

    return look


def test_curl_puts_a_file_and_gets_it_back_and_any_s3_client_reads_the_copy(
    product: Product, space: str, tmp_path: Path
) -> None:
    given = tmp_path / "plate.tif"
    given.write_bytes(os.urandom(300_000))
    digest = md5(given.read_bytes()).hexdigest()
    url = f"{product.address}/durastore/{space}/{quote(AWKWARD)}"
    login = f"{product.admin.username}:{product.admin.password}"
    put = subprocess.run(
        ["curl", "-sS", "-i", "-u", login, "-T", given, url], capture_output=True, text=True, check=True
    )
    assert "HTTP/1.1 201" in put.stdout
    assert f"Content-MD5: {digest}" in put.stdout
    got = tmp_path / "got"
    get = subprocess.run(["curl", "-sS", "-u", login, "-D", "-", "-o", got, url], capture_output=True, check=True)
    assert got.read_bytes() == given.read_bytes()
    assert f"Content-MD5: {digest}".encode() in get.stdout
    item = wait_for(verified(product, space, AWKWARD))
    assert item["md5"] == digest
    assert item["sha256"] == sha256(given.read_bytes()).hexdigest()
    for client in (product.primary, product.second):
        copy = client.get_object(Bucket=product.bucket(space), Key=AWKWARD)
        assert copy["Body"].read() == given.read_bytes()
        assert copy["Metadata"]["md5"] == digest


def test_a_file_put_straight_into_the_bucket_is_looked_after_the_same(product: Product, space: str) -> None:
    data = os.urandom(100_000)
    product.primary.put_object(Bucket=product.bucket(space), Key=AWKWARD, Body=data, Metadata={"color": "red"})
    item = wait_for(verified(product, space, AWKWARD))
    assert (item["checksum_origin"], item["md5"]) == ("first-read", md5(data).hexdigest())
    answer = requests.get(f"{product.address}/durastore/{space}/{quote(AWKWARD)}", auth=product.admin.auth, timeout=30)
    assert answer.content == data
    assert answer.headers["x-dura-meta-color"] == "red"
    assert product.second.get_object(Bucket=product.bucket(space), Key=AWKWARD)["Body"].read() == data


def test_a_large_file_goes_in_parts_and_has_two_verified_copies(product: Product, space: str) -> None:
    data = os.urandom(40 << 20)
    answer = requests.put(f"{product.address}/durastore/{space}/large", data=data, auth=product.admin.auth, timeout=120)
    assert (answer.status_code, answer.headers["Content-MD5"]) == (201, md5(data).hexdigest())
    assert "-" in product.primary.head_object(Bucket=product.bucket(space), Key="large")["ETag"]
    item = wait_for(verified(product, space, "large"), seconds=60)
    assert item["sha256"] == sha256(data).hexdigest()
    head = requests.head(f"{product.address}/durastore/{space}/large", auth=product.admin.auth, timeout=30)
    assert (head.headers["Content-MD5"], head.headers["Content-Length"]) == (md5(data).hexdigest(), str(len(data)))


def test_the_demonstration_ends_well(product: Product, capsys: pytest.CaptureFixture[str]) -> None:
    Demo(product.address, product.stack.folder, space=f"demo-{uuid4().hex[:8]}").tell()
    told = capsys.readouterr().out
    assert told.count("repaired from store") == 2
    assert told.count("evidence kept") == 2


def test_a_deleted_item_is_gone_at_once_and_its_history_stays(product: Product, space: str) -> None:
    url = f"{product.address}/durastore/{space}/thesis.pdf"
    requests.put(url, data=b"the only copy", auth=product.admin.auth, timeout=30).raise_for_status()
    wait_for(verified(product, space, "thesis.pdf"))
    assert requests.delete(url, auth=product.admin.auth, timeout=30).status_code == 200
    assert requests.get(url, auth=product.admin.auth, timeout=30).status_code == 404
    time.sleep(1)  # whatever the deletion's event sets off has happened
    assert requests.get(url, auth=product.admin.auth, timeout=30).status_code == 404
    kinds = [event["kind"] for event in product.api(f"spaces/{space}/history/thesis.pdf")["events"]]
    assert (kinds[0], kinds[-1]) == ("deposited", "deleted")


def test_the_command_line_tells_the_history(product: Product, space: str) -> None:
    url = f"{product.address}/durastore/{space}/{quote(AWKWARD)}"
    requests.put(url, data=b"bytes", auth=product.admin.auth, timeout=30).raise_for_status()
    wait_for(verified(product, space, AWKWARD))
    run = [str(Path(sys.executable).with_name("duracloud")), "--address", product.address]
    environment = {**os.environ, "DURACLOUD_USERNAME": "admin", "DURACLOUD_PASSWORD": product.admin.password}
    told = subprocess.run([*run, "history", space, AWKWARD], env=environment, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert "deposited" in told.stdout.splitlines()[0]
    assert "replicated" in told.stdout
    missing = subprocess.run([*run, "history", space, "none"], env=environment, capture_output=True, text=True)
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "Not found" in missing.stderr
    environment["DURACLOUD_PASSWORD"] = "wrong"
    refused = subprocess.run([*run, "history", space, AWKWARD], env=environment, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "Sign in first" in refused.stderr
