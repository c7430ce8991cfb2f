"""Tell incidents: a message at once of what is lost, one a day of all that was found, one a week of every space."""

import logging
from dataclasses import dataclass, replace
from datetime import UTC, timedelta

from chalicelib.domain import jobs
from chalicelib.domain.content import format_time
from chalicelib.domain.digests import Digest, Tally, added, begun, daily_text, week_of, weekly_text
from chalicelib.domain.errors import Overtaken, Rejected
from chalicelib.domain.incidents import PATIENCE, Incident, Problem, State
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.spaces import CANARY_SPACE, SpaceId
from chalicelib.domain.statistics import Measurement
from chalicelib.domain.stores import StoreId
from chalicelib.messages_incidents import decode_digest, decode_incident, encode_digest
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.ports_accounts import Message, Notifier
from chalicelib.ports_work import Note, Notes
from chalicelib.services.keep_incidents import CURRENT, KeepIncidents, as_told

log = logging.getLogger(__name__)

_DIGEST, _DAILY = "digest", "daily"
TOLD = "incident-messages"  # sums by day
_PAGE = 200
_MOST_AT_ONCE = 10  # messages of single incidents in a day: of more, the digest tells
_QUIET = timedelta(days=2)  # a store of which nothing was unreadable for so long gives everything again
_TEXT = """{what}

Incident: {id}
Found:    {at}

Nothing was overwritten. What the checks saw, and which bytes were kept: {address}/api/incidents/{id}
"""


@dataclass(frozen=True)
class TellIncidents:
    """`recipient` is who gets the messages; without one, or a `notifier`, nobody does, and all else goes on."""

    stores: Stores
    index: Index
    notes: Notes
    jobs: JobQueue
    incidents: KeepIncidents
    clock: Clock
    notifier: Notifier | None
    recipient: str
    address: str

    def tell(self, name: str) -> None:
        """Send the message of an incident that somebody must know of at once, if it was not sent.

        After a crash it may be sent twice. Raises Unavailable when it could not be.
        """
        note = self.notes.note(CURRENT, name)
        incident = decode_incident(note.body) if note else None
        if incident is None or incident.told or incident.closed:
            return
        if incident.problem is Problem.SILENT:
            what = "Damage that the service made on purpose was not found and repaired: do not rely on its checks."
        else:
            what = f"No copy of {incident.item!r} in space {incident.space!r} is known to be right: {incident.problem}."
        told_today = self.notes.add(TOLD, str(self.clock().astimezone(UTC).date()))
        if told_today <= _MOST_AT_ONCE:
            at = format_time(incident.opened_at)
            text = _TEXT.format(what=what, id=incident.id, at=at, address=self.address)
            self._send(f"Needs a person: {incident.problem} in {incident.space}", text)
        self.incidents.change(name, lambda now: as_told(now) if now else None)

    def begin(self) -> None:
        """Ask for the digest of the day. Repeatable."""
        self.jobs.send([jobs.SettleIncidents()])

    def settle(self) -> None:
        """Go through one page of what is open and ask for the next; behind the last, send the digest.

        What the records show to be over is closed, what waits for too long is a person's, what was told of is put
        away. Safe twice and late: a day has one digest, though a crash between sending it and noting that may send it
        twice. Raises Unavailable when it could not be sent.
        """
        now = self.clock()
        note = self.notes.note(_DIGEST, _DAILY)
        digest = begun(decode_digest(note.body) if note else None, now, now.astimezone(UTC).date())
        if digest is None:
            return
        page = self.notes.notes(CURRENT, digest.after, _PAGE)
        for each in page:
            incident = self._settled(decode_incident(each.body))
            digest = digest.counting(incident)
            if digest.old(incident):
                self.incidents.put_away(incident)
        revision = note.revision if note else 0
        if len(page) == _PAGE:
            self._save(replace(digest, after=page[-1].name), revision)
            self.begin()
            return
        self._save(self._sent(digest), revision)

    def _sent(self, digest: Digest) -> Digest:
        if sum(digest.tallies.values(), Tally()).anything:
            self._send(f"Incidents of {digest.day}", daily_text(digest, self.address))
        week = {space: Tally(tally.found, tally.ended) for space, tally in digest.tallies.items()}
        sums = added(digest.week_tallies, week)
        present = week_of(digest.until.astimezone(UTC).date())
        if present != digest.week:
            self._send(f"Spaces in week {digest.week}", weekly_text(digest, self._measured(), sums))
            sums = {}
        return replace(digest, sent=True, week=present, week_tallies=sums, tallies={}, examples=(), after="")

    def _measured(self) -> list[Measurement]:
        """The latest measurement of every space and store, of today or yesterday."""
        today = self.clock().astimezone(UTC).date()
        found: dict[tuple[SpaceId, StoreId], Measurement] = {}
        for store in self.stores.ids:
            for each in self.index.measurements(store, today - timedelta(days=1), today):
                if each.space != CANARY_SPACE:
                    found[each.space, store] = each
        return list(found.values())

    def _settled(self, incident: Incident) -> Incident:
        """The incident as it should be by what the record says now."""
        over = None if incident.closed else self._over(incident)
        late = incident.state in (State.OPEN, State.REPAIRING) and self.clock() - incident.opened_at > PATIENCE
        if over is not None:
            self.incidents.end(incident, over)
        elif late:
            self.incidents.change(
                incident.name, lambda now: replace(now, state=State.PERSON) if now and not now.closed else None
            )
        else:
            return incident
        note = self.notes.note(CURRENT, incident.name)
        return decode_incident(note.body) if note else incident

    def _over(self, incident: Incident) -> str | None:
        if incident.problem is Problem.SILENT:
            return None
        if incident.item is None:
            quiet = self.clock() - incident.seen_at > _QUIET
            return "everything that was asked of the store was given for two days" if quiet else None
        item = self.index.item(incident.space, incident.item)
        if item is None or not item.live:
            return "the item was deleted"
        return "the record shows no such copy any more" if _right(item, incident.problem) else None

    def _save(self, digest: Digest, revision: int) -> None:
        if not self.notes.save(Note(_DIGEST, _DAILY, encode_digest(digest), revision)):
            raise Overtaken("The digest of the day is being written by others")

    def _send(self, subject: str, text: str) -> None:
        if self.notifier is None or not self.recipient:
            return
        try:
            self.notifier.send(Message(self.recipient, subject, text))
        except Rejected as error:
            log.error("Nobody can be told of %r: %s", subject, error)


def _right(item: Item, problem: Problem) -> bool:
    states = {copy.state for copy in item.copies.values()}
    match problem:
        case Problem.DAMAGED:
            return CopyState.DAMAGED not in states
        case Problem.MISSING:
            return CopyState.MISSING not in states
    return CopyState.INTACT in states
