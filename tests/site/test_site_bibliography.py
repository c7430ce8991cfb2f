"""The bibliography, on its page and in the files that reference managers read."""

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from mkdocs.exceptions import Abort
from pybtex.database import BibliographyData, Person, parse_string
from sitepages import HtmlPage

TEX = {"textbackslash{}": "\\", "textasciitilde{}": "~", "textasciicircum{}": "^"}
NASTY = """
- id: nasty
  type: report
  title: 'Braces {a}, 100% & $5, #1 a_b ~c ^d \\e "f" <b>é'
  author: [{family: "O'Neil & Söhne", given: Ann_B}, {literal: "R&D {Group} and Partners"}]
  others: yes
  issued: 2013-03
  publisher: "A & B"
  number: "#7"
  URL: "https://a.example/a_b?c=1&d=%20~e"
  open-access: yes
  checked: 2026-11-20
  record: "https://a.example/record"
  topics: [communities]
"""


@pytest.fixture(scope="module")
def entries(root: Path) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = yaml.load((root / "site/data/bibliography.yml").read_text("utf-8"), yaml.BaseLoader)
    return data


def bib(site: Path) -> BibliographyData:
    return parse_string((site / "communities/bibliography.bib").read_text(encoding="utf-8"), "bibtex")


def csl(site: Path) -> dict[str, Any]:
    items = json.loads((site / "communities/bibliography.json").read_text(encoding="utf-8"))
    return {item["id"]: item for item in items}


def untex(text: str) -> str:
    """What TeX would print: groups vanish, and each escape stands for its mark."""
    parts = re.split(r"\\(text\w+\{\}|[{}&%$#_])", text)
    return "".join(TEX.get(part, part) if number % 2 else re.sub("[{}]", "", part) for number, part in enumerate(parts))


def family(person: Person) -> str:
    return untex(" ".join([*person.prelast_names, *person.last_names]))


def test_every_reference_stands_on_the_page(pages: list[HtmlPage], entries: list[dict[str, Any]]) -> None:
    page = next(page for page in pages if page.address == "communities/bibliography/index.html")
    items = {tag.attrs["id"]: tag.attrs for tag in page.all("li") if "data-open" in tag.attrs}
    assert list(items) == [entry["id"] for entry in entries], "each once, in the order of the data"
    for entry in entries:
        assert items[entry["id"]]["data-open"] == entry["open-access"]
    assert page.html.count("reference-facts") == len(entries)
    text = unescape(re.sub(r"\s+", " ", page.html))
    for entry in entries:
        assert f"<cite>{entry['title']}</cite>" in text


def test_bibtex_holds_what_the_data_say(site: Path, entries: list[dict[str, Any]]) -> None:
    found = bib(site).entries
    assert list(found) == [entry["id"] for entry in entries]
    for entry in entries:
        fields = found[entry["id"]].fields
        assert untex(fields["title"]) == entry["title"]
        assert fields.get("year", "") == entry.get("issued", "")[:4]
        assert fields.get("doi") == entry.get("DOI")
        assert fields.get("url") == entry.get("URL")
        people = [person for person in found[entry["id"]].persons["author"] if str(person) != "others"]
        assert len(people) == len(entry["author"])
        for person, written in zip(people, entry["author"], strict=True):
            assert family(person) in (written.get("family"), written.get("literal"))


def test_csl_json_holds_what_the_data_say(site: Path, entries: list[dict[str, Any]]) -> None:
    found = csl(site)
    assert list(found) == [entry["id"] for entry in entries]
    for entry in entries:
        item = found[entry["id"]]
        for field in ("type", "title", "author", "container-title", "publisher", "DOI", "note"):
            assert item.get(field) == entry.get(field)
        assert item["URL"].startswith(("https://", "http://"))
        assert not {"topics", "checked", "record", "open-access", "others"} & item.keys()
        if "issued" in entry:
            assert item["issued"] == {"date-parts": [[int(part) for part in entry["issued"].split("-")]]}


def test_marks_that_mean_something_elsewhere_come_back_as_they_were(sources: Path, rebuild: Callable[[], Path]) -> None:
    data = sources / "site/data/bibliography.yml"
    data.write_text(data.read_text(encoding="utf-8") + NASTY, encoding="utf-8")
    site = rebuild()
    written = yaml.load(NASTY, yaml.BaseLoader)[0]
    entry = bib(site).entries["nasty"]
    assert untex(entry.fields["title"]) == written["title"]
    assert entry.fields["url"] == written["URL"]
    assert family(entry.persons["author"][0]) == "O'Neil & Söhne"
    assert str(entry.persons["author"][-1]) == "others"
    assert csl(site)["nasty"]["title"] == written["title"]
    assert csl(site)["nasty"]["issued"] == {"date-parts": [[2013, 3]]}
    page = (site / "communities/bibliography/index.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;é</cite>" in page
    assert 'href="https://a.example/a_b?c=1&amp;d=%20~e"' in page


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("  open-access: yes\n", "", "'open-access' is a required property"),
        ("  checked: 2026-11-20\n", "", "'checked' is a required property"),
        ("  open-access: yes\n", "  open-access: perhaps\n", "'perhaps' is not of type 'boolean'"),
        ('  URL: "https://a.example/a_b?c=1&d=%20~e"\n', "", "is not valid under any of the given schemas"),
        ("- id: nasty\n", "- id: bagit\n", "used twice"),
        ("type: report", "type: pamphlet", "'pamphlet' is not one of"),
    ],
)
def test_a_faulty_reference_stops_the_build(
    sources: Path, rebuild: Callable[[], Path], caplog: pytest.LogCaptureFixture, old: str, new: str, complaint: str
) -> None:
    data = sources / "site/data/bibliography.yml"
    assert old in NASTY
    data.write_text(data.read_text(encoding="utf-8") + NASTY.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Abort):
        rebuild()
    assert "site/data/bibliography.yml" in caplog.text
    assert complaint in caplog.text
