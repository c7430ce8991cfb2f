"""Writes the feed of the Digest, so that its readers need not come and look."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from xml.etree import ElementTree as xml

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

POSTS = "digest/posts/"
FEED = "digest/feed.xml"
ATOM = "http://www.w3.org/2005/Atom"
TOLD = "News and looks back, each entry dated and with its sources"
LENGTH = 40


@dataclass(frozen=True, order=True)
class Post:
    """What the feed tells of one post."""

    date: datetime
    title: str
    address: str
    description: str


posts: list[Post] = []


def on_pre_build(config: MkDocsConfig) -> None:
    """Forget the posts of the build before, which `mkdocs serve` would add to."""
    posts.clear()


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Remember each post."""
    if page.file.src_uri.startswith(POSTS):
        created = page.config.date.created
        posts.append(Post(created, str(page.title), page.canonical_url or "", page.meta.get("description", "")))
    return html


def on_post_build(config: MkDocsConfig) -> None:
    """Write the newest posts, newest first, as RSS 2.0; the same posts give the same bytes."""
    xml.register_namespace("atom", ATOM)
    home = config.site_url or "/"
    root = xml.Element("rss", version="2.0")
    channel = xml.SubElement(root, "channel")
    newest = sorted(posts, reverse=True)[:LENGTH]
    _add(
        channel,
        title="DuraSpace Digest",
        link=f"{home}digest/",
        description="News and looks back, with sources",
        language="en",
    )
    xml.SubElement(channel, f"{{{ATOM}}}link", href=home + FEED, rel="self", type="application/rss+xml")
    if newest:
        _add(channel, lastBuildDate=format_datetime(newest[0].date))
    for post in newest:
        item = xml.SubElement(channel, "item")
        _add(item, title=post.title, link=post.address, description=post.description, guid=post.address)
        _add(item, pubDate=format_datetime(post.date))
    xml.indent(root)
    path = Path(config.site_dir) / FEED
    path.write_bytes(xml.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def _add(parent: xml.Element, **texts: str) -> None:
    for name, text in texts.items():
        xml.SubElement(parent, name).text = text
