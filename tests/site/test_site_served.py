"""The built site as the gateway sends it: compressed, with files for search engines, helpful where nothing is."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults
from xml.etree import ElementTree

import pytest
from sitepages import HtmlPage
from whitenoise.compress import main as compress

from gateway.static import site as gateway_site

Get = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture(scope="module")
def get(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Get:
    """Asks the gateway for a path of the site, made ready as `make site` does."""
    folder = tmp_path_factory.mktemp("served") / "site"
    shutil.copytree(site, folder)
    compress(["--quiet", "--no-brotli", str(folder)])
    answer = gateway_site(lambda *_: [b"the service"], folder, (site.parent / "csp.txt").read_text().strip())

    def ask(path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        environ: dict[str, Any] = {
            "PATH_INFO": path,
            **{f"HTTP_{name.upper()}": text for name, text in headers.items()},
        }
        setup_testing_defaults(environ)
        told: list[Any] = []
        body = b"".join(answer(environ, lambda status, given, _=None: told.extend([int(status[:3]), dict(given)])))
        return told[0], told[1], body

    return ask


def test_the_portal_reaches_the_service_and_the_buckets_that_files_go_to(tmp_path: Path) -> None:
    for name in ("404.html", "portal/index.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a page")
    for sent_to in ((), ("https://s3.eu.example.org", "https://*.s3.eu.example.org")):
        told: dict[str, str] = {}
        environ: dict[str, Any] = {"PATH_INFO": "/portal/"}
        setup_testing_defaults(environ)
        list(
            gateway_site(lambda *_: [], tmp_path, "the site's", sent_to)(
                environ, lambda _, given, told=told: told.update(given)
            )
        )
        directives = dict(part.split(" ", 1) for part in told["Content-Security-Policy"].split("; "))
        assert directives["connect-src"] == " ".join(["'self'", *sent_to])


@pytest.mark.parametrize("path", ["/", "/duracloud/faq/", "/assets/css/site.css", "/digest/feed.xml"])
def test_what_a_browser_can_unpack_is_sent_compressed(get: Get, path: str) -> None:
    _, plain, whole = get(path)
    status, headers, packed = get(path, accept_encoding="gzip, br")
    assert (status, headers["Content-Encoding"], headers["Vary"]) == (200, "gzip", "Accept-Encoding")
    assert gzip.decompress(packed) == whole
    assert "Content-Encoding" not in plain


def test_make_site_compresses_it(root: Path) -> None:
    assert "-m whitenoise.compress --quiet --no-brotli build/site" in (root / "Makefile").read_text(encoding="utf-8")


def test_search_engines_get_their_files(get: Get) -> None:
    status, headers, robots = get("/robots.txt")
    assert (status, headers["Content-Type"].split(";")[0]) == (200, "text/plain")
    assert b"Sitemap: https://" in robots
    for path, tag in ("/sitemap.xml", "url"), ("/digest/feed.xml", "item"):
        status, headers, body = get(path)
        assert (status, headers["Content-Type"].split(";")[0]) in {(200, "text/xml"), (200, "application/xml")}
        assert [element for element in ElementTree.fromstring(body).iter() if element.tag.endswith(tag)]


def test_an_address_without_a_page_leads_on(get: Get, pages: list[HtmlPage]) -> None:
    status, headers, body = get("/no/such/page/")
    assert status == 404
    assert headers["Content-Security-Policy"]
    missing = next(page for page in pages if page.address == "404.html")
    assert body.decode("utf-8") == missing.html
    words = missing.html.split("<h1>", 1)[1].split("</article>")[0]
    for lead in ("/", "/docs/", "/duracloud/faq/", "/projects/", "/communities/", "/about/", "/digest/", "/portal/"):
        assert f'href="{lead}"' in words, lead
    assert 'placeholder="Search"' in missing.html


def test_a_page_shows_its_text_early(get: Get) -> None:
    page = get("/")[2].decode("utf-8")
    for font in page.split('rel="preload" href="')[1:]:
        assert get("/" + font.split('"')[0])[0] == 200
    assert page.count('rel="preload"') == 2
    assert page.count("assets/css/site.css") == 1, "one sheet instead of many"
