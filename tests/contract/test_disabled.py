"""Contract 1.7, 1.8, 4 and 14.13: what an operator has switched off."""

import os
import sys
from collections.abc import Callable, Iterator

import pytest

from local.processes import Command, Processes, port_or_free

from .wire import Client


@pytest.fixture(scope="module")
def beside(product, tmp_path_factory) -> Iterator[Callable[[Client], Client]]:
    """A second gateway to the same instance, where manifests and audit logs are switched off."""
    port = port_or_free(0)
    settings = {**product.stack.environment, "DURACLOUD_DISABLED": "manifest,audit", "DURACLOUD_PORT": str(port)}
    processes = Processes(tmp_path_factory.mktemp("beside"))
    processes.start(Command("beside", (sys.executable, "-m", "gateway.server"), {**os.environ, **settings}))
    processes.wait_for(port, "beside")
    yield lambda client: Client(f"http://127.0.0.1:{port}", client.login)
    processes.stop()


@pytest.mark.rule("1.7.get.9", "1.8.4", "4.501", "14.13")
def test_each_says_so_in_its_own_words(beside, admin, space):
    for method, path, text in (
        ("GET", "/manifest/", "This endpoint is currently disabled."),
        ("POST", "/manifest/", "This endpoint is currently disabled."),
        ("GET", "/audit/", "This endpoint is currently disabled"),
    ):
        answer = beside(admin)(method, f"{path}{space}")
        assert (answer.status, answer["Content-Type"], answer.text) == (501, "text/plain", text)


def test_who_may_not_ask_is_not_told(beside, anonymous, member, space):
    for path in ("/manifest/", "/audit/"):
        assert beside(anonymous)("GET", f"{path}{space}").status == 401
        assert beside(member)("GET", f"{path}{space}").status == 403
