"""Watch backlog: tell how much waits and since when, and call a person when a promise is broken."""

import json
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.domain.access import Caller, require_admin
from chalicelib.domain.backlog import Backlog, Promises, Stuck, Unreplicated, Waiting
from chalicelib.domain.content import format_time, parse_time
from chalicelib.domain.errors import DuraCloudError
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.ports_accounts import Message, Notifier
from chalicelib.ports_work import Note, Notes

log = logging.getLogger(__name__)

_STUCK, _ALARM, _DEAD = "stuck", "alarm", "dead"
_MOST = 1000  # counted one by one
_SOME = 100  # items that wait only for stores which are not configured any more are passed over
_DAY, _SHORT = timedelta(days=1), timedelta(minutes=5)
_TEXT = """Work of this service waits for longer than it should:

{told}

duracloud backlog and duracloud dead-letters tell more. You are told again tomorrow, should it go on.
"""


@dataclass(frozen=True)
class WatchBacklog:
    """`recipient` is who gets a message; without one, or a `notifier`, the log alone tells."""

    stores: Stores
    index: Index
    notes: Notes
    jobs: JobQueue
    clock: Clock
    promises: Promises
    notifier: Notifier | None = None
    recipient: str = ""
    _noted: dict[str, datetime] = field(default_factory=dict)

    def show(self, caller: Caller) -> tuple[Backlog, list[Waiting], list[str]]:
        """What waits, how much in each queue, and which promises are broken. Raises Unauthenticated, Denied."""
        require_admin(caller)
        backlog = self._backlog()
        return backlog, self.jobs.waiting(), backlog.broken(self.promises, self.clock())

    def watch(self) -> list[str]:
        """Log each broken promise, and mail them at most once a day. Repeatable, every few minutes."""
        told = self._backlog().broken(self.promises, self.clock())
        for sentence in told:
            # The word that the alarm on this function's log waits for.
            log.error("LATE: %s", sentence)
        if told and self.notifier is not None and self.recipient and self._first_today():
            text = _TEXT.format(told="\n".join(f"- {sentence}" for sentence in told))
            try:
                self.notifier.send(Message(self.recipient, "DuraCloud: work is late", text))
            except DuraCloudError as error:
                log.warning("Nobody could be told that work is late: %s", error)
        return told

    def received(self, queue: str, sent: datetime, message: str) -> None:
        """A queue handed out a message; one that is older than its promise is noted, the oldest of each queue."""
        now = self.clock()
        last = self._noted.get(queue)
        if now - sent <= self.promises.of(queue) or (last is not None and timedelta() <= now - last < _SHORT):
            return
        self._noted[queue] = now
        note = self.notes.note(_STUCK, queue)
        before = _stuck(note) if note else None
        if before is not None and before.sent < sent and now - before.seen < _DAY:
            return
        body = {"sent": format_time(sent), "seen": format_time(now), "message": message[:1000]}
        # Should somebody else be faster, theirs is as good.
        self.notes.save(Note(_STUCK, queue, json.dumps(body).encode(), note.revision if note else 0))

    def _backlog(self) -> Backlog:
        due = self.index.due(self.clock(), _MOST)
        stuck = (_stuck(note) for note in self.notes.notes(_STUCK))
        return Backlog(
            self._oldest(),
            len(due),
            due[0].next_check if due else None,
            len(self.notes.notes(_DEAD, limit=_MOST)),
            tuple(one for one in stuck if self.clock() - one.seen < _DAY),
        )

    def _oldest(self) -> Unreplicated | None:
        for item in self.index.waiting(_SOME):
            stores = tuple(store for store in item.unproven() if store in self.stores.providers)
            if stores and item.waiting_since:
                return Unreplicated(item.space, item.id, item.waiting_since, stores)
        return None

    def _first_today(self) -> bool:
        """Whether nobody was told within a day; from now on somebody was."""
        note, now = self.notes.note(_ALARM, "late"), self.clock()
        if note is not None and now - parse_time(note.body.decode()) < _DAY:
            return False
        return self.notes.save(Note(_ALARM, "late", format_time(now).encode(), note.revision if note else 0))


def _stuck(note: Note) -> Stuck:
    body = json.loads(note.body)
    return Stuck(note.name, parse_time(body["sent"]), parse_time(body["seen"]), body["message"])
