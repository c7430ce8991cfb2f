"""Leads the readers of old addresses to the pages that now tell what they told."""

from html import escape
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.utils import get_relative_url
from sitedata import read_list

NAME = "redirects"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>This page has moved</title>
<link rel="canonical" href="{canonical}">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="0; url={address}">
</head>
<body><p>This page has moved: <a href="{address}">go to its new place</a>.</p></body>
</html>
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a small page for each old address; refuses an address that is in use and a target that does not exist."""
    for entry in read_list(Path(config.config_file_path).parent, NAME):
        target = files.get_file_from_path(entry["to"])
        place = f"{entry['from']}index.html"
        if target is None:
            raise PluginError(f"site/data/{NAME}.yml: {entry['id']!r}: there is no page {entry['to']}")
        if any(file.dest_uri == place for file in files):
            raise PluginError(f"site/data/{NAME}.yml: {entry['id']!r}: a page stands at {entry['from']}")
        address = escape(get_relative_url(target.url, place))
        canonical = escape(f"{config.site_url or '/'}{target.url}")
        files.append(File.generated(config, place, content=PAGE.format(address=address, canonical=canonical)))
    return files
