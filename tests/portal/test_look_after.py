"""Looking after what is kept, by keyboard alone: folders, one item, deleting and bringing back, many at once."""

import json
import struct
import uuid
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests
from playwright.sync_api import Page, Route, expect

from tests.conftest import Product
from tests.portal.browsing import PATIENCE, faults, opened, press, sign_in

LISTED = 20_000
ODD = "<img src=x onerror=alert(1)> é +%.html"


@pytest.fixture
def page() -> Iterator[Page]:
    with opened() as window:
        yield window


@pytest.fixture
def space(product: Product) -> str:
    name = f"after-{uuid.uuid4().hex[:12]}"
    requests.put(f"{product.address}/durastore/{name}", auth=product.admin.auth, timeout=30).raise_for_status()
    return name


def deposit(product: Product, space: str, item: str, body: bytes, kind: str, **properties: str) -> None:
    headers = {"Content-Type": kind} | {f"x-dura-meta-{name}": value for name, value in properties.items()}
    address = f"{product.address}/durastore/{space}/{quote(item)}"
    requests.put(address, body, auth=product.admin.auth, headers=headers, timeout=30).raise_for_status()


def picture() -> bytes:
    """A PNG of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0abc")) + chunk(b"IEND", b"")


def test_an_item_is_found_looked_at_deleted_and_brought_back(product: Product, space: str, page: Any) -> None:
    deposit(product, space, "atlas/plate 1.png", picture(), "image/png", color="red")
    deposit(product, space, "atlas/plate 2.txt", b"The second plate is lost.", "text/plain")
    sign_in(page, product.address, product.admin, f"#/spaces/{space}/items")
    press(page, page.get_by_role("link", name="atlas/ (folder)"))
    press(page, page.get_by_role("link", name="plate 1.png"))

    expect(page.get_by_role("heading", name="plate 1.png")).to_be_focused()
    for store in "12":
        expect(page.get_by_test_id(f"copy-{store}")).to_have_attribute("data-state", "intact", timeout=PATIENCE)
    expect(page.get_by_test_id("copy-1")).to_contain_text("read every byte of this copy")
    expect(page.get_by_test_id("next-check")).to_be_visible()
    expect(page.get_by_test_id("property")).to_have_text("colorred")
    page.wait_for_function("document.querySelector('img.seen')?.naturalWidth === 1")
    expect(page.get_by_test_id("md5")).to_have_text(product.api(f"spaces/{space}/items/atlas/plate%201.png")["md5"])
    expect(page.get_by_test_id("history").get_by_text("Deposited")).to_be_visible()
    assert faults(page, "item") == []

    press(page, page.get_by_role("button", name="Delete …"))
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    assert faults(page, "item-delete") == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Delete …")).to_be_focused()
    page.keyboard.press("Enter")
    press(page, page.get_by_role("button", name="Delete", exact=True))
    expect(page.get_by_test_id("gone")).to_contain_text(f"by {product.admin.username}")
    assert faults(page, "item-deleted") == []
    press(page, page.get_by_role("button", name="Bring it back"))
    expect(page.get_by_test_id("copy-1")).to_be_visible()
    expect(page.get_by_test_id("history").get_by_text("Brought back")).to_be_visible()
    assert [complaint for complaint in page.complaints if "404" not in complaint] == []


def test_items_are_found_by_what_is_known_of_them(product: Product, space: str, page: Any) -> None:
    deposit(product, space, "atlas/plate 1.png", picture(), "image/png", creator="Ada: a life", tags="maps")
    deposit(product, space, "atlas/plate 2.txt", b"The second plate is lost.", "text/plain", creator="Bob")
    sign_in(page, product.address, product.admin, f"#/spaces/{space}/items")
    press(page, page.get_by_text("Search", exact=True).first)
    for label, text in ("Property", "creator"), ("Its value", "Ada: a life"):
        page.get_by_label(label, exact=True).focus()
        page.keyboard.type(text)
    assert faults(page, "search") == []
    page.get_by_label("Its value", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("search")).to_contain_text("Only items whose creator is “Ada: a life”.")
    expect(page.get_by_test_id("item")).to_have_count(1)
    expect(page.get_by_role("link", name="atlas/plate 1.png")).to_be_visible()
    assert faults(page, "found") == []

    md5 = product.api(f"spaces/{space}/items/atlas/plate%202.txt")["md5"]
    for asked, found in {
        f"checksum={md5}": "atlas/plate 2.txt",
        "format=image/*": "atlas/plate 1.png",
        "tag=maps&store=1": "atlas/plate 1.png",
        "name=LATE 2": "atlas/plate 2.txt",
    }.items():
        page.goto(f"{product.address}/portal/#/spaces/{space}/items?{asked}")
        expect(page.get_by_role("link", name=found)).to_be_visible()
        expect(page.get_by_test_id("item")).to_have_count(1)
    press(page, page.get_by_role("link", name="Show all"))
    expect(page.get_by_role("link", name="atlas/ (folder)")).to_be_visible()
    assert page.complaints == []


def test_properties_and_tags_are_changed_by_whoever_may_write(product: Product, space: str, page: Any) -> None:
    deposit(product, space, "plate.txt", b"A plate.", "text/plain", color="red")
    sign_in(page, product.address, product.admin, f"#/spaces/{space}/items/plate.txt")
    press(page, page.get_by_role("button", name="Change properties and tags"))
    for label, text in {
        "Name of the property": "shelfmark",
        "Value": "MS <b>12</b>",
        "New tag": "maps of 1710",
    }.items():
        page.get_by_label(label).focus()
        page.keyboard.type(text)
        if label != "Name of the property":
            page.keyboard.press("Enter")
    expect(page.get_by_test_id("tag")).to_contain_text("maps of 1710")
    press(page, page.get_by_role("button", name="Take away color"))
    expect(page.get_by_test_id("property")).to_have_count(1)
    assert faults(page, "description") == []
    told = product.api(f"spaces/{space}/items/plate.txt")
    assert (told["properties"], told["tags"]) == ({"shelfmark": "MS <b>12</b>"}, ["maps of 1710"])
    assert page.complaints == []


def test_what_somebody_deposited_never_runs_here(product: Product, space: str, page: Any) -> None:
    deposit(product, space, ODD, b"<script>document.title = 'run'</script>", "text/html")
    deposit(product, space, "drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>", "image/svg+xml")
    sign_in(page, product.address, product.admin, f"#/spaces/{space}/items/{quote(ODD)}")
    expect(page.get_by_role("heading", name=ODD)).to_be_visible()
    expect(page.get_by_role("heading", name="About this item")).to_be_visible()
    expect(page.get_by_role("heading", name="Preview")).to_have_count(0)
    with page.expect_download() as coming:
        press(page, page.get_by_role("button", name="Download"))
    assert "/api/downloads/" in coming.value.url, "signed, so that it may come from a store as well"
    assert coming.value.path().read_bytes() == b"<script>document.title = 'run'</script>"
    refused = page.evaluate("try { document.body.innerHTML = '<b>x</b>'; 'done' } catch (error) { error.name }")
    assert refused == "TypeError", "texts become no markup here (Trusted Types)"
    assert (
        page.evaluate("try { new Worker('data:text/javascript,1'); 'done' } catch (error) { error.name }")
        == "TypeError"
    )


def test_several_items_are_deleted_behind_the_name_of_the_space(product: Product, space: str, page: Any) -> None:
    for number in range(3):
        deposit(product, space, f"{number}.txt", b"x", "text/plain")
    sign_in(page, product.address, product.admin, f"#/spaces/{space}/items?as=list")
    expect(page.get_by_test_id("item")).to_have_count(3)
    press(page, page.get_by_label("Choose all items here"), "Space")
    expect(page.get_by_test_id("chosen")).to_have_text("3 items, 3 bytes")
    press(page, page.get_by_label("Choose 1.txt"), "Space")
    expect(page.get_by_test_id("chosen")).to_have_text("2 items, 2 bytes")
    assert faults(page, "items") == []
    press(page, page.get_by_role("button", name="Delete …"))
    expect(page.get_by_label(f"Type {space} to go on")).to_be_focused()
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_disabled()
    assert faults(page, "items-delete") == []
    page.keyboard.type(space)
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_enabled()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("item")).to_have_count(1)
    expect(page.get_by_role("link", name="1.txt")).to_be_visible()
    assert page.complaints == []


def test_several_items_are_described_at_once_and_what_is_refused_is_told(
    product: Product, space: str, page: Any
) -> None:
    for number in range(3):
        deposit(product, space, f"{number}.txt", b"x", "text/plain", draft="yes")
    sign_in(page, product.address, product.admin, f"#/spaces/{space}/items?as=list")
    press(page, page.get_by_label("Choose all items here"), "Space")
    press(page, page.get_by_label("Choose 2.txt"), "Space")
    requests.delete(
        f"{product.address}/durastore/{space}/1.txt", auth=product.admin.auth, timeout=30
    ).raise_for_status()
    press(page, page.get_by_role("button", name="Properties and tags …"))
    expect(page.get_by_label("Set the property")).to_be_focused()
    for label, text in {
        "Set the property": "creator",
        "to the value": "Ada <b>",
        "Take away the property": "draft",
        "Add tags": "maps | of 1710",
    }.items():
        page.get_by_label(label).focus()
        page.keyboard.type(text)
    assert faults(page, "items-edit") == []
    press(page, page.get_by_role("button", name="Change them"))
    told = page.get_by_test_id("changed")
    expect(told).to_contain_text("1 item changed, 1 refused")
    expect(told).to_contain_text("1.txt: It is not there any more.")
    expect(page.get_by_role("button", name="Properties and tags …")).to_be_focused()
    assert faults(page, "items-edited") == []
    first, third = (product.api(f"spaces/{space}/items/{number}.txt") for number in (0, 2))
    assert (first["properties"], first["tags"]) == ({"creator": "Ada <b>"}, ["maps", "of 1710"])
    assert third["properties"] == {"draft": "yes"}
    assert page.complaints == []


def listing(route: Route) -> None:
    """Answers as a space with very many items would."""
    asked = parse_qs(urlsplit(route.request.url).query)
    first = int(asked["after"][0][4:]) + 1 if "after" in asked else 0
    ids = [f"item{number:06}" for number in range(first, min(first + int(asked["limit"][0]), LISTED))]
    facts = {"size": 1, "content_type": "text/plain", "copies": [], "md5": None, "sha256": None}
    told = {"items": [{"id": name, **facts} for name in ids], "next": ids[-1] if first + len(ids) < LISTED else None}
    route.fulfill(status=200, content_type="application/json", body=json.dumps(told))


def test_a_long_list_has_few_rows_in_the_page_and_is_read_as_one_goes_on(
    product: Product, space: str, page: Any
) -> None:
    asked: list[str] = []
    page.route(f"**/api/spaces/{space}/items?*", lambda route: (asked.append(route.request.url), listing(route)))
    sign_in(page, product.address, product.admin, f"#/spaces/{space}/items")
    expect(page.get_by_role("link", name="item000000")).to_be_visible()
    assert len(asked) <= 2, "nobody asked for more yet"
    end = page.get_by_role("link", name=f"item{LISTED - 1:06}")
    while not end.count():
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.evaluate("new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))")
        assert page.get_by_test_id("item").count() <= 100
    assert len(asked) == len(set(asked)) == LISTED // 500
    end.focus()
    page.evaluate("scrollTo(0, 0)")
    expect(page.get_by_role("link", name="item000000")).to_be_visible()
    expect(end).to_be_focused()  # the row stays in the page, or the keyboard would begin anew
    press(page, end)
    expect(page).to_have_url(f"{product.address}/portal/#/spaces/{space}/items/item{LISTED - 1:06}")
