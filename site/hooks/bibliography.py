"""Writes the references of site/data/bibliography.yml into the bibliography page and into files for other programs."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

DATA = Path("site/data/bibliography.yml")
PAGE = "communities/bibliography.md"
PLACEHOLDER = "<!-- bibliography -->"
# type: (CSL type, BibTeX type, the field of each for `where`)
TYPES = {
    "article": ("article-journal", "article", "container-title", "journal"),
    "paper": ("paper-conference", "inproceedings", "container-title", "booktitle"),
    "chapter": ("chapter", "incollection", "container-title", "booktitle"),
    "book": ("book", "book", "publisher", "publisher"),
    "report": ("report", "techreport", "publisher", "institution"),
    "standard": ("standard", "techreport", "publisher", "institution"),
    "web": ("webpage", "misc", "publisher", "howpublished"),
}
LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{mark: "\\" + mark for mark in "&%$#_"},
    }
)


@dataclass(frozen=True)
class Reference:
    """One work; an author with a comma is a person, family name first, one without is an organisation."""

    id: str
    group: str
    type: str
    authors: list[str]
    title: str
    year: int | None
    where: str
    open: bool
    checked: date | bool
    others: bool = False
    publisher: str = ""
    number: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    url: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        rules = {
            "is not fit for an anchor": re.fullmatch(r"[a-z][a-z0-9-]*", self.id),
            f"has a type other than {', '.join(TYPES)}": self.type in TYPES,
            "has no author": self.authors and all(self.authors),
            "has no title": self.title.strip(),
            "has a year which is none": self.year is None or 1900 <= self.year <= 2100,
            "does not say where it was published": self.where.strip(),
            "does not say yes or no to open access": self.open in (True, False),
            "has neither the day of its check nor no": isinstance(self.checked, date) or self.checked is False,
            "has neither DOI nor address": self.doi or self.url,
            "has a DOI which is none": not self.doi or re.fullmatch(r"10\.\d{4,9}/[^\s{}<>\"]+", self.doi),
            "has an address which is none": all(_is_address(url) for url in [self.url] if url),
        }
        for fault, kept in rules.items():
            if not kept:
                raise PluginError(f"{DATA}: {self.id}: {fault}")

    @property
    def address(self) -> str:
        """Where the work is found: its DOI, which stays when sites move, before its URL."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url

    @property
    def html(self) -> str:
        """The reference as an item of a list."""
        when = str(self.year) if self.year else "no date"
        part = self.volume + (f"({self.issue})" if self.issue else "")
        where = ", ".join(filter(None, [" ".join(filter(None, [self.where, part])), self.publisher, self.number]))
        links = [
            f'<a href="{escape(url)}">{escape(text)}</a>'
            for url, text in ((self.doi and self.address, f"doi:{self.doi}"), (self.url, _host(self.url)))
            if url
        ]
        checked = f"checked {self.checked}" if self.checked else "not yet checked"
        facts = [f"Open access: {'yes' if self.open else 'no'}", checked]
        return (
            f'<li id="{self.id}" data-group="{self.group}" data-open="{"yes" if self.open else "no"}">'
            f"{escape(_people(self.authors, self.others))} ({when}). <cite>{escape(self.title)}</cite>. "
            f"{escape(where)}{f', {escape(self.pages)}' if self.pages else ''}. "
            f"{f'{escape(self.note)} ' if self.note else ''}{', '.join(links)} "
            f'<span class="reference-facts">{" · ".join(facts)}</span></li>'
        )

    @property
    def csl(self) -> dict[str, Any]:
        """The reference in the words of the Citation Style Language."""
        kind, _, where, _ = TYPES[self.type]
        checked = self.checked.timetuple()[:3] if isinstance(self.checked, date) else None
        fields = {
            "id": self.id,
            "type": kind,
            "title": self.title,
            "author": [_csl_name(author) for author in self.authors],
            "issued": {"date-parts": [[self.year]]} if self.year else None,
            "publisher": self.publisher,
            where: self.where,
            "number": self.number,
            "volume": self.volume,
            "issue": self.issue,
            "page": self.pages,
            "DOI": self.doi,
            "URL": self.url or self.address,
            "accessed": {"date-parts": [list(checked)]} if checked else None,
            "note": self.note,
        }
        return {name: value for name, value in fields.items() if value}

    @property
    def bibtex(self) -> str:
        """The reference as a BibTeX entry in UTF-8; addresses stand as they are, as programs expect them."""
        _, kind, _, where = TYPES[self.type]
        authors = [_bibtex_name(author) for author in self.authors] + ["others"] * self.others
        fields = {
            "author": " and ".join(authors),
            "title": f"{{{_latex(self.title)}}}",
            "year": str(self.year or ""),
            where: _latex(self.where),
            "publisher" if where != "publisher" else "": _latex(self.publisher),
            "volume": self.volume,
            "number": self.issue or _latex(self.number),
            "pages": self.pages.replace("–", "--"),
            "doi": self.doi,
            "url": self.url,
            "note": _latex(self.note),
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if name and value]
        return "\n".join([f"@{kind}{{{self.id},", *lines, "}"])


