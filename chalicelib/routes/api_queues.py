"""API of work in the background, for administrators: what waits, what was given up, what the sweeps found."""

from datetime import timedelta
from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.content import format_time
from chalicelib.domain.dead_letters import DeadLetter
from chalicelib.domain.errors import Invalid
from chalicelib.domain.sweeping import Found, Run, together
from chalicelib.edge import Response, current_request
from chalicelib.routes.http import as_json, caller
from chalicelib.wiring import instance

api_queues = Blueprint(__name__)

_HOUR = timedelta(hours=1)
_MOST = 100  # letters in one answer: each may hold 64 KiB


@api_queues.route("/api/dead-letters", methods=["GET"])
def dead_letter_page() -> Response:
    """Dead letters in the order of their ids: `after` (exclusive), `limit` (1 to 100)."""
    request = current_request()
    given = request.parameter("limit") or str(_MOST)
    if not given.isdecimal() or len(given) > 3 or not 1 <= int(given) <= _MOST:
        raise Invalid(f"limit {given!r} must be a whole number from 1 to {_MOST}")
    page = instance().dead_letters.page(caller(), (request.parameter("after") or "")[:32], int(given))
    following = page[-1].id if len(page) == int(given) else None
    return as_json(200, {"dead_letters": [_letter(letter) for letter in page], "next": following})


@api_queues.route("/api/dead-letters/{letter}/retry", methods=["POST"])
def retry_dead_letter(letter: str) -> Response:
    """Ask for its work again."""
    instance().dead_letters.retry(caller(), letter[:64])
    return as_json(202, {"retried": 1})


@api_queues.route("/api/dead-letters/retry", methods=["POST"])
def retry_dead_letters() -> Response:
    """Ask for the work of all of them again; those without any stay."""
    return as_json(202, {"retried": instance().dead_letters.retry_all(caller())})


@api_queues.route("/api/dead-letters/{letter}", methods=["DELETE"])
def dismiss_dead_letter(letter: str) -> Response:
    """Put one away."""
    instance().dead_letters.dismiss(caller(), letter[:64])
    return as_json(200, {"dismissed": 1})


@api_queues.route("/api/dead-letters", methods=["DELETE"])
def dismiss_dead_letters() -> Response:
    """Put all of them away."""
    return as_json(200, {"dismissed": instance().dead_letters.dismiss_all(caller())})


@api_queues.route("/api/backlog", methods=["GET"])
def backlog() -> Response:
    """How much waits and since when, and which promises are broken."""
    found, queues, late = instance().backlog.show(caller())
    oldest = found.oldest
    promises = instance().config.promises
    return as_json(
        200,
        {
            "queues": [{"queue": q.queue, "waiting": q.waiting, "in_flight": q.in_flight} for q in queues],
            "oldest_unreplicated": oldest
            and {
                "space": oldest.space,
                "id": oldest.item,
                "since": format_time(oldest.since),
                "stores": list(oldest.stores),
            },
            "overdue_checks": found.overdue,
            "overdue_since": format_time(found.overdue_since) if found.overdue_since else None,
            "dead_letters": found.dead,
            "stuck": [
                {"queue": s.queue, "sent": format_time(s.sent), "seen": format_time(s.seen), "message": s.message}
                for s in found.stuck
            ],
            "promised_hours": {"copies": promises.copies / _HOUR, "checks": promises.checks / _HOUR},
            "late": late,
        },
    )


@api_queues.route("/api/sweep", methods=["GET"])
def sweep_report() -> Response:
    """What the last sweep of each space found, and which are under way."""
    found = instance().sweep.report(caller())
    return as_json(
        200,
        {
            "total": _run(together([sweeps.last for sweeps in found.values() if sweeps.last])),
            "spaces": [
                {"space": space, "last": _run(sweeps.last), "running": _run(sweeps.running)}
                for space, sweeps in found.items()
            ],
        },
    )


@api_queues.route("/api/sweep", methods=["POST"])
def ask_for_sweep() -> Response:
    """Ask for a sweep of one `space` (in the query), or of all, soon."""
    return as_json(202, {"spaces": instance().sweep.ask(caller(), current_request().parameter("space"))})


def _run(run: Run | None) -> dict[str, Any] | None:
    if run is None:
        return None
    counts = run.counts
    return {
        "started": format_time(run.started),
        "ended": format_time(run.ended) if run.ended else None,
        "seen": counts.seen,
        **{kind.value: counts.found.get(kind, 0) for kind in Found},
        "queued": counts.queued,
        "oldest_unreplicated": format_time(counts.oldest) if counts.oldest else None,
        "unheard": sorted(counts.unheard),
        "examples": [{"finding": kind.value, "store": store, "id": item} for kind, store, item in counts.examples],
    }


def _letter(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "queue": letter.queue,
        "error": letter.error,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "first": format_time(letter.first),
        "last": format_time(letter.last),
        "message": letter.body,
        "whole": letter.whole,
    }
