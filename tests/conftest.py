"""Fixtures that several suites share: the running product on a scratch data folder, and plain S3 clients."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config

from local.folder import PREFIX, DataFolder
from local.stack import Ports, Stack

# Nothing of the machine's own AWS set-up may reach a test.
for name in [n for n in os.environ if n.startswith(("AWS_", "DURACLOUD_"))]:
    del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


@dataclass(frozen=True)
class Login:
    """A user name and password."""

    username: str
    password: str

    @property
    def auth(self) -> tuple[str, str]:
        """For requests."""
        return self.username, self.password


@dataclass
class Product:
    """The running product, as its users and its operator reach it."""

    stack: Stack

    @property
    def address(self) -> str:
        return self.stack.address

    @property
    def admin(self) -> Login:
        return Login(self.stack.secrets.admin, self.stack.secrets.admin_password)

    @property
    def member(self) -> Login:
        return Login(self.stack.secrets.member, self.stack.secrets.member_password)

    @property
    def primary(self) -> Any:
        """A plain S3 client of the primary store."""
        keys = self.stack.secrets
        return s3_client(self.stack.ports.primary, keys.primary_key, keys.primary_secret)

    @property
    def second(self) -> Any:
        """A plain S3 client of the second store."""
        keys = self.stack.secrets
        return s3_client(self.stack.ports.second, f"{keys.second_account}:{keys.second_user}", keys.second_secret)

    @staticmethod
    def bucket(space: str) -> str:
        return f"{PREFIX}-{space}"

    def api(self, path: str) -> Any:
        """GET a JSON route as the administrator."""
        answer = requests.get(f"{self.address}/api/{path}", auth=self.admin.auth, timeout=30)
        answer.raise_for_status()
        return answer.json()


def s3_client(port: int, key: str, secret: str) -> Any:
    """A boto3 client for a server on this machine."""
    return boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs the product: `make test` has those tests in one process and all others in another."""
    for item in items:
        if "product" in getattr(item, "fixturenames", ()) or item.path.parent.name == "flows":
            item.add_marker(pytest.mark.running)


def stack_on(folder: Path) -> Stack:
    """A stack on free ports."""
    return Stack(DataFolder(folder), Ports.choose())


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One running product for all suites that only use it; tests that break it start their own."""
    stack = stack_on(tmp_path_factory.mktemp("product"))
    stack.start()
    yield Product(stack)
    stack.stop()
