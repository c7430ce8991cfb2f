"""Dead letters: work that was given up, kept with the reason until somebody retries or dismisses it."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

MOST_BODY = 64 << 10  # characters of a message that are kept


@dataclass(frozen=True)
class DeadLetter:
    """One message that nobody works on any more.

    The same message about the same work is one letter, however often it dies: `attempts` are summed up, `first` and
    `last` tell since when and until when. `error` is the kind of what went wrong, `reason` its text.
    """

    queue: str
    body: str  # as it was received; cut when it was longer than MOST_BODY
    error: str
    reason: str
    attempts: int
    first: datetime
    last: datetime
    message: str  # the queue's id of the message that died last: that one counts once
    about: str = ""  # what makes letters the same one, where it is not the body

    @property
    def id(self) -> str:
        """32 hexadecimal digits, the same for the same work."""
        return hashlib.sha256(f"{self.queue}\n{self.about or self.body}".encode(errors="replace")).hexdigest()[:32]

    @property
    def whole(self) -> bool:
        """Whether the body was kept to its end."""
        return len(self.body) < MOST_BODY

    def after(self, before: "DeadLetter | None") -> "DeadLetter":
        """This letter, with what is known of the same work from before."""
        if before is None:
            return self
        earlier = 0 if before.message == self.message else before.attempts
        return replace(self, first=min(before.first, self.first), attempts=self.attempts + earlier)
