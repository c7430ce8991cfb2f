"""API of the fixity report, for administrators: how all copies were found, and whether the detector works."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.content import format_time
from chalicelib.domain.errors import Invalid
from chalicelib.edge import Response, current_request
from chalicelib.routes.http import as_json, caller
from chalicelib.services.report_fixity import MOST_DAYS, MOST_SPACES, Day, FixityReport, Row
from chalicelib.wiring import instance

api_fixity_report = Blueprint(__name__)

_LONGEST = 200  # characters of a cursor


@api_fixity_report.route("/api/fixity", methods=["GET"])
def fixity_report() -> Response:
    """The report; `days` (1 to 31) of the plot, spaces from behind `after`, at most `limit` (1 to 1,000)."""
    days, limit = _number("days", 14, MOST_DAYS), _number("limit", MOST_SPACES, MOST_SPACES)
    after = (current_request().parameter("after") or "")[:_LONGEST]
    return as_json(200, _told(instance().fixity.report(caller(), days, after, limit)))


def _number(name: str, usual: int, most: int) -> int:
    text = current_request().parameter(name) or str(usual)
    if not text.isdecimal() or len(text) > 4 or not 1 <= int(text) <= most:
        raise Invalid(f"{name} {text!r} must be a whole number from 1 to {most}")
    return int(text)


def _told(report: FixityReport) -> dict[str, Any]:
    flight = report.flight
    return {
        "stores": [_row(row) for row in report.stores],
        "spaces": [{"space": row.space} | _row(row) for row in report.spaces],
        "next": report.following,
        "days": [_day(day) for day in report.days],
        "incidents": {"open": dict(report.open), "needs_a_person": report.for_a_person, "more": report.more},
        "self_test": {
            "state": report.song,
            "found_at": format_time(flight.found_at) if flight and flight.found_at else None,
            "last_run": format_time(flight.started) if flight else None,
            "missed": list(flight.missed) if flight else [],
        },
    }


def _row(row: Row) -> dict[str, Any]:
    verdicts, fixity = row.verdicts, row.verdicts.fixity
    return {
        "store": row.store,
        "measured_at": format_time(row.at) if row.at else None,
        "items": row.objects,
        "bytes": row.bytes,
        "copies": {
            "intact": verdicts.intact,
            "damaged": fixity.damaged,
            "missing": fixity.missing,
            "unreadable": fixity.unreadable,
            "never_checked": fixity.unread,
            "undecided": row.undecided,
        },
        "oldest_check": format_time(verdicts.oldest) if verdicts.oldest else None,
        "last_check": format_time(verdicts.last) if verdicts.last else None,
        "due": fixity.due,
        "overdue": fixity.late,
    }


def _day(day: Day) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "copies": day.copies,
        "bytes": day.bytes,
        "problems": day.problems,
        "complete": day.over,
    }
