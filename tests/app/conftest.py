"""The application as Lambda would run it: the real wiring, on moto's S3, SQS and DynamoDB."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.domain.access import Role
from chalicelib.messages import QUEUES
from chalicelib.wiring import Wiring, instance

from .packaged import Package, make_package

REGION = "eu-central-1"
_STRING, _NUMBER = "S", "N"


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package, made once."""
    return make_package(tmp_path_factory)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wiring]:
    """An instance with two stores; users `ada` (administrator) and `bob`."""
    stores = [
        {"id": "1", "type": "AMAZON_S3", "primary": True, "region": REGION, "bucket_prefix": "duracloud"},
        {"id": "2", "type": "AMAZON_S3", "region": REGION, "bucket_prefix": "elsewhere"},
    ]
    monkeypatch.setenv("DURACLOUD_STORES", json.dumps(stores))
    monkeypatch.setenv("DURACLOUD_INDEX", "dynamodb:duracloud")
    monkeypatch.setenv("DURACLOUD_QUEUE_PREFIX", "duracloud")
    monkeypatch.setenv("DURACLOUD_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        _make_tables()
        sqs = boto3.client("sqs", region_name=REGION)
        for queue in QUEUES:
            sqs.create_queue(QueueName=f"duracloud-{queue}")
        instance.cache_clear()
        wired = instance()
        wired.spaces.prepare()
        wired.accounts.set_password("ada", "secret of ada", frozenset({Role.ADMIN, Role.USER}))
        wired.accounts.set_password("bob", "secret of bob", frozenset({Role.USER}))
        yield wired
        instance.cache_clear()


def _make_tables() -> None:
    client = boto3.client("dynamodb", region_name=REGION)
    due = {
        "IndexName": "due",
        "KeySchema": [_key("due", "HASH"), _key("next_check", "RANGE")],
        "Projection": {"ProjectionType": "ALL"},
    }
    tables: list[tuple[str, list[str], dict[str, Any]]] = [
        ("spaces", ["id"], {}),
        ("settings", ["name"], {}),
        ("accounts", ["username"], {}),
        ("events", ["of", "number"], {}),
        ("items", ["space", "id"], {"GlobalSecondaryIndexes": [due]}),
    ]
    for name, keys, more in tables:
        typed = dict.fromkeys(keys, _STRING) | ({"due": _STRING, "next_check": _NUMBER} if more else {})
        client.create_table(
            TableName=f"duracloud-{name}",
            KeySchema=[_key(key, kind) for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": type_} for key, type_ in typed.items()],
            BillingMode="PAY_PER_REQUEST",
            **more,
        )


def _key(name: str, kind: str) -> Any:
    return {"AttributeName": name, "KeyType": kind}
