"""Register: bring the index up to date with what the primary store holds, and ask for what follows."""

from dataclasses import dataclass, replace

from chalicelib.domain import jobs
from chalicelib.domain.aside import is_aside
from chalicelib.domain.brake import Loss
from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import Policies, kept, stores_for
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.jobs import Job
from chalicelib.domain.journal import Event, Kind, described
from chalicelib.domain.records import Item
from chalicelib.domain.registration import (
    GRACE,
    Known,
    deposited,
    is_deposit,
    kept_as_written,
    overwrites,
    seen_again,
)
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.services.change_record import Change, change_record
from chalicelib.services.watch_losses import WatchLosses


@dataclass(frozen=True)
class Register:
    """Every object that appears in the primary store becomes an item, however it came there."""

    stores: Stores
    index: Index
    jobs: JobQueue
    clock: Clock
    losses: WatchLosses

    def register(self, space: SpaceId, content_id: ContentId) -> None:
        """Record the object's present state and ask for its copies and its first check. As `follow_ups`."""
        self.jobs.send(self.follow_ups(space, content_id))

    def follow_ups(self, space: SpaceId, content_id: ContentId) -> list[Job]:
        """Record the object's present state; what is to be asked for then: its copies and its first check.

        Safe twice, late and out of order: it reads the state, not the event's story. The *same* state has the same
        follow-ups again, since a crash may have come between the record and the jobs.
        While the primary store is out of service, the record stands for what it holds, and the other stores get what
        they lack. Raises NotFound when the space is unknown.
        """
        if is_aside(space, content_id):
            return []  # what waits there is no item
        item, there, policies = self._look(space, content_id, None, known_space=False)
        if item is None or not item.live:
            return []
        # Missing where it was, it is judged with all its copies.
        return self._of(item, policies) if there else [jobs.Check(space, content_id)]

    def record(
        self, space: SpaceId, content_id: ContentId, known: Known | None = None, first: Policies | None = None
    ) -> Item | None:
        """Make the record describe the object that the primary store shows now; returns it, or None without one.

        `first` are the policies as they were a moment ago, when nothing was under the id: then a first record is tried
        before any is looked for. Raises Unavailable when the object is not the one `known` to have been written.
        """
        item, _, _ = self._look(space, content_id, known, first=first)
        if known is not None and item is not None and item.revision > 1:
            # The event may have come before this record, and asked for what followed from an earlier one.
            self.jobs.send([jobs.Register(space, content_id)])
        return item

    def _look(
        self,
        space: SpaceId,
        content_id: ContentId,
        known: Known | None,
        known_space: bool = True,
        first: Policies | None = None,
    ) -> tuple[Item | None, bool, Policies]:
        """The record as it is after a look at the primary store, whether that showed an object, and the policies."""
        there, lost = False, False
        record, policies = (None, first) if first else self.index.item_and_policies(space, content_id)

        def decide(before: Item | None) -> Change | None:
            nonlocal there, lost, policies
            if before is not record:
                policies = self.index.policies()  # somebody was faster, perhaps because they were changed
            wanted = stores_for(policies, space, self.stores.ids)
            if not known_space and (before is None or not before.live) and self.index.space(space) is None:
                raise NotFound(f"Space {space!r} does not exist")
            if known is None and not policies.mode(self.stores.primary_id).read:
                there = True  # as far as anybody knows
                return self._wanted(before, wanted)
            seen = self.stores.primary.head(space, content_id)
            there = seen is not None
            if known is not None and not (seen and kept_as_written(seen, known)):
                raise Unavailable(f"{content_id!r} in {space!r} was replaced or deleted at once, or never stored")
            if seen is None:
                return None
            lost = overwrites(before, seen)
            if before is None or is_deposit(before, seen, known):
                after = deposited(before, space, content_id, seen, known, self.clock(), wanted)
                return after, [self._event(after, known)]
            after = seen_again(before, seen, known, self.clock(), self.stores.primary_id, wanted)
            if known is not None and known.etag == seen.etag:
                return after, [self._event(after, known)]  # the same bytes were deposited again
            return None if after == before else (after, [])

        item = change_record(self.index, space, content_id, decide, record, just_read=True)
        if lost:
            self.losses.lost(space, Loss.OVERWRITTEN)
        return item, there, policies

    def _wanted(self, before: Item | None, wanted: tuple[StoreId, ...]) -> Change | None:
        """The record with a copy to make in every store that is to keep one and has none."""
        if before is None or not before.live or (copies := kept(before.copies, wanted)) == before.copies:
            return None
        return replace(before, copies=copies, next_check=self.clock() + GRACE), []

    def _event(self, item: Item, known: Known | None) -> Event:
        detail = {"size": str(item.size), "generation": str(item.generation), "checksum-origin": item.origin.value}
        detail |= described(item.about)
        if item.checksums.md5:
            detail["md5"] = item.checksums.md5
        if item.checksums.sha256:
            detail["sha256"] = item.checksums.sha256
        if known is not None and known.etag == item.etag:
            detail |= known.provenance
        elif known is None:
            detail["noticed-by"] = "event"
        return Event(
            Kind.DEPOSITED, self.clock(), item.about.deposited_by, item.space, item.id, self.stores.primary_id, detail
        )

    def _of(self, item: Item, policies: Policies) -> list[Job]:
        primary = self.stores.primary_id
        if item.aside:
            return [jobs.BringBack(item.space, item.id)]
        unproven = [store for store in item.unproven() if store in self.stores.ids]
        asked = policies.mode(primary).read
        checks: list[Job] = []
        if asked and (primary in unproven or not item.checksums.complete):
            checks.append(jobs.Check(item.space, item.id, (primary,)))
        if not item.checksums.complete:
            return checks  # copies follow when the first read has fixed what they must hold
        return checks + [
            jobs.Replicate(item.space, item.id, store) for store in policies.writable(unproven) if store != primary
        ]
