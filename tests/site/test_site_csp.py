"""The security policy written beside the site lets its own scripts run, and nothing else."""

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sitepages import HtmlPage


@pytest.fixture(scope="module")
def policy(site: Path) -> dict[str, set[str]]:
    text = (site.parent / "csp.txt").read_text(encoding="utf-8")
    assert text.endswith("\n")
    assert text.count("\n") == 1
    directives = (part.split() for part in text.strip().split("; "))
    return {name: set(values) for name, *values in directives}


def hashes_of(html: str) -> set[str]:
    """Found by pattern, not by the parser which the build uses, so that the two check each other."""
    found = re.findall(r"<script(?:\s+type=\"?(?:module|text/javascript)\"?)?>(.*?)</script>", html, re.DOTALL)
    return {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in found}


def test_hashes_are_those_of_the_inline_scripts(pages: list[HtmlPage], policy: dict[str, set[str]]) -> None:
    found = set().union(*(hashes_of(page.html) for page in pages))
    assert len(found) > 2
    assert policy["script-src"] == {"'self'", *found}


def test_policy_is_closed(policy: dict[str, set[str]]) -> None:
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == {"'none'"}
    assert policy["style-src"] == policy["connect-src"] == {"'self'"}
    assert not any("unsafe" in value for values in policy.values() for value in values)


def test_pages_hold_nothing_the_policy_refuses(pages: list[HtmlPage]) -> None:
    for page in pages:
        assert not page.all("style"), page.address
        for tag in page.tags:
            assert "style" not in tag.attrs, (page.address, tag)
            assert not [name for name in tag.attrs if name.startswith("on")], (page.address, tag)
            assert not tag.attrs.get("href", "").startswith("javascript:"), (page.address, tag)


def test_policy_is_not_published(site: Path) -> None:
    assert not (site / "csp.txt").exists()


def test_a_new_inline_script_changes_the_policy(sources: Path, rebuild: Callable[[], Path], site: Path) -> None:
    page = sources / "site/content/glossary.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n<script>window.added = 1</script>\n", encoding="utf-8")
    changed = (rebuild().parent / "csp.txt").read_text(encoding="utf-8")
    assert changed != (site.parent / "csp.txt").read_text(encoding="utf-8")
    assert base64.b64encode(hashlib.sha256(b"window.added = 1").digest()).decode() in changed
