"""The portal in a real browser, over the running product: sign in, make a space, deposit, see both copies verified."""

import hashlib
import shutil
import uuid
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import expect, sync_playwright

AXE = Path(__file__).parents[2] / "site/portal/node_modules/axe-core/axe.min.js"
PATIENCE = 60_000  # ms: both copies have to be read back by the service
FILES = {
    "carte d'été +1%.txt": "Carte de l'été.\n".encode(),
    "<img src=x onerror=alert(1)>.txt": b"A name that looks like markup.\n",
}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def page():
    """A fresh browser window; what its console complains about is in `page.complaints`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        window = browser.new_page()
        window.complaints = []
        window.on("console", lambda message: message.type == "error" and window.complaints.append(message.text))
        window.on("pageerror", lambda error: window.complaints.append(str(error)))
        yield window
        browser.close()


def test_a_member_deposits_files_and_sees_both_copies_verified(product, page, tmp_path):
    page.goto(f"{product.address}/portal/")
    assert accessibility_faults(page) == []

    sign_in(page, product.admin.username, "not the password")
    expect(page.get_by_test_id("sign-in-problem")).to_have_text("Username or password is wrong.")
    assert accessibility_faults(page) == []
    assert all("401" in complaint for complaint in page.complaints), page.complaints
    page.complaints.clear()  # the browser logs the refused request itself

    sign_in(page, product.admin.username, product.admin.password)
    space = f"portal-{uuid.uuid4().hex[:12]}"
    page.get_by_role("button", name="New space").click()
    page.get_by_label("Name of the new space").fill(space)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name=space)).to_be_visible()

    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    page.get_by_test_id("choose-files").set_input_files([tmp_path / name for name in FILES])

    for name, content in FILES.items():
        row = page.get_by_test_id("upload").filter(has=page.get_by_text(name, exact=True))
        expect(row.get_by_test_id("phase")).to_have_text("verified in both copies", timeout=PATIENCE)
        row.get_by_role("button", name="Details").click()
        expect(row.get_by_test_id("md5")).to_have_text(hashlib.md5(content).hexdigest())
        expect(row.get_by_test_id("sha256")).to_have_text(hashlib.sha256(content).hexdigest())
        expect(row.get_by_text("hashed here = stored there")).to_have_count(2)
        row.get_by_role("button", name="Show the history").click()
        expect(row.get_by_test_id("history").get_by_role("listitem").first).to_be_visible()
    assert accessibility_faults(page) == []

    page.get_by_role("link", name="Items in this space").click()
    expect(page.get_by_test_id("item")).to_have_count(len(FILES))
    for name in FILES:
        item = page.get_by_test_id("item").filter(has=page.get_by_text(name, exact=True))
        expect(item.get_by_test_id("copies")).to_have_text("verified in both copies")
    assert accessibility_faults(page) == []

    gone, *_ = FILES
    address = f"{product.address}/durastore/{space}/{quote(gone)}"
    assert requests.delete(address, auth=product.admin.auth, timeout=30).status_code == 200
    page.get_by_role("link", name="Deleted").click()
    deleted = page.get_by_test_id("deleted")
    expect(deleted).to_have_count(1)
    expect(deleted).to_contain_text(f"by {product.admin.username}")
    assert accessibility_faults(page) == []
    deleted.get_by_role("button", name=f"Bring back {gone}").click()
    expect(deleted.get_by_text("It is back.")).to_be_focused()
    assert accessibility_faults(page) == []
    page.get_by_role("link", name="Items in this space").click()
    expect(page.get_by_test_id("item")).to_have_count(len(FILES))

    page.reload()
    expect(page.get_by_test_id("item")).to_have_count(len(FILES))
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert accessibility_faults(page) == []

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.complaints == []


def sign_in(page, username, password):
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def accessibility_faults(page):
    """Scheme, rule and first place of each violation that axe-core finds, light and dark.

    The content policy allows no script tag from outside, hence `evaluate`.
    """
    page.evaluate(AXE.read_text(encoding="utf-8"))
    faults = []
    for scheme in "light", "dark":
        page.emulate_media(color_scheme=scheme)
        violations = page.evaluate("async () => (await axe.run()).violations")
        faults += [(scheme, fault["id"], fault["nodes"][0]["html"]) for fault in violations]
    return faults
