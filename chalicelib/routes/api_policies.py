"""API of policies: which stores keep the items of which space, for administrators."""

import json
from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.duplication import Policies, from_original, to_original
from chalicelib.domain.errors import Invalid, TooLarge
from chalicelib.edge import Response, current_request
from chalicelib.routes.http import as_json, caller
from chalicelib.routes.json_body import revision_read, with_etag
from chalicelib.wiring import instance

api_policies = Blueprint(__name__)

_MOST = 256 << 10  # bytes: they are kept in one record of the index


@api_policies.route("/api/policies", methods=["GET"])
def policies() -> Response:
    """The policies, in the form of the original service's files; ETag is their revision."""
    return _answer(instance().policies.show(caller()))


@api_policies.route("/api/policies", methods=["PUT"])
def put_policies() -> Response:
    """Replace all policies; 412 when If-Match names another revision than the present one."""
    edit, who = instance().policies, caller()
    edit.show(who)  # only to refuse others before reading what they send
    wanted = from_original(_body(), instance().stores.primary_id)
    return _answer(edit.replace(who, wanted, revision_read()))


def _body() -> Any:
    data = b""
    for chunk in current_request().chunks():
        data += chunk
        if len(data) > _MOST:
            raise TooLarge(f"Policies have at most {_MOST} bytes")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The policies are not JSON: {error}") from None


def _answer(policies: Policies) -> Response:
    answer = as_json(200, to_original(policies, instance().stores.primary_id))
    return with_etag(answer, str(policies.revision))
