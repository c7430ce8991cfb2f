"""The application as Lambda would run it: the real wiring, on moto's S3, SQS and DynamoDB."""

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from chalicelib.domain.access import Role
from chalicelib.messages import DEAD, QUEUES
from chalicelib.wiring import Wiring, instance
from tests.tables import create_tables

from .packaged import Package, make_package

REGION = "eu-central-1"


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
        create_tables(boto3.client("dynamodb", region_name=REGION), "duracloud")
        sqs = boto3.client("sqs", region_name=REGION)
        for queue in (*QUEUES, DEAD):
            sqs.create_queue(QueueName=f"duracloud-{queue}")
        instance.cache_clear()
        wired = instance()
        wired.spaces.prepare()
        wired.accounts.set_password("ada", "secret of ada", frozenset({Role.ADMIN, Role.USER}))
        wired.accounts.set_password("bob", "secret of bob", frozenset({Role.USER}))
        yield wired
        instance.cache_clear()
