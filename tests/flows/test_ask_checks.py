"""Somebody hands in a list of items, of which half do not exist: the others are read, and each of these is told of."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from chalicelib.domain.journal import Kind
from client.cli import main
from tests.conftest import Product

from .waiting import wait_for

ODD = 'a, "quoted" name é.txt'


def checks(product: Product) -> int:
    """How often a copy of the item was read."""
    events = product.api(f"spaces/listed/history/{quote(ODD)}")["events"]
    return sum(event["kind"] == Kind.CHECKED for event in events)


def test_a_list_of_which_half_does_not_exist(
    product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DURACLOUD_ADDRESS", product.address)
    monkeypatch.setenv("DURACLOUD_USERNAME", product.admin.username)
    monkeypatch.setenv("DURACLOUD_PASSWORD", product.admin.password)
    address = f"{product.address}/durastore/listed"
    requests.put(address, auth=product.admin.auth, timeout=30).raise_for_status()
    requests.put(f"{address}/{quote(ODD)}", b"a map", auth=product.admin.auth, timeout=30)
    path = f"spaces/listed/items/{quote(ODD)}"
    wait_for(lambda: all(copy["state"] == "intact" for copy in product.api(path)["copies"]))
    before = checks(product)
    odd = ODD.replace('"', '""')
    lines = [f'listed,"{odd}"\r\n' if number % 2 else f"listed,no {number}\r\n" for number in range(1000)]
    (tmp_path / "list.csv").write_bytes(b"\xef\xbb\xbfspace,id\r\n" + "".join(lines).encode())
    assert main(["check", "--json", "--list", str(tmp_path / "list.csv")]) == 1
    asked = json.loads(capsys.readouterr().out)
    assert len(asked["refused"]) == 500
    assert (asked["refused"][0]["line"], asked["refused"][-1]["line"]) == (2, 1000), "as the file counts them"
    assert all(row["reason"] == f"{row['id']!r} in 'listed' is not known" for row in asked["refused"])
    wait_for(lambda: checks(product) >= before + 2)
