"""Offers the bibliography as files for reference managers: BibTeX, and CSL-JSON, which Zotero and Pandoc read."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from sitedata import Entry, read_list

NAME = "communities/bibliography"
# CSL type: (BibTeX type, the BibTeX fields of its container and of its publisher)
BIBTEX = {
    "article-journal": ("article", "journal", "publisher"),
    "article-magazine": ("article", "journal", "publisher"),
    "book": ("book", "series", "publisher"),
    "chapter": ("incollection", "booktitle", "publisher"),
    "paper-conference": ("inproceedings", "booktitle", "publisher"),
    "report": ("techreport", "series", "institution"),
    "standard": ("techreport", "series", "institution"),
    "thesis": ("phdthesis", "series", "school"),
}
OTHERS = ("misc", "howpublished", "howpublished")
SAME_NAME = {"volume": "volume", "edition": "edition", "publisher-place": "address", "ISBN": "isbn", "ISSN": "issn"}
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
OUR_OWN = {"topics", "checked", "record", "open-access", "others", "issued"}


def csl(entry: Entry) -> dict[str, Any]:
    """The entry as CSL-JSON: its fields as they are, its dates in parts, and always an address."""
    item = {name: value for name, value in entry.items() if name not in OUR_OWN}
    if "DOI" in entry:
        item.setdefault("URL", f"https://doi.org/{entry['DOI']}")
    for name, date in (("issued", entry.get("issued")), ("accessed", entry.get("checked"))):
        if date:
            item[name] = {"date-parts": [[int(part) for part in date.split("-")]]}
    return item


def bibtex(entry: Entry) -> str:
    """The entry for BibTeX, in UTF-8; DOI and URL stand as they are, as the programs that read them expect."""
    kind, container, publisher = BIBTEX.get(entry["type"], OTHERS)
    fields = {
        "author": _people(entry.get("author", []), others=entry.get("others", False)),
        "editor": _people(entry.get("editor", []), others=False),
        "title": f"{{{latex(entry['title'])}}}",  # braces keep the capitals
        "year": entry.get("issued", "")[:4],
        publisher: latex(entry.get("publisher", "")),
        "number": latex(entry.get("issue") or entry.get("number", "")),
        "pages": entry.get("page", "").replace("–", "--"),
        "doi": entry.get("DOI", ""),
        "url": entry.get("URL", ""),
        "note": latex(entry.get("note", "")),
        **{name: latex(entry.get(field, "")) for field, name in SAME_NAME.items()},
    }
    if "container-title" in entry:
        fields[container] = latex(entry["container-title"])
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{entry['id']},", *lines, "}"])


def latex(text: str) -> str:
    """Text in which nothing means anything to TeX."""
    return text.translate(LATEX)


def _people(people: list[dict[str, str]], *, others: bool) -> str:
    names = [
        f"{{{latex(person['literal'])}}}" if "literal" in person else latex(f"{person['family']}, {person['given']}")
        for person in people
    ]
    return " and ".join(names + ["others"] * others)


def downloads(entries: Iterable[Entry]) -> dict[str, str]:
    """The content of each file, by its ending."""
    entries = list(entries)
    return {
        "bib": "\n\n".join(bibtex(entry) for entry in entries) + "\n",
        "json": json.dumps([csl(entry) for entry in entries], ensure_ascii=False, indent=1) + "\n",
    }


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files beside the page."""
    for ending, content in downloads(read_list(Path(config.config_file_path).parent, "bibliography")).items():
        files.append(File.generated(config, f"{NAME}.{ending}", content=content))
    return files
