"""Messages of sweeps: their counts as JSON, for the notes that keep them."""

import json
from datetime import datetime
from typing import Any

from chalicelib.domain.content import ContentId
from chalicelib.domain.stores import StoreId
from chalicelib.domain.sweeping import Counts, Found, Run, Sweeps


def encode_sweeps(sweeps: Sweeps) -> bytes:
    """The sweeps of one space."""
    body = {"latest": _from_run(sweeps.latest), "before": _from_run(sweeps.before) if sweeps.before else None}
    return json.dumps(body, separators=(",", ":")).encode()


def decode_sweeps(data: bytes) -> Sweeps:
    """The reverse of `encode_sweeps`."""
    body = json.loads(data)
    return Sweeps(_to_run(body["latest"]), _to_run(body["before"]) if body["before"] else None)


def _from_run(run: Run) -> dict[str, Any]:
    counts = run.counts
    return {
        "started": _time(run.started),
        "after": run.after,
        "ended": _time(run.ended),
        "seen": counts.seen,
        "found": dict(counts.found),
        "queued": counts.queued,
        "oldest": _time(counts.oldest),
        "examples": [list(example) for example in counts.examples],
        "unheard": sorted(counts.unheard),
    }


def _to_run(body: dict[str, Any]) -> Run:
    counts = Counts(
        body["seen"],
        {Found(kind): count for kind, count in body["found"].items()},
        body["queued"],
        _moment(body["oldest"]),
        tuple((Found(kind), StoreId(store), ContentId(item)) for kind, store, item in body["examples"]),
        frozenset(StoreId(store) for store in body["unheard"]),
    )
    return Run(datetime.fromisoformat(body["started"]), body["after"], _moment(body["ended"]), counts)


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
