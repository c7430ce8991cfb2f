"""The reference pages say what the code says: commands, events, facts on objects, folders, tables."""

import re
from pathlib import Path

import pytest
from client_reference import tables

from chalicelib.domain import content
from chalicelib.domain.fixity import Verdict
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from client.cli import parser
from local.folder import DataFolder

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "site" / "content" / "docs"


def read(name: str) -> str:
    return (PAGES / name).read_text(encoding="utf-8")


def first_column(text: str, heading: str) -> list[str]:
    """The first words in code of each row of the table below a heading of its columns."""
    table = text.split(heading, 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\| `([^`]+)`", table, re.M)


def test_the_page_of_the_client_is_what_its_parser_says() -> None:
    page = read("client.md")
    for table in tables(parser()).split("\n\n"):
        assert table in page, f"client.md must have:\n{table}"


def test_every_kind_of_event_has_its_line_and_no_other() -> None:
    told = first_column(read("events.md"), "| `kind` | What happened | Details |")
    assert sorted(told) == sorted(Kind)


def test_the_words_of_a_verdict_are_in_the_glossary() -> None:
    glossary = (PAGES.parent / "glossary.md").read_text(encoding="utf-8")
    for word in {*Verdict, *CopyState}:
        assert f"{{#{word}}}" in glossary


def test_the_facts_on_an_object_are_all_told() -> None:
    told = first_column(read("layouts.md"), "| User metadata | Value |")
    assert set(told) == content._FACTS


def test_the_places_in_the_system_space_are_all_told() -> None:
    told = set(first_column(read("layouts.md"), "| Id begins with | What it is |"))
    sources = "".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
    assert told == set(re.findall(r'"((?:deleted|evidence|generated-[a-z]+|bit-integrity)/)', sources))


def test_everything_in_the_data_folder_is_told(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    folder.lock().close()
    folder.secrets()
    folder.note_running({"address": "here"})
    there = {f"{path.name}/" if path.is_dir() else path.name for path in folder.path.iterdir()}
    assert set(first_column(read("layouts.md"), "| In it | What |")) == there


def test_every_table_is_told() -> None:
    template = (ROOT / "infrastructure" / "stores.yaml").read_text()
    named = set(re.findall(r'TableName: !Sub "\$\{Prefix\}-([a-z]+)"', template))
    assert set(first_column(read("layouts.md"), "| Table | One row for each |")) == named


@pytest.mark.parametrize("name", ["tutorials", "how-to", "reference", "explanation"])
def test_the_documentation_has_four_kinds_of_pages(name: str) -> None:
    assert re.search(rf"^## {name}\b", read("index.md"), re.M | re.I)


def test_every_page_of_the_documentation_is_in_its_index() -> None:
    linked = set(re.findall(r"\]\(([a-z-]+\.md)\)", read("index.md")))
    assert {path.name for path in PAGES.glob("*.md")} - {"index.md"} <= linked
