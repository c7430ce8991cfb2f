"""Messages of incidents and their digests: as JSON, for the notes that keep them."""

import json
from dataclasses import asdict
from datetime import date, datetime

from chalicelib.domain.content import ContentId
from chalicelib.domain.digests import Digest, Tallies, Tally
from chalicelib.domain.incidents import Incident, Problem, State
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId

_TIMES = ("opened_at", "seen_at", "closed_at")


def encode_incident(incident: Incident) -> bytes:
    """An incident as JSON."""
    body = asdict(incident)
    body |= {name: body[name].isoformat() if body[name] else None for name in _TIMES}
    return json.dumps(body, separators=(",", ":")).encode()


def decode_incident(data: bytes) -> Incident:
    """The reverse of `encode_incident`."""
    body = json.loads(data)
    times = {name: datetime.fromisoformat(body[name]) if body[name] else None for name in _TIMES}
    named = {
        "problem": Problem(body["problem"]),
        "state": State(body["state"]),
        "space": SpaceId(body["space"]),
        "item": None if body["item"] is None else ContentId(body["item"]),
        "stores": tuple(StoreId(store) for store in body["stores"]),
    }
    return Incident(**{**body, **times, **named})


def encode_digest(digest: Digest) -> bytes:
    """A digest as JSON."""
    body = asdict(digest) | {"day": digest.day.isoformat()}
    body |= {"since": digest.since.isoformat(), "until": digest.until.isoformat()}
    return json.dumps(body, separators=(",", ":")).encode()


def decode_digest(data: bytes) -> Digest:
    """The reverse of `encode_digest`."""
    body = json.loads(data)
    times = {name: datetime.fromisoformat(body[name]) for name in ("since", "until")}
    named = {"day": date.fromisoformat(body["day"]), "examples": tuple(body["examples"])}
    sums = {name: _tallies(body[name]) for name in ("tallies", "week_tallies")}
    return Digest(**{**body, **times, **named, **sums})


def _tallies(given: dict[str, dict[str, int]]) -> Tallies:
    return {SpaceId(space): Tally(**tally) for space, tally in given.items()}
