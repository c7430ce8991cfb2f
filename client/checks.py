"""Checks: fixity checks asked for from a terminal, and what they cost."""

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

from client.service import Service, ServiceError

_ROWS = 400  # of the longest ids; the service takes 1,000 rows or 1 MiB at once


def add_command(commands: Any) -> None:
    """Add `duracloud check`."""
    check = commands.add_parser("check", help="read and judge copies, soon, or tell what that costs (administrators)")
    check.add_argument("space", metavar="SPACE", nargs="?", help="every copy of every item in it")
    check.add_argument("id", metavar="ID", nargs="?", help="only this item")
    check.add_argument("--list", metavar="FILE", help="CSV in UTF-8, a space and an id on each line; -: the input")
    check.add_argument("--store", metavar="STORE", help="every copy in this store")
    check.add_argument("--cost", action="store_true", help="ask for nothing, only tell what it would cost")
    check.add_argument("--plan", action="store_true", help="what is read next by itself, and what that costs")
    check.add_argument("--json", action="store_true", help="the whole answer as JSON")
    check.set_defaults(run=_check)


def _check(service: Service, given: argparse.Namespace) -> None:
    if [given.space is not None, given.list is not None, given.store is not None, given.plan].count(True) != 1:
        raise ServiceError("Name a SPACE (and an ID), or one of --list, --store and --plan")
    if given.plan:
        plan = service.ask("GET", "/api/fixity/plan")
        print(json.dumps(plan, ensure_ascii=False) if given.json else _plan(plan))
        return
    answers = list(_answers(service, given))
    asked = {name: _sum(answer[name] for answer in answers) for name in ("copies", "bytes", "dollars")}
    asked["refused"] = [row for answer in answers for row in answer["refused"]]
    if given.json:
        print(json.dumps(asked, ensure_ascii=False))
    else:
        print(f"{'would read' if given.cost else 'asked for'}: {_amount(asked)}")
        for row in asked["refused"]:
            print(f"line {row['line']}: {row['reason']}", file=sys.stderr)
    if asked["refused"]:
        raise ServiceError(f"{len(asked['refused'])} lines of the list name no item")


def _answers(service: Service, given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    path = f"/api/fixity/checks{'?estimate=true' if given.cost else ''}"
    if given.list is None:
        names = {"space": given.space, "id": given.id, "store": given.store}
        yield service.ask("POST", path, {name: value for name, value in names.items() if value is not None})
        return
    for line, part in _parts(_read(given.list)):
        answer = service.send("POST", path, part, "text/csv")
        for row in answer["refused"]:
            row["line"] += line
        yield answer


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise ServiceError(f"{name} cannot be read: {error.strerror}") from error


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """A list in parts that the service takes, each with the number of lines before it."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ServiceError(f"The list is not UTF-8: see its byte {error.start + 1}; save it as CSV in UTF-8") from None
    lines, rows, start, end = list(StringIO(text, newline="")), 0, 0, 0
    reader = csv.reader(lines)
    try:
        for rows, _ in enumerate(reader, 1):
            end = reader.line_num
            if rows % _ROWS == 0:
                yield start, "".join(lines[start:end]).encode()
                start = end
    except csv.Error as error:
        raise ServiceError(f"Line {end + 1} of the list is not CSV: {error}") from error
    if start < end or not rows:
        yield start, "".join(lines[start:end]).encode()


def _sum(values: Iterator[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _amount(of: dict[str, Any]) -> str:
    if of["copies"] is None:
        return "what there is; it was not measured yet, which happens once a day"
    return f"{of['copies']} copies, {of['bytes'] / 1e9:.3f} GB, ${of['dollars']:.4f}"


def _plan(plan: dict[str, Any]) -> str:
    limits, run, waiting = plan["limits"], plan["next_run"], plan["waiting"]
    more = " or more" if waiting["more"] else ""
    lines = [
        f"next run   {run['items']} items: {_amount(run)}",
        f"waiting    {waiting['items']}{more} items",
        f"limits     {limits['items']} items and {limits['bytes'] / 2**30:.0f} GiB in a run,"
        f" ${limits['dollars_a_day']:.2f} a day, of which ${limits['dollars_planned_today']:.4f} are planned today",
    ]
    for store in plan["stores"]:
        lines.append(
            f"store {store['store']:<4} {store['storage_class']}, every {store['check_days']} days: {_year(store)}"
        )
    return "\n".join([*lines, f"prices     of {plan['prices']['as_of']}, {plan['prices']['source']}"])


def _year(store: dict[str, Any]) -> str:
    if store["copies"] is None:
        return "not measured yet"
    held = f"{store['copies']} copies, {store['bytes'] / 1e9:.3f} GB"
    restored = f", ${store['dollars_restored']:.4f} for what is restored" if store["price"]["tier"] else ""
    told = f"{held}; ${store['dollars_a_check']:.4f} for all{restored}, ${store['dollars_a_year']:.2f} a year"
    if store["storage_class"] == "other":
        return told
    return f"{told} (a job of S3 that computes all checksums itself: ${store['dollars_by_batch']:.4f})"
