"""Accounts codec: what accounts hold beside name, password and roles, and invitations, as JSON text."""

import json
from datetime import date, datetime
from typing import Any

from chalicelib.domain.access import Role
from chalicelib.domain.accounts import Account, Invitation, Session, Token
from chalicelib.domain.addresses import parse_ranges


def encode_account(account: Account) -> str:
    """An account without name, password hash, roles and revision, which are kept beside it."""
    return _dumps(
        {
            "email": account.email,
            "name": account.name,
            "groups": sorted(account.groups),
            "allowed_from": str(account.allowed_from),
            "enabled": account.enabled,
            "tokens": [
                {
                    "name": token.name,
                    "digest": token.digest,
                    "created_at": token.created_at.isoformat(),
                    "expires_at": token.expires_at.isoformat() if token.expires_at else None,
                    "last_used": token.last_used.isoformat() if token.last_used else None,
                }
                for token in account.tokens
            ],
            "sessions": [
                {"digest": session.digest, "expires_at": session.expires_at.isoformat()} for session in account.sessions
            ],
        }
    )


def decode_account(username: str, password_hash: str, roles: str, text: str | None, revision: int) -> Account:
    """The reverse of `encode_account`; accounts of the first release have no text."""
    body = json.loads(text or "{}")
    return Account(
        username,
        password_hash,
        frozenset(Role(role) for role in roles.split()),
        email=body.get("email", ""),
        name=body.get("name", ""),
        groups=frozenset(body.get("groups", [])),
        allowed_from=parse_ranges(body.get("allowed_from", "")),
        enabled=body.get("enabled", True),
        tokens=tuple(
            Token(
                token["name"],
                token["digest"],
                datetime.fromisoformat(token["created_at"]),
                datetime.fromisoformat(token["expires_at"]) if token["expires_at"] else None,
                date.fromisoformat(token["last_used"]) if token["last_used"] else None,
            )
            for token in body.get("tokens", [])
        ),
        sessions=tuple(
            Session(session["digest"], datetime.fromisoformat(session["expires_at"]))
            for session in body.get("sessions", [])
        ),
        revision=revision,
    )


def encode_roles(account: Account) -> str:
    """The roles as one text."""
    return " ".join(sorted(account.roles))


def encode_invitation(invitation: Invitation) -> str:
    """An invitation."""
    return _dumps(
        {
            "digest": invitation.digest,
            "email": invitation.email,
            "role": invitation.role,
            "invited_by": invitation.invited_by,
            "created_at": invitation.created_at.isoformat(),
            "expires_at": invitation.expires_at.isoformat(),
            "username": invitation.username,
        }
    )


def decode_invitation(text: str) -> Invitation:
    """The reverse of `encode_invitation`."""
    body = json.loads(text)
    return Invitation(
        body["digest"],
        body["email"],
        Role(body["role"]),
        body["invited_by"],
        datetime.fromisoformat(body["created_at"]),
        datetime.fromisoformat(body["expires_at"]),
        body["username"],
    )


def _dumps(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
