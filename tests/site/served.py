"""Serves a built site the way it is published, with its security policy, and shows it to a real browser."""

from __future__ import annotations

import functools
import gzip
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
WATCH = "window.refused = []; addEventListener('securitypolicyviolation', (e) => refused.push(e.violatedDirective))"
SIZES = {"wide": (1280, 900), "phone": (390, 844)}


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The address of the site on this machine, with a slash at its end."""
    policy = (site.parent / "csp.txt").read_text(encoding="utf-8").strip()

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", policy)
            super().end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of this machine, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


def opened(browser: Browser, address: str, scheme: str, size: str) -> Page:
    """A page in one scheme (light, dark) and size (wide, phone), which remembers what its policy refused."""
    width, height = SIZES[size]
    page = browser.new_page(
        color_scheme=scheme,
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        service_workers="block",
    )
    page.add_init_script(WATCH)
    page.goto(address, wait_until="load")
    page.evaluate("() => document.fonts.ready.then(() => true)")
    return page


def weight(browser: Browser, address: str) -> int:
    """Bytes that a first visit transfers, each file compressed as a web server does."""
    page = browser.new_page()
    bodies: list[bytes] = []
    page.on("requestfinished", lambda request: bodies.append(request.response().body()))
    page.goto(address, wait_until="networkidle")
    page.close()
    return sum(min(len(gzip.compress(body)), len(body)) for body in bodies)
