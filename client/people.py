"""People: users, groups, invitations and API tokens, from a terminal."""

import argparse
import getpass
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from client.service import Service, ServiceError

Command = Callable[[Service, argparse.Namespace], None]
_ROLES = ("user", "admin", "owner", "root")


def add_commands(commands: Any) -> None:
    """Add `users`, `groups`, `tokens`, `redeem`, `forgotten` and `password`."""
    users = _family(commands, "users", "users of the instance (administrators)")
    _action(users, "list", _list_users, "everybody, with role, groups and address ranges")
    invite = _action(users, "invite", _invite, "send a code by which somebody becomes a user")
    invite.add_argument("email", metavar="EMAIL")
    invite.add_argument("--role", choices=_ROLES, default="user")
    _action(users, "invitations", _list_invitations, "codes that can still be used")
    withdraw = _action(users, "withdraw", _withdraw, "make the code of an invitation worthless")
    withdraw.add_argument("id", metavar="ID")
    role = _user(users, "role", lambda given: {"role": given.role}, "give a user another role")
    role.add_argument("role", choices=_ROLES)
    _user(users, "disable", lambda _: {"enabled": False}, "let a user in no longer")
    _user(users, "enable", lambda _: {"enabled": True}, "let a user in again")
    addresses = _user(
        users, "addresses", lambda given: {"allowed_from": given.networks}, "limit where a user comes from"
    )
    addresses.add_argument("networks", metavar="NETWORKS", help='such as "192.0.2.0/24;2001:db8::/32"; "": anywhere')
    _action(users, "reset", _reset, "send a user a code for a new password").add_argument("name", metavar="NAME")

    groups = _family(commands, "groups", "groups of users (administrators)")
    _action(groups, "list", _list_groups, "every group with its members")
    members = _action(groups, "set", _set_group, "give a group exactly these members; none: end it")
    members.add_argument("group", metavar="GROUP", help="group-...")
    members.add_argument("members", metavar="NAME", nargs="*")

    tokens = _family(commands, "tokens", "your API tokens")
    create = _action(tokens, "create", _create_token, "make one, and print it: it is never shown again")
    create.add_argument("name", metavar="NAME")
    create.add_argument("--expires", metavar="DATE", help="such as 2027-12-31; default: never")
    _action(tokens, "list", _list_tokens, "names, ends and days of last use")
    _action(tokens, "revoke", _revoke_token, "end one").add_argument("name", metavar="NAME")

    redeem = _action(commands, "redeem", _redeem, "choose a name and a password with a code from an e-mail")
    redeem.add_argument("--username", dest="new_name", metavar="NAME", help="of a new user")
    redeem.set_defaults(anonymous=True)
    forgotten = _action(commands, "forgotten", _forgotten, "ask for a code for a new password")
    forgotten.add_argument("name", metavar="NAME")
    forgotten.set_defaults(anonymous=True)
    _action(commands, "password", _password, "change your password")


def _family(commands: Any, name: str, help: str) -> Any:
    return commands.add_parser(name, help=help).add_subparsers(dest="action", required=True)


def _action(family: Any, name: str, run: Command, help: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = family.add_parser(name, help=help)
    parser.set_defaults(run=run)
    return parser


def _user(
    users: Any, name: str, changes: Callable[[argparse.Namespace], dict[str, Any]], help: str
) -> argparse.ArgumentParser:
    def run(service: Service, given: argparse.Namespace) -> None:
        print(_line(service.ask("PATCH", f"/api/users/{quote(given.name, safe='')}", changes(given))))

    parser = _action(users, name, run, help)
    parser.add_argument("name", metavar="NAME")
    return parser


def _line(user: dict[str, Any]) -> str:
    state = user["role"] if user["enabled"] else f"{user['role']} (disabled)"
    details = [" ".join(user["groups"]), user["allowed_from"], user["email"]]
    return f"{user['username']:<20}  {state:<18}  {'  '.join(filter(None, details))}".rstrip()


def _list_users(service: Service, given: argparse.Namespace) -> None:
    for user in service.ask("GET", "/api/users")["users"]:
        print(_line(user))


def _invite(service: Service, given: argparse.Namespace) -> None:
    invitation = service.ask("POST", "/api/invitations", {"email": given.email, "role": given.role})
    print(f"A code was sent to {invitation['email']}; it is good until {invitation['expires_at']}")


def _list_invitations(service: Service, given: argparse.Namespace) -> None:
    for invitation in service.ask("GET", "/api/invitations")["invitations"]:
        what = f"new password of {invitation['username']}" if invitation["username"] else invitation["role"]
        print(f"{invitation['id']}  {invitation['email']}  {what}  until {invitation['expires_at']}")


def _withdraw(service: Service, given: argparse.Namespace) -> None:
    service.ask("DELETE", f"/api/invitations/{quote(given.id, safe='')}")


def _reset(service: Service, given: argparse.Namespace) -> None:
    invitation = service.ask("POST", f"/api/users/{quote(given.name, safe='')}/reset", {})
    print(f"A code was sent to {invitation['email']}; it is good until {invitation['expires_at']}")


def _list_groups(service: Service, given: argparse.Namespace) -> None:
    for group in service.ask("GET", "/api/groups")["groups"]:
        print(f"{group['name']:<20}  {' '.join(group['members'])}")


def _set_group(service: Service, given: argparse.Namespace) -> None:
    service.ask("PUT", f"/api/groups/{quote(given.group, safe='')}", {"members": given.members})


def _create_token(service: Service, given: argparse.Namespace) -> None:
    ends = {"expires_at": given.expires} if given.expires else {}
    print(service.ask("POST", "/api/tokens", {"name": given.name, **ends})["token"])


def _list_tokens(service: Service, given: argparse.Namespace) -> None:
    for token in service.ask("GET", "/api/tokens")["tokens"]:
        ends, used = token["expires_at"] or "never ends", token["last_used"] or "never used"
        print(f"{token['name']:<20}  {ends:<20}  {used}")


def _revoke_token(service: Service, given: argparse.Namespace) -> None:
    service.ask("DELETE", f"/api/tokens/{quote(given.name)}")


def _redeem(service: Service, given: argparse.Namespace) -> None:
    wanted = {"code": _secret("Code"), "password": _secret("New password", twice=True)}
    name = {"username": given.new_name} if given.new_name else {}
    print(f"You are {service.ask('POST', '/api/redeem', {**wanted, **name})['username']}")


def _forgotten(service: Service, given: argparse.Namespace) -> None:
    service.ask("POST", "/api/reset", {"username": given.name})
    print("If there is such a user with an e-mail address, a code was sent there")


def _password(service: Service, given: argparse.Namespace) -> None:
    service.ask("PUT", "/api/me/password", {"old": service.password, "new": _secret("New password", twice=True)})


def _secret(what: str, twice: bool = False) -> str:
    """Something that does not belong on a command line: asked for at a terminal, else the next line of the input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    given = getpass.getpass(f"{what}: ")
    if twice and getpass.getpass(f"{what}, once more: ") != given:
        raise ServiceError("The two are not the same")
    return given
