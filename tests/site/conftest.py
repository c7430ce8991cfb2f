"""Builds the public site once, the way it is published, for all tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sitepages import HtmlPage, build_site, read_page

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of mkdocs.yml."""
    return ROOT


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. Its parent is a temporary folder too, because csp.txt is written there."""
    return build_site(ROOT, tmp_path_factory.mktemp("published") / "site")


@pytest.fixture(scope="session")
def pages(site: Path) -> list[HtmlPage]:
    """Every page of the built site; without those that only lead on from an old address."""
    found = [read_page(path, site) for path in sorted(site.rglob("*.html"))]
    return [page for page in found if 'http-equiv="refresh"' not in page.html]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of the sources which a test may break; without the portal, which is not part of this build."""
    copy = tmp_path / "sources"
    for name in ("content", "theme", "hooks", "data"):
        shutil.copytree(ROOT / "site" / name, copy / "site" / name)
    shutil.copy(ROOT / "mkdocs.yml", copy)
    return copy


@pytest.fixture
def rebuild(sources: Path, tmp_path: Path) -> Callable[[], Path]:
    """Builds the copied sources."""
    return lambda: build_site(sources, tmp_path / "rebuilt" / "site")
