"""Queues: work that was given up, shown, retried and dismissed from a terminal."""

import argparse
import json
from collections.abc import Iterator
from typing import Any

from client.service import Service


def add_commands(commands: Any) -> None:
    """Add `duracloud dead-letters`."""
    parser = commands.add_parser("dead-letters", help="work that was given up, with the reason (administrators)")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--retry", metavar="ID", help="ask for its work again")
    action.add_argument("--retry-all", action="store_true", help="ask for the work of all of them again")
    action.add_argument("--dismiss", metavar="ID", help="put it away without doing its work")
    action.add_argument("--dismiss-all", action="store_true", help="put all of them away")
    parser.add_argument("--json", action="store_true", help="one JSON object for each, with the whole message")
    parser.set_defaults(run=_dead_letters)


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
