"""Circuit: remembers whether a store answers, so that one which does not is asked seldom and keeps nobody waiting."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from chalicelib.domain.errors import StoreDown
from chalicelib.domain.stores import StoreId

_ENOUGH = 3  # failed calls in a row, each tried twice or thrice by the SDK, until the store counts as down
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0  # seconds without any call, doubling with each trial that fails
_FRESH = 1.0  # seconds for which an answer shows that the store still answers
_SILENT = 30.0  # seconds without an answer after which nobody sends many bytes before having asked
_UNANSWERED = 2  # questions that may be open at once while that is not known


@dataclass
class Circuit:
    """One store as one process sees it; every method may be called by any thread.

    | the last calls                    | the next call                                                           |
    |-----------------------------------|-------------------------------------------------------------------------|
    | one was answered within a second  | is made                                                                 |
    | none was, two questions are open  | waits for an answer to either, `patience` seconds, and is refused then  |
    | failed once or twice              | the same, with one question open                                        |
    | failed three times in a row: down | is refused until the pause is over; then one is made, as a trial        |

    `changed` hears the reason when the store goes down, and None when it answers again, or for the first time.
    """

    store: StoreId
    changed: Callable[[str | None], None]
    seconds: Callable[[], float] = time.monotonic
    spread: Callable[[], float] = random.random
    patience: float = 2.0
    _failures: int = 0  # in a row
    _quiet_until: float = 0.0
    _answered_at: float = float("-inf")
    _open: int = 0
    _well: bool | None = None  # None: nobody knows yet
    _news: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def question(self) -> Iterator[None]:
        """One call that a store which is well answers at once. Raises StoreDown when it would have to wait for that."""
        self.admit(question=True)
        try:
            with self.counted():
                yield
            with self._news:
                self._answered_at, self._quiet_until = self.seconds(), 0.0
                self._failures = min(self._failures, _ENOUGH - 1)  # all that it promised has still to come
        finally:
            with self._news:
                self._open -= 1
                self._news.notify_all()

    def admit(self, question: bool = False) -> None:
        """Raise StoreDown when the store is not to be asked now."""
        with self._news:
            if not self._down:
                self._news.wait_for(lambda: not self._doubtful(), self.patience)
            if self._doubtful():
                raise StoreDown(f"Store {self.store} does not answer; it is asked again in a while", self.store)
            self._open += question

    @property
    def silent(self) -> bool:
        """Whether the store has not answered for a while, or failed since."""
        return self.seconds() - self._answered_at > _SILENT

    @contextmanager
    def counted(self) -> Iterator[None]:
        """What fails in here with StoreDown is a failure of this store, unless it names another one."""
        try:
            yield
        except StoreDown as error:
            if error.store:
                raise  # that of bytes which were on their way from there
            self._failed(str(error))
            raise StoreDown(f"{error} (store {self.store})", self.store) from error

    def succeeded(self) -> None:
        """All that was asked for has come."""
        with self._news:
            self._failures, self._answered_at, self._quiet_until = 0, self.seconds(), 0.0
            known, self._well = self._well, True
            self._news.notify_all()
        if not known:
            self.changed(None)

    def _failed(self, reason: str) -> None:
        with self._news:
            self._failures += 1
            self._answered_at = float("-inf")
            went_down = self._down and self._well is not False
            if self._down:
                self._well = False
                pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(self._failures - _ENOUGH, 20))
                self._quiet_until = self.seconds() + pause * (0.5 + self.spread() / 2)
            self._news.notify_all()
        if went_down:
            self.changed(reason)

    @property
    def _down(self) -> bool:
        return self._failures >= _ENOUGH

    def _doubtful(self) -> bool:
        if self._down:
            return self._open > 0 or self.seconds() < self._quiet_until
        most = 1 if self._failures else _UNANSWERED
        return self._open >= most and self.seconds() - self._answered_at > _FRESH
