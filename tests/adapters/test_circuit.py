"""Circuit: a store that does not answer is asked seldom, keeps few waiting, and is known to be back by one trial."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.adapters.circuit import Circuit
from chalicelib.adapters.guarded import Guarded
from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import ChecksumMismatch, StoreDown, Unavailable
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Opened
from tests.adapters.rigs import about

SPACE, ITEM = SpaceId("maps"), ContentId("plate")
DATA = b"0123456789"


class Down(MemoryStore):
    """A memory store that fails as a real one does, counts its calls, and may never answer."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: Exception | None = None
        self.breaking: Exception | None = None
        self.asked = 0
        self.hold: threading.Event | None = None

    def _answer(self) -> None:
        self.asked += 1
        if self.hold is not None:
            self.hold.wait(20)
        if self.failing is not None:
            raise self.failing

    @contextmanager
    def open(self, *args: Any, **kwargs: Any) -> Iterator[Opened | None]:
        with super().open(*args, **kwargs) as opened:
            if opened is not None and self.breaking is not None:
                opened = Opened(opened.stored, self._broken())
            yield opened

    def _broken(self) -> Iterator[bytes]:
        yield b"01"
        assert self.breaking is not None
        raise self.breaking


@dataclass
class Rig:
    """A store behind its circuit, and a clock to set."""

    now: float = 1000.0
    heard: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.below = Down()
        self.circuit = Circuit(
            StoreId("2"), self.heard.append, seconds=lambda: self.now, spread=lambda: 1.0, patience=0.05
        )
        self.store: Any = Guarded(self.below, self.circuit)
        self.store.create_space(SPACE)
        self.store.put(SPACE, ITEM, [DATA], about())
        self.heard.clear()
        self.now += 10

    def fail(self, times: int = 3) -> None:
        self.below.failing = StoreDown("no answer")
        for _ in range(times):
            with pytest.raises(StoreDown, match="no answer"):
                self.store.head(SPACE, ITEM)

    def read(self) -> bytes | None:
        with self.store.open(SPACE, ITEM) as opened:
            return opened and b"".join(opened.chunks)


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_three_failures_in_a_row_stop_all_calls_and_are_told_once(rig: Rig) -> None:
    rig.fail()
    asked = rig.below.asked
    for call in (lambda: rig.store.head(SPACE, ITEM), rig.read, lambda: rig.store.put(SPACE, ITEM, [DATA], about())):
        with pytest.raises(StoreDown, match="Store 2 does not answer") as error:
            call()
        assert error.value.store == "2"
    assert rig.below.asked == asked
    assert rig.heard == ["no answer"]


def test_failures_that_are_not_in_a_row_stop_nothing(rig: Rig) -> None:
    for _ in range(4):
        rig.fail(2)
        rig.below.failing = None
        assert rig.store.head(SPACE, ITEM) is not None
    assert rig.heard == []


def test_after_a_pause_that_grows_one_trial_is_made(rig: Rig) -> None:
    rig.fail()
    pauses = []
    for _ in range(10):
        asked, began = rig.below.asked, rig.now
        while rig.below.asked == asked:
            rig.now += 1
            with pytest.raises(StoreDown):
                rig.store.head(SPACE, ITEM)
        pauses.append(rig.now - began)
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    rig.below.failing = None
    rig.now += 300
    assert rig.read() == DATA
    assert rig.read() == DATA
    assert rig.heard == ["no answer", None]


def test_others_are_refused_while_the_trial_is_out(rig: Rig) -> None:
    rig.fail()
    rig.now += 300
    rig.below.failing, rig.below.hold = None, threading.Event()
    trial = threading.Thread(target=rig.store.head, args=(SPACE, ITEM))
    trial.start()
    while rig.circuit._open == 0:
        pass
    with pytest.raises(StoreDown, match="does not answer"):
        rig.store.head(SPACE, ITEM)
    rig.below.hold.set()
    trial.join()
    assert rig.store.head(SPACE, ITEM) is not None


def test_a_store_that_never_answers_keeps_two_threads_and_no_more(rig: Rig) -> None:
    rig.below.hold = threading.Event()
    refused: list[str] = []

    def ask() -> None:
        try:
            rig.store.head(SPACE, ITEM)
        except StoreDown as error:
            refused.append(error.store)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2)
    assert refused == ["2"] * 6, "while two wait for an answer"
    assert rig.circuit._open == 2
    rig.below.hold.set()
    for thread in threads:
        thread.join()
    assert rig.circuit._open == 0


def test_a_store_that_answers_is_asked_by_as_many_as_there_are(rig: Rig) -> None:
    rig.store.head(SPACE, ITEM)
    rig.below.hold = threading.Event()
    threads = [threading.Thread(target=rig.store.head, args=(SPACE, ITEM)) for _ in range(8)]
    for thread in threads:
        thread.start()
    while rig.circuit._open < 8:
        pass
    rig.below.hold.set()
    for thread in threads:
        thread.join()


def test_reads_that_break_off_count_though_they_began_well(rig: Rig) -> None:
    rig.below.breaking = StoreDown("cut")
    for _ in range(3):
        with pytest.raises(StoreDown, match="cut"):
            rig.read()
    with pytest.raises(StoreDown, match="does not answer"):
        rig.read()
    assert rig.heard == ["cut"]
    rig.below.breaking = None
    rig.now += 300
    assert rig.read() == DATA
    assert rig.heard == ["cut", None]


def test_what_the_other_end_or_a_reader_does_is_no_failure_of_the_store(rig: Rig) -> None:
    def breaking(error: Exception) -> Iterator[bytes]:
        yield b"01"
        raise error

    for _ in range(5):
        for error in (StoreDown("cut", "1"), Unavailable("changed"), ChecksumMismatch("other bytes")):
            with pytest.raises(type(error)) as raised:
                rig.store.put(SPACE, ITEM, breaking(error), about())
            assert raised.value is error
        with suppress(StoreDown), rig.store.open(SPACE, ITEM) as opened:
            next(opened.chunks)
            raise StoreDown("the target", "3")
    assert rig.read() == DATA
    assert rig.heard == []


def test_the_first_answer_of_a_process_is_told(rig: Rig) -> None:
    heard: list[str | None] = []
    store: Any = Guarded(rig.below, Circuit(StoreId("2"), heard.append))
    store.head(SPACE, ITEM)
    store.head(SPACE, ITEM)
    assert heard == [None]


def test_a_store_that_was_silent_is_asked_before_bytes_are_sent_to_it(rig: Rig) -> None:
    rig.now += 60
    rig.below.failing = StoreDown("no answer")
    body = iter([DATA])
    with pytest.raises(StoreDown, match="no answer"):
        rig.store.put(SPACE, ITEM, body, about())
    assert list(body) == [DATA], "nobody read it"
    rig.below.failing = None
    for asked in (2 + 1, 2):  # the memory store looks twice at itself while it takes an object
        before = rig.below.asked
        rig.store.put(SPACE, ITEM, [DATA], about())
        assert rig.below.asked - before == asked


def test_whatever_else_a_provider_has_is_there(rig: Rig) -> None:
    assert rig.store.contents is rig.below.contents
    assert [entry.id for entry in rig.store.list(SPACE)] == [ITEM]
    rig.fail(2)
    rig.store.address(SPACE, ITEM, "mark")  # asks the store nothing
    rig.fail(1)
    assert rig.heard == ["no answer"]
