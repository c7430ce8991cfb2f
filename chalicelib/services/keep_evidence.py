"""Keep evidence: bytes that nobody expected are moved aside before they are replaced."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from chalicelib.domain.checksums import Checksums, tally
from chalicelib.domain.content import About, ContentId, format_time
from chalicelib.domain.errors import ChecksumMismatch, Overtaken, Unavailable
from chalicelib.domain.journal import SYSTEM, Event, Kind
from chalicelib.domain.parts import Part
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import SYSTEM_SPACE
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, Opened, StorageProvider, Stores
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
        evidence = ContentId(f"{_folder(item, store)}/{found.sha256}")
        about = self._about(item, store, item.checksums, found, {})
        keeper = self._keeper(store)
        if self._kept(evidence, keeper, about, lambda: self.stores.providers[store].open(item.space, item.id)):
            self._record(item, store, evidence, found, keeper)

    def keep_parts(self, item: Item, store: StoreId, etag: str, parts: Iterable[Part]) -> None:
        """Move the bytes of these parts of a large object aside, each under a name of its own, with their place.

        Returns when all were read there. Repeatable: what its history tells since the last repair is not kept again.
        Raises Overtaken when a part is right after all, or the object another, and Unavailable.
        """
        told = self._told(item, store)
        for part in parts:
            if str(part.number) in told:
                continue

            def read(part: Part = part) -> AbstractContextManager[Opened | None]:
                return self.stores.providers[store].open(item.space, item.id, part.first, part.last, etag)

            with read() as opened:
                found = tally(opened.chunks if opened else ()).checksums
            if found.sha256 == part.sha256:
                raise Overtaken(f"Store {store} gives other bytes of {item.id!r} at every read")
            place = {"part": str(part.number), "first-byte": str(part.first), "last-byte": str(part.last)}
            about = self._about(item, store, Checksums(sha256=part.sha256), found, place)
            evidence = ContentId(f"{_folder(item, store)}/part-{part.number}/{found.sha256}")
            keeper = self._keeper(store)
            if self._kept(evidence, keeper, about, read):
                self._record_part(item, store, evidence, keeper, about)

    def _kept(
        self,
        evidence: ContentId,
        keeper: StoreId,
        about: About,
        read: Callable[[], AbstractContextManager[Opened | None]],
    ) -> bool:
        """Whether the keeper was read to have what `read` gives; False when nothing is left to keep."""
        kept_in, found = self.stores.providers[keeper], about.checksums
        if _holds(kept_in, evidence, found):
            return True
        kept_in.create_space(SYSTEM_SPACE)
        with read() as opened:
            if opened is None:
                return False  # withdrawn by the store since it was read
            try:
                kept_in.put(SYSTEM_SPACE, evidence, opened.chunks, about)
            except ChecksumMismatch as error:
                raise Unavailable(f"{evidence!r} has other bytes at every read") from error
        if not _holds(kept_in, evidence, found):  # what it is read from is replaced next
            raise Unavailable(f"Store {keeper} did not keep {evidence!r} as it said")
        return True

    def _about(
        self, item: Item, store: StoreId, expected: Checksums, found: Checksums, place: Mapping[str, str]
    ) -> About:
        properties = {
            "evidence-space": item.space,
            "evidence-content-id": item.id.encode("unicode_escape").decode("ascii"),
            "evidence-store": store,
            **{f"evidence-{name}": value for name, value in place.items()},
            "expected-sha256": str(expected.sha256),
            "found-sha256": str(found.sha256),
            "found-at": format_time(self.clock()),
        }
        return About("application/octet-stream", self.clock(), SYSTEM, properties=properties, checksums=found)

    def _keeper(self, store: StoreId) -> StoreId:
        """The primary; where it is not to be written to, another store than the one whose bytes are kept."""
        others = self.index.policies().writable(self.stores.ids)
        return next((s for s in others if s != store or s == self.stores.primary_id), store)

    def _told(self, item: Item, store: StoreId) -> set[str]:
        """The parts that its history tells as kept since the copy was last whole."""
        told: set[str] = set()
        for event in self.index.history(item.space, item.id):
            if event.store == store and event.kind in (Kind.REPAIRED, Kind.REPLICATED):
                told.clear()
            elif event.store == store and event.kind is Kind.EVIDENCE_KEPT and "part" in event.detail:
                told.add(event.detail["part"])
        return told

    def _detail(self, evidence: ContentId, found: Checksums, keeper: StoreId) -> dict[str, str]:
        detail = {"kept-as": f"{SYSTEM_SPACE}/{evidence}", "md5": str(found.md5), "sha256": str(found.sha256)}
        return detail | ({"kept-in": f"store {keeper}"} if keeper != self.stores.primary_id else {})

    def _record_part(self, item: Item, store: StoreId, evidence: ContentId, keeper: StoreId, about: About) -> None:
        place = ("part", "first-byte", "last-byte")
        detail = self._detail(evidence, about.checksums, keeper)
        detail |= {name: about.properties[f"evidence-{name}"] for name in place}
        detail["expected-sha256"] = about.properties["expected-sha256"]
        event = Event(Kind.EVIDENCE_KEPT, self.clock(), SYSTEM, item.space, item.id, store, detail)
        change_record(self.index, item.space, item.id, lambda current: (current, [event]) if current else None)

    def _record(self, item: Item, store: StoreId, evidence: ContentId, found: Checksums, keeper: StoreId) -> None:
        detail = self._detail(evidence, found, keeper)

        def decide(current: Item | None) -> Change | None:
            if current is None or store not in current.copies or current.copies[store].held.agrees(found):
                return None
            # The kept bytes are expected from here on: should the write that follows crash, they are not kept twice.
            after = current.with_copy(store, replace(current.copies[store], held=found))
            return after, [Event(Kind.EVIDENCE_KEPT, self.clock(), SYSTEM, item.space, item.id, store, detail)]

        change_record(self.index, item.space, item.id, decide)


def _folder(item: Item, store: StoreId) -> str:
    return f"evidence/{item.space}/{hashlib.sha256(item.id.encode()).hexdigest()[:32]}/store-{store}"


def _holds(store: StorageProvider, evidence: ContentId, found: Checksums) -> bool:
    with store.open(SYSTEM_SPACE, evidence) as opened:
        return opened is not None and tally(opened.chunks).checksums == found
