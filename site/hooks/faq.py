"""Writes the questions and answers of site/data/faq.yml into the FAQ page, for readers and for search engines."""

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from markdown import markdown as to_html
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from sitedata import read_groups

NAME = "faq"
PLACEHOLDER = re.compile(r"<!--\s*faq:(?P<group>[a-z-]+)\s*-->")


@dataclass(frozen=True)
class Entry:
    """One question with its answer in Markdown; `id` is its anchor and never changes, so that links keep working."""

    id: str
    question: str
    answer: str

    @property
    def section(self) -> str:
        """The entry as a Markdown section."""
        return f"### {self.question.strip()} {{#{self.id}}}\n\n{self.answer.strip()}\n"

    @property
    def jsonld(self) -> dict[str, Any]:
        """The entry in schema.org words, its answer as plain text: links in it are relative to the page."""
        text = unescape(re.sub(r"<[^>]+>", "", to_html(self.answer)))
        answer = {"@type": "Answer", "text": " ".join(text.split())}
        return {"@type": "Question", "name": self.question.strip(), "acceptedAnswer": answer}


def read_faq(root: Path) -> dict[str, list[Entry]]:
    """Entries by group, checked against site/data/schema/faq.yml."""
    return {group: [Entry(**entry) for entry in entries] for group, entries in read_groups(root, NAME).items()}


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace each `<!-- faq:GROUP -->` and leave the same entries in page.meta["jsonld"] for the theme."""
    wanted = [match["group"] for match in PLACEHOLDER.finditer(markdown)]
    if not wanted:
        return markdown
    groups = read_faq(Path(config.config_file_path).parent)
    if unknown := sorted(set(wanted) - groups.keys()):
        raise PluginError(f"{page.file.src_uri}: no such group in site/data/{NAME}.yml: {unknown!r}")
    page.meta["jsonld"] = {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "mainEntity": [entry.jsonld for group in wanted for entry in groups[group]],
    }
    return PLACEHOLDER.sub(lambda match: "\n".join(entry.section for entry in groups[match["group"]]), markdown)
