"""The JSON API answers as its description says: every list and record, with something in it."""

import json
import uuid

import pytest

from app import app

from .described import DESCRIBED, faults
from .people import AS_JSON

LISTS = sorted(
    pattern
    for pattern, methods in app.routes.items()
    if pattern.startswith("/api/") and "GET" in methods and "{" not in pattern
)
OF_AN_ITEM = ["/api/spaces/{space}/items/{content+}", "/api/spaces/{space}/history/{content+}"]
OF_A_SPACE = sorted(
    pattern
    for pattern, methods in app.routes.items()
    if pattern.startswith("/api/spaces/{space}/") and "GET" in methods and pattern.count("{") == 1
)


@pytest.fixture(scope="module")
def filled(admin, new_space):
    """A space with an item, and one that was deleted."""
    name = new_space()
    for item in ("maps/a b+é.txt", "gone"):
        assert admin("PUT", f"/{name}/{item.replace(' ', '%20').replace('é', '%C3%A9')}", body=b"hello").status == 201
    assert admin("DELETE", f"/{name}/gone").status == 200
    token = json.dumps({"name": uuid.uuid4().hex, "expires_at": "2999-01-01"}).encode()
    assert admin("POST", "/api/tokens", AS_JSON, token).status == 201
    return name


@pytest.mark.parametrize("route", LISTS)
def test_what_is_told_of_the_instance(admin, filled, route):
    answer = admin("GET", route)
    assert (answer.status, faults(route, "GET", answer)) == (200, [])


@pytest.mark.parametrize("route", OF_A_SPACE)
def test_what_is_told_of_a_space(admin, filled, route):
    answer = admin("GET", route.replace("{space}", filled))
    assert (answer.status, faults(route, "GET", answer)) == (200, [])


@pytest.mark.parametrize("route", OF_AN_ITEM)
def test_what_is_told_of_an_item(admin, filled, route):
    answer = admin("GET", route.replace("{space}", filled).replace("{content+}", "maps/a%20b+%C3%A9.txt"))
    assert (answer.status, faults(route, "GET", answer)) == (200, [])


def test_the_description_itself_is_served_to_everybody(anonymous):
    answer = anonymous("GET", "/api/openapi.json")
    assert json.loads(answer.body) == json.loads(json.dumps(DESCRIBED["api"]))
    assert "max-age" in answer["Cache-Control"]
