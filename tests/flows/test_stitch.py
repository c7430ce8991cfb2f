"""One file again: a chunked deposit becomes whole inside the service, and the chunks go when both stores hold it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import requests

from tests.chunked import Chunked
from tests.conftest import Product, stack_on

from .waiting import wait_for

FILM = Chunked("film/master é+1%.mov", os.urandom(25_000_000), 10_000_000)


def url(product: Product, space: str, content_id: str = "") -> str:
    return f"{product.address}/durastore/{space}/{quote(content_id)}"


def upload(product: Product, space: str, chunked: Chunked) -> None:
    for name, data in [*chunked.chunks.items(), (chunked.manifest_id, chunked.manifest)]:
        headers = {"Content-MD5": md5(data).hexdigest(), "x-dura-meta-creator": "root"}
        answer = requests.put(
            url(product, space, name), data=data, headers=headers, auth=product.admin.auth, timeout=60
        )
        assert answer.status_code == 201


def duracloud(product: Product, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DURACLOUD_USERNAME": "admin", "DURACLOUD_PASSWORD": product.admin.password}
    command = [str(Path(sys.executable).with_name("duracloud")), "--address", product.address, *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


def ids(client: Any, product: Product, space: str) -> list[str]:
    try:
        listed = client.list_objects_v2(Bucket=product.bucket(space))
    except client.exceptions.NoSuchBucket:
        return []  # the space reaches a store with its first copy
    return [entry["Key"] for entry in listed.get("Contents", [])]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Product]:
    """A product of which one store may be stopped."""
    stack = stack_on(tmp_path / "data")
    stack.start()
    yield Product(stack)
    stack.stop()


@pytest.mark.timeout(480)  # a store that was down is asked again after a minute, then after two
def test_a_chunked_file_becomes_whole_and_its_chunks_go_only_when_both_stores_hold_it(own: Product) -> None:
    space = "films"
    requests.put(url(own, space), auth=own.admin.auth, timeout=30).raise_for_status()
    upload(own, space, FILM)
    everything = [*FILM.chunks, FILM.manifest_id]
    wait_for(lambda: set(everything) <= set(ids(own.second, own, space)))

    # While the second store cannot take the copy, everything waits.
    command = own.stack.end("swift-proxy")
    asked = duracloud(own, "stitch", space, FILM.id, "--remove-chunks")
    assert asked.returncode == 0, asked.stderr
    waiting = f"{FILM.id} is whole; its chunks are removed when every copy of it is proven (not yet: store 2)\n"
    wait_for(lambda: duracloud(own, "stitch", space, FILM.id, "--state").stdout == waiting)
    time.sleep(1)  # whoever would remove them too early had the time
    assert ids(own.primary, own, space) == sorted([FILM.id, *everything])

    own.stack.start_one(command)
    told = duracloud(own, "stitch", space, FILM.id, "--remove-chunks", "--wait")
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[-1] == f"{FILM.id} is whole, and its chunks are removed"
    for client in (own.primary, own.second):
        copy = client.get_object(Bucket=own.bucket(space), Key=FILM.id)
        assert copy["Body"].read() == FILM.data
        assert copy["Metadata"]["md5"] == md5(FILM.data).hexdigest()
    assert ids(own.primary, own, space) == [FILM.id]

    def history(content_id: str) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = own.api(f"spaces/{space}/history/{quote(content_id)}")["events"]
        return events

    whole = history(FILM.id)
    assert {"deposited", "stitched", "checked", "replicated"} <= {event["kind"] for event in whole}
    replicated = next(event["at"] for event in whole if event["kind"] == "replicated")
    for name in everything:
        assert all(event["at"] >= replicated for event in history(name) if event["kind"] == "deleted")
    assert f"stitched-from={FILM.manifest_id}" in duracloud(own, "history", space, FILM.id).stdout
    last = history(FILM.manifest_id)[-1]
    assert (last["kind"], last["detail"]) == ("chunks removed", {"whole": FILM.id, "chunks": "3"})


def test_the_command_is_honest_about_what_it_did_not_do(product: Product) -> None:
    space = f"flow-{uuid4().hex[:10]}"
    requests.put(url(product, space), auth=product.admin.auth, timeout=30).raise_for_status()
    torn = Chunked("torn.mov", b"title, story, end", 6)
    upload(product, space, torn)
    requests.put(url(product, space, "torn.mov.dura-chunk-0001"), data=b"STORY ", auth=product.admin.auth, timeout=30)
    refused = duracloud(product, "stitch", space, "no such file")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "There is no chunks manifest" in refused.stderr
    failed = duracloud(product, "stitch", space, torn.id, "--remove-chunks", "--wait")
    assert failed.returncode == 1
    assert "its manifest says 6 with" in failed.stderr
    again = duracloud(product, "stitch", space, torn.id, "--state")
    assert (again.returncode, again.stdout) == (1, "torn.mov failed\n")
    assert ids(product.primary, product, space) == sorted([*torn.chunks, torn.manifest_id])
    wait_for(lambda: "checked" in duracloud(product, "history", space, "torn.mov.dura-chunk-0001").stdout)
