"""API of fixity checks, for administrators: what will be read and what it costs, and checks that people ask for."""

import json
from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.access import require_admin
from chalicelib.domain.content import format_time
from chalicelib.domain.errors import Invalid
from chalicelib.domain.fixity_plan import Limits, Reading
from chalicelib.domain.item_lists import parse_list
from chalicelib.domain.prices import AS_OF, NANO, SOURCE
from chalicelib.edge import Response, current_request
from chalicelib.routes.http import as_json, caller, small_body
from chalicelib.services.ask_checks import Asked, Outlook
from chalicelib.wiring import instance

api_fixity = Blueprint(__name__)

_MOST = 1 << 20  # bytes of a body
_SHOWN = 100  # items of each part of the plan
_FORMS = '{"space": "…", "id": "…"}, {"space": "…"} or {"store": "…"}'


@api_fixity.route("/api/fixity/plan", methods=["GET"])
def fixity_plan() -> Response:
    """What the next run will read, what it costs and what waits; and what all checks cost in a year."""
    who, service = caller(), instance().ask_checks
    found, spent = service.preview(who)
    limits = service.plan.limits
    return as_json(
        200,
        {
            "limits": {**_limits(limits), "dollars_planned_today": spent / NANO},
            "next_run": {
                "items": len(found.taken),
                "copies": sum(len(reading.stores) for reading in found.taken),
                "bytes": found.bytes,
                "dollars": found.money / NANO,
                "first": [_reading(reading) for reading in found.taken[:_SHOWN]],
            },
            "waiting": {
                "items": len(found.waiting),
                "more": found.more,
                "first": [_reading(reading) for reading in found.waiting[:_SHOWN]],
            },
            "stores": [_outlook(outlook) for outlook in service.outlook(who)],
            "prices": {"as_of": AS_OF.isoformat(), "source": SOURCE},
        },
    )


@api_fixity.route("/api/fixity/checks", methods=["POST"])
def ask_for_fixity_checks() -> Response:
    """Ask for checks of an item, a space or a store (JSON), or of a list of items (CSV); `estimate=true`: only tell."""
    request, who = current_request(), caller()
    require_admin(who)  # only to refuse others before reading what they send
    estimate = request.parameter("estimate") == "true"
    data = small_body(_MOST)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/csv":
        asked = instance().ask_checks.items(who, parse_list(data), estimate)
    else:
        asked = _ask(_wanted(data), estimate)
    return as_json(200 if estimate else 202, _asked(asked))


def _ask(wanted: dict[str, str], estimate: bool) -> Asked:
    who, service = caller(), instance().ask_checks
    if wanted.keys() == {"space", "id"}:
        return service.item(who, wanted["space"], wanted["id"], estimate)
    if wanted.keys() == {"space"}:
        return service.space(who, wanted["space"], estimate)
    if wanted.keys() == {"store"}:
        return service.store(who, wanted["store"], estimate)
    raise Invalid(f"Say what is to be checked: {_FORMS}; or send a list as text/csv")


def _wanted(data: bytes) -> dict[str, str]:
    try:
        given = json.loads(data)
        if all(isinstance(value, str) for value in given.values()):
            return dict(given)
    except (ValueError, AttributeError, RecursionError):
        pass
    raise Invalid(f"The body must be JSON such as {_FORMS}; or a list, sent as text/csv")


def _asked(asked: Asked) -> dict[str, Any]:
    return {
        "copies": asked.copies,
        "bytes": None if asked.copies is None else asked.bytes,
        "dollars": None if asked.copies is None else asked.money / NANO,
        "refused": [
            {"line": row.line, "space": row.space, "id": row.id, "reason": row.problem} for row in asked.refused
        ],
    }


def _limits(limits: Limits) -> dict[str, Any]:
    return {"items": limits.items, "bytes": limits.bytes, "dollars_a_day": limits.money / NANO}


def _reading(reading: Reading) -> dict[str, Any]:
    item = reading.item
    return {
        "space": item.space,
        "id": item.id,
        "due": format_time(item.next_check) if item.next_check else None,
        "stores": list(reading.stores),
        "restore": list(reading.restore),
        "bytes": reading.bytes,
        "dollars": reading.money / NANO,
    }


def _outlook(outlook: Outlook) -> dict[str, Any]:
    price, held = outlook.price, _asked(outlook.held)
    return {
        "store": outlook.store,
        "storage_class": outlook.kept_as,
        "check_days": outlook.period.days,
        "price": {
            "read": price.read,
            "retrieval": price.retrieval,
            "transfer": price.transfer,
            "restore": price.restore,
            "tier": price.tier or None,
        },
        "copies": held["copies"],
        "bytes": held["bytes"],
        "dollars_a_check": held["dollars"],
        "dollars_restored": None if held["copies"] is None else outlook.restored / NANO,
        "dollars_by_batch": None if held["copies"] is None else outlook.batch / NANO,
        "dollars_a_year": None if held["copies"] is None else outlook.money_a_year / NANO,
    }
