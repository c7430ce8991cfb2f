"""What every page of the site has, and what none of them may have."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from mkdocs.exceptions import Abort
from mkdocs.utils.meta import get_data
from sitepages import HtmlPage

CONTENT = Path(__file__).resolve().parents[2] / "site" / "content"
MARKDOWN = sorted(CONTENT.rglob("*.md"))
EXPECTED = {
    "index.html",
    "404.html",
    "glossary/index.html",
    "duracloud/faq/index.html",
    "about/what-we-do/index.html",
    "about/history/index.html",
    "projects/index.html",
    "programs/service-providers/index.html",
    "about/colophon/index.html",
    "communities/index.html",
    "decisions/index.html",
    "docs/index.html",
}
GLOSSARY = """
space content-item content-id store copy deposit checksum-of-record fixity-check verdict intact damaged missing
unreadable repair evidence provenance-event manifest retention closed-space open-space register replicate
"""


def address_of(source: Path) -> str:
    """Where the page made from this source stands: `glossary.md` becomes `glossary/index.html`."""
    path = source.relative_to(CONTENT)
    return (path.parent / ("" if path.stem == "index" else path.stem) / "index.html").as_posix()


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.relative_to(CONTENT).as_posix())
def test_source_says_how_current_it_is_and_history_names_its_sources(path: Path) -> None:
    text, meta = get_data(path.read_text(encoding="utf-8"))
    assert meta.get("as_of") or meta.get("date")
    if meta.get("status") == "historical":
        notes = re.findall(r"^\[\^\w+\]: .*https?://", text, re.MULTILINE)
        assert len(notes) + len(meta.get("sources", [])) >= 1


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("as_of: 2026-11-20\n", "", "as_of is missing"),
        ("as_of: 2026-11-20\n", "as_of: last year\n", "as_of must be a year"),
        ("status: current\n", "", "status must be one of"),
        ("title: Glossary\n", "", "title is missing"),
        ("description: ", "description: Short.\nwas: ", "description must have"),
        ("status: current\n", "status: current\nsources: [{title: A book}]\n", "source 1 needs a title and a url"),
        ("status: current\n", "status: current\nsources: [{title: A, url: 'ftp://a'}]\n", "is not an address"),
        ("# Glossary\n", "# Glossary\n\n# Another\n", "this one has 2"),
        ("# Glossary\n", "# Glossary\n\n![](assets/favicon.svg)\n", "an image has no alt text"),
        ("# Glossary\n", "# Glossary\n\n<img src='/x.svg' alt=' '>\n", "an image has no alt text"),
    ],
)
def test_a_faulty_page_stops_the_build(
    sources: Path, rebuild: Callable[[], Path], caplog: pytest.LogCaptureFixture, old: str, new: str, complaint: str
) -> None:
    page = sources / "site/content/glossary.md"
    text = page.read_text(encoding="utf-8")
    assert old in text
    page.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Abort):
        rebuild()
    assert "glossary.md" in caplog.text
    assert complaint in caplog.text


def test_all_pages_are_there(pages: list[HtmlPage]) -> None:
    assert {page.address for page in pages} >= EXPECTED


def test_page_has_title_description_and_one_h1(pages: list[HtmlPage]) -> None:
    for page in pages:
        assert next(tag.text.strip() for tag in page.all("title")), page.address
        assert [tag for tag in page.all("meta") if tag.attrs.get("name") == "description"], page.address
        assert len(page.all("h1")) == 1, page.address


def test_currency_is_shown(pages: list[HtmlPage]) -> None:
    metas = {address_of(path): get_data(path.read_text(encoding="utf-8"))[1] for path in MARKDOWN}
    for page in pages:
        if (meta := metas.get(page.address)) and page.address != "digest/index.html":
            assert page.html.count("describes the state as of") == 1, page.address
            assert ("currency--historical" in page.html) == (meta["status"] == "historical"), page.address


def test_sources_are_shown(pages: list[HtmlPage]) -> None:
    metas = {address_of(path): get_data(path.read_text(encoding="utf-8"))[1] for path in MARKDOWN}
    for page in pages:
        addresses = {tag.attrs.get("href") for tag in page.all("a")}
        assert {source["url"] for source in metas.get(page.address, {}).get("sources", [])} <= addresses, page.address


def test_nothing_is_loaded_from_another_host(pages: list[HtmlPage], site: Path) -> None:
    for page in pages:
        for tag in page.tags:
            if tag.name == "a" or tag.attrs.get("rel") == "canonical":
                continue
            for name in ("src", "href", "srcset", "poster", "data", "action"):
                assert not urlsplit(tag.attrs.get(name, "")).netloc, (page.address, tag)
    for sheet in site.glob("assets/css/*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"@import|https?:", text), sheet.name
        for address in re.findall(r"url\(\"?([^\")]+)", text):
            assert (sheet.parent / address).resolve().is_relative_to(site), (sheet.name, address)
            assert (sheet.parent / address).exists(), (sheet.name, address)


def test_drawing_exists_for_wide_and_narrow_screens(pages: list[HtmlPage]) -> None:
    home = next(page for page in pages if page.address == "index.html")
    drawings = [tag for tag in home.all("svg") if tag.attrs.get("role") == "img"]
    assert [tag.attrs["class"] for tag in drawings] == ["copies__wide", "copies__tall"]
    assert all("damaged" in tag.attrs["aria-label"] and "repaired" in tag.attrs["aria-label"] for tag in drawings)


def test_every_page_leads_to_the_portal(pages: list[HtmlPage]) -> None:
    for page in pages:
        assert [tag for tag in page.all("a") if tag.attrs.get("href") == "/portal/"], page.address


def test_glossary_has_an_anchor_for_each_word(pages: list[HtmlPage]) -> None:
    glossary = next(page for page in pages if page.address == "glossary/index.html")
    assert set(GLOSSARY.split()) <= {tag.attrs.get("id") for tag in glossary.tags}


def test_no_two_places_of_a_page_have_one_address(pages: list[HtmlPage]) -> None:
    for page in pages:
        ids = [tag.attrs["id"] for tag in page.tags if "id" in tag.attrs]
        assert sorted(ids) == sorted(set(ids)), page.address


def test_landmarks_have_names(pages: list[HtmlPage]) -> None:
    for page in pages:
        assert "__nav_" not in "".join(tag.attrs.get("aria-labelledby", "") for tag in page.tags), page.address
        dialogs = [tag for tag in page.tags if tag.attrs.get("role") == "dialog"]
        assert [bool(tag.attrs.get("aria-label")) for tag in dialogs] == [True], page.address


def test_search_engines_find_all_pages(site: Path, pages: list[HtmlPage]) -> None:
    robots = (site / "robots.txt").read_text(encoding="utf-8")
    sitemap = (site / "sitemap.xml").read_text(encoding="utf-8")
    assert re.search(r"^Sitemap: https?://\S+/sitemap\.xml$", robots, re.MULTILINE)
    assert sitemap.count("<loc>") == len(pages) - 1, "all but 404.html"


def test_a_new_decision_record_needs_no_other_edit(sources: Path, rebuild: Callable[[], Path]) -> None:
    record = sources / "site/content/decisions/9999-one-word.md"
    record.write_text(
        "---\ntitle: One word\ndescription: A record made of one word, to see where it appears.\ndecision: accepted\n"
        "date: 2026-11-20\nas_of: 2026-11-20\nstatus: current\n---\n# One word\n",
        encoding="utf-8",
    )
    site = rebuild()
    index = (site / "decisions/index.html").read_text(encoding="utf-8")
    assert '<td>9999</td>\n<td><a href="9999-one-word/">One word</a></td>\n<td>accepted</td>' in index
    assert "No record has been published yet" not in index
    page = (site / "decisions/9999-one-word/index.html").read_text(encoding="utf-8")
    assert 'class="md-nav__link md-nav__link--active"' in page, "the record has its place in the menu"


def test_a_decision_record_without_a_state_is_refused(
    sources: Path, rebuild: Callable[[], Path], caplog: pytest.LogCaptureFixture
) -> None:
    (sources / "site/content/decisions/9999-one-word.md").write_text("---\ntitle: One\n---\n# One\n", encoding="utf-8")
    with pytest.raises(Abort):
        rebuild()
    assert "front matter lacks 'decision'" in caplog.text


SEVEN_AREAS = """
technical-leadership sustainability-planning fundraising community-development marketing-and-communications
collaborations administration
"""


def test_page_on_the_work_for_projects_has_all_seven_areas(pages: list[HtmlPage]) -> None:
    work = next(page for page in pages if page.address == "about/what-we-do/index.html")
    assert set(SEVEN_AREAS.split()) <= {tag.attrs.get("id") for tag in work.tags}


def test_colophon_lists_every_source_once_with_the_pages_that_name_it(pages: list[HtmlPage]) -> None:
    colophon = next(page for page in pages if page.address == "about/colophon/index.html")
    listed = [tag.attrs["href"] for tag in colophon.all("a") if tag.attrs.get("rel") == "nofollow"]
    named = {
        source["url"]
        for path in MARKDOWN
        for source in get_data(path.read_text(encoding="utf-8"))[1].get("sources", [])
    }
    assert set(listed) >= named > set()
    assert len(listed) == len(set(listed))
    assert "https://islandora.ca/content/islandora-foundation-meet-partners" in listed, "sources of lists, too"


def test_directory_can_be_filtered_by_project_and_service(pages: list[HtmlPage]) -> None:
    directory = next(page for page in pages if page.address == "programs/service-providers/index.html")
    rows = [tag.attrs for tag in directory.all("tr") if "data-projects" in tag.attrs]
    assert rows
    assert all(row["id"] and row["data-services"] for row in rows)
