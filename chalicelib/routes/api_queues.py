"""API of the queues: what was given up, for administrators to look at, retry or dismiss."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.content import format_time
from chalicelib.domain.dead_letters import DeadLetter
from chalicelib.domain.errors import Invalid
from chalicelib.edge import Response, current_request
from chalicelib.routes.http import as_json, caller
from chalicelib.wiring import instance

api_queues = Blueprint(__name__)

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
