"""Writes the questions and answers of site/data/faq.yml into the FAQ page, for readers and for search engines."""

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import yaml
from markdown import markdown as to_html
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

DATA = Path("site/data/faq.yml")
PLACEHOLDER = re.compile(r"<!--\s*faq:(?P<group>[a-z-]+)\s*-->")


@dataclass(frozen=True)
class Entry:
    """One question with its answer in Markdown; `id` is its anchor and never changes, so that links keep working."""

    id: str
    question: str
    answer: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", self.id):
            raise PluginError(f"{DATA}: {self.id!r} is not fit for an anchor")
        if not self.question.strip().endswith("?"):
            raise PluginError(f"{DATA}: {self.id}: a question ends with a question mark")
        if not self.answer.strip():
            raise PluginError(f"{DATA}: {self.id}: a question without an answer is not published")

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


def read_faq(path: Path) -> dict[str, list[Entry]]:
    """Entries by group; refuses two entries with the same anchor."""
    data: dict[str, list[dict[str, str]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    groups = {group: [Entry(**entry) for entry in entries] for group, entries in data.items()}
    ids = [entry.id for entries in groups.values() for entry in entries]
    if repeated := sorted({anchor for anchor in ids if ids.count(anchor) > 1}):
        raise PluginError(f"{DATA}: anchors used twice: {repeated!r}")
    return groups


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace each `<!-- faq:GROUP -->` and leave the same entries in page.meta["jsonld"] for the theme."""
    wanted = [match["group"] for match in PLACEHOLDER.finditer(markdown)]
    if not wanted:
        return markdown
    groups = read_faq(Path(config.config_file_path).parent / DATA)
    if unknown := sorted(set(wanted) - groups.keys()):
        raise PluginError(f"{page.file.src_uri}: no such group in {DATA}: {unknown!r}")
    page.meta["jsonld"] = {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "mainEntity": [entry.jsonld for group in wanted for entry in groups[group]],
    }
    return PLACEHOLDER.sub(lambda match: "\n".join(entry.section for entry in groups[match["group"]]), markdown)
