"""Says in the words of schema.org what a page is about: who runs the site, a post, an event."""

from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from data import PLACEHOLDER, fitting
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from sitedata import Entry, read_list

CONTEXT = "https://schema.org"
ONLINE = "online"


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Leave the linked data in page.meta["jsonld"], where the theme finds it. Runs before the lists are written."""
    if "jsonld" in page.meta:
        return markdown
    events = [
        event
        for match in PLACEHOLDER.finditer(markdown)
        if match["name"] == "events"
        for event in fitting(read_list(Path(config.config_file_path).parent, "events"), match)
    ]
    if page.is_homepage:
        page.meta["jsonld"] = {"@context": CONTEXT, **organization(config)}
    elif page.file.src_uri.startswith("digest/posts/"):
        page.meta["jsonld"] = {"@context": CONTEXT, **posting(page, config)}
    elif events:
        page.meta["jsonld"] = {
            "@context": CONTEXT,
            "@graph": [described(event, page.canonical_url or "") for event in events],
        }
    return markdown


def organization(config: MkDocsConfig) -> dict[str, Any]:
    """Whoever runs this site."""
    home = config.site_url or "/"
    return {
        "@type": "Organization",
        "name": config.site_name,
        "url": home,
        "logo": urljoin(home, "assets/favicon.svg"),
        "description": config.site_description,
    }


def posting(page: Page, config: MkDocsConfig) -> dict[str, Any]:
    """One entry of the Digest."""
    return {
        "@type": "BlogPosting",
        "headline": page.meta.get("title"),
        "description": page.meta.get("description"),
        "datePublished": page.config.date.created.date().isoformat(),
        "url": page.canonical_url,
        "mainEntityOfPage": page.canonical_url,
        "author": organization(config),
        "publisher": organization(config),
        "citation": [source["url"] for source in page.meta.get("sources", [])],
    }


def described(event: Entry, address: str) -> dict[str, Any]:
    """One event; it lasts a day unless it says otherwise."""
    online = ONLINE in event["place"].lower()
    where = {"@type": "VirtualLocation", "url": event.get("url", f"{address}#{event['id']}")}
    place = {"@type": "Place", "name": event["place"], "address": event["place"]}
    return {
        "@type": "Event",
        "name": event["title"],
        "startDate": event["start"],
        "endDate": event.get("end", event["start"]),
        "eventAttendanceMode": f"{CONTEXT}/{'On' if online else 'Off'}lineEventAttendanceMode",
        "location": where if online else place,
        "description": event["text"].strip(),
        "url": f"{address}#{event['id']}",
    }
