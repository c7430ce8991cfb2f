"""Sessions over HTTP: a cookie that no script sees, which counts for the JSON API and for nothing else."""

import json
import re

import pytest

from .people import AS_JSON, PASSWORD, ask, join
from .wire import Client


@pytest.fixture(scope="module")
def user(product, admin):
    return join(product, admin)


@pytest.fixture
def signed_in(anonymous, user):
    """The headers with which a browser goes on after signing in."""
    return {"Cookie": f"other=1; {cookie_of(sign_in(anonymous, user))}"}


def sign_in(anonymous, user, **more):
    name, password = user.login
    body = json.dumps({"username": name, "password": password, **more}).encode()
    return anonymous("POST", "/api/session", AS_JSON, body)


def cookie_of(answer):
    return answer["Set-Cookie"].partition(";")[0]


def test_signing_in_gives_a_cookie_that_no_script_and_no_other_site_can_use(anonymous, user):
    answer = sign_in(anonymous, user)
    told = json.loads(answer.body)
    assert (answer.status, set(told), told["role"]) == (201, {"username", "role", "expires_at"}, "user")
    fields = answer["Set-Cookie"].split("; ")
    assert fields[1:] == ["Path=/", "Max-Age=43200", "HttpOnly", "SameSite=Strict"]
    assert "token" not in told


def test_behind_https_the_cookie_is_sent_by_https_alone(anonymous, user):
    name, password = user.login
    body = json.dumps({"username": name, "password": password}).encode()
    answer = anonymous("POST", "/api/session", {**AS_JSON, "X-Forwarded-Proto": "https"}, body)
    assert answer["Set-Cookie"].endswith("; Secure")


def test_the_cookie_counts_for_the_json_api_and_nowhere_else(anonymous, user, signed_in):
    assert json.loads(anonymous("GET", "/api/me", signed_in).body)["username"] == user.login[0]
    assert json.loads(anonymous("GET", "/api/session", signed_in).body) == {"username": user.login[0], "role": "user"}
    assert anonymous("GET", "/stores", signed_in).status == 401
    assert anonymous("PUT", "/some-space/item", signed_in, b"x").status == 401


def test_a_page_of_another_site_cannot_use_it(anonymous, signed_in):
    for foreign in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert anonymous("POST", "/api/tokens", {**signed_in, **foreign, **AS_JSON}, b'{"name": "x"}').status == 403


def test_clients_without_cookies_show_the_session_themselves(anonymous, user):
    bearer = {"Authorization": f"Bearer {json.loads(sign_in(anonymous, user, bearer=True).body)['token']}"}
    assert anonymous("GET", "/api/me", bearer).status == 200
    assert anonymous("GET", "/stores", bearer).status == 401
    assert anonymous("DELETE", "/api/session", bearer).status == 204
    assert anonymous("GET", "/api/me", bearer).status == 401


def test_signing_out_ends_it_and_has_the_browser_forget_it(anonymous, signed_in):
    for _ in range(2):
        answer = anonymous("DELETE", "/api/session", signed_in)
        assert (answer.status, "Max-Age=0" in answer["Set-Cookie"]) == (204, True)
    assert anonymous("GET", "/api/me", signed_in).status == 401
    assert anonymous("GET", "/api/session", signed_in).status == 204
    assert anonymous("GET", "/api/session").status == 204
    assert anonymous("GET", "/api/status", signed_in).status == 200  # which is open to all


def test_a_wrong_password_begins_none(anonymous, user):
    answer = sign_in(Client(user.address), Client(user.address, (user.login[0], "wrong")))
    assert (answer.status, "Set-Cookie" in answer.names) == (401, False)


def test_a_new_password_ends_every_session(anonymous, user, signed_in):
    given = {"old": PASSWORD, "new": "another long password"}
    assert ask(user, "PUT", "/api/me/password", given) == (204, None)
    assert anonymous("GET", "/api/me", signed_in).status == 401
    back = {"old": given["new"], "new": given["old"]}
    assert ask(Client(user.address, (user.login[0], given["new"])), "PUT", "/api/me/password", back) == (204, None)


def test_no_session_is_logged(product, anonymous, signed_in):
    assert anonymous("GET", "/api/me", signed_in).status == 200
    secret = re.search(r"[\w-]{43}$", signed_in["Cookie"])[0]
    for log in product.stack.folder.logs.glob("*.log"):
        assert secret not in log.read_text(errors="replace")
