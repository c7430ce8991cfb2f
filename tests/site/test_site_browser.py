"""Every kind of page in a real browser: in both schemes and two widths, for everybody, within its security policy."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from served import chromium, opened, served, weight
from sitepages import HtmlPage

pytestmark = pytest.mark.thorough  # minutes: `make test-site`
ROOT = Path(__file__).resolve().parents[2]
CHECKS = ROOT / "site/checks"
AXE = CHECKS / "node_modules/axe-core/axe.min.js"
SHOTS = ROOT / "build/screenshots"
LIMIT = 150 * 1024  # bytes
KINDS = [  # one page of each kind that has a form of its own
    "",
    "404.html",
    "about/accessibility/",
    "about/contribute/",
    "about/enquiry/",
    "about/governance/",
    "about/history/",
    "about/status/",
    "communities/",
    "communities/bibliography/",
    "communities/data-curation/",
    "decisions/",
    "digest/",
    "digest/2026/11/20/merger-2019/",
    "digest/tags/",
    "docs/",
    "docs/rest/",
    "docs/architecture/",
    "duracloud/",
    "duracloud/costs/",
    "duracloud/faq/",
    "events/",
    "events/summit/",
    "glossary/",
    "programs/",
    "programs/membership/",
    "programs/service-providers/",
    "projects/",
    "projects/dspace/",
]
SHOWN = ["", "duracloud/", "duracloud/costs/", "duracloud/faq/", "docs/", "docs/rest/"]
SHOWN += ["communities/", "communities/bibliography/", "events/", "digest/"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with served(site) as address:
        yield address


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind or "home")
def test_everybody_can_use_it(browser: Browser, address: str, kind: str) -> None:
    faults = []
    for scheme in "light", "dark":
        for size in "wide", "phone":
            page = opened(browser, address + kind, scheme, size)
            page.evaluate(AXE.read_text(encoding="utf-8"))
            for fault in page.evaluate("async () => (await axe.run()).violations"):
                faults += [(scheme, size, fault["id"], node["html"][:200]) for node in fault["nodes"][:3]]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                faults.append((scheme, size, "wider than its window", ""))
            page.close()
    assert faults == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind or "home")
def test_its_policy_refuses_nothing(browser: Browser, address: str, kind: str) -> None:
    page = opened(browser, address + kind, "light", "wide")
    assert page.evaluate("refused") == []
    page.close()


def test_search_finds_a_page_though_its_index_comes_later(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address + "glossary/", wait_until="networkidle")
    assert not [url for url in asked if "search_index" in url]
    page.get_by_placeholder("Search").click()
    page.get_by_placeholder("Search").fill("evidence")
    page.locator(".md-search-result__item").first.wait_for()
    assert [url for url in asked if "search_index" in url]
    page.close()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind or "home")
def test_a_first_visit_is_light(browser: Browser, address: str, kind: str) -> None:
    assert weight(browser, address + kind) <= LIMIT


def test_html_is_valid(pages: list[HtmlPage], site: Path) -> None:
    program = CHECKS / "node_modules/.bin/html-validate"
    paths = [str(site / page.address) for page in pages]
    command = [str(program), "--config", str(CHECKS / "htmlvalidate.json"), *paths]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: kind or "home")
def test_pictures_for_people_to_look_at(browser: Browser, address: str, kind: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    name = kind.strip("/").replace("/", "-") or "home"
    for scheme, size in ("light", "wide"), ("dark", "wide"), ("light", "phone"), ("dark", "phone"):
        page = opened(browser, address + kind, scheme, size)
        page.screenshot(path=SHOTS / f"{name}-{scheme}-{size}.png")
        page.close()
