"""TLS: the certificate of the front door, which can be renewed while it is open."""

import ssl
from pathlib import Path
from typing import Any

from cheroot.errors import FatalSSLAlert
from cheroot.ssl import Adapter


class Certificate(Adapter):
    """A certificate chain and its private key (None: it is in the same file), as PEM; TLS 1.2 and newer."""

    def __init__(self, chain: Path, key: Path | None = None) -> None:
        self._files = chain, key
        self.reload()

    def reload(self) -> None:
        """Read the files again, for connections to come. Raises OSError; what was read before stays in use then."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(*self._files, password="")  # an empty one, so that nobody is asked on the terminal
        self.context = context

    def bind(self, sock: Any) -> Any:
        """The listening socket: nothing is done to it."""
        return sock

    def wrap(self, sock: Any) -> tuple[Any, dict[str, str]]:
        """A TLS socket on an accepted connection. The handshake comes later: it waits for the client."""
        try:
            return self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False), {}
        except OSError as error:
            raise FatalSSLAlert(*error.args) from error

    def makefile(self, sock: Any, mode: str = "r", bufsize: int = -1) -> Any:
        """Not used: connections read and write TLS sockets as any others."""
        raise NotImplementedError

    def get_environ(self) -> dict[str, str]:
        """Nothing of TLS goes into WSGI's environment but the scheme, which the server adds."""
        return {}
