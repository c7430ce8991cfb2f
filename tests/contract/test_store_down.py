"""Contract 1.6 and 4: a store that fails for a moment, one that does not answer, and one that has archived an item."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from local.folder import DataFolder
from local.stack import Ports, Stack

from .wire import Client

ADDRESS = "127.0.0.1"
_REFUSAL = b"<Error><Code>InvalidObjectState</Code><Message>in an archive</Message></Error>"
ARCHIVED = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n" % len(_REFUSAL)


class Proxy:
    """Stands between the service and its primary store: cuts off requests about items called `flaky`, and answers
    those for the bytes of items called `archived` as S3 does for storage classes that are no disks.
    """

    def __init__(self, port: int) -> None:
        self.target = port
        self.cuts = 0  # still to be made
        self.listener = socket.create_server((ADDRESS, 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def _accept(self) -> None:
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.create_connection((ADDRESS, self.target))
            except OSError:
                client.close()  # the store is not up yet
                continue
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while (data := source.recv(1 << 16)) and not self._to_cut(data):
                if data.startswith(b"GET ") and b"/archived" in data.partition(b"\r\n")[0]:
                    source.sendall(ARCHIVED + _REFUSAL)
                else:
                    sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _to_cut(self, data: bytes) -> bool:
        if b"flaky" not in data.partition(b"\r\n")[0] or not self.cuts:
            return False
        self.cuts -= 1
        return True


class ThroughProxy(Stack):
    """A stack whose service reaches the primary store through a proxy."""

    proxy: Proxy

    @property
    def _primary_endpoint(self) -> str:
        return f"http://{ADDRESS}:{self.proxy.port}"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThroughProxy]:
    made = ThroughProxy(DataFolder(tmp_path_factory.mktemp("flaky")), Ports.choose())
    made.proxy = Proxy(made.ports.primary)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def owner(stack: ThroughProxy) -> Client:
    client = Client(stack.address, (stack.secrets.admin, stack.secrets.admin_password))
    assert client("PUT", "/maps").status == 201
    assert client("PUT", "/maps/flaky", body=b"one").status == 201
    return client


@pytest.mark.rule("4.retries")
def test_a_failure_that_passes_is_not_seen(owner, stack):
    for method, status in (("GET", 200), ("HEAD", 200), ("DELETE", 200)):
        stack.proxy.cuts = 1
        assert owner(method, "/maps/flaky").status == status
        assert stack.proxy.cuts == 0, "the store was asked again"


@pytest.mark.rule("4.503")
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_a_store_that_does_not_answer_is_503_and_changes_nothing(owner, stack, method):
    stack.proxy.cuts = 0
    owner("PUT", "/maps/flaky", {"x-dura-meta-a": "1"}, b"one")
    stack.proxy.cuts = 1_000_000
    phrase = {"GET": "get", "PUT": "add", "POST": "update properties for", "DELETE": "delete"}[method]
    answer = owner(method, "/maps/flaky", {"x-dura-meta-b": "2"}, b"two" if method == "PUT" else None)
    stack.proxy.cuts = 0
    assert (answer.status, answer["Content-Type"]) == (503, "text/plain")
    assert answer.text.startswith(f"Error attempting to {phrase} content 'flaky' in 'maps' due to: ")
    kept = owner("GET", "/maps/flaky")
    assert (kept.status, kept.body, kept.properties) == (200, b"one", {"a": "1"})


@pytest.mark.rule("1.6.get.15", "1.6.head.4", "1.6.copy.11")
def test_an_archived_item_is_409_but_for_its_head(owner):
    assert owner("PUT", "/maps/archived", body=b"one").status == 201
    head = owner("HEAD", "/maps/archived")
    assert (head.status, head["Content-Length"]) == (200, "3")
    for answer in (
        owner("GET", "/maps/archived"),
        owner("GET", "/maps/archived", {"Range": "bytes=0-1"}),
        owner("PUT", "/maps/a-copy", {"x-dura-meta-copy-source": "maps/archived"}),
    ):
        assert (answer.status, answer["Content-Type"]) == (409, "text/plain")
        assert "archived" in answer.text
    assert owner("HEAD", "/maps/a-copy").status == 404
