"""The live parts in a real browser, under the policy of the site: filters, status, form; and all without scripts."""

import json
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

AXE = Path(__file__).parents[2] / "site/portal/node_modules/axe-core/axe.min.js"
STATUS = {
    "public_spaces": 1,
    "items": 1200,
    "measured_at": "2026-11-20T04:00:00Z",
    "last_check": "2026-11-19T03:41:07Z",
    "copies": {"intact": 2398, "bad": 1, "unread": 1},
}
LIST = """

<ul class="filterable" data-filter="topics:Topic; kind:Kind" data-filter-label="Things">
<li id="one" data-topics="maps small-archives" data-kind="book">Élan and maps</li>
<li id="two" data-topics="maps" data-kind="report" data-text="a report about birds">Another</li>
<li id="three" data-topics="small-archives" data-kind="book">Bees</li>
</ul>

<table class="filterable" data-filter="" data-filter-label="Rows"><tbody><tr><td>First</td></tr><tr><td>Second</td></tr>
</tbody></table>
"""


class Service(SimpleHTTPRequestHandler):
    """The built site under its policy, with a stand-in for the API where `server.answers` has one."""

    def do_GET(self) -> None:
        if self.path.startswith("/api/"):
            self.answer()
        else:
            super().do_GET()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.path, parse_qs(sent.decode(), keep_blank_values=True)))
        status, body = self.server.answers.get(self.path, (404, {"detail": "Nothing is served under this path"}))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", self.server.policy)
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def served(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The site with one page more, on a port of its own."""
    copy = tmp_path_factory.mktemp("live") / "site"
    shutil.copytree(site, copy)
    status = (copy / "about/status/index.html").read_text(encoding="utf-8")
    (copy / "about/lists").mkdir()
    (copy / "about/lists/index.html").write_text(status.replace("<h2", LIST + "<h2", 1), encoding="utf-8")
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), partial(Service, directory=str(copy)))
    server.policy, server.asked, server.answers = (site.parent / "csp.txt").read_text().strip(), [], {}
    server.address = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, served: Any) -> Iterator[Callable[..., Page]]:
    """Opens a page, with or without scripts; afterwards no page may have complained of the policy."""
    complaints: list[str] = []
    windows = []

    def open_page(path: str, scripts: bool = True, **answers: Any) -> Page:
        served.asked.clear()
        served.answers = {f"/api/{name}": answer for name, answer in answers.items()}
        page = browser.new_page(java_script_enabled=scripts, viewport={"width": 1000, "height": 2400})
        windows.append(page)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(served.address + path)
        return page

    yield open_page
    for window in windows:
        window.close()
    assert [text for text in complaints if "404" not in text and "429" not in text] == []


def faults(page: Page) -> list[str]:
    """What axe-core finds in the live parts, in both schemes."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for violation in page.evaluate("async () => (await axe.run('.md-content')).violations"):
            found.append(f"{scheme}: {violation['id']}: {violation['nodes'][0]['html']}")
    return found


def test_the_status_is_shown_in_words(opened: Callable[..., Page]) -> None:
    page = opened("/about/status/", status=(200, STATUS))
    figures = page.locator(".service-status")
    expect(figures).to_contain_text("1 space with 1,200 items")
    expect(figures).to_contain_text("19 November 2026 at 03:41 UTC")
    expect(figures).to_contain_text("2,398 of 2,400 copies intact; 1 copy damaged or missing; 1 copy not read yet")
    assert faults(page) == []


@pytest.mark.parametrize("answer", [(404, {}), (200, []), (200, {"public_spaces": 1})])
def test_without_the_service_the_sentence_stays(opened: Callable[..., Page], served: Any, answer: Any) -> None:
    page = opened("/about/status/", status=answer)
    page.wait_for_load_state("networkidle")
    assert [path for path, _ in served.asked] == ["/api/status"]
    expect(page.locator(".service-status")).to_contain_text("gives the same as JSON")


def test_the_home_page_asks_only_when_the_status_comes_into_sight(opened: Callable[..., Page], served: Any) -> None:
    page = opened("/", status=(200, STATUS))
    page.set_viewport_size({"width": 400, "height": 500})
    page.reload()
    served.asked.clear()
    page.locator(".service-status").scroll_into_view_if_needed()
    expect(page.locator(".service-status")).to_contain_text("1 space")
    assert len(served.asked) == 1


def shown(page: Page) -> list[str | None]:
    return [item.get_attribute("id") for item in page.locator("ul.filterable > li:visible").all()]


def test_a_list_is_filtered_by_words_and_by_choice(opened: Callable[..., Page]) -> None:
    page = opened("/about/lists/", status=(200, STATUS))
    form = page.get_by_role("search", name="Filter: Things")
    count = form.get_by_role("status")
    expect(count).to_have_text("3 of 3 shown")
    form.get_by_label("Search this list").fill("ELAN map")
    expect(count).to_have_text("1 of 3 shown")
    assert shown(page) == ["one"]
    form.get_by_label("Search this list").fill("birds")
    expect(count).to_have_text("1 of 3 shown")
    assert shown(page) == ["two"]
    form.get_by_label("Topic").select_option("small archives")
    expect(count).to_have_text("Nothing fits: 0 of 3 shown")
    assert faults(page) == []
    page.evaluate("location.hash = 'three'")
    expect(count).to_have_text("3 of 3 shown")
    rows = page.get_by_role("search", name="Filter: Rows")
    rows.get_by_label("Search this list").fill("second")
    expect(rows.get_by_role("status")).to_have_text("1 of 2 shown")


def test_the_filter_works_by_keyboard_alone(opened: Callable[..., Page]) -> None:
    page = opened("/about/lists/")
    form = page.get_by_role("search", name="Filter: Things")
    form.get_by_label("Search this list").focus()
    page.keyboard.type("bees")
    expect(form.get_by_role("status")).to_have_text("1 of 3 shown")
    page.keyboard.press("Enter")  # sends nothing anywhere
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(form.get_by_role("button", name="Show all")).to_be_focused()
    page.keyboard.press("Space")
    expect(form.get_by_role("status")).to_have_text("3 of 3 shown")
    assert page.url.endswith("/about/lists/")


def test_an_address_may_say_what_is_shown(opened: Callable[..., Page]) -> None:
    page = opened("/about/lists/?kind=book&q=bees")
    expect(page.get_by_role("search", name="Filter: Things").get_by_role("status")).to_have_text("1 of 3 shown")
    assert shown(page) == ["three"]


@pytest.mark.parametrize(
    ("path", "name", "facet", "choice", "entries"),
    [
        ("/communities/bibliography/", "Bibliography", "Open access", "no", ".references > li:visible"),
        ("/programs/service-providers/", "Providers", "Project", "Fedora", "#providers tbody tr:visible"),
    ],
)
def test_bibliography_and_directory_have_their_filters(
    opened: Callable[..., Page], path: str, name: str, facet: str, choice: str, entries: str
) -> None:
    page = opened(path)
    form = page.get_by_role("search", name=f"Filter: {name}")
    whole = page.locator(entries).count()
    expect(form.get_by_role("status")).to_have_text(f"{whole} of {whole} shown")
    form.get_by_label(facet).select_option(choice)
    page.wait_for_timeout(300)  # until it is said
    part = page.locator(entries).count()
    assert 0 < part < whole
    expect(form.get_by_role("status")).to_have_text(f"{part} of {whole} shown")
    assert faults(page) == []


def test_without_scripts_lists_are_whole_and_nothing_is_offered_that_does_not_work(
    opened: Callable[..., Page],
) -> None:
    page = opened("/about/lists/", scripts=False)
    assert shown(page) == ["one", "two", "three"]
    assert page.locator(".filter").count() == 0
    expect(page.locator(".service-status")).to_contain_text("gives the same as JSON")


def fill_in(page: Page) -> None:
    page.get_by_label("Becoming a service provider").check()
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("Organisation").fill("A Library")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_label("Message").fill("Two\nlines")


def test_the_form_is_sent_in_the_page_and_keeps_what_was_typed_when_it_is_refused(
    opened: Callable[..., Page], served: Any
) -> None:
    page = opened("/about/enquiry/", enquiries=(429, {"detail": "Too many enquiries from your address: wait 2 s"}))
    assert faults(page) == []
    fill_in(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text(
        "Your enquiry was not sent. Too many enquiries from your address: wait 2 s."
    )
    expect(page.get_by_label("Message")).to_have_value("Two\nlines")
    assert faults(page) == []
    served.answers = {"/api/enquiries": (200, {"received": "It is kept."})}
    page.get_by_role("button", name="Send").click()
    thanks = page.locator(".enquiry__thanks")
    expect(thanks).to_contain_text("It is kept.")
    expect(thanks).to_be_focused()
    _, sent = served.asked[-1]
    assert sent == {
        "about": ["service-provider"],
        "name": ["Ann"],
        "organisation": ["A Library"],
        "email": ["ann@example.org"],
        "message": ["Two\nlines"],
        "homepage": [""],
    }
    assert faults(page) == []


def test_the_browser_says_what_is_missing_before_anything_is_sent(opened: Callable[..., Page], served: Any) -> None:
    page = opened("/about/enquiry/")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_label("Your name")).to_be_focused()
    assert served.asked == []


def test_nobody_comes_across_the_field_for_programs(opened: Callable[..., Page]) -> None:
    page = opened("/about/enquiry/")
    page.get_by_label("Message").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    box = page.locator(".enquiry__trap").bounding_box()
    assert box is not None
    assert max(box["width"], box["height"]) <= 1


def test_the_calculator_answers_as_people_type(opened: Callable[..., Page]) -> None:
    page = opened("/duracloud/costs/")
    month = page.locator("[data-sum=month]")
    expect(month).to_have_text("$432")
    page.get_by_label("Storage class of the other copies").select_option("infrequent")
    expect(month).not_to_have_text("$432")
    page.get_by_label("Copies, the first one included").fill("9")
    expect(page.get_by_role("alert")).to_have_text("Copies: a whole number from 1 to 5.")
    expect(month).to_be_hidden()
    page.get_by_label("Copies, the first one included").fill("1")
    expect(month).to_be_visible()
    assert faults(page) == []


def test_without_scripts_there_is_a_table_and_no_form_of_costs(opened: Callable[..., Page]) -> None:
    page = opened("/duracloud/costs/", scripts=False)
    expect(page.get_by_label("Terabytes, all items together")).to_be_hidden()
    expect(page.get_by_text("A large digital library")).to_be_visible()
