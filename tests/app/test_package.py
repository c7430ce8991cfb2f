"""The package for AWS: complete, linted, and fit for the code that is in it."""

import re
import sys
from datetime import timedelta

import pytest
import yaml
from cfnlint.api import lint_all

import app as application
from chalicelib.config import read_config
from chalicelib.domain.delays import MOST_ATTEMPTS
from chalicelib.messages import DEAD, QUEUES

from .packaged import (
    PARAMETERS,
    ROOT,
    STAGE,
    Package,
    allowed,
    arn,
    consumers,
    event_source,
    log_stream,
    run,
    without_tags,
)


def test_every_dependency_is_packed_for_lambda(package: Package) -> None:
    assert "Could not install" not in package.printed
    wheels = [zipped.read(name).decode() for zipped in package.zips() for name in zipped.namelist() if "WHEEL" in name]
    assert wheels
    # A wheel built on this machine links this machine's libraries, and nobody would be told.
    assert not [wheel for wheel in wheels if re.search(r"^Tag: .*-linux_", wheel, re.MULTILINE)]


def test_only_the_service_is_packed(package: Package) -> None:
    names = {name for zipped in package.zips() for name in zipped.namelist()}
    assert {"app.py", "chalicelib/wiring.py", "chalice/app.py"} <= names
    assert {name.partition("/")[0] for name in names} == {"app.py", "chalicelib", "chalice", "python"}
    assert {f"chalicelib/{p.relative_to(ROOT / 'chalicelib')}" for p in (ROOT / "chalicelib").rglob("*.py")} <= names


# -------------------------------------------------------------------------------------------------------- the templates


def test_packaged_template_is_without_findings(package: Package) -> None:
    assert _findings(package.text) == []


def test_stores_template_is_without_findings() -> None:
    assert _findings((ROOT / "infrastructure/stores.yaml").read_text(encoding="utf-8")) == []


def _findings(template: str) -> list[str]:
    """Errors and warnings; the rest is advice on how to annotate a template."""
    return [str(found) for found in lint_all(template) if found.rule.id[0] in "EW"]


def test_chalice_finds_the_configuration_valid(package: Package) -> None:
    code = (
        "from chalice.cli.factory import CLIFactory; from chalice.deploy.validate import validate_configuration; "
        f"validate_configuration(CLIFactory('.').create_config_obj({STAGE!r}))"
    )
    run(package.tree, sys.executable, "-c", code)


def test_every_handler_exists(package: Package) -> None:
    assert {f["Handler"].partition(".")[0] for f in package.template.functions.values()} == {"app"}
    assert set(package.template.functions) == {"app", *(source.name for source in application.app.event_sources)}
    assert set(package.template.functions) <= {"app", *application.app.handler_map}
    assert all(callable(getattr(application, name)) for name in package.template.functions)


def test_environment_describes_an_instance(package: Package) -> None:
    config = read_config(package.template.environment())
    assert config.primary.events
    assert config.primary.private
    assert config.primary.versioned
    assert config.primary.tidy
    assert config.primary.credentials == "role"
    assert [s.credentials for s in config.stores[1:]] == ["ssm:/duracloud/store-2"]
    assert config.index == "dynamodb:duracloud"
    assert config.check_period == timedelta(days=90)


def test_environment_needs_no_other_store(package: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PARAMETERS, "OtherStores", "")
    assert len(read_config(package.template.environment()).stores) == 1


def test_every_queue_of_the_code_has_a_handler(package: Package) -> None:
    prefix = read_config(package.template.environment()).queue_prefix
    consumed = {event_source(function)["Queue"] for function in consumers(package.template).values()}
    assert consumed == {arn("sqs", f"{prefix}-{name}") for name in (*QUEUES, DEAD)}
    assert package.template.environment()["DURACLOUD_STORED_QUEUE_ARN"] == arn("sqs", f"{prefix}-stored")


def test_failed_messages_come_back_alone_and_not_for_ever(package: Package) -> None:
    queues = {arn("sqs", queue["QueueName"]): queue for queue in package.template.of_type("AWS::SQS::Queue").values()}
    for function in consumers(package.template).values():
        source = event_source(function)
        queue = queues[source["Queue"]]
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["ScalingConfig"]["MaximumConcurrency"] >= 2
        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
        if queue["QueueName"] != f"duracloud-{DEAD}":
            # One more than this, and SQS takes it away: so the handler knows its last attempt.
            assert queue["RedrivePolicy"]["maxReceiveCount"] == MOST_ATTEMPTS
            assert queue["RedrivePolicy"]["deadLetterTargetArn"] == arn("sqs", f"duracloud-{DEAD}")
        assert queue["SqsManagedSseEnabled"] is True


