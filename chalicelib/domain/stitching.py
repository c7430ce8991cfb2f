"""Stitching: how far the making of one whole item out of chunks has come, as the history of their manifest tells it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.journal import Event, Kind
from chalicelib.domain.stores import StoreId


class State(StrEnum):
    """asked: to be put together · verifying: whole, its chunks go when every copy is proven · done · failed."""

    ASKED = "asked"
    VERIFYING = "verifying"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Stitching:
    """The latest asking and what came of it.

    `reason` is the last failure since, which is final in the state `failed` and tried again in others; the sizes and
    checksums are those of the stitched whole and of the manifest that it was stitched from.
    """

    state: State
    asked_at: datetime
    asked_by: str
    remove_chunks: bool
    replace: bool
    changed_at: datetime
    reason: str | None = None
    md5: str = ""
    manifest_md5: str = ""
    chunks: int = 0
    waiting_for: tuple[StoreId, ...] = ()  # stores whose copy of the whole is not proven yet

    @property
    def over(self) -> bool:
        """Whether nothing more happens until somebody asks again."""
        return self.state in (State.DONE, State.FAILED)


def stitching(history: Iterable[Event]) -> Stitching | None:
    """What the history of a manifest tells, oldest event first; None when nobody ever asked."""
    found: Stitching | None = None
    for event in history:
        if event.kind is Kind.STITCHING_ASKED:
            wanted = {name: event.detail.get(name) == "true" for name in ("remove-chunks", "replace")}
            found = Stitching(State.ASKED, event.at, event.agent, wanted["remove-chunks"], wanted["replace"], event.at)
        elif found is not None:
            found = _after(found, event)
    return found


def _after(before: Stitching, event: Event) -> Stitching:
    match event.kind:
        case Kind.STITCHED:
            return replace(
                before,
                state=State.VERIFYING if before.remove_chunks else State.DONE,
                changed_at=event.at,
                reason=None,
                md5=event.detail["md5"],
                manifest_md5=event.detail["manifest-md5"],
                chunks=int(event.detail["chunks"]),
            )
        case Kind.CHUNKS_REMOVED:
            return replace(before, state=State.DONE, changed_at=event.at, reason=None)
        case Kind.STITCHING_FAILED:
            reason = event.detail["reason"]
            if event.detail["final"] != "true":
                return replace(before, reason=reason)
            return replace(before, state=State.FAILED, changed_at=event.at, reason=reason)
    return before
