"""Public: what the site asks for its visitors, who need no account: the status of the service, and enquiries."""

from chalice.app import Blueprint

from chalicelib.domain.content import format_time
from chalicelib.edge import Response
from chalicelib.routes.http import as_json
from chalicelib.services.tell_status import KEPT_FOR
from chalicelib.wiring import instance

public_routes = Blueprint(__name__)


@public_routes.route("/api/status", methods=["GET"])
def get_status() -> Response:
    """Public spaces, their items, and how the latest reads found their copies; caches may keep it for five minutes."""
    status = instance().status.status()
    verdicts, measured = status.verdicts, status.measured_at
    told = {
        "public_spaces": status.spaces,
        "items": status.items,
        "measured_at": format_time(measured) if measured else None,
        "last_check": format_time(verdicts.last) if verdicts.last else None,
        "copies": {"intact": verdicts.intact, "bad": verdicts.bad, "unread": verdicts.unread},
    }
    return as_json(200, told, kept=KEPT_FOR)
