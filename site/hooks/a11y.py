"""Gives names to the parts of the page that the theme leaves nameless for people who use a screen reader."""

import re
from itertools import count

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

SEARCH = re.compile(r'(<div class="md-search" data-md-component="search" role="dialog")>')
# The theme names a section's list by a label which is empty once the section has a page of its own. The title in the
# label that follows is never empty.
SECTION = re.compile(
    r'aria-labelledby="(?P<id>__nav_[\d_]+)_label"(?P<between>[^>]*>\s*<label class="md-nav__title" for="(?P=id)">'
    r'\s*<span class="md-nav__icon md-icon"></span>\s*)(?P<title>[^<]+?)(?=\s*</label>)'
)

MORE = re.compile(r'<nav class="md-post__action">')
POST = re.compile(r'(<nav class="md-nav md-nav--primary")>')
FACTS = re.compile(r'(<nav class="md-nav")>')


def name_landmarks(html: str) -> str:
    """The page with a name for its search dialog, the list of each section and each post; safe to run twice."""
    numbers = count(1)
    html = MORE.sub(lambda _: f'<nav class="md-post__action" aria-label="Post {next(numbers)}">', html)
    html = POST.sub(r'\1 aria-label="About this post">', html)
    html = FACTS.sub(r'\1 aria-label="Date and place in the Digest">', html)
    html = SEARCH.sub(r'\1 aria-label="Search">', html)
    return SECTION.sub(r'aria-label="\g<title> pages"\g<between>\g<title>', html)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Every page made from Markdown."""
    return name_landmarks(output)


def on_post_template(output_content: str, template_name: str, config: MkDocsConfig) -> str:
    """The page for addresses that do not exist; the sitemap passes unchanged."""
    return name_landmarks(output_content)
