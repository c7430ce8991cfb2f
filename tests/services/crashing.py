"""Ports whose every call may be the process's last."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Crash(BaseException):
    """The process ends here; nobody can catch it."""


class Crashing:
    """A port whose every call may be the process's last: before the call is made, or just after it was."""

    def __init__(self, port: Any, fuse: "Fuse") -> None:
        self._port, self._fuse = port, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._fuse.burn()
            result = self._fuse.call(self._port, name, args, kwargs)
            self._fuse.burn()
            return result

        return call


def crash() -> None:
    """End the process."""
    raise Crash


@dataclass
class Fuse:
    """Counts calls; at zero the process crashes, or something else `happens`. Negative: never."""

    left: int = -1
    burnt: int = 0
    happens: Callable[[], None] = crash

    def call(self, port: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Make the call of a port; nothing goes wrong here."""
        return getattr(port, name)(*args, **kwargs)

    def burn(self) -> None:
        self.burnt += 1
        if self.left == 0:
            self.left = -1
            self.happens()
            return
        if self.left > 0:
            self.left -= 1
