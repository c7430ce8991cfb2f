"""Ports for work under way: short notes that outlive the process which made them, and sums that everybody adds to.

What is kept here describes work, never content: were all of it lost, work would be done again or a warning come late.
Every method may raise `Unavailable`, and may then be repeated.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Note:
    """One note: its `kind` and `name` tell it from all others; `revision` counts its saves, 0 means never saved."""

    kind: str
    name: str
    body: bytes
    revision: int = 0


class Notes(Protocol):
    """Notes by kind and name (1 to 1,024 bytes of UTF-8 each); all reads see all writes. A body has up to 350 KB."""

    def note(self, kind: str, name: str) -> Note | None:
        """The note of that name, or None."""

    def notes(self, kind: str, after: str = "", limit: int = 1000) -> list[Note]:
        """At most `limit` notes of a kind in UTF-8 byte order of their names, from behind `after`."""

    def save(self, note: Note) -> bool:
        """Save a note if nobody saved or erased it since `note.revision` was read; the saved one has `revision + 1`.

        False: somebody did; read again and decide anew.
        """

    def erase(self, kind: str, name: str) -> None:
        """Forget a note. Repeatable."""

    def add(self, kind: str, name: str, by: int = 1, forgotten_after: int = 7) -> int:
        """Add to the sum of that name, which begins at 0, and return it as it then is.

        Sums are apart from notes. One may vanish when nobody added to it for `forgotten_after` days. A call that
        raised Unavailable may have counted.
        """

    def sum(self, kind: str, name: str) -> int:
        """The sum of that name."""
