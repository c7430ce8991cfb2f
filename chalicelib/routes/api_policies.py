"""API of policies: which stores keep the items of which space, for administrators."""

import json
import re
from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.duplication import Policies, from_original, to_original
from chalicelib.domain.errors import Invalid, TooLarge
from chalicelib.edge import Response, current_request
from chalicelib.routes.http import as_json, caller
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
    return _answer(edit.replace(who, wanted, _revision(current_request().headers.get("if-match", "*"))))


def _revision(condition: str) -> int | None:
    if condition.strip() == "*":
        return None
    found = re.fullmatch(r'\s*"(\d{1,18})"\s*', condition, re.ASCII)
    if not found:
        raise Invalid(f'If-Match {condition!r} is not an ETag of the policies, such as "3"')
    return int(found[1])


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
    return Response(answer.status, (*answer.headers, ("ETag", f'"{policies.revision}"')), answer.body)
