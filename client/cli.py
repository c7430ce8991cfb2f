"""Command line: words in, lines out."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from client import checks, fixity, incidents, people, policies, queues, spaces, stitch, stores
from client.service import Service, ServiceError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 (the service said no) or 2 (the words are wrong)."""
    given = parser().parse_args(arguments)
    try:
        anonymous = getattr(given, "anonymous", False)
        given.run(Service.from_environment(given.address, given.username, anonymous), given)
    except ServiceError as error:
        print(f"duracloud: {error}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """Every command with its arguments; the page of the client is held against it."""
    parser = argparse.ArgumentParser(
        prog="duracloud",
        description="Work with a DuraCloud instance.",
        epilog="Instance and login are taken from DURACLOUD_ADDRESS, DURACLOUD_USERNAME and DURACLOUD_PASSWORD.",
    )
    parser.add_argument("--address", help="address of the instance, for example https://archive.example.org")
    parser.add_argument("--username", help="who you are; the password comes from DURACLOUD_PASSWORD only")
    commands = parser.add_subparsers(dest="command", required=True)
    history = commands.add_parser("history", help="everything that ever happened to a content item")
    history.add_argument("space", metavar="SPACE")
    history.add_argument("id", metavar="ID")
    history.add_argument("--json", action="store_true", help="one JSON object for each event")
    history.set_defaults(run=tell_history)
    spaces.add_commands(commands)
    policies.add_commands(commands)
    stores.add_commands(commands)
    stitch.add_command(commands)
    checks.add_command(commands)
    fixity.add_command(commands)
    queues.add_commands(commands)
    incidents.add_command(commands)
    people.add_commands(commands)
    return parser


def tell_history(service: Service, given: argparse.Namespace) -> None:
    """Everything that ever happened to an item."""
    for event in service.history(given.space, given.id):
        print(json.dumps(event, ensure_ascii=False) if given.json else line(event))


def line(event: dict[str, Any]) -> str:
    """One event as a line: when, what, where, by whom, and its details."""
    where = f"store {event['store']}" if event["store"] else "-"
    details = " ".join(f"{name}={value}" for name, value in event["detail"].items())
    return f"{event['at']}  {event['kind']:<15}  {where:<8}  {event['agent']:<10}  {details}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
