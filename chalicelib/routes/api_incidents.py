"""API of incidents, for administrators: what is wrong, what is done about it, and what waits for a person."""

import json
from typing import Any
from urllib.parse import quote

from chalice.app import Blueprint

from chalicelib.domain.content import format_time
from chalicelib.domain.errors import Invalid
from chalicelib.domain.incidents import Incident
from chalicelib.domain.journal import Event, Kind
from chalicelib.edge import Response, current_request
from chalicelib.routes.http import as_json, caller, small_body
from chalicelib.services.keep_incidents import MOST
from chalicelib.wiring import instance

api_incidents = Blueprint(__name__)

_MOST_BODY = 16 << 10
_LONGEST = 200  # bytes of a cursor or an id


@api_incidents.route("/api/incidents", methods=["GET"])
def incident_page() -> Response:
    """Incidents: `state` (open, the default, or all), `space`, `store`, `after` (exclusive), `limit` (1 to 100)."""
    request = current_request()
    state, limit = request.parameter("state") or "open", request.parameter("limit") or str(MOST)
    if state not in ("open", "all"):
        raise Invalid(f"state {state!r} must be open or all")
    if not limit.isdecimal() or len(limit) > 3 or not 1 <= int(limit) <= MOST:
        raise Invalid(f"limit {limit!r} must be a whole number from 1 to {MOST}")
    where = (request.parameter("space") or None, request.parameter("store") or None)
    after = (request.parameter("after") or "")[:_LONGEST]
    page, following = instance().incidents.page(caller(), state == "open", *where, after, int(limit))
    return as_json(200, {"incidents": [_told(incident) for incident in page], "next": following})


@api_incidents.route("/api/incidents/{incident}", methods=["GET"])
def one_incident(incident: str) -> Response:
    """One incident with its evidence: what the history of the item tells, and where kept bytes are."""
    found, events = instance().incidents.incident(caller(), incident[:_LONGEST])
    return as_json(200, _told(found) | {"evidence": [_event(event) for event in events], "history": _history(found)})


@api_incidents.route("/api/incidents/{incident}/close", methods=["POST"])
def close_incident(incident: str) -> Response:
    """Close one that needs a person, with a `note` on what was done."""
    who, body = caller(), small_body(_MOST_BODY)
    try:
        note = json.loads(body)["note"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Invalid('The body must be a JSON object such as {"note": "restored from the tape"}') from None
    if not isinstance(note, str):
        raise Invalid("note must be a text")
    return as_json(200, _told(instance().incidents.close(who, incident[:_LONGEST], note)))


def _told(incident: Incident) -> dict[str, Any]:
    closed = incident.closed_at
    return {
        "id": incident.id,
        "problem": incident.problem,
        "state": incident.state,
        "space": incident.space or None,
        "item": incident.item,
        "stores": list(incident.stores),
        "opened_at": format_time(incident.opened_at),
        "seen_at": format_time(incident.seen_at),
        "closed_at": format_time(closed) if closed else None,
        "closed_by": incident.closed_by,
        "how": incident.how,
        "reopened": incident.reopened,
        "canary": incident.of_canary,
    }


def _event(event: Event) -> dict[str, Any]:
    told = {"at": format_time(event.at), "kind": event.kind, "store": event.store, "detail": dict(event.detail)}
    kept = event.detail.get("kept-as") if event.kind is Kind.EVIDENCE_KEPT else None
    return told | ({"bytes": f"/durastore/{quote(kept)}"} if kept else {})


def _history(incident: Incident) -> str | None:
    if incident.item is None:
        return None
    return f"/api/spaces/{quote(incident.space, safe='')}/history/{quote(incident.item)}"
