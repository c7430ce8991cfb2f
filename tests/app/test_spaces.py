"""Settings of spaces, what was deleted, the way back and the release of a paused space, through Lambda."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.domain.access import Role, held
from chalicelib.domain.brake import Loss
from chalicelib.domain.spaces import SpaceId
from chalicelib.wiring import Wiring

from .test_lambda import DATA, ITEM, PATH, call, deposited, waiting

__all__ = ["deposited"]

SETTINGS, DELETED = "/api/spaces/maps/settings", "/api/spaces/maps/deleted"


@pytest.fixture(autouse=True)
def owner(deposited: Wiring) -> None:
    deposited.accounts.set_password("zoe", "secret of zoe", held(Role.OWNER))


def asked(
    method: str, path: str, body: Any = None, who: str = "ada", **headers: str
) -> tuple[int, Any, Mapping[str, str]]:
    answer = call(method, path, json.dumps(body).encode() if body is not None else b"", who, **headers)
    return answer["statusCode"], json.loads(answer["body"]), answer["headers"]


def settings(hold: int | None, until: str | None = None) -> dict[str, Any]:
    return {"hold_days": hold, "retained_until": until}


def test_settings_are_told_and_replaced_by_those_who_read_them() -> None:
    status, told, headers = asked("GET", SETTINGS)
    assert (status, told["hold_days"], told["hold_days_in_force"], told["paused"]) == (200, None, 30, None)
    status, told, changed = asked("PUT", SETTINGS, settings(90), If_Match=headers["ETag"])
    assert (status, told["hold_days"], told["hold_days_in_force"]) == (200, 90, 90)
    assert changed["ETag"] != headers["ETag"]
    status, told, _ = asked("PUT", SETTINGS, settings(1), If_Match=headers["ETag"])
    assert (status, told["title"]) == (412, "Changed meanwhile")
    assert asked("PUT", SETTINGS, settings(None))[1]["hold_days_in_force"] == 30


@pytest.mark.parametrize(
    "body",
    [
        {"hold_days": 5},
        {**settings(5), "more": 1},
        settings(-1),
        settings(36501),
        {"hold_days": "5", "retained_until": None},
        {"hold_days": True, "retained_until": None},
        {"hold_days": 1.5, "retained_until": None},
        settings(None, "soon"),
        {"hold_days": None, "retained_until": 5},
        settings(None, "2020-01-01"),
        [],
        5,
    ],
)
def test_wrong_ones_are_400(body: Any) -> None:
    assert asked("PUT", SETTINGS, body, "zoe")[0] == 400


def test_who_may_not_is_403_and_what_is_not_there_404() -> None:
    assert asked("PUT", SETTINGS, settings(0))[0] == 403
    assert asked("PUT", SETTINGS, settings(None, "2999-01-01"))[0] == 403
    assert asked("GET", SETTINGS, who="bob")[0] == 403
    assert asked("GET", DELETED, who="bob")[0] == 403
    assert asked("POST", f"{DELETED}/{PATH}", who="bob")[0] == 403
    assert asked("POST", "/api/spaces/maps/release")[0] == 403
    assert asked("GET", "/api/spaces/nowhere/settings")[0] == 404
    assert asked("POST", f"{DELETED}/absent")[0] == 404
    assert call("GET", DELETED, query="limit=0")["statusCode"] == 400
    assert call("GET", DELETED, query=f"after={'x' * 1025}")["statusCode"] == 400


def test_a_deleted_item_is_listed_and_comes_back() -> None:
    assert call("DELETE", f"/durastore/maps/{PATH}")["statusCode"] == 200
    (item,) = asked("GET", DELETED)[1]["items"]
    assert (item["id"], item["size"], item["deleted_by"], item["from"]) == (ITEM, len(DATA), "ada", ["1"])
    assert item["held_until"] > item["deleted_at"]
    status, told, _ = asked("POST", f"{DELETED}/{PATH}")
    assert (status, told) == (200, {"space": "maps", "id": ITEM, "readable": True})
    assert call("GET", f"/durastore/maps/{PATH}")["body"] == DATA
    assert asked("GET", DELETED)[1] == {"items": [], "next": None}
    assert asked("POST", f"{DELETED}/{PATH}")[0] == 409


def test_a_retained_space_says_so_in_the_words_of_the_content_api() -> None:
    assert asked("PUT", SETTINGS, settings(None, "2999-01-01"), "zoe")[0] == 200
    for method, path in (("DELETE", f"maps/{PATH}"), ("PUT", f"maps/{PATH}"), ("DELETE", "maps")):
        answer = call(method, f"/durastore/{path}", b"other bytes" if method == "PUT" else b"")
        assert answer["statusCode"] == 409, path
        assert b"retained until 2999-01-01" in answer["body"]
        assert answer["body"].startswith(b"Error attempting to ")
    assert call("PUT", f"/durastore/maps/{PATH}", DATA)["statusCode"] == 201
    assert asked("PUT", SETTINGS, settings(None), "zoe")[0] == 409


def test_an_owner_releases_a_paused_space(deposited: Wiring) -> None:
    for _ in range(50):
        deposited.losses.lost(SpaceId("maps"), Loss.DELETED)
    paused = asked("GET", SETTINGS)[1]["paused"]
    assert paused["why"].startswith("50 items deleted within an hour")
    status, told, _ = asked("POST", "/api/spaces/maps/release", who="zoe")
    assert (status, told["paused"]) == (200, None)
    assert {type(job).__name__ for job in waiting()} >= {"TellPause", "SweepSpace"}
