"""API of reports: how spaces grew, and how the reads of their copies went, day by day, as plots need it."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.access import require_admin
from chalicelib.domain.content import format_time
from chalicelib.domain.errors import Invalid, NotFound
from chalicelib.domain.spaces import Space
from chalicelib.domain.statistics import Point, Verdicts, parse_interval
from chalicelib.domain.stores import StoreId
from chalicelib.edge import Response, current_request
from chalicelib.routes.http import as_json, caller
from chalicelib.wiring import instance

api_reports = Blueprint(__name__)

_USUAL, _LONGEST = timedelta(days=90), timedelta(days=3660)
Points = Callable[[StoreId, date, date, Space | None], Iterable[dict[str, Any]]]


@api_reports.route("/api/reports/growth", methods=["GET"])
def growth_report() -> Response:
    """Bytes and items in each store: `space`, `store`, `start` and `end` (days), `interval` (day, week, month)."""
    interval = parse_interval(current_request().parameter("interval") or "day")

    def points(store: StoreId, first: date, last: date, space: Space | None) -> Iterable[dict[str, Any]]:
        start, end = datetime.combine(first, time.min, UTC), datetime.combine(last, time.max, UTC)
        return map(_point, instance().measure.series(store, start, end, interval, space))

    return _report(points)


@api_reports.route("/api/reports/fixity", methods=["GET"])
def fixity_history() -> Response:
    """How copies were found at their last read, as each day's measurement has it: `space`, `store`, `start`, `end`."""

    def points(store: StoreId, first: date, last: date, space: Space | None) -> Iterable[dict[str, Any]]:
        return (_found(day, verdicts) for day, verdicts in instance().measure.verdicts(store, first, last, space))

    return _report(points)


def _report(points: Points) -> Response:
    """Of one space, for its readers; of all together, for administrators."""
    request, who = current_request(), caller()
    name, wanted = request.parameter("space"), request.parameter("store")
    space = instance().spaces.readable(who, name) if name else None
    if space is None:
        require_admin(who)
    stores = [store for store in instance().stores.ids if wanted in (None, "", store)]
    if not stores:
        raise NotFound(f"There is no store {wanted!r}")
    last = _day("end") or instance().register.clock().astimezone(UTC).date()
    first = _day("start") or max(last, date.min + _USUAL) - _USUAL
    if not timedelta(0) <= last - first <= _LONGEST:
        raise Invalid(f"end must not be before start, nor more than {_LONGEST.days} days behind it")
    told = [{"store": store, "points": list(points(store, first, last, space))} for store in stores]
    body = {"space": space.id if space else None, "start": first.isoformat(), "end": last.isoformat(), "stores": told}
    return as_json(200, body)


def _day(name: str) -> date | None:
    given = current_request().parameter(name)
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise Invalid(f"{name} {given!r} must be a day such as 2026-11-20") from None


def _point(point: Point) -> dict[str, Any]:
    day = datetime.fromtimestamp(point.timestamp / 1000, UTC).date()
    return {"day": day.isoformat(), "bytes": point.bytes, "items": point.objects}


def _found(day: date, verdicts: Verdicts) -> dict[str, Any]:
    return {
        "day": day.isoformat(),
        "intact": verdicts.intact,
        "bad": verdicts.bad,
        "unread": verdicts.unread,
        "last_check": format_time(verdicts.last) if verdicts.last else None,
    }
