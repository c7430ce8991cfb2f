"""Settings: all that is wrong is named together, and secrets come by reference."""

import json
from datetime import timedelta
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.s3_batch import S3Batch
from chalicelib.adapters.secrets import credentials
from chalicelib.config import ConfigurationError, read_config
from chalicelib.domain.cold import Sample
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.fixity_plan import Limits
from chalicelib.domain.stores import StoreId
from chalicelib.wiring import Wiring

ONE: dict[str, Any] = {"id": "1", "type": "AMAZON_S3", "primary": True, "region": "eu-central-1", "bucket_prefix": "dc"}
TWO: dict[str, Any] = {"id": "2", "type": "SWIFT_S3", "region": "eu", "bucket_prefix": "dc", "endpoint": "http://x"}
BATCH_ROLE = "arn:aws:iam::123456789012:role/duracloud-batch"


def environment(*stores: dict[str, Any], **changes: str) -> dict[str, str]:
    good = {
        "DURACLOUD_STORES": json.dumps(stores or (ONE, TWO)),
        "DURACLOUD_INDEX": "sqlite:/tmp/index",
        "DURACLOUD_QUEUE_PREFIX": "dc",
    }
    return {**good, **changes}


@pytest.mark.parametrize(
    ("changed", "address", "origin"),
    [
        ({}, "https://a.example.org:8443/x/", "https://a.example.org:8443"),
        ({}, "", None),
        ({"endpoint": "http://here"}, "https://a.example.org", None),
    ],
)
def test_pages_send_straight_to_buckets_at_aws_alone(changed: dict[str, Any], address: str, origin: str | None) -> None:
    third = {**TWO, "id": "3"}
    del third["endpoint"]
    given = environment({**ONE, **changed}, TWO, third, DURACLOUD_PUBLIC_ADDRESS=address)
    config = read_config(given)
    assert [config.pages_of(store) for store in config.stores] == [origin, None, None]
    there = ("https://s3.eu-central-1.amazonaws.com", "https://*.s3.eu-central-1.amazonaws.com")
    assert config.sent_to == (() if changed else there)


