"""Change a space: decide on its newest record, and decide anew when somebody else was faster."""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.domain.errors import Outdated, Unavailable
from chalicelib.domain.journal import Event
from chalicelib.domain.spaces import Space
from chalicelib.ports import Index

_ATTEMPTS = 8

Change = tuple[Space, list[Event]]


def require_revision(space: Space, read: int | None) -> None:
    """Raise Outdated when a space is not as it was read (None: nobody asks)."""
    if read is not None and read != space.revision:
        raise Outdated(f"Space {space.id!r} is at revision {space.revision}, not at {read}: read it and edit anew")


def change_space(index: Index, name: str, decide: Callable[[Space | None], Change | None]) -> tuple[Space | None, bool]:
    """Save what `decide` makes of the present record, with its events; the record as it then is, and whether saved.

    `decide` may be called several times and says None when there is nothing to change. Raises Unavailable when the
    record is never left alone.
    """
    for _ in range(_ATTEMPTS):
        before = index.space(name)
        change = decide(before)
        if change is None:
            return before, False
        after, events = change
        if index.save_space(after, events):
            return replace(after, revision=after.revision + 1), True
    raise Unavailable(f"The record of space {name!r} is being changed by others")
