"""A store whose answers are written down beforehand."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain.content import ContentId
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Opened


class ScriptedReads:
    """A store whose reads of one item give prepared answers, one after another: bytes, None or an error."""

    def __init__(self, store: MemoryStore, answers: list[bytes | Exception | None]) -> None:
        self._store, self._answers = store, answers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def open(
        self, space: SpaceId, item: ContentId, first: int = 0, last: int | None = None, etag: str | None = None
    ) -> AbstractContextManager[Opened | None]:
        answer = self._answers.pop(0)
        if answer is None:
            return nullcontext(None)
        stored = self._store.contents[space][item][1]
        if isinstance(answer, Exception):
            return nullcontext(Opened(stored, _broken(answer)))
        return nullcontext(Opened(stored, iter([answer])))


def _broken(error: Exception) -> Iterator[bytes]:
    yield b"half of"
    raise error
