"""Keep evidence: bytes that nobody expected are moved aside before they are replaced."""

import hashlib
from dataclasses import dataclass, replace

from chalicelib.domain.checksums import Checksums, tally
from chalicelib.domain.content import About, ContentId, format_time
from chalicelib.domain.errors import ChecksumMismatch, Unavailable
from chalicelib.domain.journal import SYSTEM, Event, Kind
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import SYSTEM_SPACE
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, StorageProvider, Stores
from chalicelib.services.change_record import Change, change_record


@dataclass(frozen=True)
class KeepEvidence:
    """Evidence goes to the system space of the primary store, or, where that is not to be written to, of another."""

    stores: Stores
    index: Index
    clock: Clock

    def keep(self, item: Item, store: StoreId, found: Checksums) -> None:
        """Move bytes that nobody expected aside, under a name that is the same however often this runs.

        Returns when they were read there, or nothing is left to keep. Raises Unavailable.
        """
        name = hashlib.sha256(item.id.encode()).hexdigest()[:32]
        evidence = ContentId(f"evidence/{item.space}/{name}/store-{store}/{found.sha256}")
        about = About(
            content_type="application/octet-stream",
            deposited_at=self.clock(),
            deposited_by=SYSTEM,
            properties={
                "evidence-space": item.space,
                "evidence-content-id": item.id.encode("unicode_escape").decode("ascii"),
                "evidence-store": store,
                "expected-sha256": str(item.checksums.sha256),
                "found-sha256": str(found.sha256),
                "found-at": format_time(self.clock()),
            },
            checksums=found,
        )
        keeper = self._keeper(store)
        kept_in = self.stores.providers[keeper]
        if not _holds(kept_in, evidence, found):
            kept_in.create_space(SYSTEM_SPACE)
            with self.stores.providers[store].open(item.space, item.id) as opened:
                if opened is None:
                    return  # withdrawn by the store since it was read: there is nothing left to keep
                try:
                    kept_in.put(SYSTEM_SPACE, evidence, opened.chunks, about)
                except ChecksumMismatch as error:
                    raise Unavailable(f"Store {store} gives other bytes of {item.id!r} at every read") from error
            if not _holds(kept_in, evidence, found):  # what it is read from is replaced next
                raise Unavailable(f"Store {keeper} did not keep {evidence!r} as it said")
        self._record(item, store, evidence, found, keeper)

    def _keeper(self, store: StoreId) -> StoreId:
        """The primary; where it is not to be written to, another store than the one whose bytes are kept."""
        others = self.index.policies().writable(self.stores.ids)
        return next((s for s in others if s != store or s == self.stores.primary_id), store)

    def _record(self, item: Item, store: StoreId, evidence: ContentId, found: Checksums, keeper: StoreId) -> None:
        detail = {"kept-as": f"{SYSTEM_SPACE}/{evidence}", "md5": str(found.md5), "sha256": str(found.sha256)}
        if keeper != self.stores.primary_id:
            detail["kept-in"] = f"store {keeper}"

        def decide(current: Item | None) -> Change | None:
            if current is None or store not in current.copies or current.copies[store].held.agrees(found):
                return None
            # The kept bytes are expected from here on: should the write that follows crash, they are not kept twice.
            after = current.with_copy(store, replace(current.copies[store], held=found))
            return after, [Event(Kind.EVIDENCE_KEPT, self.clock(), SYSTEM, item.space, item.id, store, detail)]

        change_record(self.index, item.space, item.id, decide)


def _holds(store: StorageProvider, evidence: ContentId, found: Checksums) -> bool:
    with store.open(SYSTEM_SPACE, evidence) as opened:
        return opened is not None and tally(opened.chunks).checksums == found
