"""Access: who may do what, every cell of the table (contract 0.6) that this release has."""

from datetime import UTC, datetime

import pytest

from chalicelib.domain.access import ANONYMOUS, Access, Caller, Role, access, parse_acl
from chalicelib.domain.errors import Invalid
from chalicelib.domain.spaces import Space, SpaceId

ADMIN = Caller("root", frozenset({Role.ADMIN, Role.USER}))
ADA = Caller("ada", frozenset({Role.USER}))
NONE, READ, WRITE = Access.NONE, Access.READ, Access.WRITE


@pytest.mark.parametrize(
    ("acl", "anonymous", "ada", "admin"),
    [
        ({}, NONE, NONE, WRITE),
        ({"ada": "READ"}, NONE, READ, WRITE),
        ({"ada": "WRITE"}, NONE, WRITE, WRITE),
        ({"bob": "WRITE"}, NONE, NONE, WRITE),
        ({"group-public": "READ"}, READ, READ, WRITE),
        ({"group-public": "READ", "ada": "WRITE"}, READ, WRITE, WRITE),
        ({"None": "WRITE", "": "WRITE"}, NONE, NONE, WRITE),
    ],
)
def test_each_cell(acl: dict[str, str], anonymous: Access, ada: Access, admin: Access) -> None:
    space = Space(SpaceId("maps"), datetime.now(UTC), "root", acl)
    assert [access(caller, space) for caller in (ANONYMOUS, ADA, ADMIN)] == [anonymous, ada, admin]


def test_a_space_that_does_not_exist_is_open_to_administrators_only() -> None:
    assert [access(caller, None) for caller in (ANONYMOUS, ADA, ADMIN)] == [NONE, NONE, WRITE]


@pytest.mark.parametrize("value", ["read", "", "OWNER"])
def test_rules_are_read_or_write(value: str) -> None:
    with pytest.raises(Invalid, match="READ or WRITE"):
        parse_acl({"ada": value})
