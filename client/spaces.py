"""Spaces: bring deleted items back, and say how long that is possible."""

import argparse
import json
from datetime import date
from typing import Any
from urllib.parse import quote

from client.service import Service, ServiceError


def add_commands(commands: Any) -> None:
    """Add `duracloud deleted`, `duracloud undelete` and `duracloud space`."""
    deleted = commands.add_parser("deleted", help="the deleted items of a space that can be brought back")
    deleted.add_argument("space", metavar="SPACE")
    deleted.add_argument("--json", action="store_true", help="one JSON object for each item")
    deleted.set_defaults(run=_deleted)
    undelete = commands.add_parser("undelete", help="bring a deleted item back as it was")
    undelete.add_argument("space", metavar="SPACE")
    undelete.add_argument("id", metavar="ID")
    undelete.set_defaults(run=_undelete)
    space = commands.add_parser("space", help="holds, retention and pauses of spaces")
    actions = space.add_subparsers(dest="action", required=True)
    settings = actions.add_parser("settings", help="print what is set of a space, or change it")
    settings.add_argument("space", metavar="SPACE")
    settings.add_argument(
        "--hold", metavar="DAYS", help="how long deleted items can come back; default: the instance's"
    )
    settings.add_argument("--retain-until", metavar="DATE", help="nothing is deleted before; none: end it afterwards")
    settings.set_defaults(run=_settings)
    release = actions.add_parser("release", help="let other stores follow a paused space again (owners)")
    release.add_argument("space", metavar="SPACE")
    release.set_defaults(run=_release)


def _path(space: str, rest: str) -> str:
    return f"/api/spaces/{quote(space, safe='')}/{rest}"


def _deleted(service: Service, given: argparse.Namespace) -> None:
    after: str | None = ""
    while after is not None:
        page = service.ask("GET", _path(given.space, f"deleted?limit=1000&after={quote(after, safe='')}"))
        for item in page["items"]:
            where = f"from store {' or '.join(item['from'])}" if item["from"] else "from no store"
            line = f"{item['deleted_at']}  until {item['held_until']}  {item['deleted_by']:<10}  {where}  {item['id']}"
            print(json.dumps(item, ensure_ascii=False) if given.json else line)
        after = page["next"]


def _undelete(service: Service, given: argparse.Namespace) -> None:
    told = service.ask("POST", _path(given.space, f"deleted/{quote(given.id)}"))
    print(f"{given.id} is back" if told["readable"] else f"{given.id} lives again; its bytes are on their way")


def _release(service: Service, given: argparse.Namespace) -> None:
    service.ask("POST", _path(given.space, "release"))
    print(f"{given.space} is not paused; other stores catch up")


def _settings(service: Service, given: argparse.Namespace) -> None:
    path = _path(given.space, "settings")
    settings, mark = service.ask_marked("GET", path)
    if given.hold is not None or given.retain_until is not None:
        wanted = {"hold_days": settings["hold_days"], "retained_until": settings["retained_until"]}
        if given.hold is not None:
            wanted["hold_days"] = _days(given.hold)
        if given.retain_until is not None:
            wanted["retained_until"] = None if given.retain_until == "none" else _date(given.retain_until)
        settings, _ = service.ask_marked("PUT", path, wanted, mark)
    own = "" if settings["hold_days"] is not None else " (the instance's default)"
    print(f"hold            {settings['hold_days_in_force']} days{own}")
    print(f"retained until  {settings['retained_until'] or '-'}")
    paused = settings["paused"]
    why = f"since {paused['since']}: {paused['why']}" if paused else "-"
    print(f"paused          {why}")


def _days(text: str) -> int | None:
    if text == "default":
        return None
    if not text.isdecimal():
        raise ServiceError(f"{text!r} is neither a number of days nor the word default")
    return int(text)


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ServiceError(f"{text!r} is no date such as 2030-12-31") from None
