"""Policies over HTTP: the whole comes back, wrong ones are named, a lost race is told."""

import json

import pytest

PATH = "/api/policies"
FREE = {"defaultPolicies": None, "spacesToIgnore": [], "spaceDuplicationStorePolicies": {}}
OWN = {**FREE, "spacesToIgnore": ["scratch"], "spaceDuplicationStorePolicies": {"not-made-yet": []}}


def put(who, policies, **headers):
    return who("PUT", PATH, {"Content-Type": "application/json", **headers}, json.dumps(policies).encode())


@pytest.fixture(autouse=True)
def _as_before(admin):
    yield
    assert put(admin, FREE).status == 200


def test_they_are_replaced_as_a_whole_and_read_again_at_once(admin):
    answer = put(admin, OWN)
    assert (answer.status, json.loads(answer.body)) == (200, OWN)
    again = admin("GET", PATH)
    assert (json.loads(again.body), again["ETag"]) == (OWN, answer["ETag"])


def test_only_administrators_see_and_change_them(member, anonymous):
    for who, status in ((member, 403), (anonymous, 401)):
        assert who("GET", PATH).status == status
        assert put(who, OWN).status == status
        assert put(who, "no policies").status == status


@pytest.mark.parametrize(
    ("policies", "named"),
    [
        ({**FREE, "defaultPolicies": [{"srcStoreId": "1", "destStoreId": "77"}]}, "'77'"),
        ({**FREE, "spacesToIgnore": ["No Space"]}, "'No Space'"),
        ({**FREE, "default": []}, "'default'"),
        ([], "defaultPolicies"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_changed(admin, policies, named):
    answer = put(admin, policies)
    assert (answer.status, named in json.loads(answer.body)["detail"]) == (400, True)
    assert json.loads(admin("GET", PATH).body) == FREE


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a": "\\ud800"}'])
def test_what_is_no_json_is_refused(admin, body):
    assert admin("PUT", PATH, body=body).status == 400


def test_a_body_without_end_is_refused(admin):
    assert admin("PUT", PATH, body=b" " * (300 << 10)).status == 413


def test_whoever_was_slower_is_told(admin):
    first = put(admin, OWN)
    assert put(admin, FREE, **{"If-Match": first["ETag"]}).status == 200
    late = put(admin, OWN, **{"If-Match": first["ETag"]})
    assert (late.status, json.loads(late.body)["title"]) == (412, "Changed meanwhile")
    assert put(admin, OWN, **{"If-Match": "*"}).status == 200
    assert put(admin, OWN, **{"If-Match": "yesterday"}).status == 400
