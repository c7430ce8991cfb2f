"""Builds the site from its sources and reads the pages that come out, for the tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config


@dataclass(frozen=True)
class Tag:
    """One start tag with its attributes and, for a script or a heading, the text up to its end."""

    name: str
    attrs: dict[str, str]
    text: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[Tag] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(Tag(tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if self.tags:
            last = self.tags[-1]
            self.tags[-1] = Tag(last.name, last.attrs, last.text + data)


@dataclass(frozen=True)
class HtmlPage:
    """One page of the built site; `address` is its path below the site."""

    address: str
    html: str
    tags: list[Tag] = field(repr=False)

    def all(self, name: str) -> list[Tag]:
        """Every tag of this name, in order."""
        return [tag for tag in self.tags if tag.name == name]


def read_page(path: Path, site: Path) -> HtmlPage:
    """Parse one built page."""
    reader = _Reader()
    html = path.read_text(encoding="utf-8")
    reader.feed(html)
    reader.close()
    return HtmlPage(path.relative_to(site).as_posix(), html, reader.tags)


def build_site(sources: Path, target: Path) -> Path:
    """Strict build of the sources into `target`; any warning raises mkdocs' Abort.

    No shutdown of the plugins: mkdocs keeps them for the next build of the process, and the blog's folder with them.
    """
    config = load_config(str(sources / "mkdocs.yml"), site_dir=str(target), strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    return target
