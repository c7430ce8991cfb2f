"""Describe: give an item other properties, and leave its bytes alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from chalicelib.domain import jobs
from chalicelib.domain.content import About, ContentId, parse_content_type, parse_properties, require_storable
from chalicelib.domain.descriptions import Patch, mark
from chalicelib.domain.errors import NotFound, Outdated
from chalicelib.domain.journal import Event, Kind, described
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.registration import GRACE
from chalicelib.domain.spaces import Space
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.services.change_record import Change, change_record
from chalicelib.services.register import Register


@dataclass(frozen=True)
class NewDescription:
    """All that is to be said of an item from now on; without a content type it keeps the one it has (contract 1.6)."""

    content_type: str | None = None
    content_encoding: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Describe:
    """The record tells the description from then on: the primary keeps its object, other stores get theirs anew."""

    stores: Stores
    index: Index
    jobs: JobQueue
    register: Register
    clock: Clock

    def describe(self, space: Space, content_id: ContentId, new: NewDescription, agent: str) -> None:
        """Replace type, encoding and all custom properties. Raises Invalid, NotFound, StoreDown. Repeatable."""
        properties = parse_properties(new.properties)
        require_storable(properties)
        content_type = parse_content_type(new.content_type) if new.content_type else None

        def described_anew(item: Item) -> About:
            return replace(
                item.about,
                content_type=content_type or item.about.content_type,
                content_encoding=new.content_encoding,
                properties=properties,
            )

        self._record(space, content_id, agent, described_anew)

    def patch(self, space: Space, content_id: ContentId, patch: Patch, agent: str, read: str | None = None) -> Item:
        """Change a part of the description that was `read` (its mark; None: whichever there is); the record then.

        Nothing happens when nothing would change. Raises Invalid, NotFound, StoreDown, Outdated. Repeatable.
        """

        def patched(item: Item) -> About | None:
            if read is not None and read != mark(item):
                raise Outdated(f"{content_id!r} was changed since you read it: read it and edit anew")
            about = patch.applied(item.about)
            return None if about.described_as(item.about) else about

        return self._record(space, content_id, agent, patched)

    def _record(self, space: Space, content_id: ContentId, agent: str, change: Callable[[Item], About | None]) -> Item:
        self.index.policies().require_writable(self.stores.primary_id)
        if self.stores.primary.head(space.id, content_id) is None:
            raise NotFound(f"Content {content_id!r} does not exist in space {space.id!r}")
        self.register.record(space.id, content_id)  # its event may still be on its way

        def decide(item: Item | None) -> Change | None:
            if item is None or not item.live:
                raise NotFound(f"Content {content_id!r} was deleted meanwhile from space {space.id!r}")
            about, now = change(item), self.clock()
            if about is None:
                return None
            copies = {store: self._after(store, copy) for store, copy in item.copies.items()}
            event = Event(Kind.DESCRIBED, now, agent, space.id, content_id, self.stores.primary_id, described(about))
            after = replace(item, about=about, described_at=now, copies=copies)
            return (after if copies == item.copies else replace(after, next_check=now + GRACE)), [event]

        item = change_record(self.index, space.id, content_id, decide)
        assert item is not None  # `decide` refuses what is not there
        if item.checksums.complete:  # else copies follow from the first read
            pending = [
                s for s, c in item.copies.items() if c.state is CopyState.PENDING and s != self.stores.primary_id
            ]
            self.jobs.send([jobs.Replicate(space.id, content_id, store) for store in pending])
        return item

    def _after(self, store: StoreId, copy: Copy) -> Copy:
        """A copy elsewhere is to be written again; a bad one is being repaired, and gets the description then.

        One that could not be read may be good: a check that finds that would not look at its description.
        """
        rewrite = store != self.stores.primary_id and copy.state in (CopyState.INTACT, CopyState.UNREADABLE)
        return replace(copy, state=CopyState.PENDING) if rewrite else copy
