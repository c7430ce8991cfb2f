"""Server: the streaming front door as a process of its own (`python -m gateway.server`).

cheroot keeps header names as they are written (contract 15.1.9), answers `Expect: 100-continue`, and parks idle
connections outside its threads (Java clients leave hundreds open). What it takes too lightly is in gateway.wire.
"""

import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from cheroot.ssl.builtin import BuiltinSSLAdapter

from app import app
from chalicelib.config import ConfigurationError
from chalicelib.wiring import instance
from gateway.static import site
from gateway.wire import Connection, Gateway, PatientServer
from gateway.wsgi import service

_THREADS = 48  # requests answered at once; each may hold a few parts of 16 MiB
_SILENCE = 120  # seconds without a byte before a connection is given up


def make_server(host: str, port: int, site_folder: Path | None, certificate: Path | None = None) -> PatientServer:
    """A server that is ready to start. `certificate`: PEM file with key and chain, for TLS."""
    answer = service(app)
    if site_folder is not None:
        answer = site(answer, site_folder, (site_folder.parent / "csp.txt").read_text().strip())
    server = PatientServer((host, port), answer, numthreads=_THREADS, server_name="DuraCloud", timeout=_SILENCE)
    server.max_request_header_size = 64 << 10
    server.request_queue_size = 256
    server.ConnectionClass, server.gateway = Connection, Gateway
    if certificate is not None:
        server.ssl_adapter = BuiltinSSLAdapter(str(certificate), str(certificate))
    return server


def main() -> None:
    """Serve until SIGTERM or SIGINT. Settings: see the documentation of the gateway."""
    logging.basicConfig(
        level=os.environ.get("DURACLOUD_LOG_LEVEL", "WARNING"), format="%(asctime)s %(name)s %(message)s"
    )
    try:
        wired = instance()
        _ = wired.deposit, wired.accounts, wired.spaces, wired.check_fixity  # SDK clients are not made thread-safely
    except ConfigurationError as error:
        sys.exit(f"The gateway cannot start: {error}")
    folder = os.environ.get("DURACLOUD_SITE")
    certificate = os.environ.get("DURACLOUD_CERTIFICATE")
    server = make_server(
        os.environ.get("DURACLOUD_HOST", "127.0.0.1"),
        int(os.environ.get("DURACLOUD_PORT", "8000")),
        Path(folder) if folder else None,
        Path(certificate) if certificate else None,
    )

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        server.start()
    except KeyboardInterrupt:
        server.stop()


if __name__ == "__main__":
    main()
