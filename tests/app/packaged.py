"""The package for AWS: made for real by `chalice package`, and read back."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
STAGE = "prod"
SECOND = "elsewhere"  # bucket prefix of the second store, which has its own keys
PARAMETERS = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "Prefix": "duracloud",
    "BucketPrefix": "our-dc",
    "OtherStores": json.dumps(
        {
            "id": "2",
            "type": "AMAZON_S3",
            "region": "us-east-1",
            "bucket_prefix": SECOND,
            "credentials": "ssm:/duracloud/store-2",
        }
    ),
    "CheckDays": "90",
    "CheckDollars": "20",
    "Sender": "archive@example.org",
    "EnquiriesTo": "office@example.org",
    "PublicAddress": "https://archive.example.org",
    "TrustedProxies": "",
    "HoldDays": "0",
    "CopiesHours": "24",
    "ChecksHours": "72",
    "BrakePercent": "20",
    "BrakeItems": "12",
    "Account": "duracloud",
    "Disabled": "",
    "Canary": "on",
    "AlarmEmail": "operators@example.org",
}

# Rights that no ordinary day uses, each with what it is for.
RARE = {
    ("check", "dynamodb:DeleteItem"): "the end of a check of an item too large for one run",
    ("check", "s3:RestoreObject"): "a copy in an archive that is brought back to be read",
    (
        "chores",
        "s3:CreateJob",
    ): "a store that computes checksums itself, which no store does before it is set up for it",
    ("chores", "s3:DescribeJob"): "the same",
    ("chores", "iam:PassRole"): "the same",
    ("chores", "s3:AbortMultipartUpload"): "a large report that broke off",
    ("replicate", "dynamodb:UpdateItem"): "a whole that is stitched over another item, counted as a loss",
    ("register", "dynamodb:Query"): "a space in which S3 clients overwrite many objects",
    ("replicate", "s3:AbortMultipartUpload"): "a large copy that broke off",
    ("replicate", "s3:CreateBucket"): "a bucket that vanished from the primary store, being filled again",
}


@dataclass(frozen=True)
class Template:
    """A CloudFormation template with the values of its parameters; knows the few functions that ours use."""

    body: dict[str, Any]

    def of_type(self, kind: str) -> dict[str, Any]:
        """Properties of all resources of a type, by logical id."""
        return {
            name: self.resolve(resource["Properties"])
            for name, resource in self.body["Resources"].items()
            if resource["Type"] == kind
        }

    @property
    def functions(self) -> dict[str, Any]:
        """Properties of the functions, by the name of the handler in app.py."""
        functions = self.of_type("AWS::Serverless::Function").values()
        return {function["Handler"].removeprefix("app."): function for function in functions}

    def policy(self, function: str) -> list[Any]:
        """The statements of a function's role."""
        role = self.of_type("AWS::IAM::Role")[self.functions[function]["Role"].removesuffix(".Arn")]
        return [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]]

    def environment(self) -> dict[str, str]:
        """The variables that every function sees."""
        return self.resolve(self.body["Globals"]["Function"]["Environment"]["Variables"])

    def resolve(self, value: Any) -> Any:
        """The value with its functions carried out."""
        match value:
            case {"Ref": name}:
                return PARAMETERS.get(name, name)
            case {"Fn::GetAtt": [name, attribute]}:
                return self._attribute(name, attribute)
            case {"Fn::Sub": [text, extra]}:
                return self._substitute(text, self.resolve(extra))
            case {"Fn::Sub": str(text)}:
                return self._substitute(text, {})
            case {"Fn::If": [name, yes, no]}:
                return self.resolve(yes if self.resolve(self.body["Conditions"][name]) else no)
            case {"Fn::Not": [given]}:
                return not self.resolve(given)
            case {"Fn::Equals": [one, other]}:
                return self.resolve(one) == self.resolve(other)
            case dict():
                return {key: self.resolve(inner) for key, inner in value.items()}
            case list():
                return [self.resolve(inner) for inner in value]
        return value

    def _substitute(self, text: str, extra: dict[str, str]) -> str:
        def value(found: re.Match[str]) -> str:
            name, _, attribute = found[1].partition(".")
            return self._attribute(name, attribute) if attribute else str({**PARAMETERS, **extra}.get(name, name))

        return re.sub(r"\${([\w:.]+)}", value, text)

    def _attribute(self, name: str, attribute: str) -> str:
        resource = self.body["Resources"][name]
        if resource["Type"] != "AWS::SQS::Queue":
            return f"{name}.{attribute}"
        queue = self.resolve(resource["Properties"]["QueueName"])
        return queue if attribute == "QueueName" else arn("sqs", queue)


def arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{PARAMETERS['AWS::Region']}:{PARAMETERS['AWS::AccountId']}:{name}"


@dataclass(frozen=True)
class Package:
    """What `chalice package` made."""

    tree: Path
    printed: str
    text: str
    template: Template

    def zips(self) -> Iterator[zipfile.ZipFile]:
        for path in (self.tree / "out").glob("*.zip"):
            with zipfile.ZipFile(path) as opened:
                yield opened


def make_package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package of a copy of the tree: Chalice keeps what it builds in the project's own folder."""
    tree = tmp_path_factory.mktemp("package") / "tree"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
    printed = run(
        tree,
        str(Path(sys.executable).with_name("chalice")),
        "package",
        f"--stage={STAGE}",
        "--merge-template=infrastructure/app.yaml",
        "out",
    )
    text = (tree / "out" / "sam.yaml").read_text(encoding="utf-8")
    return Package(tree, printed, text, Template(yaml.safe_load(text)))


def run(tree: Path, *command: str) -> str:
    environment = {**os.environ, "AWS_DEFAULT_REGION": PARAMETERS["AWS::Region"]}
    done = subprocess.run(
        command, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


# ------------------------------------------------------------------------------------------------------------- the zips


def consumers(template: Template) -> dict[str, Any]:
    return {
        name: function
        for name, function in template.functions.items()
        if any(event["Type"] == "SQS" for event in function.get("Events", {}).values())
    }


def event_source(function: Any) -> Any:
    (event,) = function["Events"].values()
    return event["Properties"]


def log_stream(group: str) -> str:
    return arn("logs", f"log-group:{group}:log-stream:any")


def without_tags(text: str) -> str:
    """The stores' template uses `!Sub "${Prefix}-<table>"` and `!Ref Prefix`, nothing else."""
    return text.replace("!Sub ", "").replace("!Ref ", "").replace("${Prefix}", PARAMETERS["Prefix"])


def allowed(policy: list[Any], action: str, resource: str) -> bool:
    return any(
        action in statement["Action"] and any(fnmatchcase(resource, pattern) for pattern in statement["Resource"])
        for statement in policy
    )
