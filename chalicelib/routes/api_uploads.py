"""API of uploads: files from browsers and clients, of any size: begun, signed, sent, completed or given up."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import format_time
from chalicelib.domain.errors import Invalid
from chalicelib.domain.uploads import Answer, NewFile, Signed, State, UploadSession
from chalicelib.edge import Response, current_request
from chalicelib.routes.http import as_json, caller, small_body
from chalicelib.services.complete_uploads import Sent
from chalicelib.wiring import instance

api_uploads = Blueprint(__name__)

_JSON = ["application/json"]
_ANY = ["*/*"]
_LARGEST = 1 << 20  # bytes of a body
_MOST = 100  # files, or parts, in one request
_PAGE = 1000  # parts in one answer
_MD5, _SHA256 = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{64}")
_FILE = frozenset({"id", "size", "md5", "sha256", "content_type", "modified", "properties", "if_exists"})


@api_uploads.route("/api/spaces/{space}/uploads", methods=["POST"], content_types=_JSON)
def begin_uploads(space: str) -> Response:
    """Say of each of up to 100 files whether it has to be sent, and how."""
    who = caller()
    found = instance().spaces.writable(who, space)
    files = [_file(given) for given in _list("files")]
    answers = instance().begin_uploads.begin(found, str(who.username), files)
    return as_json(200, {"files": [_answer(answer) for answer in answers]})


@api_uploads.route("/api/spaces/{space}/uploads", methods=["GET"])
def uploads(space: str) -> Response:
    """The caller's uploads in a space that are not over: `after` (from `next` of the answer before)."""
    who = caller()
    found = instance().spaces.writable(who, space)
    sessions, following = instance().upload_sessions.page(found.id, who, _after())
    return as_json(200, {"uploads": [_session(session) for session in sessions], "next": following})


@api_uploads.route("/api/spaces/{space}/uploads/complete", methods=["POST"], content_types=_JSON)
def complete_uploads(space: str) -> Response:
    """Make items of up to 100 uploads: all that belongs to them was sent."""
    who = caller()
    found = instance().spaces.writable(who, space)
    sent = [_sent(given) for given in _list("uploads")]
    answers = instance().complete_uploads.complete(found, who, sent)
    return as_json(200, {"files": [_answer(answer) for answer in answers]})


@api_uploads.route("/api/spaces/{space}/uploads/{upload}", methods=["GET"])
def upload(space: str, upload: str) -> Response:
    """One upload, and the parts of it that have arrived: `after` (a number)."""
    session, after = _required(space, upload), _after() or "0"
    if not re.fullmatch(r"[0-9]{1,5}", after):
        raise Invalid(f"after {after!r} must be the number of a part")
    there = [part for part in instance().upload_sessions.require_parts(session) if part.number > int(after)]
    page = [{"number": p.number, "size": p.size, "sha256": p.sha256} for p in there[:_PAGE]]
    following = there[_PAGE - 1].number if len(there) > _PAGE else None
    return as_json(200, {**_session(session), "parts": page, "next": following})


@api_uploads.route("/api/spaces/{space}/uploads/{upload}/parts", methods=["POST"], content_types=_JSON)
def sign_parts(space: str, upload: str) -> Response:
    """Leave to send up to 100 parts; asked again, leave anew."""
    session = _required(space, upload)
    wanted = [_part(given) for given in _list("parts")]
    expires, signed = instance().begin_uploads.sign(session, wanted)
    parts = [{"number": number, **_signed(leave)} for number, leave in signed]
    return as_json(200, {"expires_at": format_time(expires), "parts": parts})


@api_uploads.route("/api/spaces/{space}/uploads/{upload}", methods=["DELETE"])
def give_up_upload(space: str, upload: str) -> Response:
    """Forget an upload and its parts."""
    instance().upload_sessions.give_up(_required(space, upload))
    return Response(204)


