"""Keep dead letters: work that was given up stays visible, with its reason, until a person retries or dismisses it."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chalicelib.domain.access import Caller, require_admin
from chalicelib.domain.content import format_time
from chalicelib.domain.dead_letters import DeadLetter
from chalicelib.domain.errors import Conflict, Invalid, NotFound, Overtaken
from chalicelib.domain.jobs import Job, about_item
from chalicelib.domain.journal import SYSTEM, Event, Kind
from chalicelib.messages_dead import decode_letter, encode_letter
from chalicelib.ports import Clock, Index, JobQueue
from chalicelib.ports_work import Note, Notes
from chalicelib.services.change_record import change_record

log = logging.getLogger(__name__)

_KIND, _PAGE, _ATTEMPTS = "dead", 100, 8


@dataclass(frozen=True)
class KeepDeadLetters:
    """`read` takes a message apart; it raises Invalid for what is none of this service's."""

    index: Index
    notes: Notes
    jobs: JobQueue
    clock: Clock
    read: Callable[[str], list[Job]]

    def keep(self, letter: DeadLetter) -> None:
        """Keep a letter, and tell the history of the items that it is about.

        Safe twice: the same message is counted once; after a crash its event may be told twice.
        """
        for _ in range(_ATTEMPTS):
            note = self.notes.note(_KIND, letter.id)
            kept = letter.after(decode_letter(note.body) if note else None)
            if self.notes.save(Note(_KIND, letter.id, encode_letter(kept), note.revision if note else 0)):
                break
        else:
            raise Overtaken(f"The dead letter {letter.id} is being changed by others")
        log.error("DEAD: given up from %s as %s: %s: %s", letter.queue, letter.id, letter.error, letter.reason)
        detail = {"letter": letter.id, "reason": letter.reason, "attempts": str(letter.attempts)}
        self._tell(letter, Kind.GIVEN_UP, SYSTEM, detail)

    def page(self, caller: Caller, after: str = "", limit: int = _PAGE) -> list[DeadLetter]:
        """Letters in the order of their ids, from behind one. Raises Unauthenticated, Denied."""
        require_admin(caller)
        return [decode_letter(note.body) for note in self.notes.notes(_KIND, after, limit)]

    def retry(self, caller: Caller, letter_id: str) -> None:
        """Put its work back on the queue, and the letter away.

        Retried twice at once, the work is asked for twice, which is harmless. Raises Unauthenticated, Denied,
        NotFound, Conflict (there is nothing in it that could be done).
        """
        letter = self._letter(caller, letter_id)
        jobs = self._jobs(letter)
        if not jobs:
            raise Conflict(f"The dead letter {letter_id} holds no work of this service ({letter.reason}): dismiss it")
        self._retry(caller, letter, jobs)

    def retry_all(self, caller: Caller) -> int:
        """Retry every letter that holds work; returns how many. The others stay. Repeatable."""
        count = 0
        for letter in self._all(caller):
            if jobs := self._jobs(letter):
                self._retry(caller, letter, jobs)
                count += 1
        return count

    def dismiss(self, caller: Caller, letter_id: str) -> None:
        """Put a letter away without doing its work. Raises Unauthenticated, Denied, NotFound."""
        self._dismiss(caller, self._letter(caller, letter_id))

    def dismiss_all(self, caller: Caller) -> int:
        """Dismiss every letter; returns how many. Repeatable."""
        count = 0
        for letter in self._all(caller):
            self._dismiss(caller, letter)
            count += 1
        return count

    def _retry(self, caller: Caller, letter: DeadLetter, jobs: list[Job]) -> None:
        self.jobs.send(jobs)
        self._tell(letter, Kind.RETRIED, str(caller.username), {"letter": letter.id})
        self.notes.erase(_KIND, letter.id)

    def _dismiss(self, caller: Caller, letter: DeadLetter) -> None:
        self._tell(letter, Kind.DISMISSED, str(caller.username), {"letter": letter.id, "reason": letter.reason})
        self.notes.erase(_KIND, letter.id)

    def _letter(self, caller: Caller, letter_id: str) -> DeadLetter:
        require_admin(caller)
        note = self.notes.note(_KIND, letter_id)
        if note is None:
            raise NotFound(f"There is no dead letter {letter_id!r}: it was retried or dismissed")
        return decode_letter(note.body)

    def _all(self, caller: Caller) -> Iterator[DeadLetter]:
        after = ""
        while page := self.page(caller, after):
            yield from page
            after = page[-1].id

    def _jobs(self, letter: DeadLetter) -> list[Job]:
        try:
            return self.read(letter.body) if letter.whole else []
        except Invalid:
            return []

    def _tell(self, letter: DeadLetter, kind: Kind, agent: str, detail: dict[str, str]) -> None:
        """Tell the history of the items that a letter is about, where there are records of them."""
        for space, item in filter(None, map(about_item, self._jobs(letter))):
            self._append(
                Event(kind, self.clock(), agent, space, item, detail={**detail, "at": format_time(letter.last)})
            )

    def _append(self, event: Event) -> None:
        assert event.item is not None, "only items are asked about"
        change_record(self.index, event.space, event.item, lambda now: (now, [event]) if now else None)
