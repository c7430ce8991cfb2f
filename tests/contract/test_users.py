"""Users over HTTP: invited, let in, limited, put into groups, and sent away; the client's commands do the same."""

import os
import re
import subprocess
import sys
import uuid
from functools import partial

import pytest

from .people import AS_JSON, PASSWORD, ask, code_sent_to, join
from .wire import Client, Connection


@pytest.fixture
def code(product):
    """The code in the last message to an address."""
    return partial(code_sent_to, product)


@pytest.fixture
def new_user(product, admin):
    """Invites somebody, who accepts."""
    return partial(join, product, admin)


def test_whoever_is_invited_chooses_name_and_password(new_user, admin):
    user = new_user("owner")
    assert ask(user, "GET", "/api/me")[1] == {"username": user.login[0], "roles": ["admin", "owner", "user"]}
    status, told = ask(admin, "GET", f"/api/users/{user.login[0]}")
    assert (status, told["email"], told["role"]) == (200, f"{user.login[0]}@example.org", "owner")
    assert not {"password_hash", "tokens"} & set(told)


@pytest.mark.rule("1.5.3", "1.5.post.6")
def test_a_group_opens_a_space_from_the_next_request_on(new_user, new_space, admin):
    user, space, group = new_user(), new_space({"group-readers": "READ"}), "/api/groups/group-readers"
    assert user("GET", f"/{space}").status == 403
    assert ask(admin, "PUT", group, {"members": [user.login[0]]})[0] == 200
    assert user("GET", f"/{space}").status == 200
    assert user("PUT", f"/{space}/item", body=b"x").status == 403
    assert f'<space id="{space}" />' in user("GET", "/spaces").text
    assert {"name": "group-readers", "members": [user.login[0]]} in ask(admin, "GET", "/api/groups")[1]["groups"]
    assert ask(admin, "DELETE", group) == (204, None)
    assert user("GET", f"/{space}").status == 403


def test_a_token_works_as_bearer_and_as_password_until_it_is_revoked(new_user):
    user = new_user()
    status, made = ask(user, "POST", "/api/tokens", {"name": "sync/nightly", "expires_at": "2999-01-01"})
    assert status == 201
    by_password, bearer = (
        Client(user.address, (user.login[0], made["token"])),
        {"Authorization": f"Bearer {made['token']}"},
    )
    anonymous = Client(user.address)
    for path in ("/api/me", "/stores"):
        assert (by_password("GET", path).status, anonymous("GET", path, bearer).status) == (200, 200)
    assert ask(by_password, "POST", "/api/tokens", {"name": "more"})[0] == 403
    (listed,) = ask(user, "GET", "/api/tokens")[1]["tokens"]
    assert set(listed) == {"name", "created_at", "expires_at", "last_used"}
    assert ask(user, "DELETE", "/api/tokens/sync/nightly") == (204, None)
    assert (by_password("GET", "/stores").status, anonymous("GET", "/stores", bearer).status) == (401, 401)


@pytest.mark.rule("4.401", "4.403")
def test_disabled_users_and_other_addresses_are_refused_at_once(new_user, admin):
    user, path = new_user(), ""
    path = f"/api/users/{user.login[0]}"
    assert user("GET", "/spaces").status == 200
    assert ask(admin, "PATCH", path, {"allowed_from": "192.0.2.0/24;2001:db8::/32"})[0] == 200
    assert [user(method, "/spaces").status for method in ("GET", "HEAD")] == [403, 403]
    assert user("GET", "/spaces", {"X-Forwarded-For": "192.0.2.1"}).status == 403  # nobody vouches for that
    assert ask(admin, "PATCH", path, {"allowed_from": "127.0.0.0/8"})[0] == 200
    assert user("GET", "/spaces").status == 200
    assert ask(admin, "PATCH", path, {"enabled": False})[1]["enabled"] is False
    assert user("GET", "/spaces").status == 401


def test_passwords_are_changed_and_forgotten(new_user, anonymous, code):
    user, newer = new_user(), "a newer, longer password"
    name = user.login[0]
    assert ask(user, "PUT", "/api/me/password", {"old": "wrong", "new": newer})[0] == 403
    assert ask(user, "PUT", "/api/me/password", {"old": PASSWORD, "new": newer}) == (204, None)
    assert (user("GET", "/stores").status, Client(user.address, (name, newer))("GET", "/stores").status) == (401, 200)
    answers = [ask(anonymous, "POST", "/api/reset", {"username": who}) for who in (name, "nobody-at-all")]
    assert answers[0] == answers[1]
    assert answers[0][0] == 202
    given = {"code": code(f"{name}@example.org"), "password": PASSWORD}
    assert ask(anonymous, "POST", "/api/redeem", given)[0] == 201
    assert ask(anonymous, "POST", "/api/redeem", given)[0] == 404
    assert user("GET", "/stores").status == 200


