"""API of accounts: users, groups, invitations, tokens and one's own password, as JSON (contract 7)."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.access import Role, highest, require_user
from chalicelib.domain.accounts import Account, Invitation, Token
from chalicelib.domain.addresses import parse_ranges
from chalicelib.domain.content import format_time
from chalicelib.domain.errors import Invalid
from chalicelib.edge import Response
from chalicelib.routes.http import as_json, caller, client_address
from chalicelib.routes.json_body import JSON, fields, moment_in, one_of, required, text_in
from chalicelib.services.manage_accounts import Changes
from chalicelib.wiring import instance

api_accounts = Blueprint(__name__)


@api_accounts.route("/api/me/password", methods=["PUT"], content_types=JSON)
def put_password() -> Response:
    """Change one's own password: `old`, `new`."""
    who, given = caller(), fields("old", "new")
    instance().accounts.change_password(who, required(given, "old"), required(given, "new"), client_address())
    return Response(204)


@api_accounts.route("/api/me", methods=["PATCH"], content_types=JSON)
def patch_me() -> Response:
    """Change one's own `name` or `email`; `password` is the present one."""
    who, given = caller(), fields("name", "email", "password")
    name, email = text_in(given, "name"), text_in(given, "email")
    password = required(given, "password")
    return as_json(200, _user(instance().accounts.change_profile(who, password, name, email, client_address())))


@api_accounts.route("/api/users", methods=["GET"])
def users() -> Response:
    """All users; for administrators."""
    return as_json(200, {"users": [_user(account) for account in instance().accounts.users(caller())]})


@api_accounts.route("/api/users/{username}", methods=["GET"])
def user(username: str) -> Response:
    """One user; for administrators and for oneself."""
    return as_json(200, _user(instance().accounts.user(caller(), username)))


@api_accounts.route("/api/users/{username}", methods=["PATCH"], content_types=JSON)
def patch_user(username: str) -> Response:
    """Change `role`, `enabled` or `allowed_from`, a `;`-separated list of networks."""
    who, given = caller(), fields("role", "enabled", "allowed_from")
    ranges = text_in(given, "allowed_from")
    changes = Changes(
        role=_role(given),
        enabled=one_of(given, "enabled", {True: True, False: False}),
        allowed_from=None if ranges is None else parse_ranges(ranges),
    )
    return as_json(200, _user(instance().accounts.change(who, username, changes)))


@api_accounts.route("/api/users/{username}/reset", methods=["POST"], content_types=JSON)
def reset_user(username: str) -> Response:
    """Send a user a code for a new password; for administrators."""
    who = caller()
    fields()
    return as_json(202, _invitation(instance().invite.reset(who, username)))


@api_accounts.route("/api/groups", methods=["GET"])
def groups() -> Response:
    """Every group with its members; for administrators."""
    found = instance().accounts.groups(caller())
    return as_json(200, {"groups": [{"name": name, "members": members} for name, members in found.items()]})


@api_accounts.route("/api/groups/{group}", methods=["PUT"], content_types=JSON)
def put_group(group: str) -> Response:
    """Give a group exactly these `members`; for administrators."""
    who, given = caller(), fields("members")
    members = given.get("members")
    if not isinstance(members, list) or not all(isinstance(member, str) for member in members):
        raise Invalid("members must be a list of user names")
    instance().accounts.set_group(who, group, members)
    return as_json(200, {"name": group, "members": sorted(set(members))})


@api_accounts.route("/api/groups/{group}", methods=["DELETE"])
def delete_group(group: str) -> Response:
    """Take all members out of a group, which ends it; for administrators."""
    instance().accounts.set_group(caller(), group, [])
    return Response(204)


@api_accounts.route("/api/invitations", methods=["GET"])
def invitations() -> Response:
    """Invitations that can still be used; for administrators."""
    return as_json(200, {"invitations": [_invitation(i) for i in instance().invite.invitations(caller())]})


@api_accounts.route("/api/invitations", methods=["POST"], content_types=JSON)
def post_invitation() -> Response:
    """Invite somebody by e-mail: `email`, `role` (default `user`); for administrators."""
    who, given = caller(), fields("email", "role")
    require_user(who)
    made = instance().invite.invite(who, required(given, "email"), _role(given) or Role.USER)
    return as_json(201, _invitation(made))


@api_accounts.route("/api/invitations/{invitation}", methods=["DELETE"])
def delete_invitation(invitation: str) -> Response:
    """Withdraw an invitation; for administrators."""
    instance().invite.withdraw(caller(), invitation)
    return Response(204)


@api_accounts.route("/api/redeem", methods=["POST"], content_types=JSON)
def redeem() -> Response:
    """Use up a code: `code`, `password`, and for a new user `username`. Open to anybody who has a code."""
    given = fields("code", "password", "username")
    code, password = required(given, "code"), required(given, "password")
    account = instance().invite.redeem(code.strip(), password, text_in(given, "username"), client_address())
    return as_json(201, {"username": account.username})


@api_accounts.route("/api/reset", methods=["POST"], content_types=JSON)
def reset() -> Response:
    """Ask for a new password: `username`. The answer is the same whether there is such a user or not."""
    instance().invite.forgotten(required(fields("username"), "username"), client_address())
    return as_json(202, {"sent": "a code, if there is such a user with an e-mail address"})


@api_accounts.route("/api/tokens", methods=["GET"])
def tokens() -> Response:
    """One's own API tokens."""
    who = caller()
    require_user(who)
    return as_json(200, {"tokens": [_token(t) for t in instance().accounts.user(who, str(who.username)).tokens]})


@api_accounts.route("/api/tokens", methods=["POST"], content_types=JSON)
def post_token() -> Response:
    """Make an API token: `name`, `expires_at` (ISO 8601, default never). Its text is in this answer and never again."""
    who, given = caller(), fields("name", "expires_at")
    made, token = instance().accounts.create_token(who, required(given, "name"), moment_in(given, "expires_at"))
    return as_json(201, {**_token(token), "token": made})


@api_accounts.route("/api/tokens/{name+}", methods=["DELETE"])
def delete_token(name: str) -> Response:
    """Revoke one of one's own API tokens."""
    instance().accounts.revoke_token(caller(), name)
    return Response(204)


def _role(given: Mapping[str, Any]) -> Role | None:
    return one_of(given, "role", {role.value: role for role in Role})


def _user(account: Account) -> dict[str, Any]:
    return {
        "username": account.username,
        "name": account.name,
        "email": account.email,
        "role": highest(account.roles).value,
        "groups": sorted(account.groups),
        "enabled": account.enabled,
        "allowed_from": str(account.allowed_from),
    }


def _invitation(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": invitation.digest,
        "email": invitation.email,
        "role": invitation.role.value,
        "username": invitation.username,
        "invited_by": invitation.invited_by,
        "created_at": format_time(invitation.created_at),
        "expires_at": format_time(invitation.expires_at),
    }


def _token(token: Token) -> dict[str, Any]:
    return {
        "name": token.name,
        "created_at": format_time(token.created_at),
        "expires_at": format_time(token.expires_at) if token.expires_at else None,
        "last_used": token.last_used.isoformat() if token.last_used else None,
    }
