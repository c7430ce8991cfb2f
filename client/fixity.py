"""Fixity: how all copies were found, told at a terminal."""

import argparse
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from client.service import Service

_WORDS = ("intact", "damaged", "missing", "unreadable", "undecided", "never_checked")


def add_command(commands: Any) -> None:
    """Add `duracloud fixity`."""
    parser = commands.add_parser("fixity", help="how all copies were found, and what is wrong (administrators)")
    parser.add_argument("--spaces", action="store_true", help="a line for each space and store, too")
    parser.add_argument("--days", metavar="N", type=int, default=14, help="of the last N days, at most 31; default: 14")
    parser.add_argument("--json", action="store_true", help="the whole report as JSON")
    parser.set_defaults(run=_fixity)


def _fixity(service: Service, given: argparse.Namespace) -> None:
    report = _report(service, given.days)
    print(json.dumps(report, ensure_ascii=False) if given.json else "\n".join(_lines(report, given.spaces)))


def _report(service: Service, days: int) -> dict[str, Any]:
    """The report with all spaces in it."""
    report: dict[str, Any] = service.ask("GET", f"/api/fixity?days={days}")
    after = report.pop("next")
    while after is not None:
        page = service.ask("GET", f"/api/fixity?days={days}&after={quote(after, safe='')}")
        report["spaces"] += page["spaces"]
        after = page["next"]
    return report


def _lines(report: dict[str, Any], spaces: bool) -> Iterator[str]:
    for row in report["stores"]:
        yield f"store {row['store']}: {_row(row)}"
    for row in report["spaces"] if spaces else ():
        yield f"{row['space']}, store {row['store']}: {_row(row)}"
    for day in report["days"]:
        read = "not counted" if day["copies"] is None else f"{day['copies']} copies, {day['bytes'] / 1e9:.3f} GB read"
        yield f"{day['day']}: {read}, {day['problems']} problems{'' if day['complete'] else ' (so far)'}"
    found = report["incidents"]
    told = ", ".join(f"{number} {problem}" for problem, number in found["open"].items()) or "none"
    more = " or more" * found["more"]
    yield f"open incidents: {told}{more}; {found['needs_a_person']} need a person"
    test = report["self_test"]
    times = f"last found {test['found_at'] or 'never'}, last run {test['last_run'] or 'never'}"
    yield f"self-test: {test['state']}, {times}"
    yield from (f"missed: {missed}" for missed in test["missed"])


def _row(row: dict[str, Any]) -> str:
    if row["measured_at"] is None:
        return "not measured yet, which happens once a day"
    copies = ", ".join(f"{row['copies'][word]} {word.replace('_', ' ')}" for word in _WORDS if row["copies"][word])
    oldest = f"oldest check {row['oldest_check']}; " if row["oldest_check"] else ""
    due = f"{row['due']} due, {row['overdue']} overdue"
    return f"{row['items']} items, {row['bytes'] / 1e9:.3f} GB; {copies or 'no copies'}; {oldest}{due}"
