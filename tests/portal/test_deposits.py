"""Deposits by the portal with everything that goes wrong on the way, in a real browser over the running product."""

import csv
import io
import os
import random
from collections.abc import Iterator
from hashlib import md5, sha256
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Route, expect

from tests.conftest import Product
from tests.portal.browsing import faults, opened, press, sign_in

PATIENCE = 120_000  # ms: a busy machine has to read every copy back
PART = 16 << 20
SENT = "**/api/uploads/*"


@pytest.fixture
def page() -> Iterator[Page]:
    with opened() as window:
        window.on("dialog", lambda dialog: dialog.accept())
        yield window


@pytest.fixture
def space(product: Product, page: Page) -> str:
    """A new space that the signed-in window shows."""
    name = f"deposit-{uuid4().hex[:12]}"
    requests.put(f"{product.address}/durastore/{name}", auth=product.admin.auth, timeout=30).raise_for_status()
    sign_in(page, product.address, product.admin, f"#/spaces/{name}/deposit")
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    return name


def folder(at: Path, files: dict[str, bytes]) -> Path:
    """A folder on disk."""
    for name, content in files.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_bytes(content)
    return at


def many(number: int) -> dict[str, bytes]:
    """Small files with different bytes, some in a folder of their own."""
    return {f"{'sub/' if n % 2 else ''}{n:04}.txt": f"file {n}".encode() for n in range(number)}


def there(product: Product, space: str) -> dict[str, str]:
    """The SHA-256 of each item that the service has."""
    return {item["id"]: item["sha256"] for item in product.api(f"spaces/{space}/items?limit=1000")["items"]}


def stored(page: Page, number: int) -> None:
    expect(page.get_by_test_id("total")).to_contain_text(f"{number} stored", timeout=PATIENCE)


def test_a_folder_goes_on_after_the_tab_was_closed_and_no_part_is_sent_twice(
    product: Product, page: Any, space: str, tmp_path: Path
) -> None:
    files = {**many(60), ".DS_Store": b"x", "large.bin": random.Random(1).randbytes(3 * PART + 5)}
    folder(tmp_path / "box", files)
    sent: list[str] = []
    page.on("requestfinished", lambda r: "/api/uploads/" in r.url and r.response().status == 200 and sent.append(r.url))
    page.get_by_test_id("choose-folder").set_input_files(tmp_path / "box")
    expect(page.get_by_test_id("left-out")).to_have_text("1 system file left out (.DS_Store).Dismiss")
    page.wait_for_function("() => document.querySelector('[data-testid=total] progress').value > 0.5", timeout=PATIENCE)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_test_id("held")).to_have_text("Paused")

    page.reload()
    expect(page.get_by_test_id("unfinished")).to_contain_text("not finished when this page was closed")
    assert faults(page, "deposit-unfinished") == []
    page.get_by_test_id("choose-folder").set_input_files(tmp_path / "box")
    stored(page, 61)
    expect(page.get_by_test_id("unfinished")).to_have_count(0)
    assert len(sent) <= 60 + 4 + 5, "five may have been on their way when the tab was closed"
    del files[".DS_Store"]
    assert there(product, space) == {f"box/{name}": sha256(body).hexdigest() for name, body in files.items()}

    expect(page.get_by_test_id("total")).to_contain_text("61 verified in both copies", timeout=PATIENCE)
    assert faults(page, "deposit-verified") == []
    first = page.get_by_role("button", name="Details of box/0000.txt")
    first.focus()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.get_by_role("button", name="Details of box/sub/0059.txt")).to_be_visible()
    expect(first).to_be_focused()  # scrolled away, and still where the keyboard is
    page.evaluate("scrollTo(0, 0)")
    expect(first).to_be_focused()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Table (CSV)").click()
    lines = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text(encoding="utf-8"))))
    assert {line["content id"]: line["md5"] for line in lines} == {
        f"box/{name}": md5(body).hexdigest() for name, body in files.items()
    }
    assert all(line["copy 1 verified at"] and line["copy 2 verified at"] for line in lines)
    with page.expect_download() as saved:
        page.get_by_role("button", name="BagIt manifest, SHA-256").click()
    manifest = Path(saved.value.path()).read_text(encoding="utf-8").splitlines()
    assert sorted(manifest) == sorted(f"{sha256(body).hexdigest()}  data/box/{n}" for n, body in files.items())
    assert page.complaints == []


