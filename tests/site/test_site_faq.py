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


# What the service of DuraSpace told in 2011, in its order: our anchor, what the answer was about, and words without
# which ours would not be about that. The fifth said "Coming soon"; those that led to other pages lead there here.
TOLD_IN_2011 = {
    "what-is-duracloud": ("what it is, for whom, and who made it", "libraries copy stores DuraSpace"),
    "services": ("what it offers now, with the full list", "copies fixity repair (services.md)"),
    "uses": ("what it is designed to support, with the full list", "repository collection (solutions.md)"),
    "security": ("firewall, transmission, sign-in, roles, the keys of the stores", "TLS roles closed passwords keys"),
    "reliability": ("announced, not answered", "store damaged unreadable"),
    "dspace-and-fedora": ("how it stands beside DSpace and Fedora", "DSpace repository replication"),
    "how-it-works": ("transfer once, store often, then check and use", "deposit copies read repaired"),
    "structure-and-transfer": ("any bitstream or package; three ways in", "BagIt ZIP portal REST sync"),
    "metadata": ("no schema; names and values", "schema properties name value"),
    "location": ("several providers in several places", "stores provider region"),
    "cost": ("a page of its own", "price (costs.md)"),
    "open-or-closed": ("the customer chooses, space by space", "space open closed administrators"),
    "leaving": ("take it all home, run it yourself, ask for keys", "fetch keys (leaving.md) run"),
    "preservation-strategy": (
        "copies in many places, compared, repaired; formats",
        "copy checksums repaired migrating",
    ),
    "standards": ("none official; rebuilt from the content alone", "standard certified BagIt"),
    "resources": ("an administrator, and help with the transfer", "computer AWS person"),
    "infrastructure": ("public and private clouds", "storage functions gateway"),
    "effect-of-the-cloud": ("easier support, no hardware to manage", "cloud disks hardware"),
    "ownership": ("the customer owns it; no lock-in; in fifty years", "own fifty provider"),
    "sensitive-content": ("one low layer; dark and light spaces", "confidential layer access"),
    "encryption": ("stores any bits, encrypts none", "encrypt key"),
    "rights": ("the holder of the account answers for copyright", "depositor rights"),
}


def test_all_that_the_earlier_faq_told_is_answered(root: Path) -> None:
    groups = yaml.safe_load((root / "site/data/faq.yml").read_text(encoding="utf-8"))
    general = {entry["id"]: entry for entry in groups["general"]}
    assert list(general) == list(TOLD_IN_2011), "each, in that order"
    for name, (about, words) in TOLD_IN_2011.items():
        text = f"{general[name]['question']} {general[name]['answer']}".lower()
        assert not [word for word in words.lower().split() if word not in text], (name, about)


def test_technical_questions_are_there_and_nothing_is_put_off(root: Path) -> None:
    groups = yaml.safe_load((root / "site/data/faq.yml").read_text(encoding="utf-8"))
    assert len(groups["technical"]) >= 10
    answers = [entry["answer"].lower() for entries in groups.values() for entry in entries]
    assert not [answer for answer in answers if "coming soon" in answer]


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
