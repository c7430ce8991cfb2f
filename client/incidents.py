"""Incidents: what is wrong, looked at and closed from a terminal."""

import argparse
import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from client.service import Service


def add_command(commands: Any) -> None:
    """Add `duracloud incidents`."""
    parser = commands.add_parser("incidents", help="what is wrong, and what is done about it (administrators)")
    parser.add_argument("id", metavar="ID", nargs="?", help="one of them, with its evidence")
    parser.add_argument("--all", action="store_true", help="also those that are over")
    parser.add_argument("--space", metavar="SPACE", help="of one space")
    parser.add_argument("--store", metavar="STORE", help="of one store")
    parser.add_argument("--close", metavar="ID", help="close one that needs a person; needs --note")
    parser.add_argument("--note", metavar="TEXT", help="with --close: what was done about it")
    parser.add_argument("--json", action="store_true", help="one JSON object for each")
    parser.set_defaults(run=_incidents)


def _incidents(service: Service, given: argparse.Namespace) -> None:
    found: Iterable[dict[str, Any]]
    if given.close:
        found = [service.ask("POST", f"/api/incidents/{quote(given.close, safe='')}/close", {"note": given.note or ""})]
    elif given.id:
        found = [service.ask("GET", f"/api/incidents/{quote(given.id, safe='')}")]
    else:
        found = _pages(service, given)
    for incident in found:
        print(json.dumps(incident, ensure_ascii=False) if given.json else _told(incident))


def _pages(service: Service, given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    where = "".join(
        f"&{name}={quote(value, safe='')}" for name, value in (("space", given.space), ("store", given.store)) if value
    )
    after: str | None = ""
    while after is not None:
        state = "all" if given.all else "open"
        page = service.ask("GET", f"/api/incidents?state={state}{where}&after={quote(after, safe='')}")
        yield from page["incidents"]
        after = page["next"]


def _told(incident: dict[str, Any]) -> str:
    what = f"{incident['space']}/{incident['item']}" if incident["item"] else "-"
    stores = ",".join(incident["stores"]) or "-"
    ended = f"  closed {incident['closed_at']} by {incident['closed_by']}: {incident['how']}" * bool(incident["how"])
    mark = "  (made by the service to test itself)" * incident["canary"]
    head = f"{incident['id']}\n    {incident['problem']}, {incident['state']}: {what}, store {stores}, since"
    lines = [f"{head} {incident['opened_at']}{ended}{mark}"]
    for event in incident.get("evidence", []):
        details = " ".join(f"{name}={value}" for name, value in event["detail"].items())
        lines.append(f"    {event['at']}  {event['kind']}  store {event['store'] or '-'}  {details}".rstrip())
    return "\n".join(lines)
