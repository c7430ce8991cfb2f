"""Keep parts: the checksums of the parts of large items, kept under the SHA-256 of the whole: facts about bytes."""

from dataclasses import dataclass, field

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.parts import PartList
from chalicelib.domain.records import Item
from chalicelib.domain.stores import StoreId
from chalicelib.domain.transfers import Sizes
from chalicelib.ports_work import Note, Notes

_KIND = "parts"


@dataclass(frozen=True)
class KeepParts:
    """What is kept was computed by us, in the same pass as the checksums of the whole; or told by a depositor.

    The latter speaks of one object only, so that nobody can tell it of others' bytes. That it belongs to the checksums
    of the whole is shown by a read of that object from its first byte to its last, and believed where it is too large
    for that: there it is known that each part is as it was sent.
    """

    notes: Notes
    sizes: Sizes = field(default_factory=Sizes)

    def keep(self, whole: Checksums, parts: PartList | None) -> None:
        """Keep the parts of the bytes that have these checksums, unless some are kept. Repeatable."""
        if parts is not None and whole.sha256 is not None:
            self.notes.save(Note(_KIND, whole.sha256, parts.encode()))

    def told(self, whole: Checksums, parts: PartList, etag: str) -> None:
        """Keep the parts of a large object, of which a depositor told us these checksums. Repeatable."""
        if parts.size > self.sizes.large:
            self.notes.save(Note(_KIND, f"{whole.sha256} {etag}", parts.encode()))

    def of(self, item: Item, primary: StoreId) -> PartList | None:
        """The parts of record of a large item; None when it is not large, or they are not known."""
        if item.size <= self.sizes.large or not item.checksums.complete:
            return None
        note = self.notes.note(_KIND, str(item.checksums.sha256))
        copy = item.copies.get(primary)
        if note is None and (item.size > self.sizes.whole or (copy is not None and copy.verified_at is not None)):
            note = self.notes.note(_KIND, f"{item.checksums.sha256} {item.etag}")
        parts = PartList.decode(note.body) if note else None
        return parts if parts is not None and parts.size == item.size else None
