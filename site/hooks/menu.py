"""Adds the portal to the menu of every page."""

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Link, Navigation

PORTAL = "/portal/"


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Append the portal once the menu is validated: it is built later, so a strict build would call it broken."""
    nav.items.append(Link("Portal", PORTAL))
    return nav
