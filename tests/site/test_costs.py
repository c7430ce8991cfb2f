"""The page of costs: the calculator's arithmetic, and that the examples on the page come out of it as well."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from mkdocs.exceptions import Abort
from sitepages import HtmlPage

NODE = shutil.which("node")
COMPARE = """
import { estimate, dollars } from %s;
import { readFileSync } from "node:fs";
const prices = JSON.parse(readFileSync(0, "utf-8"));
console.log(JSON.stringify(prices.examples.map((e) => Object.values(estimate(prices, e)).map(dollars))));
"""


@pytest.fixture(scope="module")
def page(pages: list[HtmlPage]) -> HtmlPage:
    return next(page for page in pages if page.address == "duracloud/costs/index.html")


@pytest.fixture(scope="module")
def prices(page: HtmlPage) -> str:
    return next(tag.text for tag in page.all("script") if tag.attrs.get("id") == "prices")


def node(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    assert NODE, "the portal needs Node as well"
    return subprocess.run([NODE, *arguments], input=given, capture_output=True, text=True, check=False, timeout=60)


def test_the_calculator_computes_what_it_should(root: Path) -> None:
    result = node("--test", str(root / "tests/site/js/costs.test.mjs"))
    assert result.returncode == 0, result.stdout


def test_the_examples_on_the_page_are_those_of_the_calculator(root: Path, page: HtmlPage, prices: str) -> None:
    script = COMPARE % json.dumps((root / "site/content/assets/js/costs.js").as_uri())
    result = node("--input-type=module", "-e", script, given=prices)
    assert result.returncode == 0, result.stderr
    rows = re.findall(r"<tr>\s*<td><strong>.*?</tr>", page.html, re.S)
    shown = [re.findall(r"\$[\d,.]+", row) for row in rows]
    names = ["storage", "records", "checks", "month", "year", "deposit", "decade", "leaving"]
    computed = [dict(zip(names, sums, strict=True)) for sums in json.loads(result.stdout)]
    assert len(computed) >= 5
    assert shown == [[sums[part] for part in ("storage", "checks", "deposit", "decade")] for sums in computed]


def test_the_sums_are_of_the_right_size(prices: str) -> None:
    """Facts of November 2026: a TiB costs 23.55 a month in S3 Standard, 12.80 in Standard-IA."""
    given = json.loads(prices)
    assert given["classes"]["standard"]["storage"][0][1] * 1024 == pytest.approx(23.55, abs=0.01)
    assert given["classes"]["infrequent"]["storage"][0][1] * 1024 == pytest.approx(12.80, abs=0.01)
    assert given["as_of"].startswith("2026")


def test_without_javascript_the_form_is_not_there(page: HtmlPage) -> None:
    form = next(tag for tag in page.all("form") if tag.attrs.get("id") == "cost-form")
    assert "hidden" in form.attrs
    fields = [tag.attrs for tag in page.tags if tag.name in ("input", "select") and tag.attrs.get("id", "")[:2] == "c-"]
    labels = {tag.attrs.get("for") for tag in page.all("label")}
    assert len(fields) == 6
    assert {field["id"] for field in fields} <= labels
    assert "<!-- costs:" not in page.html


def test_the_scripts_of_the_calculator_are_published(site: Path, page: HtmlPage) -> None:
    sources = [tag.attrs["src"] for tag in page.all("script") if tag.attrs.get("type") == "module"]
    assert [(site / page.address).parent.joinpath(source).resolve().name for source in sources] == ["calculator.js"]
    assert all((site / page.address).parent.joinpath(source).resolve().is_file() for source in sources)
    assert (site / "assets/js/costs.js").is_file()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("class: instant", "class: deep", "no such class"),
        ("place: same", "place: moon", "no such place"),
        ("[.inf, 0.004]", "[50, 0.004]", "the last one is .inf"),
        ("copies: 3, ", "", "'copies' is a required property"),
        ("write: 0.005", "write: cheap", "'cheap' is not of type 'number'"),
    ],
)
def test_faulty_prices_stop_the_build(
    sources: Path, rebuild: Callable[[], Path], caplog: pytest.LogCaptureFixture, old: str, new: str, complaint: str
) -> None:
    data = sources / "site/data/prices.yml"
    text = data.read_text(encoding="utf-8")
    assert old in text
    data.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Abort):
        rebuild()
    assert complaint in caplog.text