def test_the_receipt_of_a_deposit_is_kept_and_taken_along_again_by_whoever_may_read(
    product: Product, page: Any, space: str, tmp_path: Path
) -> None:
    files = many(5)
    page.get_by_test_id("choose-folder").set_input_files(folder(tmp_path / "box", files))
    stored(page, 5)
    expect(page.get_by_test_id("total")).to_contain_text("5 verified in both copies", timeout=PATIENCE)
    page.reload()
    press(page, page.get_by_role("link", name="Receipts", exact=True))
    receipt = page.get_by_test_id("kept-receipt")
    expect(receipt).to_contain_text("5 files, 30 bytes, by admin")
    assert faults(page, "receipts") == []
    with page.expect_download() as saved:
        press(page, receipt.get_by_role("button", name="Table (CSV)"))
    lines = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text(encoding="utf-8"))))
    assert {line["content id"]: line["sha256"] for line in lines} == {
        f"box/{name}": sha256(body).hexdigest() for name, body in files.items()
    }
    assert {line["state now"] for line in lines} == {"verified"}
    with page.expect_download() as saved:
        press(page, receipt.get_by_role("button", name="Manifest, MD5"))
    manifest = Path(saved.value.path()).read_text(encoding="utf-8").splitlines()
    assert manifest == sorted(manifest, key=lambda line: line[34:])
    assert set(manifest) == {f"{md5(body).hexdigest()}  data/box/{name}" for name, body in files.items()}
    assert page.complaints == []


def test_bytes_that_change_on_the_way_are_never_stored(product: Product, page: Any, space: str, tmp_path: Path) -> None:
    def damage(route: Route) -> None:
        body = bytearray(route.request.post_data_buffer or b"")
        body[0] ^= 1
        route.continue_(post_data=bytes(body))

    (tmp_path / "a.txt").write_bytes(b"as it was")
    page.route(SENT, damage)
    page.get_by_test_id("choose-files").set_input_files(tmp_path / "a.txt")
    row = page.get_by_test_id("upload")
    expect(row.get_by_test_id("phase")).to_have_text("failed", timeout=PATIENCE)
    expect(row.get_by_test_id("reason")).to_contain_text("The bytes that arrived differ from the bytes hashed here")
    assert faults(page, "deposit-failed") == []
    assert there(product, space) == {}
    page.unroute(SENT)
    row.get_by_role("button", name="Retry").click()
    expect(row.get_by_test_id("phase")).to_have_text("verified in both copies", timeout=PATIENCE)


def test_a_session_that_ends_in_the_middle_is_renewed_and_the_files_go_on(
    product: Product, page: Any, space: str, tmp_path: Path
) -> None:
    folder(tmp_path / "box", many(30))
    numbers: Iterator[int] = count()

    def sign_out(route: Route) -> None:
        if next(numbers) == 5:
            page.context.clear_cookies()
        route.continue_()

    page.route(SENT, sign_out)
    page.get_by_test_id("choose-folder").set_input_files(tmp_path / "box")
    again = page.get_by_test_id("sign-in-again")
    expect(again).to_be_visible(timeout=PATIENCE)
    assert faults(page, "deposit-sign-in-again") == []
    again.get_by_label("Password").fill("not the password")
    again.get_by_role("button", name="Sign in").click()
    expect(again.get_by_role("alert")).to_have_text("The password is wrong.")
    again.get_by_label("Password").fill(product.admin.password)
    again.get_by_role("button", name="Sign in").click()
    stored(page, 30)
    assert len(there(product, space)) == 30
    assert all("401" in complaint for complaint in page.complaints), page.complaints


def test_other_content_of_the_same_name_is_kept_replaced_or_put_beside(
    product: Product, page: Any, space: str, tmp_path: Path
) -> None:
    for name in "one.txt", "two.txt":
        (tmp_path / name).write_bytes(b"old")
    chosen = [tmp_path / "one.txt", tmp_path / "two.txt"]
    page.get_by_test_id("choose-files").set_input_files(chosen)
    stored(page, 2)
    page.reload()
    for path in chosen:
        path.write_bytes(os.urandom(20))
    page.get_by_test_id("choose-files").set_input_files(chosen)
    rows = page.get_by_test_id("upload")
    expect(rows.get_by_text("other content is there")).to_have_count(2, timeout=PATIENCE)
    assert faults(page, "deposit-conflict") == []
    page.get_by_role("button", name="Keep both one.txt").click()
    page.get_by_role("button", name="Replace it two.txt").click()
    stored(page, 2)
    new = {path.name: sha256(path.read_bytes()).hexdigest() for path in chosen}
    old = sha256(b"old").hexdigest()
    assert there(product, space) == {"one.txt": old, "one (2).txt": new["one.txt"], "two.txt": new["two.txt"]}


