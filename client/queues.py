"""Queues: work in the background, looked at and asked for from a terminal."""

import argparse
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from client.service import Service


def add_commands(commands: Any) -> None:
    """Add `duracloud dead-letters`, `duracloud backlog` and `duracloud sweep`."""
    parser = commands.add_parser("dead-letters", help="work that was given up, with the reason (administrators)")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--retry", metavar="ID", help="ask for its work again")
    action.add_argument("--retry-all", action="store_true", help="ask for the work of all of them again")
    action.add_argument("--dismiss", metavar="ID", help="put it away without doing its work")
    action.add_argument("--dismiss-all", action="store_true", help="put all of them away")
    parser.add_argument("--json", action="store_true", help="one JSON object for each, with the whole message")
    parser.set_defaults(run=_dead_letters)
    backlog = commands.add_parser("backlog", help="the work that waits, and since when (administrators)")
    backlog.add_argument("--json", action="store_true", help="the whole answer as JSON")
    backlog.set_defaults(run=_backlog)
    sweep = commands.add_parser("sweep", help="compare every store with the index, soon (administrators)")
    sweep.add_argument("space", metavar="SPACE", nargs="?", help="default: every space")
    sweep.add_argument("--state", action="store_true", help="ask for nothing, only tell what the last sweeps found")
    sweep.add_argument("--json", action="store_true", help="with --state: the whole report as JSON")
    sweep.set_defaults(run=_sweep)


def _dead_letters(service: Service, given: argparse.Namespace) -> None:
    if given.retry or given.retry_all:
        path = f"/api/dead-letters/{given.retry}/retry" if given.retry else "/api/dead-letters/retry"
        print(f"asked again: {service.ask('POST', path)['retried']}")
    elif given.dismiss or given.dismiss_all:
        path = f"/api/dead-letters/{given.dismiss}" if given.dismiss else "/api/dead-letters"
        print(f"dismissed: {service.ask('DELETE', path)['dismissed']}")
    else:
        for letter in _letters(service):
            print(json.dumps(letter, ensure_ascii=False) if given.json else _line(letter))


def _letters(service: Service) -> Iterator[dict[str, Any]]:
    after: str | None = ""
    while after is not None:
        page = service.ask("GET", f"/api/dead-letters?after={after}")
        yield from page["dead_letters"]
        after = page["next"]


def _line(letter: dict[str, Any]) -> str:
    times = f"{letter['attempts']} attempts since {letter['first']}, the last {letter['last']}"
    message = letter["message"] if len(letter["message"]) <= 200 else letter["message"][:200] + "..."
    return f"{letter['id']}  {letter['queue']}  {times}\n    {letter['error']}: {letter['reason']}\n    {message}"


def _backlog(service: Service, given: argparse.Namespace) -> None:
    found = service.ask("GET", "/api/backlog")
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for queue in found["queues"]:
        print(f"{queue['queue']:<10}  {queue['waiting']} waiting, {queue['in_flight']} being worked on or put off")
    oldest = found["oldest_unreplicated"]
    where = f"{oldest['space']}/{oldest['id']} since {oldest['since']}" if oldest else "none"
    print(f"oldest item without its copies: {where}")
    print(f"overdue checks: {found['overdue_checks']}")
    print(f"dead letters: {found['dead_letters']}")
    for sentence in found["late"]:
        print(f"late: {sentence}")


def _sweep(service: Service, given: argparse.Namespace) -> None:
    if not given.state:
        where = f"?space={quote(given.space, safe='')}" if given.space else ""
        print(f"asked for, of {service.ask('POST', f'/api/sweep{where}')['spaces']} spaces")
        return
    report = service.ask("GET", "/api/sweep")
    spaces = [one for one in report["spaces"] if given.space in (None, one["space"])]
    if given.json:
        print(json.dumps(report if given.space is None else spaces, ensure_ascii=False))
        return
    for one in spaces:
        print(_swept(one["space"], one["last"]))
        if one["running"]:
            print(f"{'':<42}  a sweep is under way since {one['running']['started']}, at {one['running']['seen']} ids")
        for example in (one["last"] or {}).get("examples", []):
            print(f"    {example['finding']} in store {example['store']}: {example['id']}")
    if given.space is None:
        print(_swept("in all", report["total"]))


def _swept(name: str, run: dict[str, Any] | None) -> str:
    if run is None:
        return f"{name:<42}  not swept yet"
    found = " ".join(f"{kind}={run[kind]}" for kind in ("missing", "extra", "different", "foreign", "waiting"))
    late = f"  oldest without its copies: {run['oldest_unreplicated']}" if run["oldest_unreplicated"] else ""
    unheard = f"  no answer from store {', '.join(run['unheard'])}" if run["unheard"] else ""
    return f"{name:<42}  {run['ended']}  seen={run['seen']} {found} queued={run['queued']}{late}{unheard}"
