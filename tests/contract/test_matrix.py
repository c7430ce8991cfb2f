"""Contract 0.6: every operation, asked by every kind of caller, of a closed and of a public space.

A cell is A (401: anonymous), D (403: denied) or O (let through). Columns, in this order: anonymous; a user without
rules; with READ; in a group with READ; with WRITE; in a group with WRITE; an administrator; an owner; root.
"""

import pytest

from app import app

from .people import ask, join
from .wire import Client

CALLERS = ("anonymous", "user", "READ", "group READ", "WRITE", "group WRITE", "admin", "owner", "root")
ALL, SIGNED_IN, ADMINS, ROOT = "OOOOOOOOO", "AOOOOOOOO", "ADDDDDOOO", "ADDDDDDDO"
READERS, WRITERS, NOBODY = "ADOOOOOOO", "ADDDOOOOO", "ADDDDDDDD"

MATRIX = {
    # operation                     closed     public     status when let through (None: any that is no failure)
    "GET /stores":                 (SIGNED_IN, SIGNED_IN, 200),
    "HEAD /stores":                (ALL,       ALL,       200),
    "GET /spaces":                 (ALL,       ALL,       200),
    "HEAD /spaces":                (ALL,       ALL,       200),
    "GET /{space}":                (READERS,   ALL,       200),
    "HEAD /{space}":               (READERS,   ALL,       200),
    "GET /{space}/":               (READERS,   ALL,       200),
    "GET /{space}/item":           (READERS,   ALL,       200),
    "HEAD /{space}/item":          (READERS,   ALL,       200),
    "GET /{space}/none":           (READERS,   ALL,       404),
    "HEAD /{space}/none":          (READERS,   ALL,       404),
    "HEAD /acl/{space}":           (ALL,       ALL,       200),
    "GET /acl/{space}":            (ALL,       ALL,       405),
    "POST /acl/{space}":           (ADMINS,    ADMINS,    200),
    "PUT /acl/{space}":            (ADMINS,    ADMINS,    405),
    "DELETE /acl/{space}":         (ADMINS,    ADMINS,    405),
    "PUT /{space}":                (ADMINS,    ADMINS,    201),
    "DELETE /{space}":             (ADMINS,    ADMINS,    200),
    "PUT /{space}/item":           (WRITERS,   WRITERS,   201),
    "POST /{space}/item":          (WRITERS,   WRITERS,   200),
    "DELETE /{space}/item":        (WRITERS,   WRITERS,   200),
    "DELETE /{space}/none":        (WRITERS,   WRITERS,   404),
    "POST /manifest/{space}":      (WRITERS,   WRITERS,   202),
    "GET /manifest/{space}":       (READERS,   SIGNED_IN, 200),
    "HEAD /manifest/{space}":      (READERS,   ALL,       200),
    "GET /bit-integrity/{space}":  (READERS,   SIGNED_IN, None),
    "HEAD /bit-integrity/{space}": (READERS,   ALL,       None),
    "GET /report/space/{space}":   (READERS,   SIGNED_IN, 200),
    "HEAD /report/space/{space}":  (READERS,   ALL,       200),
    "GET /audit/{space}":          (ADMINS,    ADMINS,    200),
    "HEAD /audit/{space}":         (ADMINS,    ADMINS,    200),
    "GET /report/store":           (ADMINS,    ADMINS,    200),
    "HEAD /report/store":          (ADMINS,    ADMINS,    200),
    "GET /report/store/1483228799000": (ADMINS, ADMINS,   200),
    "GET /task":                   (SIGNED_IN, SIGNED_IN, 200),
    "HEAD /task":                  (SIGNED_IN, SIGNED_IN, 200),
    "POST /task/noop":             (ADMINS,    ADMINS,    200),
    "POST /task/enable-hls":       (ADMINS,    ADMINS,    None),
    "POST /task/get-url-hls":      (ADMINS,    ADMINS,    None),
    "POST /task/get-url":          (SIGNED_IN, SIGNED_IN, None),
    "POST /task/get-signed-url":   (SIGNED_IN, SIGNED_IN, None),
    "POST /task/get-snapshot":     (SIGNED_IN, SIGNED_IN, None),
    "POST /task/get-snapshots":    (SIGNED_IN, SIGNED_IN, None),
    "POST /task/get-snapshot-history":  (SIGNED_IN, SIGNED_IN, None),
    "POST /task/get-snapshot-contents": (SIGNED_IN, SIGNED_IN, None),
    "POST /task/get-snapshots-totals":  (ADMINS,    ADMINS,    None),
    "POST /task/get-restore":      (SIGNED_IN, SIGNED_IN, None),
    "POST /task/restore-snapshot": (ROOT,      ROOT,      None),
    "POST /task/restore-content":  (ROOT,      ROOT,      None),
    "POST /task/set-storage-policy": (ROOT,    ROOT,      None),
    "GET /aux/cookies":            (ALL,       ALL,       404),
    "PUT /acl":                    (ROOT,      ROOT,      400),
    "POST /stores":                (ROOT,      ROOT,      405),
    "GET /never-made":             (NOBODY[:6] + "OOO", NOBODY[:6] + "OOO", 404),
    "HEAD /never-made/item":       (NOBODY[:6] + "OOO", NOBODY[:6] + "OOO", 404),
    "PUT /never-made/item":        (NOBODY[:6] + "OOO", NOBODY[:6] + "OOO", 404),
    "DELETE /never-made":          (NOBODY[:6] + "OOO", NOBODY[:6] + "OOO", 404),
    "GET /x-duracloud-admin":      (ADMINS,    ADMINS,    200),
    "PUT /x-duracloud-admin/item": (NOBODY,    NOBODY,    None),
    "DELETE /x-snapshot-metadata/s.zip": (ROOT, ROOT,     404),
    "DELETE /x-snapshot-metadata": (ROOT,      ROOT,      404),
    "OPTIONS /{space}":            (NOBODY,    NOBODY,    None),
    "PATCH /{space}/item":         (NOBODY,    NOBODY,    None),
}  # fmt: skip
# What this release does not serve is refused as the table says, and let through to nothing.
PATTERNS = {
    "/bit-integrity/": "/durastore/bit-integrity/{space}",
    "/report/space/": "/durastore/report/space/{space}",
    "/report/store/": "/durastore/report/store/{moment}",
    "/report/store": "/durastore/report/store",
    "/task/": "/durastore/task/{name}",
    "/task": "/durastore/task",
    "/aux/": "/durastore/aux/cookies",
}
STATUS = {"A": 401, "D": 403}


