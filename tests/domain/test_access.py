"""Access: who may do what, every cell of the tables (contract 0.5 and 0.6)."""

from datetime import UTC, datetime

import pytest

from chalicelib.domain.access import (
    ANONYMOUS,
    Access,
    Caller,
    Role,
    access,
    admit,
    held,
    highest,
    needed_role,
    parse_acl,
    require_root,
)
from chalicelib.domain.errors import Denied, Invalid, Unauthenticated
from chalicelib.domain.spaces import Space, SpaceId

USER, ADMIN, OWNER, ROOT = (Caller(role.value, held(role)) for role in Role)
ADA = Caller("ada", held(Role.USER), frozenset({"group-curators"}))
NONE, READ, WRITE = Access.NONE, Access.READ, Access.WRITE


def test_a_role_holds_those_below_it() -> None:
    assert held(Role.USER) == {Role.USER}
    assert held(Role.OWNER) == {Role.USER, Role.ADMIN, Role.OWNER}
    assert held(Role.ROOT) == set(Role)


@pytest.mark.parametrize("role", Role)
def test_the_highest_role_is_found_again(role: Role) -> None:
    assert highest(held(role)) is role


def test_no_role_counts_as_user_and_nothing_is_inferred_from_a_lone_one() -> None:
    assert highest(frozenset()) is Role.USER
    assert not Caller("odd", frozenset({Role.OWNER})).admin


@pytest.mark.parametrize(
    ("acl", "anonymous", "ada", "admin"),
    [
        ({}, NONE, NONE, WRITE),
        ({"ada": "READ"}, NONE, READ, WRITE),
        ({"ada": "WRITE"}, NONE, WRITE, WRITE),
        ({"Ada": "WRITE"}, NONE, WRITE, WRITE),
        ({"bob": "WRITE"}, NONE, NONE, WRITE),
        ({"group-curators": "READ"}, NONE, READ, WRITE),
        ({"group-Curators": "WRITE"}, NONE, WRITE, WRITE),
        ({"curators": "WRITE"}, NONE, NONE, WRITE),
        ({"group-others": "WRITE"}, NONE, NONE, WRITE),
        ({"ada": "READ", "group-curators": "WRITE"}, NONE, WRITE, WRITE),
        ({"ada": "WRITE", "group-curators": "READ"}, NONE, WRITE, WRITE),
        ({"group-public": "READ"}, READ, READ, WRITE),
        ({"Group-Public": "READ"}, READ, READ, WRITE),
        ({"group-public": "WRITE"}, READ, READ, WRITE),
        ({"group-public": "READ", "ada": "WRITE"}, READ, WRITE, WRITE),
        ({"None": "WRITE", "": "WRITE"}, NONE, NONE, WRITE),
    ],
)
def test_each_cell(acl: dict[str, str], anonymous: Access, ada: Access, admin: Access) -> None:
    space = Space(SpaceId("maps"), datetime.now(UTC), "root", acl)
    assert [access(caller, space) for caller in (ANONYMOUS, ADA, ADMIN)] == [anonymous, ada, admin]
    assert {access(caller, space) for caller in (OWNER, ROOT)} == {WRITE}


def test_no_user_counts_as_a_group_and_nobody_is_the_public() -> None:
    space = Space(SpaceId("maps"), datetime.now(UTC), "root", {"group-curators": "WRITE"})
    assert access(Caller("group-curators", held(Role.USER)), space) is NONE
    public = Space(SpaceId("maps"), datetime.now(UTC), "root", {"group-public": "WRITE"})
    assert access(Caller("eve", held(Role.USER), frozenset({"group-public"})), public) is READ


def test_a_space_that_does_not_exist_is_open_to_administrators_only() -> None:
    assert [access(caller, None) for caller in (ANONYMOUS, ADA, ADMIN)] == [NONE, NONE, WRITE]


