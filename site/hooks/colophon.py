"""Lists, in the colophon, every source that a page names, with the pages that use it."""

from html import escape

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

PLACEHOLDER = "<!-- all-sources -->"


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:
    """Fill the placeholder once the front matter of all pages has been read; an address has its first title."""
    pages = [file.page for file in files.documentation_pages() if file.page is not None]
    for page in pages:
        if page.content and PLACEHOLDER in page.content:
            page.content = page.content.replace(PLACEHOLDER, _list(pages, page))
    return env


def _list(pages: list[Page], here: Page) -> str:
    titles: dict[str, str] = {}
    users: dict[str, list[Page]] = {}
    for page in pages:
        for source in _named_by(page):
            titles.setdefault(source["url"], source["title"])
            if page not in users.setdefault(source["url"], []):
                users[source["url"]].append(page)
    if not titles:
        raise PluginError(f"{here.file.src_uri}: no page names a source for {PLACEHOLDER}")
    items = []
    for url, title in sorted(titles.items(), key=lambda item: (item[1].casefold(), item[0])):
        links = ", ".join(
            f'<a href="{get_relative_url(page.url, here.url)}">{escape(str(page.title))}</a>' for page in users[url]
        )
        items.append(f'<li><a rel="nofollow" href="{escape(url)}">{escape(title)}</a>, for {links}</li>')
    return "\n".join(['<ul class="all-sources">', *items, "</ul>"])


def _named_by(page: Page) -> list[dict[str, str]]:
    """What its front matter and its lists name; whatever is no source was already reported by frontmatter.py."""
    named = [*page.meta.get("sources", []), *page.meta.get("listed_sources", [])]
    return [source for source in named if isinstance(source, dict) and {"title", "url"} <= source.keys()]
