"""The Digest: every post says of when it speaks, is found by year and subject, and the newest stand below each page."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from mkdocs.utils.meta import get_data
from sitepages import HtmlPage


@pytest.fixture(scope="module")
def posts(root: Path) -> list[dict[str, Any]]:
    found = [get_data(path.read_text("utf-8"))[1] for path in (root / "site/content/digest/posts").glob("*.md")]
    return sorted(found, key=lambda post: post["date"], reverse=True)


def test_every_post_has_a_page_tags_and_sources(posts: list[dict[str, Any]], pages: list[HtmlPage]) -> None:
    html = {page.address: page.html for page in pages}
    for post in posts:
        page = html[f"digest/{post['date']:%Y/%m/%d}/{post['slug']}/index.html"]
        assert post["tags"]
        assert post.get("sources") or "DuraCloud Says" in post["tags"], "only this product is known at first hand"
        assert ("currency--historical" in page) == ("Looking back" in post["tags"])


def test_archive_and_subjects_list_all_posts(posts: list[dict[str, Any]], pages: list[HtmlPage]) -> None:
    html = {page.address: page.html for page in pages}
    for post in posts:
        assert f"/{post['slug']}/" in html[f"digest/archive/{post['date']:%Y}/index.html"]
        assert f"/{post['slug']}/" in html["digest/tags/index.html"]
        assert f"/{post['slug']}/" in html["digest/index.html"]


@pytest.mark.parametrize("block", ["In the News", "DuraCloud Says"])
def test_the_foot_of_every_page_has_the_newest_posts(
    block: str, posts: list[dict[str, Any]], pages: list[HtmlPage]
) -> None:
    expected = [post["title"] for post in posts if block in post["tags"]][:3]
    assert expected
    for page in pages:
        if "colophon" in page.html:
            section = re.search(rf"<h2>{block}</h2>(.*?)</ul>", page.html, re.DOTALL)
            assert section, page.address
            assert [unescape(text) for text in re.findall(r">([^<]+)</a>", section[1])] == expected, page.address


def test_every_event_stands_on_one_page_of_the_events(root: Path, pages: list[HtmlPage]) -> None:
    events = yaml.load((root / "site/data/events.yml").read_text("utf-8"), yaml.BaseLoader)
    shown = [
        tag.attrs["id"] for page in pages if page.address.startswith("events/") for tag in page.all("h3") if tag.attrs
    ]
    assert sorted(shown) == sorted(event["id"] for event in events)
