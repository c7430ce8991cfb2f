"""Sees that every page says what it is and how current, and that every picture says in words what it shows."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

log = get_plugin_logger("pages")  # a warning stops a strict build, after all of them were shown
DESCRIPTION = range(40, 201)
POSTS = "digest/posts/"
STATUSES = ("current", "historical")
IMAGE = re.compile(r"<img\b[^>]*>")
ALT = re.compile(r"""\balt=(?:"[^"]*[^"\s][^"]*"|'[^']*[^'\s][^']*')""")
DECORATION = re.compile(r"""\b(?:role="presentation"|aria-hidden="true")""")


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Warn of each fault in the front matter; a post of the Digest is as current as its date."""
    if _is_written(page):
        if page.file.src_uri.startswith(POSTS):
            page.meta.setdefault("as_of", page.config.date.created.date())
            page.meta.setdefault("status", "current")
        for fault in front_matter_faults(page.meta):
            log.warning("%s: front matter: %s", page.file.src_uri, fault)
    return markdown


def front_matter_faults(meta: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the front matter of a page, each in one sentence."""
    if not meta.get("title"):
        yield "title is missing"
    if len(str(meta.get("description", ""))) not in DESCRIPTION:
        yield f"description must have {DESCRIPTION[0]} to {DESCRIPTION[-1]} characters"
    if '"' in str(meta.get("description")):
        yield "description must have no straight quotation marks, which the theme writes into HTML as they are"
    as_of, status = meta.get("as_of"), meta.get("status")
    if not as_of:
        yield "as_of is missing: the year or the day whose state the page describes"
    elif not isinstance(as_of, date) and not re.fullmatch(r"\d{4}(-\d{2})?", str(as_of)):
        yield f"as_of must be a year, a month or a day, not {as_of!r}"
    if status not in STATUSES:
        yield f"status must be one of {STATUSES}, not {status!r}"
    for number, source in enumerate(meta.get("sources", []), 1):
        if not isinstance(source, dict) or set(source) != {"title", "url"}:
            yield f"source {number} needs a title and a url, and nothing else"
        elif not str(source["url"]).startswith(("https://", "http://")):
            yield f"source {number}: {source['url']!r} is not an address"


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Warn of images without words, and of a second title."""
    for image in IMAGE.findall(html):
        if not ALT.search(image) and not DECORATION.search(image):
            log.warning("%s: an image has no alt text: %s", page.file.src_uri, image)
    titles = html.count("<h1")
    if _is_written(page) and page.meta.get("template") != "home.html" and titles != 1:
        log.warning("%s: a page has one title (# Title), this one has %d", page.file.src_uri, titles)
    return html


def _is_written(page: Page) -> bool:
    """Whether somebody wrote the page; the archive of the Digest and its like are made by the build."""
    return page.file.generated_by is None and not page.file.inclusion.is_excluded()
