"""Works out which scripts a browser may run on the site, and writes that rule beside the site for the web server."""

import base64
import hashlib
from html.parser import HTMLParser
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

FILE_NAME = "csp.txt"
POLICY = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# A browser runs these; any other type (JSON, linked data) is data to it and needs no permission.
SCRIPT_TYPES = {"", "text/javascript", "module"}


class InlineScripts(HTMLParser):
    """Collects the text of every inline script that a browser would run, exactly as it stands in the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._parts: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and "src" not in given and (given.get("type") or "") in SCRIPT_TYPES:
            self._parts = []

    def handle_data(self, data: str) -> None:
        if self._parts is not None:
            self._parts.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._parts is not None:
            self.found.add("".join(self._parts))
            self._parts = None


def policy_of(pages: list[str]) -> str:
    """The Content-Security-Policy under which all these pages work and nothing else runs."""
    parser = InlineScripts()
    for page in pages:
        parser.feed(page)
        parser.close()
        parser.reset()
    hashes = sorted(base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in parser.found)
    return POLICY.format(hashes="".join(f" 'sha256-{value}'" for value in hashes))


def on_post_build(config: MkDocsConfig) -> None:
    """Write one line to csp.txt next to the site, not into it: it is for the web server, not for visitors."""
    site = Path(config.site_dir)
    pages = [path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))]
    (site.parent / FILE_NAME).write_text(policy_of(pages) + "\n", encoding="utf-8")
