"""Computes the examples on the page of costs, and hands its calculator the prices that it used."""

import json
import math
from html import escape
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from sitedata import read_document

DATA = "site/data/prices.yml"
GB = 2**30

Prices = dict[str, Any]


def estimate(prices: Prices, wants: dict[str, Any]) -> dict[str, float]:
    """Dollars, as site/content/assets/js/costs.js computes them; a test compares the two."""
    running_, index, queues, assumed = (prices[name] for name in ("functions", "index", "queues", "assumed"))
    items, copies = wants["items"], wants["copies"]
    size = wants["terabytes"] * 1e12
    gb, others = size / GB, copies - 1
    first, other = prices["classes"]["standard"], prices["classes"][wants["class"]]
    transfer = prices["places"][wants["place"]]["transfer"]
    reading = size / 1e6 / assumed["read_mb_a_second"] * copies

    def running(seconds: float, jobs: int) -> float:
        gb_seconds = (seconds + jobs * assumed["seconds_a_job"]) * assumed["function_gb"]
        requests = jobs * assumed["queue_requests_a_job"]
        calls = jobs * running_["million_calls"] + requests * queues["million_requests"]
        return float(gb_seconds * running_["second_of_gb"] + calls / 1e6)

    storage = stored(first, gb) + others * stored(other, max(gb, items * other["least"] / GB))
    events = wants["checks"] * copies * assumed["years_of_events"]
    kept = items * (assumed["bytes_of_record"] + events * assumed["bytes_of_event"])
    records = kept / GB * index["gb_month"]
    reads = items / 1000 * (first["read"] + others * other["read"])
    looked_up = assumed["writes_a_check"] * index["million_writes"] + assumed["reads_a_check"] * index["million_reads"]
    checking = reads + others * gb * (other["retrieval"] + transfer) + running(reading, items) + items / 1e6 * looked_up
    deposit = (
        items / 1000 * (first["write"] + others * other["write"])
        + others * gb * (other["retrieval"] + 2 * transfer)
        + reads
        + running(2 * reading, items * (1 + copies))
        + items / 1e6 * assumed["writes_a_deposit"] * index["million_writes"]
    )
    checks = checking * wants["checks"] / 12
    month = storage + records + checks
    sums = {"storage": storage, "records": records, "checks": checks, "month": month, "year": 12 * month}
    return {**sums, "deposit": deposit, "decade": 120 * month + deposit, "leaving": gb * prices["internet"]}


def stored(kind: dict[str, Any], gb: float) -> float:
    """Dollars for a month of one copy; the first gigabytes cost more than the later ones."""
    total, below = 0.0, 0.0
    for limit, price in kind["storage"]:
        end = min(limit, gb)
        total += max(0.0, end - below) * price
        below = end
    return total


def dollars(amount: float) -> str:
    """As people read them: cents below a hundred, else whole dollars."""
    return f"${amount:,.2f}" if amount < 100 else f"${amount:,.0f}"


def read_prices(root: Path) -> Prices:
    """The prices; refuses what would give a wrong sum in silence, beyond what their schema says."""
    prices: Prices = read_document(root, "prices")
    for name, kind in prices["classes"].items():
        limits = [limit for limit, _ in kind["storage"]]
        if limits != sorted(set(limits)) or limits[-1] != math.inf:
            raise PluginError(f"{DATA}: {name}: the limits of 'storage' rise, and the last one is .inf")
    for example in prices["examples"]:
        for field, known in (("class", prices["classes"]), ("place", prices["places"])):
            if example[field] not in known:
                raise PluginError(f"{DATA}: {example['name']}: no such {field}: {example[field]!r}")
    return prices


def examples_table(prices: Prices) -> str:
    """The examples as a Markdown table."""
    lines = [
        "| Collection | Copies | Checks in a year | Storage, a month | Checks, a month | Deposit, once | Ten years |",
        "|---|---|---|---|---|---|---|",
    ]
    for example in prices["examples"]:
        sums = estimate(prices, example)
        name = f"**{example['name']}**: {example['items']:,} items, {example['terabytes']:g} TB"
        copies = f"{example['copies']}: S3 Standard, {prices['classes'][example['class']]['name']} in"
        where = f"{copies} {prices['places'][example['place']]['name']}"
        told = [dollars(sums[part]) for part in ("storage", "checks", "deposit", "decade")]
        lines.append("| " + " | ".join([name, where, str(example["checks"]), *told]) + " |")
    return "\n".join(lines)


def prices_table(prices: Prices) -> str:
    """The prices of the storage classes as a Markdown table."""
    lines = [
        "| Storage class | GB and month | 1,000 writes | 1,000 reads | GB read |",
        "|---|---|---|---|---|",
    ]
    for kind in prices["classes"].values():
        steps = ", then ".join(f"${price:g}" for _, price in kind["storage"])
        lines.append(f"| {kind['name']} | {steps} | ${kind['write']:g} | ${kind['read']:g} | ${kind['retrieval']:g} |")
    return "\n".join(lines)


def _options(kinds: dict[str, dict[str, Any]]) -> str:
    return "".join(f'<option value="{escape(key)}">{escape(kind["name"])}</option>' for key, kind in kinds.items())


def as_json(prices: Prices) -> str:
    """The prices for the calculator, fit to stand inside a script element; no limit is null there."""
    finite = {**prices, "as_of": str(prices["as_of"])}
    finite["classes"] = {
        name: {**kind, "storage": [[None if limit == math.inf else limit, price] for limit, price in kind["storage"]]}
        for name, kind in prices["classes"].items()
    }
    return json.dumps(finite, allow_nan=False).replace("<", "\\u003c")


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace `<!-- costs:… -->` by the tables, the choices of the calculator, and its prices."""
    if "costs:" not in markdown:
        return markdown
    prices = read_prices(Path(config.config_file_path).parent)
    page.meta["sources"] = prices["sources"]
    parts = {
        "examples": examples_table(prices),
        "prices": prices_table(prices),
        "classes": _options(prices["classes"]),
        "places": _options(prices["places"]),
        "data": f'<script type="application/json" id="prices">{as_json(prices)}</script>',
        "as_of": f"{prices['as_of']:%-d %B %Y}",
        "region": prices["region"],
        "reading": f"{prices['assumed']['read_mb_a_second']}",
    }
    for name, text in parts.items():
        markdown = markdown.replace(f"<!-- costs:{name} -->", text)
    return markdown
