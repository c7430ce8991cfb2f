"""Contract 0.1 and 12.23: the front door with a certificate; who never shakes hands keeps nobody out."""

import hashlib
import os
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from local.processes import Command, Processes, port_or_free
from tests.flows.waiting import wait_for

from .wire import Connection, basic

SILENT = 100  # more than the gateway has threads


class Door:
    """A second gateway of the running product, with a certificate of its own."""

    def __init__(self, product, folder: Path) -> None:
        self.chain, self.key = folder / "chain.pem", folder / "key.pem"
        self.certify("first.example")
        self.port = port_or_free(0)
        self.address = f"https://localhost:{self.port}"
        self.credentials = basic(*product.admin.auth)
        self.processes = Processes(folder)
        settings = {"PORT": str(self.port), "CERTIFICATE": str(self.chain), "CERTIFICATE_KEY": str(self.key)}
        environment = {**product.stack.environment, **{f"DURACLOUD_{name}": value for name, value in settings.items()}}
        self.processes.start(Command("tls", (sys.executable, "-m", "gateway.server"), environment))
        self.processes.wait_for(self.port, "tls")

    def certify(self, name: str) -> None:
        """Make a new key and certificate."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(key, SHA256())
        )
        pem = serialization.Encoding.PEM
        plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        self.key.write_bytes(key.private_bytes(pem, *plain))
        self.chain.write_bytes(certificate.public_bytes(pem))

    def open(self, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> Connection:
        """A connection of a client that trusts this certificate and no other."""
        context = ssl.create_default_context(cafile=self.chain)
        context.minimum_version = min(newest, ssl.TLSVersion.TLSv1_2)
        context.maximum_version = newest
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        return Connection(self.address, context)

    def plain(self) -> socket.socket:
        return socket.create_connection(("localhost", self.port), timeout=30)


@pytest.fixture(scope="module")
def door(product, tmp_path_factory) -> Iterator[Door]:
    made = Door(product, tmp_path_factory.mktemp("tls"))
    yield made
    made.processes.stop()
    assert "Traceback" not in made.processes.tail("tls", 1000)


@pytest.mark.rule("12.13", "15.1.19")
def test_each_request_on_a_connection_of_its_own_as_java_sends_them(door, space):
    for number in range(30):
        with door.open() as connection:
            connection.send(
                "PUT", f"/durastore/{space}/java", [door.credentials, "Content-Length: 3"], b"%03d" % number
            )
            answer = connection.answer("PUT")
            assert answer.status == 201
            assert answer["Location"] == f"{door.address}/durastore/{space}/java"
        with door.open() as connection:
            connection.send("GET", f"/durastore/{space}/java", [door.credentials])
            assert connection.answer().body == b"%03d" % number


def test_one_connection_for_many_requests(door, space):
    with door.open() as connection:
        for size in (0, 1, 16_383, 16_384, 16_385, 300_000):
            head = [door.credentials, f"Content-Length: {size}"]
            connection.send("PUT", f"/durastore/{space}/sized", head, bytes(size))
            assert connection.answer("PUT").status == 201
            connection.send("GET", f"/durastore/{space}/sized", [door.credentials])
            assert connection.answer().body == bytes(size)


def test_requests_that_come_at_once_are_answered_one_after_another(door):
    with door.open() as connection:
        head = f"GET /durastore/stores HTTP/1.1\r\nHost: {connection.host}\r\n{door.credentials}\r\n\r\n"
        connection.socket.sendall(head.encode() * 20)
        assert [connection.answer().status for _ in range(20)] == [200] * 20


def test_a_hundred_megabytes_go_in_and_come_out(door, space):
    blocks = [number.to_bytes(8, "big") * (1 << 17) for number in range(100)]
    md5 = hashlib.md5(b"".join(blocks)).hexdigest()
    with door.open() as connection:
        head = [door.credentials, f"Content-Length: {100 << 20}", f"Content-MD5: {md5}"]
        connection.send("PUT", f"/durastore/{space}/large", head)
        for block in blocks:
            connection.socket.sendall(block)
        assert connection.answer("PUT")["Content-MD5"] == md5
        connection.send("GET", f"/durastore/{space}/large", [door.credentials])
        assert hashlib.md5(connection.answer().body).hexdigest() == md5


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken(door, version):
    with door.open(version) as connection:
        connection.send("GET", "/durastore/spaces")
        assert connection.answer().status == 200


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls_1_1_is_not(door):
    with pytest.raises(ssl.SSLError):
        door.open(ssl.TLSVersion.TLSv1_1)


@pytest.mark.parametrize("said", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"])
def test_who_never_shakes_hands_keeps_nobody_out(door, said):
    with ExitStack() as silent:
        for _ in range(SILENT):
            silent.enter_context(door.plain()).sendall(said)
        with door.open() as connection:
            connection.send("GET", "/durastore/stores", [door.credentials])
            assert connection.answer().status == 200


def test_who_shakes_hands_and_says_no_more_keeps_nobody_out(door):
    with ExitStack() as silent:
        for _ in range(SILENT):
            silent.enter_context(door.open()).socket.sendall(b"GET /durastore/sto")
        with door.open() as connection:
            connection.send("GET", "/durastore/stores", [door.credentials])
            assert connection.answer().status == 200


@pytest.mark.rule("12.12")
@pytest.mark.parametrize(
    "said", [b"GET /durastore/stores HTTP/1.1\r\nHost: x\r\n\r\n", b"PUT /x HTTP/1.1\r\n\r\n" + bytes(10 << 20)]
)
def test_plain_http_is_told_so(door, said):
    with door.plain() as connection:
        connection.sendall(said)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.endswith(b"This port speaks HTTPS")


@pytest.mark.parametrize("said", [b"SSH-2.0-x\r\n", b"\x16\x03\x01\x00\x05hello", bytes(5), b"\xff" * 100])
def test_what_is_neither_is_hung_up_on(door, said):
    with door.plain() as connection:
        connection.sendall(said)
        with suppress(ConnectionResetError):
            assert b"HTTP/1.1 2" not in b"".join(iter(lambda: connection.recv(4096), b""))


def test_a_refused_body_does_not_keep_its_answer_from_the_client(door):
    with door.open() as connection:
        connection.send("PUT", "/durastore/none/x", [door.credentials, f"Content-Length: {32 << 20}"])
        for _ in range(32):
            connection.socket.sendall(bytes(1 << 20))
        assert connection.answer("PUT").status == 404
        assert connection.ended()


def test_a_new_certificate_is_taken_without_a_restart_and_a_broken_one_is_not(door):
    (gateway,) = [process.pid for _, process in door.processes.running]
    with door.open() as earlier:
        door.chain.write_text("broken")
        os.kill(gateway, signal.SIGHUP)
        wait_for(lambda: "could not be read" in door.processes.tail("tls"))
        door.certify("second.example")
        with pytest.raises(ssl.SSLCertVerificationError):
            door.open()
        os.kill(gateway, signal.SIGHUP)
        wait_for(lambda: shows(door, "second.example"))
        earlier.send("GET", "/durastore/spaces")
        assert earlier.answer().status == 200


def shows(door: Door, name: str) -> bool:
    try:
        with door.open() as connection:
            return name in str(connection.socket.getpeercert())
    except ssl.SSLCertVerificationError:
        return False
