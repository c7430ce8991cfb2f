"""Server: the streaming front door as a process of its own (`python -m gateway.server`).

cheroot keeps header names as they are written (contract 15.1.9) and parks idle connections outside its threads. What it
takes too lightly is in gateway.connections (silence), gateway.wire (framing) and gateway.tls (handshakes).
"""

import ctypes
import logging
import os
import resource
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import FrameType

from app import app
from chalicelib.config import ConfigurationError
from chalicelib.wiring import instance
from gateway.connections import PatientServer
from gateway.static import site
from gateway.tls import Certificate
from gateway.wire import Connection, Gateway
from gateway.wsgi import service

_THREADS = 48  # requests answered at once; each may hold a few parts of 16 MiB
_SILENCE = 120  # seconds without a byte before a connection is given up
_M_MMAP_THRESHOLD = -3
_OTHER_FILES = 256  # descriptors kept for the stores, the index and the site


def make_server(
    host: str, port: int, site_folder: Path | None, certificate: Certificate | None = None, sent_to: Iterable[str] = ()
) -> PatientServer:
    """A server that is ready to start; with a certificate it speaks TLS alone."""
    answer = service(app)
    if site_folder is not None:
        answer = site(answer, site_folder, (site_folder.parent / "csp.txt").read_text().strip(), sent_to)
    server = PatientServer((host, port), answer, numthreads=_THREADS, server_name="DuraCloud", timeout=_SILENCE)
    server.request_queue_size = 1024
    server.keep_alive_conn_limit = _descriptors() - _OTHER_FILES
    server.ConnectionClass, server.gateway = Connection, Gateway
    server.ssl_adapter = certificate
    return server


def _give_memory_back() -> None:
    """Have the C library return parts of items to the system when they are sent, not keep them for later ones."""
    with suppress(AttributeError):  # a C library other than glibc
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 4 << 20)


def _descriptors() -> int:
    """How many files and connections the process may have open: as many as it can be allowed."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 1 << 16 if most == resource.RLIM_INFINITY else most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def main() -> None:
    """Serve until SIGTERM or SIGINT. Settings: see the documentation of the gateway."""
    logging.basicConfig(
        level=os.environ.get("DURACLOUD_LOG_LEVEL", "WARNING"), format="%(asctime)s %(name)s %(message)s"
    )
    _give_memory_back()
    try:
        wired = instance()
        # SDK clients are not made thread-safely
        _ = (
            wired.deposit,
            wired.begin_uploads,
            wired.take_uploads,
            wired.complete_uploads,
            wired.accounts,
            wired.invite,
            wired.spaces,
            wired.check_fixity,
            wired.enquire,
            wired.watch_stores,
        )
        certificate = _certificate()
    except (ConfigurationError, OSError) as error:
        sys.exit(f"The gateway cannot start: {error}")
    folder = os.environ.get("DURACLOUD_SITE")
    server = make_server(
        os.environ.get("DURACLOUD_HOST", "127.0.0.1"),
        int(os.environ.get("DURACLOUD_PORT", "8000")),
        Path(folder) if folder else None,
        certificate,
        wired.config.sent_to,
    )

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    def renew(number: int, frame: FrameType | None) -> None:
        if certificate is not None:
            try:
                certificate.reload()
            except OSError as error:
                logging.error("The certificate could not be read again; the one before stays in use: %s", error)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, renew)
    try:
        server.start()
    except KeyboardInterrupt:
        server.stop()


def _certificate() -> Certificate | None:
    chain, key = os.environ.get("DURACLOUD_CERTIFICATE"), os.environ.get("DURACLOUD_CERTIFICATE_KEY")
    return Certificate(Path(chain), Path(key) if key else None) if chain else None


if __name__ == "__main__":
    main()
