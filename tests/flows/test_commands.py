"""Every command on a page of the site is run here, page by page, on the running product.

A block of commands is fenced with `sh`. One that cannot be run here says why, and what holds it instead, in a comment
on the line before: `<!-- not run: … -->`.
"""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.chunked import Chunked
from tests.conftest import Product
from tests.contract.people import PASSWORD, code_sent_to

from .waiting import wait_for

ROOT = Path(__file__).parents[2]
CONTENT = ROOT / "site" / "content"
BLOCK = re.compile(r"(?:^<!-- not run: (?P<why>.+?) -->\n)?^```(?P<kind>[\w-]*)[^\n]*\n(?P<text>.*?)^```$", re.M | re.S)
# What begins a line of commands, so that none can hide in a block of another kind.
COMMAND = re.compile(r"^(curl|make|duracloud|\.venv/|python3? |export |md5sum|aws|rclone|DURACLOUD_\w+=) ?", re.M)
FILE = b"%PDF-1.7 a thesis of several chapters\n" * 40_000


def blocks(page: Path) -> list[re.Match[str]]:
    return list(BLOCK.finditer(page.read_text(encoding="utf-8")))


def commands(page: Path) -> str:
    """All blocks of a page that can be run, as one script."""
    return "\n".join(block["text"] for block in blocks(page) if block["kind"] == "sh" and not block["why"])


PAGES = sorted(page for page in CONTENT.rglob("*.md") if commands(page))


@pytest.mark.parametrize("page", sorted(CONTENT.rglob("*.md")), ids=lambda page: page.relative_to(CONTENT).as_posix())
def test_no_command_hides_in_another_block(page: Path) -> None:
    for block in blocks(page):
        if block["kind"] != "sh":
            assert not COMMAND.search(block["text"]), block["text"]
        for file in re.findall(r"\btests/[\w/]+\.py", block["why"] or ""):
            assert (ROOT / file).is_file(), file


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture(scope="module")
def folder(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a reader has it: the client in .venv/bin, a file to deposit, and a product that knows some people."""
    folder = tmp_path_factory.mktemp("reader")
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    program(programs / "duracloud", f'exec {sys.executable} -m client.cli "$@"')
    program(programs / "python", f'exec {sys.executable} "$@"')
    # On a page a refusal is something to read; here it must not pass.
    program(programs / "curl", 'exec /usr/bin/curl --silent --show-error --fail-with-body "$@"')
    (folder / "thesis.pdf").write_bytes(FILE)
    people(product)
    deposit(product, "first-space", {"thesis.pdf": FILE})
    film = Chunked("film/master.mov", os.urandom(250_000), 100_000)
    deposit(product, "films", {**film.chunks, film.manifest_id: film.manifest})
    wait_for(lambda: all(c["state"] == "intact" for c in item(product)["copies"]))
    return folder


def people(product: Product) -> None:
    for name in ("jane", "tom"):
        address = f"{name}-of-the-pages@example.org"
        invitation = {"email": address, "role": "user"}
        requests.post(f"{product.address}/api/invitations", json=invitation, auth=product.admin.auth, timeout=30)
        new = {"code": code_sent_to(product, address), "username": name, "password": PASSWORD}
        assert requests.post(f"{product.address}/api/redeem", json=new, timeout=30).status_code == 201


def deposit(product: Product, space: str, files: dict[str, bytes]) -> None:
    address = f"{product.address}/durastore/{space}"
    assert requests.put(address, auth=product.admin.auth, timeout=30).status_code == 201
    for name, data in files.items():
        assert requests.put(f"{address}/{name}", data, auth=product.admin.auth, timeout=30).status_code == 201


def item(product: Product) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = product.api("spaces/first-space/items/thesis.pdf")
    return found


@pytest.fixture
def policies(product: Product) -> Iterator[None]:
    """Other tests of the same product want every store to keep everything."""
    before = product.api("policies")
    yield
    answer = requests.put(f"{product.address}/api/policies", json=before, auth=product.admin.auth, timeout=30)
    assert answer.status_code == 200


@pytest.mark.usefixtures("policies")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(CONTENT).as_posix())
def test_the_commands_of_the_page_work(product: Product, folder: Path, page: Path) -> None:
    keys = product.stack.secrets
    environment = {
        "PATH": f"{folder / '.venv' / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "DURACLOUD": product.address,
        "PASSWORD": product.admin.password,
        "MEMBER_PASSWORD": product.member.password,
        "DURACLOUD_ADDRESS": product.address,
        "DURACLOUD_USERNAME": product.admin.username,
        "DURACLOUD_PASSWORD": product.admin.password,
        "AWS_ACCESS_KEY_ID": f"{keys.second_account}:{keys.second_user}",
        "AWS_SECRET_ACCESS_KEY": keys.second_secret,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{product.stack.ports.second}",
    }
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-x", "-c", commands(page)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    if page.name == "leaving.md":
        assert "everything is here" in result.stdout
    if page.name == "get-it-back.md":
        assert "first-space/thesis.pdf: OK" in result.stdout
