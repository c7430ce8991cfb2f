"""Connections: hundreds may be open, silent or slow; a thread is given only to a request whose head has come whole.

So has a small body: what strangers may have read, and what is refused without being read, waits for nobody.

Java clients leave a connection open for each request that they ever sent, and anybody can open connections and say
little on them. So everything before the end of a head, the TLS handshake included, happens without waiting, in the one
thread that watches all sockets, and so does what follows an answer that was given before the end of a body.
"""

import re
import ssl
import time
from contextlib import suppress
from enum import Enum, auto
from selectors import EVENT_READ
from socket import SHUT_WR, socket
from typing import Any

from cheroot.server import HTTPConnection
from cheroot.wsgi import Server

from gateway.streams import Reader, Writer

MAX_HEAD = 64 << 10  # bytes of a request line and its headers
_HANDSHAKE = 20  # seconds for the TLS handshake
_SMALL = 64 << 10  # bytes of a body that comes whole before anybody looks at the request
_HEAD = 30  # seconds from the first byte of a head to its last, or that of a small body
_LINGER = 60  # seconds, and bytes: what a client may still send that was answered before it had sent all
_LINGER_BYTES = 5 << 30  # the largest item; who does not ask reads no answer before that (contract 12.13)

_BEGINNING = re.compile(rb"[!-~\r\n]")
_REQUEST_LINE = re.compile(rb"(\r\n)?[!-~]+ [!-~\x80-\xff]+ HTTP/\d+\.\d+\r\n")
_END = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*(\d{1,5})[ \t]*\r\n", re.IGNORECASE)
_OTHERWISE = re.compile(rb"\n(expect|transfer-encoding):", re.IGNORECASE)  # who waits to be asked, or gives no length
_scratch = bytearray(256 << 10)  # for what is thrown away; used by the watching thread alone


class Next(Enum):
    """What becomes of a connection that had something to say."""

    WAIT = auto()
    SERVE = auto()
    CLOSE = auto()


class Connection(HTTPConnection):
    """A connection that carries one request after another."""

    unread = False  # more of an answered request may come: closing at once would destroy the answer on its way

    def __init__(self, server: Any, sock: Any, makefile: Any = None) -> None:
        super().__init__(server, sock, _stream)
        self._shaken = not isinstance(sock, ssl.SSLSocket)
        self._lingering = False
        self._allowed = _LINGER_BYTES

    def expire_in(self, seconds: float) -> None:
        """Let the watching thread close the connection then, if it is still waiting for the same thing."""
        self.last_used = time.time() - self.server.timeout + seconds

    def advance(self) -> Next:
        """Take what has come, without waiting for more."""
        self.socket.settimeout(0)
        try:
            if self._lingering:
                return self._discard()
            if not self._shaken:
                self.socket.do_handshake()
                self._shaken = True
                self.expire_in(self.server.timeout)
            return self._head()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            return Next.WAIT
        except ssl.SSLError as error:
            # OpenSSL has read a part of it, and would answer in TLS.
            return self._refuse("400 Bad Request", "This port speaks HTTPS") if _is_http(error) else Next.CLOSE
        except OSError:
            return Next.CLOSE

    def _head(self) -> Next:
        """Collect the head of a request; what can be none is refused here."""
        seen = self.rfile.buffer
        while not _END.search(seen, 0, MAX_HEAD):
            line = seen.find(b"\n", 2)
            if (seen and not _BEGINNING.match(seen)) or (line > 0 and not _REQUEST_LINE.match(seen)):
                return self._refuse("400 Bad Request", "This is not HTTP/1.1")
            if len(seen) >= MAX_HEAD:
                status = "431 Request Header Fields Too Large" if line > 0 else "414 URI Too Long"
                return self._refuse(status, f"More than {MAX_HEAD} bytes before the end of the headers")
            first = not seen
            if not self.rfile.fill():
                return Next.CLOSE
            if first:
                self.expire_in(_HEAD)
        whole = _whole(seen)
        while len(seen) < whole and self.rfile.fill():
            pass
        self.socket.settimeout(self.server.timeout)
        return Next.SERVE

    def _refuse(self, status: str, message: str) -> Next:
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(message)}\r\nConnection: close"
        if not self._shaken:
            self.socket = _bare(self.socket)
        self.socket.send(f"{head}\r\n\r\n{message}".encode())
        self.unread = True
        return Next.CLOSE

    def close(self) -> None:
        """Close, or read over what may still come while the client reads its answer."""
        if self.unread and not self._lingering and self.server.ready:
            self._lingering = True
            with suppress(OSError):
                self.socket.shutdown(SHUT_WR)  # on a TLS socket: what comes from now on is not deciphered
                self.server.watch(self)
                self.expire_in(_LINGER)
                return
        with suppress(OSError, ValueError):
            self.socket.settimeout(0)
            if isinstance(self.socket, ssl.SSLSocket):
                self.socket.unwrap()  # says goodbye, and does not wait for an answer
        super().close()

    def _discard(self) -> Next:
        taken = self.socket.recv_into(_scratch)
        self._allowed -= taken
        return Next.WAIT if taken and self._allowed > 0 else Next.CLOSE


class PatientServer(Server):
    """A server whose threads meet only requests."""

    _connections: Any

    def process_conn(self, conn: Any) -> None:
        """See what a connection that has something to say needs; a new one only waits."""
        if conn.last_used is None:
            self._make_room()
            self.put_conn(conn)
            if self.ssl_adapter is not None:
                conn.expire_in(_HANDSHAKE)
            return
        match conn.advance():
            case Next.WAIT:
                self.watch(conn)
            case Next.SERVE:
                super().process_conn(conn)
            case Next.CLOSE:
                conn.close()

    def watch(self, conn: Any) -> None:
        """Wait for a connection to say more."""
        self._connections._selector.register(conn.socket.fileno(), EVENT_READ, data=conn)

    def _make_room(self) -> None:
        """Close the connection that has been silent longest when there are too many."""
        if not self.can_add_keepalive_connection:
            waiting = [(fd, conn) for fd, conn in self._connections._selector.connections if conn is not self]
            for number, oldest in sorted(waiting, key=lambda entry: float(entry[1].last_used))[:1]:
                self._connections._selector.unregister(number)
                oldest.close()


def _whole(seen: bytearray) -> int:
    """How many bytes a request has whose head was seen; without its body, where that is not small."""
    end = _END.search(seen).end()  # type: ignore[union-attr]  # it was found before
    length = None if _OTHERWISE.search(seen, 0, end) else _LENGTH.search(seen, 0, end)
    announced = int(length[1]) if length else 0
    return end + (announced if announced <= _SMALL else 0)


def _stream(sock: Any, mode: str, size: int) -> Any:
    return Reader(sock) if "r" in mode else Writer(sock)


def _is_http(error: ssl.SSLError) -> bool:
    return error.reason == "HTTP_REQUEST"


def _bare(sock: Any) -> Any:
    """The TCP connection below a TLS socket."""
    return socket(fileno=sock.detach())
