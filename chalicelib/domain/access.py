"""Access: who may do what, by role, by path and by the rules of a space (contract 0.5 and 0.6).

A request must pass every voter: verb and path (`admit`), then, where it concerns a space, the rules of that space
(`require_read`, `require_write`).

| voter      | order of its questions                                                                            |
|------------|---------------------------------------------------------------------------------------------------|
| verb       | GET, HEAD, PUT, POST, DELETE; nobody may use another one                                            |
| path       | `_NEEDED`, the first line that fits                                                                |
| read       | an administrator; a public space; anonymous: no; the user's or a group's READ or WRITE; else no      |
| write      | anonymous: no; an administrator; the user's or a group's WRITE; else no                            |
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.errors import Denied, Invalid, Unauthenticated
from chalicelib.domain.spaces import Space

GROUP = "group-"
PUBLIC = "group-public"


class Role(StrEnum):
    """Roles of an account, lowest first; whoever is given one holds those below it as well."""

    USER = "user"
    ADMIN = "admin"
    OWNER = "owner"
    ROOT = "root"


def held(role: Role) -> frozenset[Role]:
    """The role and all below it, as accounts keep them (contract 0.5: checks are by membership alone)."""
    ranks = list(Role)
    return frozenset(ranks[: ranks.index(role) + 1])


def highest(roles: frozenset[Role]) -> Role:
    """The highest of these roles; none at all counts as USER."""
    return max(roles, key=list(Role).index, default=Role.USER)


@dataclass(frozen=True)
class Caller:
    """Whoever stands behind a request; anonymous callers have no name. `token`: the API token that was shown."""

    username: str | None = None
    roles: frozenset[Role] = frozenset()
    groups: frozenset[str] = frozenset()  # with their prefix: group-curators
    token: str | None = None

    @property
    def anonymous(self) -> bool:
        """Whether no credentials were sent."""
        return self.username is None

    @property
    def admin(self) -> bool:
        """Whether the caller has all rights in every space."""
        return Role.ADMIN in self.roles

    @property
    def names(self) -> frozenset[str]:
        """What rules of a space may call the caller; no user counts as a group."""
        mine = {self.username or ""} if not (self.username or "").startswith(GROUP) else set()
        return frozenset(name.lower() for name in mine | self.groups) - {"", PUBLIC}


ANONYMOUS = Caller()


class Access(StrEnum):
    """What a caller may do in one space; WRITE includes READ."""

    NONE = "none"
    READ = "read"
    WRITE = "write"


def access(caller: Caller, space: Space | None) -> Access:
    """What the caller may do in the space; in one that does not exist, only an admin may look (and find nothing).

    Names match whatever the case of their letters: rules keep the case in which a client sent them (contract 15.1.9),
    user names are lower case. `group-public` opens a space for reading, whatever its value.
    """
    if caller.admin:
        return Access.WRITE
    if space is None:
        return Access.NONE
    given = {value for name, value in space.acl.items() if name.lower() in caller.names}
    if "WRITE" in given:
        return Access.WRITE
    if "READ" in given or any(name.lower() == PUBLIC for name in space.acl):
        return Access.READ
    return Access.NONE


_VERBS = ("GET", "HEAD", "PUT", "POST", "DELETE")
_OPEN_TASKS = "get-snapshot|get-snapshots|get-snapshot-history|get-snapshot-contents|get-restore|get-url|get-signed-url"
# Verbs, paths below /durastore, and the role that both need (None: anybody). What the original's voters decide by the
# path alone is written out: spaces are made and removed by administrators, and no space has the name of a report.
_NEEDED: tuple[tuple[str, str, Role | None], ...] = (
    ("GET HEAD", r"/aux/cookies", None),
    ("PUT", r"/acl", Role.ROOT),
    ("PUT POST DELETE", r"/acl(/.*)?", Role.ADMIN),
    ("POST", r"/task/(restore-snapshot|restore-content|set-storage-policy)", Role.ROOT),
    ("GET HEAD PUT POST DELETE", rf"/task(/({_OPEN_TASKS}))?", Role.USER),
    ("GET HEAD PUT POST DELETE", r"/task/.*", Role.ADMIN),
    ("GET", r"/stores", Role.USER),
    ("POST", r"/stores", Role.ROOT),
    ("GET HEAD", r"/(audit|report/store)(/.*)?", Role.ADMIN),
    ("GET", r"/(manifest|bit-integrity|report/space)/.*", Role.USER),
    ("DELETE", r"/x-snapshot-metadata(/.*)?", Role.ROOT),
    ("PUT DELETE", r"/[^/]*", Role.ADMIN),
    ("GET HEAD", r".*", None),
    ("PUT POST DELETE", r".*", Role.USER),
)
_TABLE = [(verbs.split(), re.compile(path + "/?", re.DOTALL), role) for verbs, path, role in _NEEDED]


def needed_role(method: str, path: str) -> Role | None:
    """The role that a request needs by its verb and its decoded path below /durastore; None: anybody may ask."""
    return next(role for verbs, pattern, role in _TABLE if method in verbs and pattern.fullmatch(path))


def admit(caller: Caller, method: str, path: str) -> None:
    """Raise Unauthenticated or Denied unless the caller has the role that verb and path need."""
    if method not in _VERBS:
        require_user(caller)
        raise Denied(f"{method} is not one of {', '.join(_VERBS)}")
    role = needed_role(method, path)
    if role is not None:
        require_role(caller, role)


def require_role(caller: Caller, role: Role) -> None:
    """Raise Unauthenticated or Denied unless the caller holds the role."""
    if caller.anonymous:
        raise Unauthenticated("This needs a user name and a password")
    if role is not Role.USER and role not in caller.roles:
        raise Denied(f"User {caller.username!r} does not have the role {role.value!r}")


def require_user(caller: Caller) -> None:
    """Raise Unauthenticated for an anonymous caller."""
    require_role(caller, Role.USER)


def require_admin(caller: Caller) -> None:
    """Raise Unauthenticated or Denied unless the caller is an administrator."""
    require_role(caller, Role.ADMIN)


def require_root(caller: Caller) -> None:
    """Raise Unauthenticated or Denied unless the caller has the highest role."""
    require_role(caller, Role.ROOT)


def require_read(caller: Caller, space: Space | None, name: str) -> None:
    """Raise Unauthenticated or Denied unless the caller may read; a missing space is denied, not revealed."""
    if access(caller, space) is Access.NONE:
        require_user(caller)
        raise Denied(f"User {caller.username!r} may not read space {name!r}")


def require_write(caller: Caller, space: Space | None, name: str) -> None:
    """Raise Unauthenticated or Denied unless the caller may write."""
    if access(caller, space) is not Access.WRITE:
        require_user(caller)
        raise Denied(f"User {caller.username!r} may not write to space {name!r}")


def parse_acl(given: Mapping[str, str]) -> dict[str, str]:
    """Check a whole set of access rules, names as sent. Raises Invalid."""
    for name, value in given.items():
        if value not in ("READ", "WRITE"):
            raise Invalid(f"Access of {name!r} must be READ or WRITE, not {value!r}")
        if name.lower() == PUBLIC and value == "WRITE":
            raise Invalid("The public may only READ")
    return dict(given)
