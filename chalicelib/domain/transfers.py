"""Transfers: a large item on its way into a store, and what the runs that carry it have to agree on."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from chalicelib.domain.content import About
from chalicelib.domain.parts import PART, PartList, listed
from chalicelib.domain.records import Item
from chalicelib.domain.stores import StoreId

_MIB = 1 << 20

Run = tuple[int, int]  # numbers of parts, from the first to the last

OVERDUE = timedelta(hours=6)  # after its twelve attempts, also at a store that is down (domain/delays), a job is gone


@dataclass(frozen=True)
class Sizes:
    """When an item counts as large, and how much of one is under way at once; all in bytes.

    `large`: above it an item is copied in parts by several runs if need be · `run`: what one job copies or reads ·
    `whole`: what one job can surely read without parts · `in_flight`: what all runs of one process hold in memory ·
    `lanes`: parts that one run has under way.
    """

    part: int = PART
    large: int = 64 * _MIB
    run: int = 8192 * _MIB
    whole: int = 32768 * _MIB
    in_flight: int = 128 * _MIB
    lanes: int = 4


@dataclass(frozen=True)
class Transfer:
    """One item, one store. First its parts are sent, then the object is completed, then it is read back.

    `over` is the mark of what is to be replaced (None: nothing); `written` that of the completed object (None: not
    yet); `done` are the parts that are sent, or read back once it is completed; `sources` the stores they came from.
    `repair`: a copy that was found bad is being replaced. `unseen`: the provider copied some parts by itself.
    `mends`: the parts of it that are bad, where the others stay (empty: none stays). `out`: the runs for which a job
    was sent, each with the second of that: nobody else does their parts until it is overdue.
    """

    space: str
    item: str
    store: StoreId
    sha256: str
    generation: int
    described: str
    upload: str
    parts: int
    over: str | None = None
    repair: bool = False
    written: str | None = None
    done: tuple[Run, ...] = ()
    sources: tuple[StoreId, ...] = ()
    unseen: bool = False
    mends: tuple[int, ...] = ()
    out: tuple[tuple[int, int, int], ...] = ()

    @classmethod
    def of(
        cls,
        item: Item,
        store: StoreId,
        parts: PartList,
        upload: str,
        over: str | None,
        repair: bool,
        mends: tuple[int, ...] = (),
    ) -> "Transfer":
        """A transfer that begins."""
        given = (item.space, item.id, store, str(item.checksums.sha256), item.generation, _mark(item.about))
        return cls(*given, upload, len(parts.parts), over, repair, mends=mends)

    def serves(self, item: Item | None) -> bool:
        """Whether it is still this item, described like this, that is to be copied."""
        return (
            item is not None
            and item.live
            and (item.checksums.sha256, item.generation, _mark(item.about))
            == (self.sha256, self.generation, self.described)
        )

    def with_done(self, run: Run, sources: frozenset[StoreId] = frozenset(), unseen: bool = False) -> "Transfer":
        """After some more parts."""
        came_from = tuple(sorted({*self.sources, *sources}, key=int))
        return replace(self, done=_merged([*self.done, run]), sources=came_from, unseen=self.unseen or unseen)

    def handed_out(self, runs: Iterable[Run], now: datetime) -> "Transfer":
        """After a job was sent for each of these runs."""
        after = self
        for run in runs:
            given_up = after.given_up(run)
            after = replace(given_up, out=(*given_up.out, (*run, int(now.timestamp()))))
        return after

    def given_up(self, run: Run) -> "Transfer":
        """After the job of a run ended: what it did not do may be handed out again."""
        return replace(self, out=tuple(one for one in self.out if one[1] < run[0] or run[1] < one[0]))

    def completed(self, etag: str, told: bool = False) -> "Transfer":
        """After the object was made: nothing of it is read back yet.

        `told`: the store told the checksums of all parts, and they are right; only those that are new are read.
        """
        stay = _between(self.mends, self.parts) if told and self.mends else []
        return replace(self, written=etag, done=tuple(stay), out=())

    @property
    def whole(self) -> bool:
        """Whether no part is left."""
        return self.done == ((1, self.parts),)

    @property
    def how(self) -> str:
        """Where the bytes came from, in words."""
        if not self.mends:
            return f"from store {', '.join(self.sources)} in {self.parts} parts"
        others = ", ".join(source for source in self.sources if source != self.store)
        word = "parts" if len(self.mends) > 1 else "part"
        return f"{word} {listed(self.mends)} of {self.parts} from store {others}, the others as they were"

    def left(self, most: int, now: datetime) -> list[Run]:
        """The parts that nobody did or is to do, in runs of at most `most`."""
        age = {(first, last): now.timestamp() - at for first, last, at in self.out}
        out = [run for run in age if 0 <= age[run] < OVERDUE.total_seconds()]  # the clock may have been ahead
        edges = [(0, 0), *_merged([*self.done, *out]), (self.parts + 1, 0)]
        gaps = [(before[1] + 1, after[0] - 1) for before, after in pairwise(edges)]
        return [(at, min(at + most - 1, last)) for first, last in gaps for at in range(first, last + 1, most)]

    def encode(self) -> bytes:
        """As it is noted."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, body: bytes) -> "Transfer":
        """The reverse of `encode`."""
        given: dict[str, Any] = json.loads(body)
        runs = tuple((first, last) for first, last in given.pop("done"))
        mends = tuple(given.get("mends", ()))
        out = tuple((first, last, at) for first, last, at in given.get("out", ()))
        sources = tuple(given["sources"])
        return cls(**{**given, "done": runs, "sources": sources, "mends": mends, "out": out})


def _between(numbers: tuple[int, ...], last: int) -> list[Run]:
    """The runs of all parts but these."""
    gaps = [(before + 1, after - 1) for before, after in pairwise((0, *numbers, last + 1))]
    return [(first, through) for first, through in gaps if first <= through]


def _merged(runs: Iterable[Run]) -> tuple[Run, ...]:
    merged: list[Run] = []
    for first, last in sorted(runs):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _mark(about: About) -> str:
    said = [about.content_type, about.content_encoding, sorted(about.properties.items())]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]
