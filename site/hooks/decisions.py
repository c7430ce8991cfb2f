"""Lists the decision records, so that publishing one means adding one file and nothing else."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils.meta import get_data

FOLDER = "decisions"
INDEX = f"{FOLDER}/index.md"
PLACEHOLDER = "<!-- decisions -->"


@dataclass(frozen=True)
class Record:
    """One decision record; `file_name` starts with its four-digit number."""

    file_name: str
    title: str
    decision: str
    date: str

    def __post_init__(self) -> None:
        if not (self.file_name[:4].isdigit() and self.file_name[4:5] == "-"):
            raise PluginError(f"{FOLDER}/{self.file_name}: a decision record is named NNNN-words.md")
        for field in ("title", "decision", "date"):
            if not getattr(self, field):
                raise PluginError(f"{FOLDER}/{self.file_name}: front matter lacks {field!r}")

    @property
    def row(self) -> str:
        """The record as a row of the table on the index page."""
        return (
            f"| {self.file_name[:4]} | [{self.title}]({self.file_name}) | {self.decision} | <time>{self.date}</time> |"
        )


def read_records(content: Path) -> list[Record]:
    """All records of the content folder, by number."""
    paths = sorted(path for path in (content / FOLDER).glob("*.md") if path.name != "index.md")
    return [_read(path) for path in paths]


def _read(path: Path) -> Record:
    meta: dict[str, Any] = get_data(path.read_text(encoding="utf-8"))[1]
    return Record(path.name, *(str(meta.get(field, "")) for field in ("title", "decision", "date")))


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Extend the menu entry that holds the index page by all records; repeatable, as `mkdocs serve` needs."""
    for entry in config.nav or []:
        for title, pages in entry.items():
            if isinstance(pages, list) and INDEX in pages:
                records = read_records(Path(config.docs_dir))
                entry[title] = [INDEX, *(f"{FOLDER}/{record.file_name}" for record in records)]
    return config


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace the placeholder on the index page by a table of the records."""
    if page.file.src_uri != INDEX:
        return markdown
    rows = [record.row for record in read_records(Path(config.docs_dir))]
    table = ["| No. | Record | State | Date |", "|---|---|---|---|", *rows]
    return markdown.replace(PLACEHOLDER, "\n".join(table) if rows else "No record has been published yet.")
