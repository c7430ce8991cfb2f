"""Access: who may do what in a space (contract 0.5 and 0.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.errors import Denied, Invalid, Unauthenticated
from chalicelib.domain.spaces import Space

PUBLIC = "group-public"


class Role(StrEnum):
    """Roles of an account, each containing the ones before it."""

    USER = "user"
    ADMIN = "admin"


@dataclass(frozen=True)
class Caller:
    """Whoever stands behind a request; anonymous callers have no name."""

    username: str | None = None
    roles: frozenset[Role] = frozenset()

    @property
    def anonymous(self) -> bool:
        """Whether no credentials were sent."""
        return self.username is None

    @property
    def admin(self) -> bool:
        """Whether the caller has all rights in every space."""
        return Role.ADMIN in self.roles


ANONYMOUS = Caller()


class Access(StrEnum):
    """What a caller may do in one space; WRITE includes READ."""

    NONE = "none"
    READ = "read"
    WRITE = "write"


def access(caller: Caller, space: Space | None) -> Access:
    """What the caller may do in the space; in one that does not exist, only an admin may look (and find nothing)."""
    if caller.admin:
        return Access.WRITE
    if space is None:
        return Access.NONE
    if not caller.anonymous and space.acl.get(caller.username or "") == "WRITE":
        return Access.WRITE
    if PUBLIC in space.acl or (not caller.anonymous and space.acl.get(caller.username or "") == "READ"):
        return Access.READ
    return Access.NONE


def require_user(caller: Caller) -> None:
    """Raise Unauthenticated for an anonymous caller."""
    if caller.anonymous:
        raise Unauthenticated("This needs a user name and a password")


def require_admin(caller: Caller) -> None:
    """Raise Unauthenticated or Denied unless the caller is an administrator."""
    require_user(caller)
    if not caller.admin:
        raise Denied(f"User {caller.username!r} is not an administrator")


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
    return dict(given)