def test_good_settings() -> None:
    config = read_config(environment(DURACLOUD_CHECK_DAYS="30", DURACLOUD_HOLD_DAYS="0"))
    assert config.primary.store.id == "1"
    assert config.check_period == timedelta(days=30)
    assert (config.hold, read_config(environment()).hold) == (timedelta(0), timedelta(days=30))
    assert (config.brake.percent, config.brake.least) == (20, 50)
    brake = read_config(environment(DURACLOUD_BRAKE_PERCENT="100", DURACLOUD_BRAKE_ITEMS="1")).brake
    assert (brake.percent, brake.least) == (100, 1)
    assert config.disabled == frozenset()
    assert read_config(environment(DURACLOUD_DISABLED="manifest, audit")).disabled == {"manifest", "audit"}


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"DURACLOUD_STORES.*DURACLOUD_INDEX.*DURACLOUD_QUEUE_PREFIX"):
        read_config({})


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (environment(DURACLOUD_STORES="{"), "not a JSON list"),
        (environment(DURACLOUD_STORES="{}"), "exactly one store"),
        (environment(TWO), "exactly one store"),
        (environment(ONE, {**TWO, "primary": True}), "exactly one store"),
        (environment(ONE, {**TWO, "id": "1"}), "names a store id twice"),
        (environment({**ONE, "id": "one"}), "32-bit integer"),
        (environment({**ONE, "type": "FLOPPY"}), "FLOPPY"),
        (environment({**ONE, "colour": "red"}), "colour"),
        (environment({**ONE, "bucket_prefix": "x" * 21}), "1 to 20 characters"),
        (environment({**ONE, "events": True}), "DURACLOUD_STORED_QUEUE_ARN is missing"),
        (environment(DURACLOUD_INDEX="paper:shelf"), "DURACLOUD_INDEX is 'paper:shelf'"),
        (environment(DURACLOUD_CHECK_DAYS="0"), "DURACLOUD_CHECK_DAYS is '0'"),
        (environment({**ONE, "check_days": 0}), "check_days of store 1 is 0: it must be a whole number of days, 1 to"),
        (environment({**ONE, "check_days": True}), "check_days of store 1 is True"),
        (environment({**ONE, "batch_role": "a role"}), "store 1: batch_role must be the ARN of a role"),
        (environment(ONE, {**TWO, "batch_role": BATCH_ROLE}), "store 2: batch_role must be the ARN of a role"),
        (environment({**ONE, "storage_class": "floppy"}), "'floppy' has no price: there are deep, deep-standard, "),
        (environment(DURACLOUD_PRICES="{"), "DURACLOUD_PRICES: "),
        (environment(DURACLOUD_PRICES='{"tape": {"read": -1}}'), "DURACLOUD_PRICES: read -1 must be"),
        (environment(DURACLOUD_CHECK_ITEMS="0"), "DURACLOUD_CHECK_ITEMS is '0'"),
        (environment(DURACLOUD_CHECK_GIB="0"), "DURACLOUD_CHECK_GIB is '0': it must be a number above 0"),
        (environment(DURACLOUD_CHECK_DOLLARS="much"), "DURACLOUD_CHECK_DOLLARS is 'much'"),
        (environment(DURACLOUD_RESTORE_PERCENT="101"), "DURACLOUD_RESTORE_PERCENT is '101'"),
        (environment(DURACLOUD_RESTORE_PERCENT="some"), "DURACLOUD_RESTORE_PERCENT is 'some'"),
        (environment(DURACLOUD_HOLD_DAYS="-1"), "DURACLOUD_HOLD_DAYS is '-1'"),
        (environment(DURACLOUD_BRAKE_PERCENT="0"), "DURACLOUD_BRAKE_PERCENT is '0'"),
        (environment(DURACLOUD_BRAKE_PERCENT="101"), "DURACLOUD_BRAKE_PERCENT is '101'"),
        (environment(DURACLOUD_BRAKE_ITEMS="few"), "DURACLOUD_BRAKE_ITEMS is 'few'"),
        (environment(DURACLOUD_HOLD_DAYS="999999"), "DURACLOUD_HOLD_DAYS is '999999'"),
        (environment(DURACLOUD_CHECK_DAYS="soon"), "DURACLOUD_CHECK_DAYS is 'soon'"),
        (environment(DURACLOUD_COPIES_HOURS="0"), "DURACLOUD_COPIES_HOURS is '0'"),
        (environment(DURACLOUD_CHECKS_HOURS="soon"), "DURACLOUD_CHECKS_HOURS is 'soon'"),
        (environment(DURACLOUD_ALARMS_TO="a@example.org"), "DURACLOUD_NOTIFIER is missing"),
        (environment(DURACLOUD_ACCOUNT="My Library"), "DURACLOUD_ACCOUNT is 'My Library'"),
        (environment(DURACLOUD_DISABLED="audit,tasks,manifest"), "DURACLOUD_DISABLED names tasks"),
    ],
)
def test_wrong_settings_are_named(given: dict[str, str], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        read_config(given)


def test_each_store_is_checked_by_its_class_or_its_own_period() -> None:
    three = {**TWO, "id": "3", "storage_class": "instant"}
    own = {**three, "id": "4", "check_days": 365}
    config = read_config(environment(ONE, TWO, three, own, DURACLOUD_CHECK_DOLLARS="0.5", DURACLOUD_CHECK_GIB="2"))
    assert config.restored == Sample(0.01, "duracloud")
    assert read_config(environment(ONE, DURACLOUD_RESTORE_PERCENT="0")).restored.share == 0
    periods = {store.store.id: config.periods.of(store.store.id).days for store in config.stores}
    assert periods == {"1": 90, "2": 90, "3": 180, "4": 365}
    assert config.read_prices.classes == {"1": "standard", "2": "other", "3": "instant", "4": "instant"}
    assert config.check_limits == Limits(1000, 2 << 30, 500_000_000)


def test_stores_with_a_role_for_it_compute_checksums_themselves() -> None:
    cold = {**ONE, "id": "3", "primary": False, "storage_class": "deep", "check_days": 700, "batch_role": BATCH_ROLE}
    given = environment({**ONE, "batch_role": BATCH_ROLE}, TWO, cold)
    config = read_config(given)
    assert {store: period.days for store, period in config.batch_periods.items()} == {"1": 90, "3": 180}
    with mock_aws():
        found = Wiring(config, given).batches
        assert set(found) == {"1", "3"}
        assert cast(S3Batch, found[StoreId("3")]).role == BATCH_ROLE
    assert read_config(environment(ONE, TWO)).batch_periods == {}


def test_keys_come_by_reference() -> None:
    keys = {"aws_access_key_id": "id", "aws_secret_access_key": "secret"}
    assert credentials("role", {}, None) == {}
    assert credentials("env:TWO", {"TWO_ACCESS_KEY_ID": "id", "TWO_SECRET_ACCESS_KEY": "secret"}, None) == keys
    with mock_aws():
        session = boto3.Session("testing", "testing", region_name="eu-central-1")
        with pytest.raises(Unavailable, match="/duracloud/two"):
            credentials("ssm:/duracloud/two", {}, session)
        value = json.dumps({"access_key_id": "id", "secret_access_key": "secret"})
        session.client("ssm").put_parameter(Name="/duracloud/two", Value=value, Type="SecureString")
        assert credentials("ssm:/duracloud/two", {}, session) == keys
    with pytest.raises(KeyError, match="must be"):
        credentials("AKIAEXAMPLE", {}, None)