def test_guesses_wait_and_whoever_is_signed_in_does_not(new_user):
    user = new_user()
    assert user("GET", "/stores").status == 200
    answers = [Client(user.address, (user.login[0], f"guess {n}"))("GET", "/stores") for n in range(7)]
    assert {answer.status for answer in answers} == {401}
    assert "wait" in answers[-1].text
    assert [user("GET", "/stores").status for _ in range(20)] == [200] * 20


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/redeem", b"{"),
        ("POST", "/api/redeem", b"[]"),
        ("POST", "/api/redeem", b"[" * 60_000),
        ("POST", "/api/redeem", b"\xff"),
        ("POST", "/api/redeem", b'{"code": 1, "password": "x"}'),
        ("POST", "/api/redeem", b'{"code": "x"}'),
        ("POST", "/api/redeem", b'{"code": "x", "password": "y", "role": "root"}'),
        ("PATCH", "/api/users/member", b'{"role": "king"}'),
        ("PATCH", "/api/users/member", b'{"role": ["root"]}'),
        ("PATCH", "/api/users/member", b'{"enabled": "yes"}'),
        ("PATCH", "/api/users/member", b'{"allowed_from": "here"}'),
        ("PUT", "/api/groups/group-public", b'{"members": []}'),
        ("PUT", "/api/groups/group-a", b'{"members": "member"}'),
        ("POST", "/api/invitations", b'{"email": "nobody"}'),
        ("POST", "/api/tokens", b'{"name": "x", "expires_at": "soon"}'),
        ("POST", "/api/tokens", b'{"name": "x", "expires_at": "1999-01-01"}'),
        ("POST", "/api/tokens", b'{"name": "x", "expires_at": "9999-12-31T23:59:59-23:59"}'),
    ],
)
def test_what_makes_no_sense_is_400(admin, method, path, body):
    answer = admin(method, path, AS_JSON, body)
    assert (answer.status, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_form_on_another_site_cannot_ask_for_anything(admin):
    body = b'{"email": "thief@example.org", "role": "root"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert admin("POST", "/api/invitations", {"Content-Type": kind}, body).status == 400


def test_a_body_is_not_endless(anonymous):
    assert anonymous("POST", "/api/redeem", AS_JSON, b" " * 100_000).status == 413


@pytest.mark.parametrize(
    "operation",
    [
        "GET /api/users", "GET /api/users/admin", "PATCH /api/users/admin", "POST /api/users/admin/reset",
        "GET /api/groups", "PUT /api/groups/group-a", "DELETE /api/groups/group-a",
        "GET /api/invitations", "POST /api/invitations", "DELETE /api/invitations/x",
    ],
)  # fmt: skip
def test_only_administrators_manage_people(anonymous, member, operation):
    method, path = operation.split()
    bodies = {"PUT": {"members": []}, "PATCH": {}, "POST": {} if "reset" in path else {"email": "a@example.org"}}
    assert [ask(who, method, path, bodies.get(method))[0] for who in (anonymous, member)] == [401, 403]


@pytest.mark.parametrize("path", ["/api/tokens", "/api/me", "/api/me/password"])
def test_nobody_is_anonymous_about_oneself(anonymous, path):
    method, body = {"/api/me/password": ("PUT", {"old": "a", "new": "b"})}.get(path, ("GET", None))
    assert ask(anonymous, method, path, body)[0] == 401


def test_the_client_does_the_daily_work(product, admin, code):
    def duracloud(*words: str, given: str = "", login=admin.login) -> str:
        environment = {**os.environ, "DURACLOUD_ADDRESS": product.address}
        if login:
            environment |= {"DURACLOUD_USERNAME": login[0], "DURACLOUD_PASSWORD": login[1]}
        command = [sys.executable, "-m", "client.cli", *words]
        done = subprocess.run(command, env=environment, input=given, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    name = f"c{uuid.uuid4().hex[:12]}"
    address = f"{name}@example.org"
    duracloud("users", "invite", address)
    assert address in duracloud("users", "invitations")
    told = duracloud("redeem", "--username", name, given=f"{code(address)}\n{PASSWORD}\n", login=None)
    assert told == f"You are {name}\n"
    duracloud("groups", "set", "group-clients", name)
    assert f"group-clients         {name}\n" in duracloud("groups", "list")
    assert f"{name}         user                group-clients  {address}" in duracloud("users", "list")
    assert "admin" in duracloud("users", "role", name, "admin")
    assert "127.0.0.0/8" in duracloud("users", "addresses", name, "127.0.0.0/8")
    token = duracloud("tokens", "create", "cron", login=(name, PASSWORD)).strip()
    assert "cron" in duracloud("tokens", "list", login=(name, token))
    duracloud("tokens", "revoke", "cron", login=(name, PASSWORD))
    duracloud("password", given="a third long password\n", login=(name, PASSWORD))
    duracloud("users", "reset", name)
    duracloud("forgotten", name, login=None)
    duracloud("redeem", given=f"{code(address)}\n{PASSWORD}\n", login=None)
    assert "(disabled)" in duracloud("users", "disable", name)
    assert "(disabled)" not in duracloud("users", "enable", name)
    duracloud("groups", "set", "group-clients")
    assert "group-clients" not in duracloud("groups", "list")


def test_the_operator_lets_the_first_administrator_in(product, anonymous):
    environment = {**os.environ, **product.stack.environment, "EMAIL": "first@example.org"}
    command = [sys.executable, "-m", "local.first_admin"]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout
    name, given = f"f{uuid.uuid4().hex[:12]}", re.search(r"^  ([\w-]{43})$", told, re.M)[1]
    assert ask(anonymous, "POST", "/api/redeem", {"code": given, "username": name, "password": PASSWORD})[0] == 201
    assert "root" in ask(Client(product.address, (name, PASSWORD)), "GET", "/api/me")[1]["roles"]


def test_no_code_token_or_password_is_logged(product, new_user):
    user = new_user()
    _, made = ask(user, "POST", "/api/tokens", {"name": "x"})
    with Connection(user.address) as connection:
        connection.send("GET", "/durastore/stores", [f"Authorization: Bearer {made['token']}"])
        assert connection.answer().status == 200
    for log in product.stack.folder.logs.glob("*.log"):
        text = log.read_text(errors="replace")
        assert PASSWORD not in text
        assert made["token"] not in text
