"""A browser window on the portal: signed in, looked at by axe, and pictures of it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
AXE = ROOT / "site/portal/node_modules/axe-core/axe.min.js"
PICTURES = ROOT / "build/screenshots/portal"
PATIENCE = 60_000  # ms: every copy has to be read back by the service
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 720}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def opened() -> Iterator[Page]:
    """A fresh browser window; what its console complains about is in `page.complaints`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page: Any = browser.new_page(viewport=WIDE)
        page.complaints = []
        page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        yield page
        browser.close()


def sign_in(page: Page, address: str, login: Any, place: str = "") -> None:
    """Sign in at a place of the portal, by keyboard."""
    page.goto(f"{address}/portal/{place}")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type(login.username)
    page.keyboard.press("Tab")
    page.keyboard.type(login.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    arrived(page)


def arrived(page: Page) -> None:
    """Wait until a new place has taken the focus, as it does once: whoever types before that types into nothing."""
    expect(page.locator("h1")).to_be_focused()


def press(page: Page, locator: Any, key: str = "Enter") -> None:
    """Use something as a keyboard does; it must be able to have the focus.

    A place that is new takes the focus once, perhaps just now: then it is gone back to.
    """
    locator.focus()
    try:
        expect(locator).to_be_focused(timeout=2_000)
    except AssertionError:
        locator.focus()
        expect(locator).to_be_focused()
    page.keyboard.press(key)


def faults(page: Page, picture: str) -> list[tuple[str, int, str, str]]:
    """Scheme, width, rule and first place of each violation that axe finds, light and dark, wide and narrow.

    With PICTURES set in the environment, a picture of each is kept. The content policy allows no script tag from
    outside, hence `evaluate`.
    """
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = []
    for size in WIDE, NARROW:
        page.set_viewport_size(size)
        for scheme in "light", "dark":
            page.emulate_media(color_scheme=scheme)
            violations = page.evaluate("async () => (await axe.run()).violations")
            found += [(scheme, size["width"], fault["id"], fault["nodes"][0]["html"]) for fault in violations]
            if os.environ.get("PICTURES"):
                PICTURES.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=PICTURES / f"{picture}-{size['width']}-{scheme}.png", full_page=True)
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found += [("", size["width"], "scrolls sideways", f"{overflow} pixels")] if overflow > 0 else []
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")
    return found
