"""Change a record: decide on its newest version, and decide anew when somebody else was faster."""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Overtaken
from chalicelib.domain.journal import Event
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Index

_ATTEMPTS = 8  # races for one record are short; whoever loses this often comes back through the queue

Change = tuple[Item, list[Event]]


def change_record(
    index: Index,
    space: SpaceId,
    content_id: ContentId,
    decide: Callable[[Item | None], Change | None],
    seen: Item | None = None,
    just_read: bool = False,
) -> Item | None:
    """Save what `decide` makes of the present record, with its events; returns the record as it then is.

    `decide` may be called several times and says None when there is nothing to change. `seen` is the record as it was
    a moment ago: if nobody changed it since, it need not be read again; nor if there is nothing to change and it was
    `just_read`, when None says that there was none. Raises Overtaken when the record is never left alone.
    """
    if seen is not None or just_read:
        change = decide(seen)
        if change is None and just_read:
            return seen
        if change is not None and index.save(*change):
            return replace(change[0], revision=change[0].revision + 1)
    for _ in range(_ATTEMPTS):
        before = index.item(space, content_id)
        change = decide(before)
        if change is None:
            return before
        after, events = change
        if index.save(after, events):
            return replace(after, revision=after.revision + 1)
    raise Overtaken(f"The record of {content_id!r} in {space!r} is being changed by others")
