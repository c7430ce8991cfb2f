"""Tells search engines that every page may be read, and where the list of pages is."""

from urllib.parse import urljoin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add robots.txt to the files of the site."""
    sitemap = urljoin(config.site_url or "/", "sitemap.xml")
    text = f"User-agent: *\nAllow: /\n\nSitemap: {sitemap}\n"
    files.append(File.generated(config, "robots.txt", content=text))
    return files