ANYBODY = None
TABLE = [
    # path,                        GET,        HEAD,       PUT,        POST,       DELETE
    ("/aux/cookies",               ANYBODY,    ANYBODY,    Role.USER,  Role.USER,  Role.USER),
    ("/acl",                       ANYBODY,    ANYBODY,    Role.ROOT,  Role.ADMIN, Role.ADMIN),
    ("/acl/",                      ANYBODY,    ANYBODY,    Role.ROOT,  Role.ADMIN, Role.ADMIN),
    ("/acl/maps",                  ANYBODY,    ANYBODY,    Role.ADMIN, Role.ADMIN, Role.ADMIN),
    ("/task",                      Role.USER,  Role.USER,  Role.USER,  Role.USER,  Role.USER),
    ("/task/get-snapshots",        Role.USER,  Role.USER,  Role.USER,  Role.USER,  Role.USER),
    ("/task/get-url",              Role.USER,  Role.USER,  Role.USER,  Role.USER,  Role.USER),
    ("/task/get-url-hls",          Role.ADMIN, Role.ADMIN, Role.ADMIN, Role.ADMIN, Role.ADMIN),
    ("/task/noop",                 Role.ADMIN, Role.ADMIN, Role.ADMIN, Role.ADMIN, Role.ADMIN),
    ("/task/restore-snapshot",     Role.ADMIN, Role.ADMIN, Role.ADMIN, Role.ROOT,  Role.ADMIN),
    ("/task/restore-content",      Role.ADMIN, Role.ADMIN, Role.ADMIN, Role.ROOT,  Role.ADMIN),
    ("/task/set-storage-policy",   Role.ADMIN, Role.ADMIN, Role.ADMIN, Role.ROOT,  Role.ADMIN),
    ("/stores",                    Role.USER,  ANYBODY,    Role.ADMIN, Role.ROOT,  Role.ADMIN),
    ("/stores/",                   Role.USER,  ANYBODY,    Role.ADMIN, Role.ROOT,  Role.ADMIN),
    ("/spaces",                    ANYBODY,    ANYBODY,    Role.ADMIN, Role.USER,  Role.ADMIN),
    ("/report/store",              Role.ADMIN, Role.ADMIN, Role.USER,  Role.USER,  Role.USER),
    ("/report/store/1483228799000", Role.ADMIN, Role.ADMIN, Role.USER, Role.USER,  Role.USER),
    ("/report/space/maps",         Role.USER,  ANYBODY,    Role.USER,  Role.USER,  Role.USER),
    ("/manifest/maps",             Role.USER,  ANYBODY,    Role.USER,  Role.USER,  Role.USER),
    ("/bit-integrity/maps",        Role.USER,  ANYBODY,    Role.USER,  Role.USER,  Role.USER),
    ("/audit/maps",                Role.ADMIN, Role.ADMIN, Role.USER,  Role.USER,  Role.USER),
    ("/maps",                      ANYBODY,    ANYBODY,    Role.ADMIN, Role.USER,  Role.ADMIN),
    ("/maps/",                     ANYBODY,    ANYBODY,    Role.ADMIN, Role.USER,  Role.ADMIN),
    ("/maps/plate\n1.tif",         ANYBODY,    ANYBODY,    Role.USER,  Role.USER,  Role.USER),
    ("/maps//leading",             ANYBODY,    ANYBODY,    Role.USER,  Role.USER,  Role.USER),
    ("/x-snapshot-metadata",       ANYBODY,    ANYBODY,    Role.ADMIN, Role.USER,  Role.ROOT),
    ("/x-snapshot-metadata/s.zip", ANYBODY,    ANYBODY,    Role.USER,  Role.USER,  Role.ROOT),
    ("",                           ANYBODY,    ANYBODY,    Role.USER,  Role.USER,  Role.USER),
    ("/",                          ANYBODY,    ANYBODY,    Role.ADMIN, Role.USER,  Role.ADMIN),
]  # fmt: skip
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")


@pytest.mark.parametrize(("path", "needed"), [(row[0], row[1:]) for row in TABLE])
def test_each_path_needs_its_role(path: str, needed: tuple[Role | None, ...]) -> None:
    assert tuple(needed_role(method, path) for method in METHODS) == needed


@pytest.mark.parametrize(("path", "needed"), [(row[0], row[1:]) for row in TABLE])
def test_the_role_is_asked_of_every_caller(path: str, needed: tuple[Role | None, ...]) -> None:
    ranks: list[Role | None] = [ANYBODY, *Role]
    for method, role in zip(METHODS, needed, strict=True):
        for rank, caller in enumerate((ANONYMOUS, USER, ADMIN, OWNER, ROOT)):
            if rank >= ranks.index(role):
                admit(caller, method, path)
            else:
                with pytest.raises(Denied if rank else Unauthenticated):
                    admit(caller, method, path)


@pytest.mark.parametrize("method", ["OPTIONS", "PATCH", "TRACE", "get", "PROPFIND", ""])
def test_other_verbs_are_denied_to_everybody(method: str) -> None:
    with pytest.raises(Unauthenticated):
        admit(ANONYMOUS, method, "/spaces")
    with pytest.raises(Denied):
        admit(ROOT, method, "/spaces")


def test_only_root_is_root() -> None:
    require_root(ROOT)
    with pytest.raises(Denied, match="'root'"):
        require_root(OWNER)
    with pytest.raises(Unauthenticated):
        require_root(ANONYMOUS)


@pytest.mark.parametrize("value", ["read", "", "OWNER"])
def test_rules_are_read_or_write(value: str) -> None:
    with pytest.raises(Invalid, match="READ or WRITE"):
        parse_acl({"ada": value})


@pytest.mark.parametrize("public", ["group-public", "Group-Public"])
def test_the_public_never_writes(public: str) -> None:
    with pytest.raises(Invalid, match="only READ"):
        parse_acl({public: "WRITE"})
