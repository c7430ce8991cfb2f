"""Processes: start the servers of the stack, watch them, stop them; none outlives the stack itself."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_STOPPING = 15  # seconds from SIGTERM to SIGKILL


@dataclass(frozen=True)
class Command:
    """One foreground process: what to run, and what to add to its environment."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]


class StartError(Exception):
    """A server did not come up; the text says which one and shows the end of its log."""


@dataclass
class Processes:
    """The running servers, in the order in which they were started. Logs go to one file each below `logs`."""

    logs: Path
    running: list[tuple[Command, subprocess.Popen[bytes]]] = field(default_factory=list)

    def start(self, command: Command) -> None:
        """Start one server. Linux kills it when this process dies, even by SIGKILL, so that nothing is left over."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{command.name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - fixed commands of ours
                command.argv,
                env={**os.environ, **command.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches this process alone, which stops the others in order
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        self.running.append((command, process))

    def wait_for(self, port: int, name: str, seconds: float = 60) -> None:
        """Wait until somebody listens on a port of this machine. Raises StartError."""
        self.wait_until(lambda: _listens(port), name, seconds)

    def wait_until(self, ready: Callable[[], bool], name: str, seconds: float = 60) -> None:
        """Wait for a condition, as long as the named server lives. Raises StartError."""
        deadline = time.monotonic() + seconds
        while not ready():
            dead = next((p for c, p in self.running if c.name == name and p.poll() is not None), None)
            if dead or time.monotonic() > deadline:
                how = f"ended with {dead.returncode}" if dead else f"was not ready after {seconds:.0f} s"
                raise StartError(f"{name} {how}; the end of its log:\n{self.tail(name)}")
            time.sleep(0.05)

    def dead(self) -> list[Command]:
        """Servers that ended by themselves; they are forgotten here."""
        ended = [(c, p) for c, p in self.running if p.poll() is not None]
        self.running = [pair for pair in self.running if pair not in ended]
        return [command for command, _ in ended]

    def stop(self) -> None:
        """Stop all servers, the last started first: SIGTERM, and SIGKILL for whoever ignores it."""
        for _, process in reversed(self.running):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOPPING)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()

    def kill(self) -> None:
        """SIGKILL for all, as a power cut would do (tests)."""
        for _, process in self.running:
            process.kill()
        for _, process in self.running:
            process.wait()
        self.running.clear()

    def tail(self, name: str, lines: int = 15) -> str:
        """The last lines of a server's log."""
        path = self.logs / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else "(no log)"


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def port_or_free(wanted: int) -> int:
    """The wanted port, or a free one when it is taken (0: any free one)."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StartError("There is no free port on 127.0.0.1")
