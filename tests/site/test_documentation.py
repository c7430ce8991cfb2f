"""Documentation: every route, setting and command is named in the pages, so that none can be added in silence."""

import dataclasses
import re
from pathlib import Path

import pytest

from app import app
from chalicelib.config import StoreSettings

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "site" / "content" / "docs"


@pytest.mark.parametrize("pattern", sorted(app.routes))
def test_every_route_is_documented(pattern: str) -> None:
    rest = (PAGES / "rest.md").read_text()
    for method in app.routes[pattern]:
        if method == "HEAD" and "GET" in app.routes[pattern] and "{" not in pattern:
            continue  # HEAD of a listing is GET without its body
        assert f"`{method} {pattern.replace('+', '')}`" in rest


def test_every_documented_route_exists() -> None:
    known = {(method, pattern.replace("+", "")) for pattern, methods in app.routes.items() for method in methods}
    told = re.findall(r"^\| `([A-Z]+) (/\S+)`", (PAGES / "rest.md").read_text(), re.M)
    assert len(told) > 15
    assert set(told) <= known


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    places = ("chalicelib/config.py", "chalicelib/config_values.py", "gateway/server.py", "local/worker.py")
    sources = [ROOT / place for place in places]
    read = {name for source in sources for name in re.findall(r'"(DURACLOUD_[A-Z_]+)"', source.read_text())}
    told = set(re.findall(r"`(DURACLOUD_[A-Z_]+)`", (PAGES / "settings.md").read_text()))
    assert read == told
    run = set(re.findall(r'"(DURACLOUD_[A-Z_]+)"', (ROOT / "local" / "run.py").read_text()))
    assert run == set(re.findall(r"`(DURACLOUD_[A-Z_]+)`", (PAGES / "run-on-a-laptop.md").read_text()))


def test_every_field_of_a_store_is_documented() -> None:
    page = (PAGES / "settings.md").read_text()
    fields = {field.name for field in dataclasses.fields(StoreSettings)} - {"store"} | {"id", "type", "primary"}
    assert fields == set(re.findall(r"^\| `([a-z0-9_]+)` \|", page, re.M))


def test_every_target_of_make_that_the_pages_name_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    texts = [*PAGES.glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    named = {target for text in texts for target in re.findall(r"\bmake ([a-z]+)(?=[\n`])", text.read_text())}
    assert {"run", "demo", "test", "check", "bench"} <= named
    assert all(re.search(rf"^{target}:", makefile, re.M) for target in named)
