"""Wire: HTTP as bytes on a socket, because client libraries hide what the contract fixes: case, order, framing."""

import base64
import re
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\r\n'
ISO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
PATIENCE = 30  # seconds without a byte, after which an answer counts as missing


@dataclass(frozen=True)
class Answer:
    """One answer as it was on the wire; names of headers in the case in which they came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.headers]

    @property
    def text(self) -> str:
        return self.body.decode()

    def __getitem__(self, name: str) -> str:
        """The value of the only header of exactly this name."""
        (value,) = [value for given, value in self.headers if given == name]
        return value

    def of(self, prefix: str) -> dict[str, str]:
        """The headers whose names start so, without that start."""
        return {name.removeprefix(prefix): value for name, value in self.headers if name.startswith(prefix)}

    @property
    def properties(self) -> dict[str, str]:
        return self.of("x-dura-meta-")


class Connection:
    """One TCP connection to the service."""

    def __init__(self, address: str, trusted: ssl.SSLContext | None = None) -> None:
        self.host = urlsplit(address).netloc
        name, _, port = self.host.partition(":")
        self.socket = socket.create_connection((name, int(port)), timeout=PATIENCE)
        if trusted is not None:
            self.socket = trusted.wrap_socket(self.socket, server_hostname=name)
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
        self.socket.close()

    def send(self, method: str, target: str, headers: Iterable[str] = (), body: bytes = b"") -> None:
        """Send a request with exactly these header lines (and Host); no length is added."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.host}", *headers, "", ""]
        self.socket.sendall("\r\n".join(lines).encode("latin-1") + body)

    def status_line(self) -> str:
        return self._file.readline().decode("latin-1")

    def answer(self, method: str = "GET") -> Answer:
        """Read one answer. None may show a traceback, and each must be as long as it says, or end its last chunk."""
        line = self.status_line()
        assert line.startswith("HTTP/1.1 "), f"no answer but {line!r}"
        headers = []
        while (field := self._file.readline().decode("latin-1")) not in ("\r\n", ""):
            name, _, value = field.rstrip("\r\n").partition(": ")
            headers.append((name, value))
        body = b"" if method == "HEAD" or line.split()[1] == "204" else self._body(dict(headers))
        assert b"Traceback" not in body
        return Answer(int(line.split()[1]), tuple(headers), body)

    def _body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("Transfer-Encoding") == "chunked":
            assert "Content-Length" not in headers
            return b"".join(iter(self._chunk, b""))
        body = self._file.read(int(headers["Content-Length"]))
        assert len(body) == int(headers["Content-Length"])
        return body

    def _chunk(self) -> bytes:
        size = int(self._file.readline(), 16)
        data = self._file.read(size)
        assert (len(data), self._file.readline()) == (size, b"\r\n")
        return data

    def ended(self) -> bool:
        """Whether the server closed the connection, with nothing more to say."""
        try:
            return self._file.read(1) == b""
        except (ConnectionResetError, ssl.SSLEOFError):
            return True


@dataclass(frozen=True)
class Client:
    """A caller, known or anonymous, who opens one connection for each request, as the Java client does."""

    address: str
    login: tuple[str, str] | None = None

    @property
    def credentials(self) -> list[str]:
        return [basic(*self.login)] if self.login else []

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Send one request to a path below /durastore (or an absolute one below /api) and read the answer."""
        lines = [*self.credentials, "Connection: close", *(f"{k}: {v}" for k, v in (headers or {}).items())]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        with Connection(self.address) as connection:
            connection.send(method, target(path), lines, body or b"")
            return connection.answer(method)

    def ids(self, space: str, query: str = "") -> list[str]:
        """The ids of one page of a listing."""
        answer = self("GET", f"/{space}{query}")
        assert answer.status == 200, answer
        return listed(answer.body)


def target(path: str) -> str:
    return path if path.startswith("/api/") else f"/durastore{path}"


def basic(username: str, password: str) -> str:
    return "Authorization: Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def listed(body: bytes) -> list[str]:
    return [item.text or "" for item in ElementTree.fromstring(body).iter("item")]


def encoded(content_id: str) -> str:
    """An id in a path, as the Java client encodes it (contract 0.7)."""
    return quote(content_id, safe="/*").replace("~", "%7E")
