"""Guarded: any store behind its circuit; while it is down, every call is refused at once, and names the store."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from chalicelib.adapters.circuit import Circuit
from chalicelib.domain.content import ContentId
from chalicelib.domain.spaces import SYSTEM_SPACE
from chalicelib.ports import Opened, StorageProvider

# How long any other call takes depends on how much it carries: nobody can tell whether it is still being answered.
_QUESTIONS = frozenset({"head", "list", "spaces"})
_SENDING = frozenset({"put", "begin"})
_NOTHING = ContentId("does-this-store-answer")

_KNOWN = frozenset({"address"})  # told without asking the store


@dataclass(frozen=True)
class Guarded:
    """Has every method of the provider. What fails with StoreDown there counts, and so does a read that breaks off."""

    provider: StorageProvider
    circuit: Circuit

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.provider, name)
        asked = callable(found) and name not in _KNOWN
        return partial(self._call, name, found) if asked else found

    def _call(self, name: str, method: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        question = name in _QUESTIONS
        if name in _SENDING and self.circuit.silent:
            # A store that never answers would keep the caller for as long as a write may take.
            self._call("head", self.provider.head, SYSTEM_SPACE, _NOTHING)
        if not question:
            self.circuit.admit()
        with self.circuit.question() if question else self.circuit.counted():
            result = method(*args, **kwargs)
        self.circuit.succeeded()
        return result

    @contextmanager
    def open(self, *args: Any, **kwargs: Any) -> Iterator[Opened | None]:
        """See StorageProvider."""
        with ExitStack() as stack:
            with self.circuit.question():
                opened = stack.enter_context(self.provider.open(*args, **kwargs))
            if opened is None:
                self.circuit.succeeded()
            yield opened and replace(opened, chunks=self._to_the_end(opened.chunks))

    def _to_the_end(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        with self.circuit.counted():
            yield from chunks
        self.circuit.succeeded()