def _is_address(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https") and not re.search(r"[\s{}<>\"]", url)


def _host(url: str) -> str:
    return urlsplit(url).netloc.removeprefix("www.")


def _latex(text: str) -> str:
    return text.translate(LATEX)


def _csl_name(author: str) -> dict[str, str]:
    family, comma, given = author.partition(", ")
    return {"family": family, "given": given} if comma else {"literal": author}


def _bibtex_name(author: str) -> str:
    return _latex(author) if ", " in author else f"{{{_latex(author)}}}"


def _people(authors: list[str], others: bool) -> str:
    names = [" ".join(reversed(author.split(", ", 1))) for author in authors]
    if others:
        return ", ".join([*names, "and others"])
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def read_bibliography(path: Path) -> tuple[dict[str, str], list[Reference]]:
    """Names of the groups and all references in order; refuses an id used twice and an unknown group."""
    data = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    references = []
    for number, entry in enumerate(data["entries"], 1):
        try:
            references.append(Reference(**entry))
        except TypeError as error:
            raise PluginError(f"{DATA}: {entry.get('id', f'entry {number}')}: {error}") from error
    ids = [reference.id for reference in references]
    if repeated := sorted({id for id in ids if ids.count(id) > 1}):
        raise PluginError(f"{DATA}: ids used twice: {repeated!r}")
    if unknown := sorted({reference.group for reference in references} - data["groups"].keys()):
        raise PluginError(f"{DATA}: no such group: {unknown!r}")
    return data["groups"], references


def as_page(groups: dict[str, str], references: list[Reference]) -> str:
    """All references by group, as Markdown headings with lists in HTML."""
    sections = []
    for group, name in groups.items():
        items = [reference.html for reference in references if reference.group == group]
        sections.append(f'## {name} {{#{group}}}\n\n<ul class="references">\n{"".join(items)}\n</ul>\n')
    return "\n".join(sections)


def as_bibtex(references: Iterable[Reference]) -> str:
    """All references for BibTeX and the programs that read it."""
    return "\n\n".join(reference.bibtex for reference in references) + "\n"


def as_csl(references: Iterable[Reference]) -> str:
    """All references as CSL-JSON, which Zotero, Pandoc and others read."""
    return json.dumps([reference.csl for reference in references], ensure_ascii=False, indent=1) + "\n"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the downloads beside the page."""
    _, references = read_bibliography(Path(config.config_file_path).parent / DATA)
    for name, content in (("bibliography.bib", as_bibtex(references)), ("bibliography.json", as_csl(references))):
        files.append(File.generated(config, f"communities/{name}", content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace the placeholder on the bibliography page."""
    if page.file.src_uri != PAGE:
        return markdown
    groups, references = read_bibliography(Path(config.config_file_path).parent / DATA)
    return markdown.replace("<!-- count -->", str(len(references))).replace(PLACEHOLDER, as_page(groups, references))
