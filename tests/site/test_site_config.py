"""The settings that keep a build from destroying its own sources or asking other hosts for anything."""

from pathlib import Path

import pytest
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig


@pytest.fixture(scope="module")
def config(root: Path) -> MkDocsConfig:
    return load_config(str(root / "mkdocs.yml"))


def test_sources_and_output_are_far_apart(config: MkDocsConfig, root: Path) -> None:
    # With the default folders a build empties site/, where every source of the site lies.
    assert Path(config.docs_dir) == root / "site" / "content"
    assert Path(config.site_dir) == root / "build" / "site"


def test_build_is_strict(config: MkDocsConfig) -> None:
    assert config.strict is True
    # mkdocs keeps these as levels of the logging module: 30 is "warn", which a strict build refuses.
    checks = config.validation
    assert checks.nav.not_found == checks.links.not_found == 30
    assert checks.nav.absolute_links == checks.links.absolute_links == 30
    assert checks.links.anchors == checks.links.unrecognized_links == 30


def test_fonts_come_from_no_other_host(config: MkDocsConfig) -> None:
    assert config.theme["font"] is False


def test_both_schemes_are_offered(config: MkDocsConfig) -> None:
    assert {entry["scheme"] for entry in config.theme["palette"]} == {"default", "slate"}


def test_both_schemes_set_the_same_colours(root: Path) -> None:
    css = (root / "site/content/assets/css/colours.css").read_text(encoding="utf-8")
    light, dark = (css.split(f'[data-md-color-scheme="{name}"] {{')[1].split("}")[0] for name in ("default", "slate"))
    names = [{line.split(":")[0].strip() for line in block.strip().splitlines()} for block in (light, dark)]
    assert names[0] == names[1]
