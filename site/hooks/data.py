"""Writes the lists of site/data into the pages that ask for them, and refuses the whole site when a list is faulty.

A page asks with `<!-- data:events -->` for all entries, with `<!-- data:events kind=webinar -->` for those whose field
has that value or contains it. Its form is the template site/theme/data/events.md: `entries` in, Markdown out.
"""

import re
from calendar import month_name
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from sitedata import FOLDER, Entry, is_document, read_document, read_list

PLACEHOLDER = re.compile(r"<!--\s*data:(?P<name>[a-z]+)(?P<wanted>(?:\s+[a-z_]+=[^\s>]+)*)\s*-->")


def when(date: str) -> str:
    """`2013-03-14` as "14 March 2013", `2013-03` as "March 2013", `2013` as it is."""
    year, *rest = date.split("-")
    month = [month_name[int(rest[0])]] if rest else []
    return " ".join([*(str(int(day)) for day in rest[1:]), *month, year])


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Check every list, also those that no page shows."""
    root = Path(config.config_file_path).parent
    for path in sorted((root / FOLDER).glob("*.yml")):
        if not (root / FOLDER / "schema" / path.name).exists():
            raise PluginError(f"{FOLDER}/{path.name}: there is no schema for it in {FOLDER}/schema")
        if is_document(root, path.stem):
            read_document(root, path.stem)
        else:
            read_list(root, path.stem)
    return config


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace each placeholder by what the template of its list makes of the entries."""
    if not PLACEHOLDER.search(markdown):
        return markdown
    root = Path(config.config_file_path).parent
    # What the templates write is Markdown, which HTML's escapes would spoil.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(root / "site/theme/data"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["when"] = when

    def written(match: re.Match[str]) -> str:
        name = match["name"]
        if not (root / FOLDER / f"{name}.yml").exists():
            raise PluginError(f"{page.file.src_uri}: there is no {FOLDER}/{name}.yml for {match[0]}")
        entries = fitting(read_list(root, name), match)
        if not entries:
            raise PluginError(f"{page.file.src_uri}: no entry fits {match[0]}")
        page.meta.setdefault("listed_sources", []).extend(
            source for entry in entries for source in entry.get("sources", [])
        )
        return environment.get_template(f"{name}.md").render(entries=entries, page=page)

    return PLACEHOLDER.sub(written, markdown)


def fitting(entries: list[Entry], match: re.Match[str]) -> list[Entry]:
    """The entries that a placeholder asks for."""
    wanted = dict(pair.split("=", 1) for pair in match["wanted"].split())
    return [
        entry
        for entry in entries
        if all(
            value in entry.get(field, []) if isinstance(entry.get(field), list) else entry.get(field) == value
            for field, value in wanted.items()
        )
    ]
