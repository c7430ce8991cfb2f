"""Hasten: remember in which stores a copy was lately found damaged or missing, so that others there are read sooner."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock
from chalicelib.ports_work import Note, Notes

log = logging.getLogger(__name__)

_KIND = "hastened"
_DAY = timedelta(days=1)
_LASTS = timedelta(days=7)


@dataclass(frozen=True)
class Hasten:
    """One note for each store, with the time of the incident: written once a day at most, however many there are."""

    notes: Notes
    clock: Clock

    def after(self, stores: Iterable[StoreId]) -> None:
        """A copy in each of these stores was found damaged or missing. Repeatable; never raises.

        What cannot be noted now is noted with the next such copy.
        """
        now = self.clock()
        try:
            for store in stores:
                note = self.notes.note(_KIND, store)
                if note is None or not _within(now, note, _DAY):
                    self.notes.save(Note(_KIND, store, now.isoformat().encode(), note.revision if note else 0))
        except Unavailable as error:
            log.warning("It could not be noted that copies in a store are to be read sooner: %s", error)

    def stores(self) -> frozenset[StoreId]:
        """The stores with such an incident within seven days."""
        now = self.clock()
        return frozenset(StoreId(note.name) for note in self.notes.notes(_KIND) if _within(now, note, _LASTS))


def _within(now: datetime, note: Note, span: timedelta) -> bool:
    """Whether it was noted within that time; a note from the future is of a clock that was wrong."""
    return timedelta() <= now - datetime.fromisoformat(note.body.decode()) < span
