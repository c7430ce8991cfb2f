"""What the service damages on purpose, in the stores that are there, is found; or everybody hears of it."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from chalicelib.domain.canary import DAMAGED, ITEMS, MISSING, RIGHT
from chalicelib.domain.spaces import CANARY_SPACE
from local.processes import Command
from tests.conftest import Product, stack_on

from .days import a_day_later, mails, notes
from .waiting import wait_for

BLIND = """
from chalicelib.domain.fixity import Judgement, Verdict
from chalicelib.services import check_fixity
from local.worker import main

def intact(record, readings):
    return Judgement(dict.fromkeys(readings, Verdict.INTACT), readings, (), lost=False)

check_fixity.judge = intact
main()
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    stack = stack_on(tmp_path_factory.mktemp("canary"))
    stack.start()
    yield Product(stack)
    stack.stop()


def stopped(own: Product) -> Command:
    """End the worker when it has done what it is at; gives back how to start it again."""
    command, process = next(pair for pair in own.stack.processes.running if pair[0].name == "worker")
    process.terminate()
    process.wait(150)  # one that waits for an answer gives up after a minute
    own.stack.processes.dead()
    return command


def flight(own: Product) -> dict[str, Any]:
    """What was noted of the round that was flown last, once it was."""

    def look() -> dict[str, Any] | None:
        note = notes(own).note("canary", "flight")
        found = json.loads(note.body) if note else {}
        return found if found.get("acted") else None

    found: dict[str, Any] = wait_for(look)
    return found


def next_flight(own: Product) -> dict[str, Any]:
    """A day passes, and with it the next round begins."""
    before = flight(own)["number"]
    a_day_later(own)
    return wait_for(lambda: (found := flight(own))["number"] > before and found)


def whole(own: Product) -> bool:
    found = own.api(f"spaces/{CANARY_SPACE}/items")["items"]
    return len(found) == len(ITEMS) and all(c["state"] == "intact" for item in found for c in item["copies"])


def right(own: Product) -> bool:
    """Whether both stores give the right bytes, asked for without the service."""
    bucket = own.bucket(CANARY_SPACE)
    listed = [{o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]} for s3 in (own.primary, own.second)]
    if any(keys != {*ITEMS} for keys in listed):
        return False
    pairs = [(s3, key) for s3 in (own.primary, own.second) for key in (DAMAGED, MISSING)]
    return all(s3.get_object(Bucket=bucket, Key=key)["Body"].read() == RIGHT for s3, key in pairs)


def incidents(own: Product, state: str = "all") -> list[Any]:
    found: list[Any] = own.api(f"incidents?state={state}&space={CANARY_SPACE}")["incidents"]
    return found


def test_it_is_found_day_after_day_and_a_blind_detector_is_an_alarm(own: Product) -> None:
    wait_for(lambda: flight(own) and whole(own))
    for _ in range(2):
        begun = next_flight(own)
        assert (begun["damaged_in"], begun["missed"]) == ("2", [])
        assert begun["missing_in"] in ("1", "2")
        wait_for(lambda: right(own) and whole(own) and not incidents(own, "open"))
    assert {one["problem"] for one in incidents(own)} == {"damaged", "missing"}
    assert next_flight(own)["found_at"]
    wait_for(lambda: right(own) and whole(own) and not incidents(own, "open"))
    assert not [mail for mail in mails(own) if CANARY_SPACE in mail.get_content()]

    seeing = stopped(own)
    own.stack.start_one(Command("worker", (sys.executable, "-c", BLIND), own.stack.environment))
    next_flight(own)
    silent = next_flight(own)
    assert "damaged in store 2 was not found" in silent["missed"]
    (found,) = [one for one in incidents(own, "open") if one["problem"] == "silent"]
    assert (found["state"], found["canary"]) == ("needs a person", False)
    (mail,) = wait_for(lambda: [mail for mail in mails(own) if found["id"] in mail.get_content()])
    assert "do not rely on its checks" in mail.get_content()
    told = own.api("fixity")["self_test"]
    assert (told["state"], told["missed"]) == ("silent", silent["missed"])
    assert "SILENT:" in own.stack.processes.tail("worker", 10_000)

    stopped(own)
    own.stack.start_one(seeing)
    next_flight(own)
    wait_for(lambda: right(own) and whole(own))
    assert next_flight(own)["missed"] == []
    assert not [one for one in incidents(own, "open") if one["problem"] == "silent"]
    assert own.api("fixity")["self_test"]["state"] == "found"


def test_members_do_not_see_its_space(own: Product) -> None:
    for login in (own.admin, own.member):
        listed = requests.get(f"{own.address}/durastore/spaces", auth=login.auth, timeout=30).text
        assert CANARY_SPACE not in listed
    denied = requests.get(f"{own.address}/durastore/{CANARY_SPACE}", auth=own.member.auth, timeout=30)
    assert denied.status_code == 403
