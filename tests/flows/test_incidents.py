"""What is wrong is one incident, from its finding to its end, and people are told of it as seldom as can be."""

from typing import Any
from uuid import uuid4

import pytest
import requests

from client.cli import main
from tests.conftest import Product

from .days import a_day_later, mails, nobody_was_told_today
from .waiting import wait_for

GOOD, BAD = b"a map of the coast", b"a map of the toast"


@pytest.fixture
def space(product: Product, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DURACLOUD_ADDRESS", product.address)
    monkeypatch.setenv("DURACLOUD_USERNAME", product.admin.username)
    monkeypatch.setenv("DURACLOUD_PASSWORD", product.admin.password)
    name = f"incident-{uuid4().hex[:10]}"
    ask(product, "PUT", f"/durastore/{name}")
    return name


def ask(product: Product, method: str, path: str, **rest: Any) -> requests.Response:
    answer = requests.request(method, product.address + path, auth=product.admin.auth, timeout=30, **rest)
    answer.raise_for_status()
    return answer


def deposit(product: Product, space: str, *names: str) -> None:
    for name in names:
        ask(product, "PUT", f"/durastore/{space}/{name}", data=GOOD)

    def whole() -> bool:
        items = product.api(f"spaces/{space}/items")["items"]
        return all(copy["state"] == "intact" for item in items for copy in item["copies"])

    wait_for(whole)


def damage(product: Product, space: str, name: str) -> None:
    """As somebody with the keys of the second store would."""
    product.second.put_object(Bucket=product.bucket(space), Key=name, Body=BAD)


def check(product: Product, space: str) -> None:
    ask(product, "POST", "/api/fixity/checks", json={"space": space})


def incidents(product: Product, space: str, state: str) -> list[Any]:
    found: list[Any] = product.api(f"incidents?space={space}&state={state}")["incidents"]
    return found


def ended(product: Product, space: str, number: int) -> list[Any]:
    def look() -> list[Any] | None:
        found = incidents(product, space, "all")
        return found if len(found) == number and all(one["state"] == "closed" for one in found) else None

    found: list[Any] = wait_for(look)
    return found


def test_a_damaged_copy_is_one_incident_that_its_repair_ends(
    product: Product, space: str, capsys: pytest.CaptureFixture[str]
) -> None:
    deposit(product, space, "plate")
    ask(product, "PUT", "/api/stores/2", json={"mode": "read-only"})
    try:
        damage(product, space, "plate")
        check(product, space)
        (found,) = wait_for(lambda: incidents(product, space, "open"))
        assert (found["problem"], found["item"], found["stores"], found["how"]) == ("damaged", "plate", ["2"], None)
        assert main(["incidents", "--space", space]) == 0
        assert f"damaged, {found['state']}: {space}/plate, store 2" in capsys.readouterr().out
    finally:
        ask(product, "PUT", "/api/stores/2", json={"mode": "in-service"})
    (over,) = ended(product, space, 1)  # the sweep of a store that is back asked for the repair
    assert (over["id"], over["how"]) == (found["id"], "no copy is damaged any more")
    assert incidents(product, space, "open") == []
    told = product.api(f"incidents/{found['id']}")
    (kept,) = [event for event in told["evidence"] if event["kind"] == "evidence kept"]
    assert ask(product, "GET", kept["bytes"]).content == BAD
    assert "repaired" in [event["kind"] for event in told["evidence"]]
    assert main(["incidents", found["id"]]) == 0
    assert "evidence kept" in capsys.readouterr().out


def test_what_is_lost_is_told_at_once_and_closed_by_a_person(
    product: Product, space: str, capsys: pytest.CaptureFixture[str]
) -> None:
    deposit(product, space, "diary")
    for client in (product.primary, product.second):
        client.delete_object(Bucket=product.bucket(space), Key="diary")
    nobody_was_told_today(product)
    check(product, space)
    (lost,) = wait_for(lambda: [one for one in incidents(product, space, "open") if one["problem"] == "lost"])
    (mail,) = wait_for(lambda: [mail for mail in mails(product) if lost["id"] in mail.get_content()])
    assert mail["Subject"] == f"Needs a person: lost in {space}"
    assert main(["incidents", "--close", lost["id"], "--note", "it is on a tape"]) == 0
    assert "closed" in capsys.readouterr().out
    events = product.api(f"spaces/{space}/history/diary")["events"]
    assert events[-1]["detail"]["note"] == "it is on a tape"


def test_many_incidents_are_one_mail_a_day_and_a_line_of_their_space_a_week(
    product: Product, space: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"plate-{n}" for n in range(12)]
    deposit(product, space, *names)
    for name in names:
        damage(product, space, name)
    check(product, space)
    ended(product, space, len(names))
    ask(product, "POST", f"/api/spaces/{space}/reports")
    row = wait_for(lambda: counted(product, space))
    assert (row["items"], row["copies"]["intact"], row["copies"]["damaged"]) == (12, 12, 0)
    assert product.api("fixity?days=1")["days"][0]["problems"] >= 12
    assert main(["fixity", "--spaces"]) == 0
    assert f"{space}, store 2: 12 items" in capsys.readouterr().out
    a_day_later(product)
    (daily,) = wait_for(lambda: [mail for mail in mails(product) if space in mail.get_content()])
    assert daily["Subject"].startswith("Incidents of ")
    assert f"{space}: found 12, ended 12, in repair 0, for a person 0" in daily.get_content()
    assert "plate-" not in daily.get_content()
    a_day_later(product, weeks=1)
    (weekly,) = wait_for(
        lambda: [m for m in mails(product) if space in m.get_content() and m["Subject"] != daily["Subject"]]
    )
    assert weekly["Subject"] == "Spaces in week 2020-W01"
    block = weekly.get_content().partition(f"{space}: incidents found 12, ended 12")[2]
    assert f"store 2: 12 items, {12 * len(GOOD)} bytes; copies intact 12, bad 0, unread 0" in block


def counted(product: Product, space: str) -> Any:
    """What the report says of the space in the second store, once it was counted."""
    rows = product.api("fixity")["spaces"]
    return next((row for row in rows if (row["space"], row["store"]) == (space, "2") and row["measured_at"]), None)
