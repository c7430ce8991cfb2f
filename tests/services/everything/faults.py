"""Faults: what goes wrong with calls of ports, each once, at a call that was chosen beforehand."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Opened
from tests.services.world import ONE, Fuse


class Wrong(StrEnum):
    """How a call goes wrong; for all but the first and the second, nobody is told."""

    REFUSED = "refused"  # 500, 503, 403, a time-out: nothing was done
    ANSWER_LOST = "done, told as failed"
    CUT_OFF = "cut off"  # a read that ends before the last byte
    GARBLED = "wrong bytes read"
    SPOILT = "wrong bytes stored"
    SWALLOWED = "told as done, not done"


OTHERS = ("index", "queue", "notes")
_CHANGES = frozenset(
    {
        "begin",
        "complete",
        "abandon",
        "put",
        "delete",
        "create_space",
        "remove_space",
        "save",
        "save_space",
        "save_policies",
        "send",
    }
)
_CALLS = {
    Wrong.ANSWER_LOST: _CHANGES,
    Wrong.CUT_OFF: {"open"},
    Wrong.GARBLED: {"open"},
    Wrong.SPOILT: {"put"},
    Wrong.SWALLOWED: {"put", "delete"},
}


@dataclass
class Fault:
    """One thing to go wrong with a port, after so many calls with which it could have."""

    port: str
    wrong: Wrong
    after: int

    def hits(self, port: str, call: str) -> bool:
        """Whether this is the call; counts those before it."""
        if port != self.port or call not in _CALLS.get(self.wrong, {call}):
            return False
        self.after -= 1
        return self.after < 0


@dataclass
class Fate(Fuse):
    """The fuse of a process in whose world the `armed` faults happen.

    `spoilt` are the items that the primary stored wrong, or not at all, while it said that it did.
    `watch` sees every call before it is made: the name of its port, its own, and its arguments.
    """

    armed: list[Fault] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    spoilt: set[tuple[SpaceId, ContentId]] = field(default_factory=set)
    names: dict[int, str] = field(default_factory=dict)
    watch: Callable[[str, str, tuple[Any, ...]], None] = lambda *_: None

    def call(self, port: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Make the call, unless something else is to happen."""
        where = self.names.get(id(port), "")
        self.watch(where, name, args)
        fault = next((fault for fault in self.armed if fault.hits(where, name)), None)
        if fault is None:
            return super().call(port, name, args, kwargs)
        self.armed.remove(fault)
        self.happened[f"{fault.wrong} ({where if where in OTHERS else 'store ' + where})"] += 1
        return self._go_wrong(fault, port, name, args, kwargs)

    def _go_wrong(self, fault: Fault, port: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if fault.wrong is Wrong.REFUSED:
            raise Unavailable("503 Service Unavailable")
        if fault.wrong is Wrong.SWALLOWED:
            if name == "put" and fault.port == ONE:
                self.spoilt.add(args[:2])
            return _pretend(*args, **kwargs) if name == "put" else None
        result = super().call(port, name, args, kwargs)
        match fault.wrong:
            case Wrong.ANSWER_LOST:
                raise Unavailable("the connection was closed before the answer came")
            case Wrong.CUT_OFF:
                return _reading(result, _cut)
            case Wrong.GARBLED:
                return _reading(result, _garbled)
            case Wrong.SPOILT:
                space, item = args[:2]
                port.damage(space, item, b"?" + port.contents[space][item][0][1:])
                if fault.port == ONE:
                    self.spoilt.add((space, item))
        return result


def _pretend(space: SpaceId, item: ContentId, body: Any, about: Any, size: int | None = None, *_: Any) -> Any:
    nowhere = MemoryStore({space: {}})
    return nowhere.put(space, item, body, about, size)


@contextmanager
def _reading(
    opening: AbstractContextManager[Opened | None], changed: Callable[[Iterator[bytes]], Iterator[bytes]]
) -> Iterator[Opened | None]:
    with opening as opened:
        yield opened and replace(opened, chunks=changed(opened.chunks))


def _cut(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield next(chunks)
    raise Unavailable("the connection was closed before the last byte came")


def _garbled(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield b"!" + next(chunks)[1:]
    yield from chunks
