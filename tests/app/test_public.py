"""What visitors reach without an account, on Lambda."""

import json

from chalicelib.domain.access import Caller, Role, held
from chalicelib.wiring import Wiring

from .test_lambda import call

ROOT = Caller("root", held(Role.ROOT))


def test_anybody_may_ask_for_the_status_and_caches_may_keep_it(service: Wiring) -> None:
    service.spaces.replace_access_rules(ROOT, service.spaces.create(ROOT, "maps").id, {"group-public": "READ"})
    service.spaces.create(ROOT, "secret")
    answer = call("GET", "/api/status", who="")
    assert (answer["statusCode"], answer["headers"]["Cache-Control"]) == (200, "public, max-age=300")
    assert json.loads(answer["body"]) == {
        "public_spaces": 1,
        "items": 0,
        "measured_at": None,
        "last_check": None,
        "copies": {"intact": 0, "bad": 0, "unread": 0},
    }
    assert b"secret" not in answer["body"]