def test_every_queue_is_watched(package: Package) -> None:
    alarms = package.template.of_type("AWS::CloudWatch::Alarm").values()
    watched = {(a["Dimensions"][0]["Value"], a["MetricName"]) for a in alarms if "Dimensions" in a}
    for name in QUEUES:
        assert (f"duracloud-{name}", "ApproximateAgeOfOldestMessage") in watched
    assert (f"duracloud-{DEAD}", "NumberOfMessagesReceived") in watched  # which are taken away at once
    assert all(alarm["AlarmActions"] == ["Alarms"] for alarm in alarms)


@pytest.mark.parametrize(
    ("metric", "source", "functions"),
    [
        ("LostItems", "services/check_fixity.py", {"check"}),
        ("LateWork", "services/watch_backlog.py", {"plan_checks"}),
        ("SilentDetector", "services/fly_canary.py", {"chores"}),
        ("DeadLetters", "services/keep_dead_letters.py", {"register", "replicate", "check", "chores", "dead_letters"}),
    ],
)
def test_a_word_in_the_log_calls_a_person(package: Package, metric: str, source: str, functions: set[str]) -> None:
    filters = [
        f
        for f in package.template.of_type("AWS::Logs::MetricFilter").values()
        if f["MetricTransformations"][0]["MetricName"] == metric
    ]
    logs = package.template.of_type("AWS::Logs::LogGroup")
    assert {logs[f["LogGroupName"]]["LogGroupName"].rpartition("/")[2] for f in filters} == functions
    (pattern,) = {f["FilterPattern"] for f in filters}
    assert f'"{pattern.strip(chr(34))} ' in (ROOT / "chalicelib" / source).read_text(encoding="utf-8")
    assert metric in {a["MetricName"] for a in package.template.of_type("AWS::CloudWatch::Alarm").values()}


def test_only_our_buckets_may_tell_of_changes(package: Package) -> None:
    (policy,) = package.template.of_type("AWS::SQS::QueuePolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Queues"] == ["StoredQueue"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Action"] == "sqs:SendMessage"
    assert statement["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::our-dc-*"},
        "StringEquals": {"aws:SourceAccount": PARAMETERS["AWS::AccountId"]},
    }


def test_every_function_has_its_own_role(package: Package) -> None:
    roles = [function["Role"] for function in package.template.functions.values()]
    assert len(set(roles)) == len(roles) == 8


_OURS = re.compile(
    r"arn:aws:(s3:::our-dc[-.]|s3:\*:123456789012:job/|iam::123456789012:role/[a-z-]+-batch$"
    r"|(logs|dynamodb|sqs|ssm|ses):us-east-1:123456789012:)"
)


def test_no_right_is_wider_than_this_instance(package: Package) -> None:
    for function in package.template.functions:
        for statement in package.template.policy(function):
            assert statement["Effect"] == "Allow"
            assert not any("*" in action for action in statement["Action"])
            if statement["Action"] == ["s3:CreateJob"]:  # AWS knows no resource of it
                assert statement["Condition"] == {"StringEquals": {"s3:RequestJobOperation": "S3ComputeObjectChecksum"}}
                continue
            for resource in statement["Resource"]:
                assert _OURS.match(resource)
                assert not resource.endswith(":*") or ":log-group:/duracloud/" in resource


def test_every_function_writes_to_its_own_log(package: Package) -> None:
    logs = package.template.of_type("AWS::Logs::LogGroup")
    for name, function in package.template.functions.items():
        group = logs[function["LoggingConfig"]["LogGroup"]]
        assert group["RetentionInDays"]
        assert allowed(package.template.policy(name), "logs:PutLogEvents", log_stream(group["LogGroupName"]))


def test_tables_cannot_be_lost_by_accident() -> None:
    template = yaml.safe_load(without_tags((ROOT / "infrastructure/stores.yaml").read_text(encoding="utf-8")))
    for table in template["Resources"].values():
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
        assert table["Properties"]["DeletionProtectionEnabled"] is True
        assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
