"""The FAQ page holds exactly the questions of its data, for readers and for search engines."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from mkdocs.exceptions import Abort
from sitepages import HtmlPage


@pytest.fixture(scope="module")
def entries(root: Path) -> list[dict[str, str]]:
    groups = yaml.safe_load((root / "site/data/faq.yml").read_text(encoding="utf-8"))
    return [entry for group in groups.values() for entry in group]


@pytest.fixture(scope="module")
def faq(pages: list[HtmlPage]) -> HtmlPage:
    return next(page for page in pages if page.address == "duracloud/faq/index.html")


def test_every_question_has_its_anchor_and_text(faq: HtmlPage, entries: list[dict[str, str]]) -> None:
    headings = {tag.attrs.get("id", ""): tag.text for tag in faq.all("h3")}
    assert headings == {entry["id"]: entry["question"] for entry in entries}


def test_no_placeholder_is_left(pages: list[HtmlPage]) -> None:
    # A successor of mkdocs that ignores hooks would leave them, and would not complain.
    for page in pages:
        assert "<!-- faq:" not in page.html
        assert "<!-- decisions" not in page.html


def test_linked_data_has_the_same_questions(faq: HtmlPage, entries: list[dict[str, str]]) -> None:
    blocks = [tag.text for tag in faq.all("script") if tag.attrs.get("type") == "application/ld+json"]
    data = json.loads(blocks[0])
    assert len(blocks) == 1
    assert data["@type"] == "FAQPage"
    assert [item["name"] for item in data["mainEntity"]] == [entry["question"] for entry in entries]
    for item in data["mainEntity"]:
        text = item["acceptedAnswer"]["text"]
        assert len(text) > 40
        assert "<" not in text
        assert "](" not in text


# The topics of the questions that the service of DuraSpace answered in 2011, in their order.
TOPICS = """
what-is-duracloud services uses security reliability dspace-and-fedora how-it-works structure-and-transfer metadata
location cost open-or-closed leaving preservation-strategy standards resources infrastructure effect-of-the-cloud
ownership sensitive-content encryption rights
"""


def test_all_topics_of_the_earlier_faq_are_answered(root: Path) -> None:
    groups = yaml.safe_load((root / "site/data/faq.yml").read_text(encoding="utf-8"))
    assert [entry["id"] for entry in groups["general"]] == TOPICS.split()
    assert len(groups["technical"]) >= 10
    answers = [entry["answer"].lower() for entries in groups.values() for entry in entries]
    assert not [answer for answer in answers if "coming soon" in answer]
    leads = "".join(answers)
    assert all(f"({page}.md)" in leads for page in ("services", "solutions", "costs"))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("question: What is DuraCloud?", "question: What is DuraCloud", "question mark"),
        ("id: services", "id: what-is-duracloud", "used twice"),
        ("id: services", "id: Services offered", "anchor"),
        ("general:\n", "elsewhere:\n", "no such group"),
    ],
)
def test_faulty_data_stops_the_build(
    sources: Path, rebuild: Callable[[], Path], caplog: pytest.LogCaptureFixture, old: str, new: str, complaint: str
) -> None:
    data = sources / "site/data/faq.yml"
    text = data.read_text(encoding="utf-8")
    assert old in text
    data.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Abort):
        rebuild()
    assert complaint in caplog.text


def test_a_question_without_an_answer_stops_the_build(
    sources: Path, rebuild: Callable[[], Path], caplog: pytest.LogCaptureFixture
) -> None:
    data = sources / "site/data/faq.yml"
    data.write_text(data.read_text(encoding="utf-8") + '\n  - {id: soon, question: "Soon?", answer: " "}\n', "utf-8")
    with pytest.raises(Abort):
        rebuild()
    assert "without an answer" in caplog.text
