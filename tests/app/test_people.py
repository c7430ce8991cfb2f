"""People on Lambda: where a request comes from, and what the settings for messages and proxies may be."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from app import app
from chalicelib.config import ConfigurationError, read_config
from chalicelib.domain.access import Caller, Role, held
from chalicelib.domain.addresses import parse_ranges
from chalicelib.services.manage_accounts import Changes
from chalicelib.wiring import Wiring, instance

from .conftest import REGION
from .test_config import environment

ROOT = Caller("root", held(Role.ROOT))


def call(method: str, path: str, source: str, headers: dict[str, str] | None = None, body: Any = None) -> Any:
    """What Lambda answers to a request from an address, as bob."""
    basic = base64.b64encode(b"bob:secret of bob").decode()
    event = {
        "path": path,
        "httpMethod": method,
        "headers": {"Authorization": f"Basic {basic}", **(headers or {})},
        "multiValueQueryStringParameters": None,
        "requestContext": {"identity": {"sourceIp": source}},
        "body": json.dumps(body) if body is not None else None,
        "isBase64Encoded": False,
    }
    return app(event, None)


@pytest.fixture
def limited(service: Wiring, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wiring]:
    """Bob comes from one network; one proxy is trusted."""
    monkeypatch.setenv("DURACLOUD_TRUSTED_PROXIES", "198.51.100.0/24")
    instance.cache_clear()
    wired = instance()
    wired.accounts.change(ROOT, "bob", Changes(allowed_from=parse_ranges("192.0.2.0/24;2001:db8::/32")))
    yield wired
    instance.cache_clear()


@pytest.mark.parametrize(
    ("source", "forwarded", "status"),
    [
        ("192.0.2.7", None, 200),
        ("2001:db8::1", None, 200),
        ("203.0.113.1", None, 403),
        ("203.0.113.1", "192.0.2.7", 403),  # no proxy of ours
        ("198.51.100.9", "192.0.2.7", 200),
        ("198.51.100.9", "192.0.2.7, 203.0.113.1", 403),
        ("198.51.100.9", None, 403),
        ("", None, 403),
    ],
)
def test_the_address_counts_as_far_as_it_can_be_believed(
    limited: Wiring, source: str, forwarded: str | None, status: int
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    for path in ("/durastore/spaces", "/durastore/stores", "/api/me"):
        assert call("GET", path, source, headers)["statusCode"] == status


def test_names_of_headers_keep_their_case_in_access_rules(service: Wiring) -> None:
    service.accounts.set_password("bob", "secret of bob", held(Role.ADMIN))
    assert call("PUT", "/durastore/maps", "")["statusCode"] == 201
    sent = {"x-dura-meta-acl-JaneDoe": "READ", "X-Dura-Meta-Acl-Tom": "READ"}
    assert call("POST", "/durastore/acl/maps", "", sent)["statusCode"] == 200
    headers = call("HEAD", "/durastore/acl/maps", "")["multiValueHeaders"]
    assert {"x-dura-meta-acl-JaneDoe", "x-dura-meta-acl-tom"} <= set(headers)


def test_an_invitation_goes_out_by_ses(service: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DURACLOUD_NOTIFIER", f"ses:{REGION}")
    monkeypatch.setenv("DURACLOUD_SENDER", "archive@example.org")
    monkeypatch.setenv("DURACLOUD_PUBLIC_ADDRESS", "https://archive.example.org/")
    instance.cache_clear()
    ses: Any = boto3.client("ses", region_name=REGION)
    ses.verify_email_identity(EmailAddress="archive@example.org")
    instance().accounts.set_password("bob", "secret of bob", held(Role.ADMIN))
    as_json = {"Content-Type": "application/json"}
    assert call("POST", "/api/invitations", "", as_json, {"email": "zoe@example.org"})["statusCode"] == 201
    assert ses.get_send_quota()["SentLast24Hours"] == 1


def test_nobody_is_invited_where_no_e_mail_is_sent(service: Wiring) -> None:
    service.accounts.set_password("bob", "secret of bob", held(Role.ADMIN))
    answer = call("POST", "/api/invitations", "", {"Content-Type": "application/json"}, {"email": "zoe@example.org"})
    assert answer["statusCode"] == 409
    assert b"DURACLOUD_NOTIFIER" in base64.b64decode(answer["body"])
    assert service.invite.accounts.invitations() == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"DURACLOUD_NOTIFIER": "pigeon"}, "ses:<region>"),
        ({"DURACLOUD_NOTIFIER": "smtp:host"}, "smtp:<host>:<port>"),
        ({"DURACLOUD_NOTIFIER": "ses:us-east-1"}, "DURACLOUD_SENDER is missing; DURACLOUD_PUBLIC_ADDRESS is missing"),
        ({"DURACLOUD_ENQUIRIES_TO": "a@example.org"}, "DURACLOUD_NOTIFIER is missing"),
        ({"DURACLOUD_ALARMS_TO": "operators"}, "DURACLOUD_ALARMS_TO: .* is not an e-mail address"),
        ({"DURACLOUD_ENQUIRIES_TO": "a@example.org\nBcc: b@c"}, "DURACLOUD_ENQUIRIES_TO: .* is not an e-mail address"),
        ({"DURACLOUD_TRUSTED_PROXIES": "proxy.example.org"}, "DURACLOUD_TRUSTED_PROXIES: Address range"),
    ],
)
def test_wrong_settings_are_named(changes: dict[str, str], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        read_config(environment(**changes))
