"""Idempotency keys over HTTP: a POST that is sent again is not done again."""

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from .people import AS_JSON, ask

INVITE = "/api/invitations"


@pytest.fixture
def key():
    return {**AS_JSON, "Idempotency-Key": str(uuid4())}


def replayed(answer):
    return ("Idempotency-Replayed", "true") in answer.headers


def invited(admin, body):
    listed = ask(admin, "GET", INVITE)[1]["invitations"]
    return sum(each["email"] == json.loads(body)["email"] for each in listed)


def test_the_same_request_is_done_once_and_answered_the_same(admin, key):
    body = json.dumps({"email": f"{uuid4().hex[:10]}@example.org"}).encode()
    first, second = (admin("POST", INVITE, key, body) for _ in range(2))
    assert (first.status, second.status, second.body) == (201, 201, first.body)
    assert (replayed(first), replayed(second)) == (False, True)
    assert invited(admin, body) == 1
    assert admin("POST", INVITE, key, body.replace(b"example.org", b"example.com")).status == 409
    assert admin("POST", f"{INVITE}?x=1", key, body).status == 409


def test_of_many_at_once_one_is_done(admin, key):
    body = json.dumps({"email": f"{uuid4().hex[:10]}@example.org"}).encode()
    with ThreadPoolExecutor(8) as pool:
        statuses = {answer.status for answer in pool.map(lambda _: admin("POST", INVITE, key, body), range(8))}
    assert statuses <= {201, 409}
    assert 201 in statuses
    assert invited(admin, body) == 1


def test_keys_are_the_callers_own(admin, member, new_space, key):
    space = new_space({member.login[0]: "WRITE"})
    path, body = f"/api/spaces/{space}/deletions", b'{"ids": ["none"]}'
    assert not replayed(admin("POST", path, key, body))
    assert not replayed(member("POST", path, key, body))
    assert replayed(member("POST", path, key, body))


def test_what_was_refused_may_be_asked_again_and_the_right_to_ask_is_looked_at_first(admin, anonymous, member, key):
    path, body = f"/api/spaces/repeat-{uuid4().hex[:8]}/deletions", b'{"ids": ["none"]}'
    assert admin("POST", path, key, body).status == 404
    space = path.split("/")[3]
    assert ask(admin, "PUT", f"/api/spaces/{space}", {})[0] == 201
    assert admin("POST", path, key, body).status == 200
    assert member("POST", path, key, body).status == 403
    assert anonymous("POST", path, key, body).status == 401


def test_a_key_that_is_none_and_secrets_are_refused(admin, key):
    for bad in " x y", "x" * 256:
        assert admin("POST", INVITE, {**AS_JSON, "Idempotency-Key": bad}, b"{}").status == 400
    answer = admin("POST", "/api/tokens", key, b'{"name": "x"}')
    assert (answer.status, "not kept" in answer.text) == (400, True)