def test_two_tabs_take_turns(product: Product, page: Page, space: str, tmp_path: Path) -> None:
    folder(tmp_path / "box", many(10))
    browser = page.context.browser
    assert browser
    context = browser.new_context()
    first = context.new_page()
    sign_in(first, product.address, product.admin, f"#/spaces/{space}/deposit")
    first.route(SENT, lambda route: None)  # the first tab does not get on
    first.get_by_test_id("choose-folder").set_input_files(tmp_path / "box")
    expect(first.get_by_text("sending 0 %").first).to_be_visible(timeout=PATIENCE)
    second = context.new_page()
    second.goto(first.url)
    second.get_by_test_id("choose-folder").set_input_files(tmp_path / "box")
    expect(second.get_by_test_id("held")).to_contain_text("Another tab of this browser is sending")
    assert faults(second, "deposit-second-tab") == []
    first.close()
    stored(second, 10)


@pytest.mark.thorough
def test_five_hundred_files_survive_a_crash_of_the_tab(
    product: Product, page: Page, space: str, tmp_path: Path
) -> None:
    files = many(500)
    folder(tmp_path / "box", files)
    browser = page.context.browser
    assert browser
    context = browser.new_context()
    first = context.new_page()
    sign_in(first, product.address, product.admin, f"#/spaces/{space}/deposit")
    first.get_by_test_id("choose-folder").set_input_files(tmp_path / "box")
    first.wait_for_function(
        "() => document.querySelector('[data-testid=total] progress').value > 0.3", timeout=PATIENCE
    )
    with pytest.raises(PlaywrightError):
        first.goto("chrome://crash")
    second = context.new_page()
    second.goto(f"{product.address}/portal/#/spaces/{space}/deposit")
    expect(second.get_by_test_id("unfinished")).to_be_visible()
    second.get_by_test_id("choose-folder").set_input_files(tmp_path / "box")
    expect(second.get_by_test_id("total")).to_contain_text("500 verified", timeout=5 * PATIENCE)
    assert faults(second, "deposit-of-500") == []
    assert there(product, space) == {f"box/{name}": sha256(body).hexdigest() for name, body in files.items()}


DROP = """async (names) => {
  const transfer = new DataTransfer()
  for (const name of names) transfer.items.add(new File([name === 'empty' ? '' : `dropped ${name}`], name))
  const drop = new DragEvent('drop', {dataTransfer: transfer, bubbles: true, cancelable: true})
  document.querySelector('main').dispatchEvent(drop)
}"""
KEPT = """async (space) => {
  const root = await navigator.storage.getDirectory()
  const box = await root.getDirectoryHandle('box', {create: true})
  for (const name of ['a.txt', 'b.txt']) {
    const file = await (await box.getFileHandle(name, {create: true})).createWritable()
    await file.write(`kept ${name}`)
    await file.close()
  }
  const open = indexedDB.open('duracloud-uploads admin')
  await new Promise((done) => { open.onsuccess = done })
  const writing = open.result.transaction(['unfinished', 'sources'], 'readwrite')
  const note = {space, id: 'box/a.txt', size: 10, modified: 1, upload: null}
  writing.objectStore('unfinished').put(note, `${space}/box/a.txt`)
  writing.objectStore('sources').put({space, id: 'box', handle: box}, `${space}/box`)
  await new Promise((done) => { writing.oncomplete = done })
  open.result.close()
}"""


def test_files_can_be_dropped(product: Product, page: Any, space: str) -> None:
    page.evaluate(DROP, ["<img src=x onerror=alert(1)>.txt", "\u202egpj.exe \U0001f4dc.txt", "empty"])
    stored(page, 3)
    assert there(product, space)["empty"] == sha256(b"").hexdigest()
    expect(page.get_by_text("‹U+202E›gpj.exe")).to_be_visible()
    assert faults(page, "deposit-names") == []
    assert page.complaints == []


def test_a_dropped_folder_is_opened_again_after_a_reload(product: Product, page: Any, space: str) -> None:
    page.evaluate(KEPT, space)
    page.reload()
    page.get_by_role("button", name="Go on with “box”").click()
    stored(page, 1)
    assert there(product, space) == {"box/a.txt": sha256(b"kept a.txt").hexdigest()}
    expect(page.get_by_test_id("unfinished")).to_have_count(0)


def test_of_a_long_list_only_what_is_seen_is_in_the_page(page: Any, space: str, tmp_path: Path) -> None:
    folder(tmp_path / "box", many(400))
    page.route(SENT, lambda route: None)
    page.get_by_test_id("choose-folder").set_input_files(tmp_path / "box")
    rows = page.get_by_test_id("upload")
    expect(rows.first).to_have_attribute("aria-setsize", "400")
    assert rows.count() < 60
    page.keyboard.press("End")
    expect(rows.last).to_have_attribute("aria-posinset", "400")
    assert rows.count() < 60
    assert faults(page, "deposit-long") == []
