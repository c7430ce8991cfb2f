"""What readers that are not people find: the feed, linked data, redirects of old addresses, cards for messages."""

import json
from collections.abc import Callable
from datetime import date
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from mkdocs.exceptions import Abort
from sitepages import HtmlPage

POST = """---
date: {day}
title: {title}
description: A post that stands here for a test of the feed and of linked data.
sources: [{{title: A report, url: "https://a.example/"}}]
---

# {title}

Text.
"""


@pytest.fixture
def with_posts(sources: Path, rebuild: Callable[[], Path]) -> Path:
    folder = sources / "site/content/digest/posts"
    folder.mkdir(exist_ok=True)
    for day, title in ("2030-01-02", "Later & better"), ("2029-12-31", "Earlier"):
        (folder / f"{day}.md").write_text(POST.format(day=day, title=title), encoding="utf-8")
    return rebuild()


def linked_data(page: Path) -> dict:
    html = page.read_text(encoding="utf-8")
    return json.loads(html.split('<script type="application/ld+json">')[1].split("</script>")[0])


def test_the_feed_has_the_posts_newest_first(with_posts: Path) -> None:
    channel = ElementTree.parse(with_posts / "digest/feed.xml").getroot().find("channel")
    items = channel.findall("item")
    assert [item.findtext("title") for item in items][:2] == ["Later & better", "Earlier"]
    dates = [parsedate_to_datetime(item.findtext("pubDate")) for item in items]
    assert dates == sorted(dates, reverse=True)
    for item in items:
        path = item.findtext("link").removeprefix("https://duracloud.example/")
        assert (with_posts / path / "index.html").exists()
        assert item.findtext("description")


def test_every_page_names_the_feed_and_the_feed_is_there(pages: list[HtmlPage], site: Path) -> None:
    ElementTree.parse(site / "digest/feed.xml")
    for page in pages:
        assert [tag for tag in page.all("link") if tag.attrs.get("type") == "application/rss+xml"], page.address


def test_the_theme_does_not_take_the_feed_for_a_translation(pages: list[HtmlPage]) -> None:
    # It would ask for the feed's list of pages, in vain, with every page.
    for page in pages:
        assert not [tag for tag in page.all("link") if tag.attrs.get("rel") == "alternate"], page.address


def test_a_post_says_what_it_is_and_where_its_facts_are_from(with_posts: Path) -> None:
    page = with_posts / "digest/2029/12/31/earlier/index.html"
    data = linked_data(page)
    assert (data["@type"], data["headline"], data["datePublished"]) == ("BlogPosting", "Earlier", "2029-12-31")
    assert data["citation"] == ["https://a.example/"]
    html = page.read_text(encoding="utf-8")
    assert html.count('href="https://a.example/"') == 1
    assert "state as of 2029-12-31" in html


def test_linked_data_parses_everywhere(pages: list[HtmlPage]) -> None:
    kinds = set()
    for page in pages:
        for tag in page.all("script"):
            if tag.attrs.get("type") == "application/ld+json":
                data = json.loads(tag.text)
                assert data["@context"] == "https://schema.org", page.address
                kinds |= {item["@type"] for item in data.get("@graph", [data])}
    assert kinds >= {"Organization", "FAQPage"}


def test_events_are_described_for_search_engines(sources: Path, rebuild: Callable[[], Path]) -> None:
    entries = [
        {"id": "one", "title": "Meeting", "kind": "user-group", "start": "2013-03-13", "end": "2013-03-14"},
        {"id": "two", "title": "Talk", "kind": "webinar", "start": "2018-05-17"},
    ]
    places = ["Baltimore", "Online"]
    for entry, place in zip(entries, places, strict=True):
        entry |= {
            "place": place,
            "text": "People met.",
            "sources": [{"title": "A report", "url": "https://a.example/"}],
        }
    with (sources / "site/data/events.yml").open("a", encoding="utf-8") as events:
        events.write(yaml.safe_dump(entries))
    page = sources / "site/content/glossary.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n<!-- data:events -->\n", encoding="utf-8")
    found = linked_data(rebuild() / "glossary/index.html")["@graph"]
    meeting, talk = found[-2:]
    assert (meeting["startDate"], meeting["endDate"]) == ("2013-03-13", "2013-03-14")
    assert meeting["location"]["@type"] == "Place"
    assert talk["location"]["@type"] == "VirtualLocation"
    assert talk["endDate"] == "2018-05-17"
    assert talk["url"].endswith("/glossary/#two")
    assert all(date.fromisoformat(event["startDate"]) for event in (meeting, talk))


def test_every_page_has_a_card_for_messages(pages: list[HtmlPage], site: Path) -> None:
    for page in pages:
        if page.address == "404.html":
            continue
        told = {tag.attrs.get("property"): tag.attrs.get("content", "") for tag in page.all("meta")}
        picture = site / told["og:image"].removeprefix("https://duracloud.example/")
        assert picture.read_bytes().startswith(b"\x89PNG"), page.address
        assert told["og:image:alt"]
        assert told["og:url"].startswith("https://")


def test_old_addresses_lead_to_pages(site: Path, root: Path) -> None:
    entries = yaml.safe_load((root / "site/data/redirects.yml").read_text(encoding="utf-8"))
    assert len(entries) >= 3
    for entry in entries:
        html = (site / entry["from"] / "index.html").read_text(encoding="utf-8")
        address = html.split("0; url=")[1].split('"')[0]
        assert (site / entry["from"] / address / "index.html").resolve().exists(), entry["id"]
    assert "/node/" not in (site / "sitemap.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("to: duracloud/faq.md", "to: duracloud/none.md", "'faq-page': there is no page duracloud/none.md"),
        ("from: faq.php/", "from: glossary/", "'faq-page': a page stands at glossary/"),
        ("from: faq.php/", "from: /faq.php", "without a slash before it"),
    ],
)
def test_a_faulty_redirect_stops_the_build(
    sources: Path, rebuild: Callable[[], Path], caplog: pytest.LogCaptureFixture, old: str, new: str, complaint: str
) -> None:
    path = sources / "site/data/redirects.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Abort):
        rebuild()
    assert complaint in caplog.text
