"""Answer once: what was asked again under the same key is answered as the first time, and not done again."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.errors import Conflict
from chalicelib.ports import Clock
from chalicelib.ports_work import Note, Notes

GOOD_FOR = timedelta(days=1)
_AT_WORK = timedelta(minutes=2)  # longer than any answer takes: who asked first was cut off
_KIND = "answer"
_LARGEST = 300_000  # bytes of a note
_PAGE = 1000


@dataclass(frozen=True)
class Answered:
    """An answer as it was given."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str


@dataclass(frozen=True)
class AnswerOnce:
    """An answer is a note for a day. `name` is of who asks where under which key, `asked` a digest of what he asks."""

    notes: Notes
    clock: Clock

    def begin(self, name: str, asked: str) -> Answered | None:
        """The answer that was given; None where there is none yet: then it is to be made, and `end` or `give_up`.

        Raises Conflict: something else was asked under the key, or the same is being answered just now.
        """
        note, now = self.notes.note(_KIND, name), self.clock()
        told = json.loads(note.body) if note else {}
        age = now - datetime.fromisoformat(told["at"]) if told else GOOD_FOR
        if age < GOOD_FOR:
            if told["asked"] != asked:
                raise Conflict("This Idempotency-Key was sent with another request: a new request needs a new key")
            if "status" in told:
                return Answered(told["status"], tuple((name, value) for name, value in told["headers"]), told["body"])
        if age < _AT_WORK or not self._save(name, asked, note.revision if note else 0):
            raise Conflict("A request with this Idempotency-Key is being answered: ask again in a moment")
        return None

    def end(self, name: str, asked: str, answered: Answered) -> None:
        """Keep an answer. One that is too large for a note is not kept: the next time it is made anew. Repeatable."""
        note = self.notes.note(_KIND, name)
        told = {"status": answered.status, "headers": answered.headers, "body": answered.body}
        if len(json.dumps(told)) > _LARGEST:
            return self.give_up(name)
        self._save(name, asked, note.revision if note else 0, told)
        return None

    def give_up(self, name: str) -> None:
        """Nothing was done: the next one with this key is answered anew. Repeatable."""
        self.notes.erase(_KIND, name)

    def forget(self) -> None:
        """Forget what is older than a day. Repeatable, and run daily."""
        after, now = "", self.clock()
        while page := self.notes.notes(_KIND, after, _PAGE):
            after = page[-1].name
            for note in page:
                if now - datetime.fromisoformat(json.loads(note.body)["at"]) >= GOOD_FOR:
                    self.notes.erase(_KIND, note.name)

    def _save(self, name: str, asked: str, revision: int, told: dict[str, Any] | None = None) -> bool:
        body = {"asked": asked, "at": self.clock().isoformat()} | (told or {})
        return self.notes.save(Note(_KIND, name, json.dumps(body).encode(), revision))