def served(operation: str) -> bool:
    method, path = operation.split()
    start = next((start for start in PATTERNS if path.startswith(start)), None)
    if start is not None:
        return any(route.startswith(PATTERNS[start].partition("{")[0]) for route in app.routes)
    return method != "POST" or path != "/{space}/item" or "POST" in app.routes["/durastore/{space}/{content+}"]


@pytest.fixture(scope="module")
def callers(product, admin) -> dict[str, Client]:
    """One caller of each kind."""
    roles = {"admin": "admin", "owner": "owner", "root": "root"}
    found = {name: join(product, admin, roles.get(name, "user")) for name in CALLERS if name != "anonymous"}
    for right in ("READ", "WRITE"):
        member = found[f"group {right}"].login[0]
        assert ask(admin, "PUT", f"/api/groups/group-matrix-{right.lower()}", {"members": [member]})[0] == 200
    return {"anonymous": Client(admin.address), **found}


@pytest.fixture(scope="module")
def rules(callers) -> dict[str, dict[str, str]]:
    """The access rules of both spaces: the same, but for the public."""
    closed = {
        callers["READ"].login[0]: "READ",
        callers["WRITE"].login[0]: "WRITE",
        "group-matrix-read": "READ",
        "group-matrix-write": "WRITE",
    }
    return {"closed": closed, "public": {**closed, "group-public": "READ"}}


@pytest.fixture(scope="module")
def spaces(new_space, rules, admin) -> dict[str, str]:
    """A closed and a public space with one item each."""
    made = {kind: new_space(rules[kind]) for kind in ("closed", "public")}
    for name in made.values():
        assert admin("PUT", f"/{name}/item", body=b"x").status == 201
    return made


CELLS = [
    pytest.param(operation, kind, name, cell, id=f"{operation} {kind}: {name}")
    for operation, (closed, public, _) in MATRIX.items()
    for kind, cells in (("closed", closed), ("public", public))
    for name, cell in zip(CALLERS, cells, strict=True)
    if (kind == "closed" or "{space}" in operation) and (cell != "O" or served(operation))
]


@pytest.mark.parametrize(("operation", "kind", "name", "cell"), CELLS)
def test_every_cell(callers, rules, spaces, new_space, admin, operation, kind, name, cell):
    method, path = operation.split()
    space = new_space(rules[kind]) if (operation, cell) == ("DELETE /{space}", "O") else spaces[kind]
    headers = {}
    if operation == "POST /acl/{space}":
        headers = {f"x-dura-meta-acl-{who}": right for who, right in rules[kind].items()}
    answer = callers[name](method, path.format(space=space), headers, b"x" if method == "PUT" else None)
    if cell == "O":
        wanted = MATRIX[operation][2]
        assert answer.status == wanted if wanted else answer.status not in (401, 403) and answer.status < 500
    else:
        assert (answer.status, answer["Content-Type"]) == (STATUS[cell], "text/plain")
        assert ("WWW-Authenticate" in answer.names) is (cell == "A")
    if operation == "DELETE /{space}/item" and cell == "O":
        assert admin("PUT", f"/{space}/item", body=b"x").status == 201


@pytest.mark.parametrize("name", CALLERS)
def test_the_list_of_spaces_has_those_that_one_may_read(callers, spaces, name):
    listed = callers[name]("GET", "/spaces").text
    assert f'"{spaces["public"]}"' in listed
    assert (f'"{spaces["closed"]}"' in listed) is (name not in ("anonymous", "user"))


@pytest.mark.parametrize("name", CALLERS)
@pytest.mark.rule("12.20", "14.10")
def test_access_rules_are_open_to_all_and_the_same_for_all(callers, spaces, rules, name):
    for kind, space in spaces.items():
        assert callers[name]("HEAD", f"/acl/{space}").of("x-dura-meta-acl-") == rules[kind]


@pytest.mark.parametrize("name", CALLERS)
@pytest.mark.parametrize("kind", ["closed", "public"])
def test_a_copy_needs_read_on_its_source_too(callers, spaces, new_space, kind, name):
    target = new_space({caller.login[0]: "WRITE" for caller in callers.values() if caller.login})
    answer = callers[name]("PUT", f"/{target}/copy", {"x-dura-meta-copy-source": f"{spaces[kind]}/item"})
    refusals = {"anonymous": 401, **({"user": 403} if kind == "closed" else {})}
    assert answer.status == refusals.get(name, 201)


@pytest.mark.parametrize(("name", "cell"), list(zip(CALLERS, WRITERS, strict=True)))
def test_a_copy_needs_write_on_its_target(callers, spaces, name, cell):
    source = f"{spaces['public']}/item"
    answer = callers[name]("PUT", f"/{spaces['closed']}/copy", {"x-dura-meta-copy-source": source})
    assert answer.status == STATUS.get(cell, 201)
