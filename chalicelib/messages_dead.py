"""Messages of dead letters: as JSON, for the notes that keep them."""

import json
from dataclasses import asdict
from datetime import datetime

from chalicelib.domain.dead_letters import DeadLetter


def encode_letter(letter: DeadLetter) -> bytes:
    """A dead letter as JSON."""
    body = {**asdict(letter), "first": letter.first.isoformat(), "last": letter.last.isoformat()}
    return json.dumps(body, separators=(",", ":")).encode()


def decode_letter(data: bytes) -> DeadLetter:
    """The reverse of `encode_letter`."""
    body = json.loads(data)
    times = {name: datetime.fromisoformat(body[name]) for name in ("first", "last")}
    return DeadLetter(**{**body, **times})
