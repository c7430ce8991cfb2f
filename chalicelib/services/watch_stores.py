"""Watch stores: remember which store does not answer, tell the operators once, and catch up when it answers again."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId, format_time
from chalicelib.domain.errors import DuraCloudError, StoreDown, Unavailable
from chalicelib.domain.spaces import SYSTEM_SPACE
from chalicelib.domain.stores import Failing, StoreId
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.ports_accounts import Message, Notifier
from chalicelib.ports_work import Note, Notes
from chalicelib.services.sweep import Sweep

log = logging.getLogger(__name__)

KIND = "store"
_NOT_AT_ONCE = timedelta(minutes=5)  # a store that is restarted is nobody's worry
_QUESTION = ContentId("does-this-store-answer")
_TEXT = """Store {store} ({type}) has not answered since {since}:

{reason}

Nothing is lost: what it lacks is kept in mind, and made when it answers again. It is asked every few minutes. Should
that take longer, an owner can take it out of service: duracloud store {store} out-of-service
"""


@dataclass(frozen=True)
class WatchStores:
    """`recipient` is who gets a message about a store that stays down; without one, or a `notifier`, nobody does."""

    stores: Stores
    index: Index
    notes: Notes
    jobs: JobQueue
    sweep: Sweep
    clock: Clock
    notifier: Notifier | None
    recipient: str

    def hear(self, store: StoreId, reason: str | None) -> None:
        """A process found that a store does not answer (`reason`), or (None) that it does. Repeatable; never raises.

        What cannot be noted now is noted by the next process that finds it.
        """
        try:
            note = self.notes.note(KIND, store)
            failing = _decoded(note)
            if reason is None and failing is not None:
                self.jobs.send([jobs.LookAtStore(store)])
            if reason is not None and failing is None and self._noted(note, store, Failing(self.clock(), reason)):
                log.warning("Store %s does not answer: %s", store, reason)
        except Unavailable as error:
            log.warning("Store %s: %s could not be noted: %s", store, reason or "that it answers", error)

    def failing(self) -> Mapping[StoreId, Failing]:
        """The stores that do not answer."""
        found = {StoreId(note.name): _decoded(note) for note in self.notes.notes(KIND)}
        return {store: failing for store, failing in found.items() if failing is not None}

    def tell(self) -> None:
        """Have every store that does not answer asked again, and tell of those that have not for a while, once each.

        Repeatable, every few minutes.
        """
        for note in self.notes.notes(KIND):
            store, failing = StoreId(note.name), _decoded(note)
            if failing is None or store not in self.stores.providers:
                continue
            self.jobs.send([jobs.LookAtStore(store)])
            if self.clock() - failing.since < _NOT_AT_ONCE:
                continue
            # The words that the alarm on this function's log waits for.
            log.error("STORE DOWN: store %s does not answer since %s: %s", store, failing.since, failing.reason)
            if not failing.told:
                self._tell(store, failing)
                self._noted(note, store, replace(failing, told=True))

    def look(self, store: StoreId) -> None:
        """Ask a store that did not answer something small; if it answers, have every space swept. Safe twice and late.

        One that still does not answer is no failure of this: it is asked again in a few minutes.
        """
        note = self.notes.note(KIND, store)
        if store not in self.stores.providers or not self.index.policies().mode(store).read or _decoded(note) is None:
            return
        try:
            self.stores.providers[store].head(SYSTEM_SPACE, _QUESTION)
        except StoreDown as error:
            log.warning("Store %s still does not answer: %s", store, error)
            return
        self.sweep.sweep()
        self._noted(note, store, None)
        log.warning("Store %s answers again", store)

    def _noted(self, note: Note | None, store: StoreId, failing: Failing | None) -> bool:
        return self.notes.save(Note(KIND, store, _encoded(failing), note.revision if note else 0))

    def _tell(self, store: StoreId, failing: Failing) -> None:
        if self.notifier is None or not self.recipient:
            return
        kind = next(described.type for described in self.stores.described if described.id == store)
        text = _TEXT.format(store=store, type=kind, since=format_time(failing.since), reason=failing.reason)
        try:
            self.notifier.send(Message(self.recipient, f"Store {store} does not answer", text))
        except DuraCloudError as error:
            log.warning("Nobody could be told that store %s does not answer: %s", store, error)


def _encoded(failing: Failing | None) -> bytes:
    body = failing and {"since": failing.since.isoformat(), "reason": failing.reason, "told": failing.told}
    return json.dumps(body).encode()


def _decoded(note: Note | None) -> Failing | None:
    body = json.loads(note.body) if note else None
    return Failing(datetime.fromisoformat(body["since"]), body["reason"], body["told"]) if body else None
