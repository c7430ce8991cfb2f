"""API of stores: what is done with each, and which do not answer."""

import json
from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.access import Role, require_role, require_user
from chalicelib.domain.content import format_time
from chalicelib.domain.errors import Invalid
from chalicelib.domain.stores import StoreId, parse_mode
from chalicelib.edge import Response
from chalicelib.routes.http import as_json, caller, small_body
from chalicelib.wiring import instance

api_stores = Blueprint(__name__)

_MOST = 1 << 10  # bytes of a body


@api_stores.route("/api/stores", methods=["GET"])
def stores() -> Response:
    """The stores, primary first: what is done with each, and since when and why one does not answer."""
    require_user(caller())
    return as_json(200, {"stores": _stores()})


@api_stores.route("/api/stores/{store}", methods=["PUT"])
def put_store(store: str) -> Response:
    """Set the mode of a store; owners only. Where it may be written to again, what it lacks is made."""
    who = caller()
    require_role(who, Role.OWNER)  # only to refuse others before reading what they send
    instance().edit_stores.set_mode(who, StoreId(store), parse_mode(_mode()))
    return as_json(200, next(told for told in _stores() if told["id"] == store))


def _stores() -> list[dict[str, Any]]:
    policies, failing = instance().index.policies(), instance().watch_stores.failing()
    return [
        {
            "id": store.id,
            "type": store.type,
            "primary": store.primary,
            "mode": policies.mode(store.id).value,
            "failing_since": format_time(failing[store.id].since) if store.id in failing else None,
            "failing_why": failing[store.id].reason if store.id in failing else None,
        }
        for store in instance().stores.described
    ]


def _mode() -> str:
    try:
        return str(json.loads(small_body(_MOST))["mode"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Invalid('The body must be JSON such as {"mode": "out-of-service"}') from None
