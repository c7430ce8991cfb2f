"""Copies on the running product: kept where the policies say, described and removed as their items are."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from botocore.exceptions import ClientError

from tests.conftest import Product, stack_on

from .waiting import wait_for

ITEM = "maps/plate 1.tif"
DATA = b"the only copy of a map"
BOTH, FIRST = {"1": "intact", "2": "intact"}, {"1": "intact"}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product that holds nothing back."""
    stack = stack_on(tmp_path_factory.mktemp("copies"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DURACLOUD_HOLD_DAYS", "0")
        stack.start()
    yield Product(stack)
    stack.stop()


def ask(own: Product, method: str, path: str, **rest: Any) -> requests.Response:
    answer = requests.request(method, f"{own.address}/durastore/{path}", auth=own.admin.auth, timeout=30, **rest)
    answer.raise_for_status()
    return answer


@pytest.fixture
def space(own: Product) -> str:
    name = f"copies-{uuid4().hex[:10]}"
    ask(own, "PUT", name)
    return name


def command(own: Product, *words: str) -> subprocess.CompletedProcess[str]:
    run = [str(Path(sys.executable).with_name("duracloud")), "--address", own.address, "policies", *words]
    environment = {**os.environ, "DURACLOUD_USERNAME": "admin", "DURACLOUD_PASSWORD": own.admin.password}
    return subprocess.run(run, env=environment, capture_output=True, text=True)


def told(own: Product, *words: str) -> str:
    done = command(own, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def kept(own: Product, space: str, expected: dict[str, str]) -> Callable[[], bool]:
    """Whether the item has exactly these copies."""

    def look() -> bool:
        items = own.api(f"spaces/{space}/items")["items"]
        return bool(items) and {c["store"]: c["state"] for c in items[0]["copies"]} == expected

    return look


def held(client: Any, own: Product, space: str, item: str = ITEM) -> Any:
    """The head of an object as a plain S3 client sees it, or None."""
    try:
        return client.head_object(Bucket=own.bucket(space), Key=item)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise
        return None


def buckets(client: Any) -> set[str]:
    return {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}


def test_a_space_is_kept_in_the_primary_alone_and_filled_when_a_store_is_added(own: Product, space: str) -> None:
    assert f"{space} " in told(own, "set", space)
    ask(own, "PUT", f"{space}/{ITEM}", data=DATA)
    wait_for(kept(own, space, FIRST))
    assert held(own.second, own, space) is None
    told(own, "set", space, "2")
    wait_for(kept(own, space, BOTH))
    assert own.second.get_object(Bucket=own.bucket(space), Key=ITEM)["Body"].read() == DATA


def test_a_deleted_item_is_gone_in_both_stores(own: Product, space: str) -> None:
    ask(own, "PUT", f"{space}/{ITEM}", data=DATA)
    wait_for(kept(own, space, BOTH))
    ask(own, "DELETE", f"{space}/{ITEM}")
    assert held(own.primary, own, space) is None
    wait_for(lambda: held(own.second, own, space) is None)
    wait_for(lambda: own.api(f"spaces/{space}/history/{ITEM}")["events"][-1]["kind"] == "copy removed")


def test_a_space_is_made_in_both_stores_and_gone_in_both(own: Product, space: str) -> None:
    wait_for(lambda: own.bucket(space) in buckets(own.second))
    ask(own, "PUT", f"{space}/{ITEM}", data=DATA)
    wait_for(kept(own, space, BOTH))
    ask(own, "DELETE", space)
    wait_for(lambda: own.bucket(space) not in buckets(own.primary) | buckets(own.second))


def test_new_properties_reach_the_second_store(own: Product, space: str) -> None:
    ask(own, "PUT", f"{space}/{ITEM}", data=DATA, headers={"x-dura-meta-color": "red", "x-dura-meta-sheet": "7"})
    wait_for(kept(own, space, BOTH))
    assert held(own.second, own, space)["Metadata"]["color"] == "red"
    ask(own, "POST", f"{space}/{ITEM}", headers={"x-dura-meta-color": "blue"})
    wait_for(lambda: held(own.second, own, space)["Metadata"]["color"] == "blue")
    wait_for(kept(own, space, BOTH))
    assert "sheet" not in held(own.second, own, space)["Metadata"]


def test_spaces_of_the_system_are_not_copied_save_the_services_own(own: Product) -> None:
    name = f"x-{uuid4().hex[:10]}"
    ask(own, "PUT", name)
    ask(own, "PUT", f"{name}/{ITEM}", data=DATA)
    wait_for(kept(own, name, FIRST))
    admin = "x-duracloud-admin"
    own.primary.put_object(Bucket=own.bucket(admin), Key="report", Body=DATA)
    wait_for(lambda: held(own.second, own, admin, "report"))
    assert own.bucket(name) not in buckets(own.second)


def test_policies_are_shown_and_brought_along_from_the_original_service(own: Product, tmp_path: Path) -> None:
    before, file = told(own, "export"), tmp_path / "acme-duplication-policy.json"
    file.write_text(before)
    assert "every store: 1 2" in told(own, "show")
    assert "store 1\n" in told(own, "set-default")
    assert "scratch" in told(own, "ignore", "scratch")
    assert "there is no space 'theses' yet" in command(own, "set", "theses", "2").stderr
    assert json.loads(told(own, "export"))["spaceDuplicationStorePolicies"]["theses"]
    assert "theses" not in told(own, "set", "theses", "--default")
    assert "scratch" not in told(own, "ignore", "scratch", "--no")
    told(own, "import", str(file))
    assert told(own, "export") == before
    refused = command(own, "set-default", "7")
    assert (refused.returncode, "no store '7'" in refused.stderr) == (1, True)
