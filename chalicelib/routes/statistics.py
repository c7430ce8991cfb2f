"""Statistics: the original service's bit-integrity and storage reports over HTTP (contract 1.9 and 1.10)."""

import json
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.access import require_admin
from chalicelib.domain.integrity_report import CONTENT_TYPE, Report, stamp
from chalicelib.domain.spaces import Space
from chalicelib.domain.statistics import milliseconds, parse_interval, parse_moment
from chalicelib.edge import Response, current_request
from chalicelib.routes.asked import asked_store
from chalicelib.routes.http import Fault, as_json, caller
from chalicelib.wiring import instance

statistic_routes = Blueprint(__name__)

_ANY = ["*/*"]
_INTEGRITY = "/durastore/bit-integrity/{space}"


@statistic_routes.route(_INTEGRITY, methods=["HEAD"], content_types=_ANY)
def head_integrity(space: str) -> Response:
    """HEAD /bit-integrity/{space}: result, date and size of the latest report; 204 when there is none."""
    report = _latest(space)
    return Response(200, _headers(report), length=report.size) if report else Response(204, body=())


@statistic_routes.route(_INTEGRITY, methods=["GET"], content_types=_ANY)
def get_integrity(space: str) -> Response:
    """GET /bit-integrity/{space}: the latest report, as TSV."""
    report = _latest(space)
    if report is None:
        return Response(204, body=())
    # The connection to the store outlives this call: whoever sends the body closes it.
    with ExitStack() as stack:
        _, chunks = stack.enter_context(instance().integrity.open(report))
        return Response(200, _headers(report), chunks, report.size, stack.pop_all().close)


@statistic_routes.route("/durastore/report/space/{space}", methods=["GET", "HEAD"], content_types=_ANY)
def get_space_statistics(space: str) -> Response:
    """GET /report/space/{space}: bytes and items of the space from `start` to `end`, by day, week or month."""
    return _series(instance().spaces.readable(caller(), space))


@statistic_routes.route("/durastore/report/store", methods=["GET", "HEAD"], content_types=_ANY)
def get_store_statistics() -> Response:
    """GET /report/store: the same of all spaces together."""
    return _series(None)


@statistic_routes.route("/durastore/report/store/{time}", methods=["GET", "HEAD"], content_types=_ANY)
def get_day_statistics(time: str) -> Response:
    """GET /report/store/{milliseconds}: what each space held on that day."""
    day = parse_moment(time).replace(hour=0, minute=0, second=0, microsecond=0)
    store = asked_store()
    found = instance().measure.of_day(store, day)
    return _array(_entry(milliseconds(day), store, m.bytes, m.objects, m.space) for m in found)


@statistic_routes.route("/api/spaces/{space}/reports", methods=["POST"], content_types=_ANY)
def ask_for_reports(space: str) -> Response:
    """Have a space measured now, and reports on its copies written; administrators only, since it costs."""
    who = caller()
    found = instance().spaces.readable(who, space)
    require_admin(who)
    instance().measure.ask(found)
    return as_json(202, {"space": found.id, "asked": "a measurement, and reports on what was read since the last ones"})


def _series(space: Space | None) -> Response:
    request = current_request()
    start = parse_moment(request.parameter("start") or "0")
    given = request.parameter("end")
    end = parse_moment(given) if given else instance().register.clock()
    interval = parse_interval(request.parameter("groupBy") or "day")
    store = asked_store()
    points = instance().measure.series(store, start, end, interval, space)
    return _array(_entry(p.timestamp, store, p.bytes, p.objects, space.id if space else None) for p in points)


def _entry(timestamp: int, store: str, size: int, objects: int, space: str | None) -> dict[str, Any]:
    """Exactly the fields that the original has: any other one is an exception in Java clients (contract 15.1.16)."""
    owner = {"timestamp": timestamp, "accountId": instance().config.account, "storeId": store}
    return {**owner, **({"spaceId": space} if space else {}), "byteCount": size, "objectCount": objects}


def _array(entries: Iterable[dict[str, Any]]) -> Response:
    body = json.dumps(list(entries), separators=(",", ":")).encode()
    return Response(200, (("Content-Type", "application/json"),), body)


def _latest(name: str) -> Report | None:
    space = instance().spaces.readable(caller(), name)
    wanted = asked_store(unknown=Fault)
    store = next(store for store in instance().stores.described if store.id == wanted)
    return instance().integrity.latest(space, store)


def _headers(report: Report) -> tuple[tuple[str, str], ...]:
    return (
        ("Content-Type", CONTENT_TYPE),
        ("Bit-Integrity-Report-Result", report.result.value),
        ("Bit-Integrity-Report-Completion-Date", stamp(report.completed)),
    )
