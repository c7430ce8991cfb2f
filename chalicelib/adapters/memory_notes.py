"""Memory notes: notes and sums in plain dictionaries, for tests."""

import threading
from dataclasses import dataclass, field, replace

from chalicelib.ports_work import Note


@dataclass
class MemoryNotes:
    """See Notes."""

    kept: dict[tuple[str, str], Note] = field(default_factory=dict)
    sums: dict[tuple[str, str], int] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def note(self, kind: str, name: str) -> Note | None:
        """See Notes."""
        return self.kept.get((kind, name))

    def notes(self, kind: str, after: str = "", limit: int = 1000) -> list[Note]:
        """See Notes."""
        with self._lock:
            found = [n for n in self.kept.values() if n.kind == kind and n.name.encode() > after.encode()]
        return sorted(found, key=lambda n: n.name.encode())[:limit]

    def save(self, note: Note) -> bool:
        """See Notes."""
        with self._lock:
            before = self.kept.get((note.kind, note.name))
            if (before.revision if before else 0) != note.revision:
                return False
            self.kept[note.kind, note.name] = replace(note, revision=note.revision + 1)
            return True

    def erase(self, kind: str, name: str) -> None:
        """See Notes."""
        with self._lock:
            self.kept.pop((kind, name), None)

    def add(self, kind: str, name: str, by: int = 1, forgotten_after: int = 7) -> int:
        """See Notes."""
        with self._lock:
            self.sums[kind, name] = self.sums.get((kind, name), 0) + by
            return self.sums[kind, name]

    def sum(self, kind: str, name: str) -> int:
        """See Notes."""
        return self.sums.get((kind, name), 0)
