"""Repeats: a POST to the JSON API with an Idempotency-Key is done once, and answered the same to whoever asks again."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

from chalicelib.domain.errors import Invalid
from chalicelib.edge import Body, Request, Response, answering
from chalicelib.routes.http import caller, small_body
from chalicelib.services.answer_once import Answered
from chalicelib.wiring import instance

_LARGEST = 2 << 20  # bytes of a body: more than any of these requests has
_SECRET = frozenset({"/api/session", "/api/tokens", "/api/redeem"})  # nothing of what is said there is ever kept


class _Twice:
    """A body that is read twice: to see what is asked, and to answer it."""

    def __init__(self, body: Body) -> None:
        self._body, self._seen = body, list[bytes]()

    def read(self, size: int) -> bytes:
        """See Body."""
        chunk = self._body.read(size)
        self._seen.append(chunk)
        return chunk

    def rewind(self) -> None:
        """From the beginning."""
        self._body = BytesIO(b"".join(self._seen))


def once(request: Request, answer: Callable[[], Response]) -> Response:
    """The answer to a request; with a key, that of the first such request of the same caller within a day.

    Only what was done is kept: a refused request may be sent again with its key. Raises Invalid, Conflict.
    """
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST" or not request.path.startswith("/api/"):
        return answer()
    if request.path.rstrip("/") in _SECRET:
        raise Invalid("Passwords and tokens are not kept for a second answer: send this without an Idempotency-Key")
    if not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
        raise Invalid("An Idempotency-Key has 1 to 255 printable US-ASCII characters, and no spaces")
    body = _Twice(request.body)
    with answering(replace(request, body=body)):
        who = caller().username
        if who is None:  # nobody in particular asks nothing again
            return answer()
        asked = _digest(small_body(_LARGEST).hex(), sorted(request.query.items()), request.headers.get("content-type"))
        body.rewind()
        return _answered(_digest(who, request.path, key), asked, answer)


def _answered(name: str, asked: str, answer: Callable[[], Response]) -> Response:
    before = instance().answer_once.begin(name, asked)
    if before is not None:
        return Response(before.status, (*before.headers, ("Idempotency-Replayed", "true")), before.body.encode())
    done = False
    try:
        response = answer()
        done = response.status < 400 and isinstance(response.body, bytes)
    finally:
        if not done:
            instance().answer_once.give_up(name)
    if isinstance(response.body, bytes) and done:
        kept = Answered(response.status, response.headers, response.body.decode())
        instance().answer_once.end(name, asked, kept)
    return response


def _digest(*told: object) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
