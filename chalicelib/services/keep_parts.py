"""Keep parts: the checksums of the parts of large items, kept under the SHA-256 of the whole: facts about bytes."""

from dataclasses import dataclass, field

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.parts import PartList
from chalicelib.domain.records import Item
from chalicelib.domain.transfers import Sizes
from chalicelib.ports_work import Note, Notes

_KIND = "parts"


@dataclass(frozen=True)
class KeepParts:
    """What is kept was computed by whoever computed the checksums of the whole, in the same pass."""

    notes: Notes
    sizes: Sizes = field(default_factory=Sizes)

    def keep(self, whole: Checksums, parts: PartList | None) -> None:
        """Keep the parts of the bytes that have these checksums, unless some are kept. Repeatable."""
        if parts is not None and whole.sha256 is not None:
            self.notes.save(Note(_KIND, whole.sha256, parts.encode()))

    def of(self, item: Item) -> PartList | None:
        """The parts of record of a large item; None when it is not large, or they are not known."""
        if item.size <= self.sizes.large or not item.checksums.complete:
            return None
        note = self.notes.note(_KIND, str(item.checksums.sha256))
        parts = PartList.decode(note.body) if note else None
        return parts if parts is not None and parts.size == item.size else None
