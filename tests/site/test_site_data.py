"""The lists that people contribute: a fault in one stops the build and says file, entry and rule."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from mkdocs.exceptions import Abort

GOOD = """
- id: first
  title: A meeting
  kind: conference
  start: 2013-03-13
  place: Baltimore
  text: People met.
  sources: [{title: A report, url: "https://a.example/"}]
"""


@pytest.fixture
def build(sources: Path, rebuild: Callable[[], Path]) -> Callable[[str], Path]:
    """Builds a site whose only event list is the given text, shown in the glossary."""
    page = sources / "site/content/glossary.md"

    def with_events(text: str, wish: str = "<!-- data:events -->") -> Path:
        (sources / "site/data/events.yml").write_text(text, encoding="utf-8")
        page.write_text(page.read_text(encoding="utf-8") + f"\n{wish}\n", encoding="utf-8")
        return rebuild()

    return with_events


def test_an_entry_stands_on_the_page_that_asks_for_it(root: Path, build: Callable[..., Path]) -> None:
    other = GOOD.replace("first", "second").replace("2013-03-13", "2018").replace("conference", "webinar")
    published = (root / "site/data/events.yml").read_text(encoding="utf-8")  # which other pages ask for
    site = build(GOOD + other + published, "<!-- data:events kind=webinar -->")
    html = (site / "glossary/index.html").read_text(encoding="utf-8")
    assert 'id="second"' in html
    assert 'id="first"' not in html
    assert "<strong>2018</strong>, Baltimore. People met." in html
    assert '<a href="https://a.example/">A report</a>' in html


@pytest.mark.parametrize(
    ("old", "new", "complaints"),
    [
        ("  title: A meeting\n", "", ["events.yml:2: 'first'", "'title' is a required property"]),
        ("- id: first\n  title", "- title", ["events.yml:2: 'an entry without id'", "'id' is a required property"]),
        (
            "2013-03-13",
            "13 March 2013",
            ["'first'", "start: '13 March 2013' does not match", "as exact as the sources"],
        ),
        ("conference", "party", ["'first'", "kind: 'party' is not one of"]),
        ("place:", "palce:", ["'first'", "'palce' was unexpected"]),
        ("https://a.example/", "a.example", ["'first'", "sources.0.url: 'a.example' does not match"]),
        ("  kind: conference\n", "  kind: webinar\n  kind: summit\n", ["events.yml:5", "'kind' is given twice"]),
        ("title: A meeting", "title: A: meeting", ["events.yml:3", "this is not YAML"]),
        ("place: Baltimore", "place: [Baltimore", ["this is not YAML"]),
        ("- id: first\n", "id: first\n  more\n", ["events.yml", "this is not YAML"]),
        (GOOD, "first: 1", ["events.yml: a list of entries is expected"]),
        (GOOD, "- just text", ["events.yml:1: 'just text'", "is not of type 'object'"]),
        (GOOD, GOOD + GOOD, ["events.yml:10: 'first'", "used twice", "events.yml:2"]),
    ],
)
def test_a_faulty_list_stops_the_build(
    build: Callable[..., Path], caplog: pytest.LogCaptureFixture, old: str, new: str, complaints: list[str]
) -> None:
    assert old in GOOD
    with pytest.raises(Abort):
        build(GOOD.replace(old, new, 1))
    assert "site/data/events.yml" in caplog.text
    for complaint in complaints:
        assert complaint in caplog.text


@pytest.mark.parametrize("wish", ["<!-- data:nothing -->", "<!-- data:events kind=party -->"])
def test_a_wish_that_nothing_fits_stops_the_build(
    build: Callable[..., Path], caplog: pytest.LogCaptureFixture, wish: str
) -> None:
    with pytest.raises(Abort):
        build(GOOD, wish)
    assert "glossary.md" in caplog.text


def test_all_faults_are_told_at_once(build: Callable[..., Path], caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Abort):
        build(GOOD.replace("conference", "party").replace("2013-03-13", "never"))
    assert "party" in caplog.text
    assert "never" in caplog.text


def test_every_list_has_a_schema_and_every_schema_a_sentence(root: Path) -> None:
    lists = {path.stem for path in (root / "site/data").glob("*.yml")}
    schemas = {path.stem: path for path in (root / "site/data/schema").glob("*.yml")}
    assert lists <= schemas.keys()
    for path in schemas.values():
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# ")
        assert yaml.safe_load(text)