@api_uploads.route("/api/uploads/{ticket}", methods=["PUT"], content_types=_ANY)
def take_upload(ticket: str) -> Response:
    """The bytes of a file, or a part, at an address that was signed; no other credentials are needed."""
    request = current_request()
    instance().take_uploads.take(ticket, request.length, request.chunks())
    return Response(200)


def _required(space: str, upload: str) -> UploadSession:
    who = caller()
    found = instance().spaces.writable(who, space)
    return instance().upload_sessions.require(found.id, who, upload)


def _after() -> str:
    return (current_request().parameter("after") or "")[:100]


def _list(name: str) -> list[dict[str, Any]]:
    """The list of objects under that name, which is all that the body holds. Raises Invalid, TooLarge."""
    try:
        given = json.loads(small_body(_LARGEST))
    except (ValueError, RecursionError):
        raise Invalid("The body is not JSON") from None
    listed: list[dict[str, Any]] | None = given.get(name) if isinstance(given, dict) and len(given) == 1 else None
    if listed is not None and _are_objects(listed):
        return listed
    raise Invalid(f'The body is {{"{name}": [{{…}}, …]}}, with 1 to {_MOST} objects')


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and 1 <= len(value) <= _MOST and all(isinstance(one, dict) for one in value)


def _file(given: dict[str, Any]) -> NewFile:
    match {"content_type": None, "modified": None, "properties": {}, "if_exists": "skip", **given}:
        case {
            "id": str(name),
            "size": int(size),
            "content_type": str() | None as content_type,
            "modified": str() | None as modified,
            "properties": dict() as properties,
            "if_exists": "skip" | "replace" as if_exists,
        } if set(given) <= _FILE and type(size) is int and size >= 0 and all(map(_is_text, properties.values())):
            moment = _moment(modified) if modified else None
            return NewFile(
                name, size, _checksums(given), content_type or None, moment, properties, if_exists == "replace"
            )
    raise Invalid(f"A file has id and size, and may have {', '.join(sorted(_FILE - {'id', 'size'}))}")


def _sent(given: dict[str, Any]) -> Sent:
    checksums = _checksums(given)
    match given:
        case {"upload": str(upload)} if set(given) == {"upload", "md5", "sha256"} and checksums.complete:
            return Sent(upload, checksums)
    raise Invalid("An upload is completed by upload, md5 and sha256")


def _part(given: dict[str, Any]) -> tuple[int, str]:
    match given:
        case {"number": int(number), "sha256": str(sha256)} if len(given) == 2 and type(number) is int:
            if _SHA256.fullmatch(sha256):
                return number, sha256
    raise Invalid("A part has number and sha256, 64 lower-case hexadecimal digits")


def _checksums(given: dict[str, Any]) -> Checksums:
    for name, form in (("md5", _MD5), ("sha256", _SHA256)):
        value = given.get(name)
        if value is not None and not (_is_text(value) and form.fullmatch(value)):
            raise Invalid(f"{name} {value!r} must be lower-case hexadecimal digits, 32 of MD5, 64 of SHA-256")
    return Checksums(given.get("md5"), given.get("sha256"))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(f"modified {text!r} must be a time such as 2026-11-20T12:00:00Z") from None


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _session(session: UploadSession) -> dict[str, Any]:
    return {
        "upload": session.id,
        "id": session.item,
        "size": session.size,
        "part_size": session.part_size,
        "begun_at": format_time(session.about.deposited_at),
    }


def _signed(leave: Signed) -> dict[str, Any]:
    return {"method": "PUT", "url": leave.url, "headers": dict(leave.headers)}


def _answer(answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": answer.id,
        "state": answer.state.value,
        "upload": answer.upload,
        "md5": answer.checksums.md5,
        "sha256": answer.checksums.sha256,
        "size": answer.size,
        "reason": answer.reason,
        "again": answer.again,
        "part_size": answer.part_size,
        "parts": answer.parts,
        **(_signed(answer.signed) if answer.signed else {}),
    }
    known = {name: value for name, value in told.items() if value is not None}
    if answer.state is State.HERE:
        known["verified_at"] = format_time(answer.verified_at) if answer.verified_at else None
    return known
