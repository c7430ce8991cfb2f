"""Days: one passes on a running product, by setting back what it noted of the last and firing its daily schedule."""

import email
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage

from chalicelib.adapters.sqlite import SqliteFile
from chalicelib.adapters.sqlite_notes import SqliteNotes
from chalicelib.domain.spaces import CANARY_SPACE
from chalicelib.messages_incidents import decode_digest, decode_incident, encode_digest, encode_incident
from chalicelib.services.keep_incidents import CURRENT
from chalicelib.services.tell_incidents import TOLD
from tests.conftest import Product

from .waiting import wait_for

_TICK = (
    "from app import app; from local.worker import Context, tick; app.handler_map['sweep'](tick('sweep'), Context())"
)
_DAY = timedelta(days=1)


def notes(product: Product) -> SqliteNotes:
    return SqliteNotes(SqliteFile(product.stack.folder.index))


def a_day_later(product: Product, weeks: int = 0) -> None:
    """The next daily run; its digest ends the week, should `weeks` have passed, too."""
    set_back(product, "digest", "daily", lambda body: _digest(body, weeks))
    set_back(product, "canary", "flight", _flight)
    for note in notes(product).notes(CURRENT, CANARY_SPACE):
        if note.name.startswith(CANARY_SPACE):
            set_back(product, CURRENT, note.name, _incident)
    run = [sys.executable, "-c", _TICK]
    subprocess.run(run, env=product.stack.environment, check=True, capture_output=True, timeout=120)


def set_back(product: Product, kind: str, name: str, change: Callable[[bytes], bytes]) -> None:
    """Change a note, once it is there."""
    kept = notes(product)
    note = wait_for(lambda: kept.note(kind, name))
    wait_for(lambda: kept.save(replace(note, body=change(note.body), revision=_revision(kept, kind, name))))


def mails(product: Product) -> list[EmailMessage]:
    """What was mailed to the operators, oldest first."""
    files = sorted(product.stack.folder.outbox.glob("*.eml"))
    found = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    return [mail for mail in found if mail["To"] == "operators@localhost"]


def nobody_was_told_today(product: Product) -> None:
    """The mails that a day has for single incidents are all left, whatever other stories lost."""
    kept, today = notes(product), str(datetime.now(UTC).date())
    kept.add(TOLD, today, -kept.sum(TOLD, today))


def _revision(kept: SqliteNotes, kind: str, name: str) -> int:
    note = kept.note(kind, name)
    return note.revision if note else 0


def _digest(body: bytes, weeks: int) -> bytes:
    digest = decode_digest(body)  # it goes on to tell what happened since the last one, whatever its day is called
    return encode_digest(replace(digest, day=digest.day - _DAY, week="2020-W01" if weeks else digest.week))


def _incident(body: bytes) -> bytes:
    incident = decode_incident(body)
    return encode_incident(replace(incident, seen_at=incident.seen_at - _DAY))


def _flight(body: bytes) -> bytes:
    flight = json.loads(body)
    started = datetime.fromisoformat(flight["started"]) - _DAY
    return json.dumps({**flight, "started": started.isoformat()}).encode()
