"""Contract 0.4 to 0.6 and 1.5: who may do what, how refusals look, and the access rules themselves."""

import pytest

from .wire import Client, Connection, basic

CHALLENGE = 'Basic realm="DuraCloud:DuraStore"'

# Each caller meets a space with these rules.
CALLERS = {
    "anonymous": ("anonymous", {}),
    "anonymous, public space": ("anonymous", {"group-public": "READ"}),
    "member": ("member", {}),
    "member, public space": ("member", {"group-public": "READ"}),
    "member with READ": ("member", {"member": "READ"}),
    "member with WRITE": ("member", {"member": "WRITE"}),
    "admin": ("admin", {}),
}
MATRIX = {
    #                        anon  public  member  public  READ  WRITE  admin
    "GET /stores":           (401, 401,    200,    200,    200,  200,   200),
    "HEAD /stores":          (200, 200,    200,    200,    200,  200,   200),
    "GET /spaces":           (200, 200,    200,    200,    200,  200,   200),
    "HEAD /spaces":          (200, 200,    200,    200,    200,  200,   200),
    "GET /{space}":          (401, 200,    403,    200,    200,  200,   200),
    "HEAD /{space}":         (401, 200,    403,    200,    200,  200,   200),
    "PUT /{space}":          (401, 401,    403,    403,    403,  403,   201),
    "HEAD /acl/{space}":     (200, 200,    200,    200,    200,  200,   200),
    "GET /{space}/item":     (401, 200,    403,    200,    200,  200,   200),
    "HEAD /{space}/item":    (401, 200,    403,    200,    200,  200,   200),
    "GET /{space}/none":     (401, 404,    403,    404,    404,  404,   404),
    "PUT /{space}/item":     (401, 401,    403,    403,    403,  201,   201),
    "DELETE /{space}/none":  (401, 401,    403,    403,    403,  404,   404),
    "DELETE /{space}/item":  (401, 401,    403,    403,    403,  200,   200),
    "POST /acl/{space}":     (401, 401,    403,    403,    403,  403,   200),
    "DELETE /{space}":       (401, 401,    403,    403,    403,  403,   200),
}  # fmt: skip
CELLS = [
    (operation, name, status)
    for operation, statuses in MATRIX.items()
    for name, status in zip(CALLERS, statuses, strict=True)
]

MISSING = {  # of a space that does not exist: anonymous, member, admin
    "GET /{space}": (401, 403, 404),
    "HEAD /{space}": (401, 403, 404),
    "DELETE /{space}": (401, 403, 404),
    "HEAD /acl/{space}": (404, 404, 404),
    "POST /acl/{space}": (401, 403, 404),
    "GET /{space}/item": (401, 403, 404),
    "HEAD /{space}/item": (401, 403, 404),
    "PUT /{space}/item": (401, 403, 404),
    "DELETE /{space}/item": (401, 403, 404),
}
CLOSED = [operation for operation, statuses in MATRIX.items() if statuses[0] == 401]


@pytest.fixture
def callers(anonymous, member, admin):
    return {"anonymous": anonymous, "member": member, "admin": admin}


@pytest.fixture(scope="module")
def prepared(new_space, admin, member):
    """A space with an item for one caller of the matrix; a fresh one for what would spoil it for the next cell."""

    def prepare(name: str, spoiled: bool = True) -> str:
        if spoiled or name not in shared:
            rules = CALLERS[name][1]
            made = new_space({who.replace("member", member.login[0]): right for who, right in rules.items()})
            assert admin("PUT", f"/{made}/item", body=b"x").status == 201
            if spoiled:
                return made
            shared[name] = made
        return shared[name]

    shared: dict[str, str] = {}
    return prepare


def refused(answer, status, method):
    """How every refusal looks (contract 0.4): plain text, and a challenge only for whoever may still sign in."""
    assert answer.status == status
    assert answer["Content-Type"] == "text/plain"
    assert method == "HEAD" or answer.text
    if status == 401:
        assert answer["WWW-Authenticate"] == CHALLENGE
    else:
        assert "WWW-Authenticate" not in answer.names


@pytest.mark.rule(
    "1.1.1",
    "1.3.put.1",
    "1.3.delete.1",
    "1.5.1",
    "1.5.2",
    "1.5.4",
    "1.5.head.1",
    "1.5.post.1",
    "1.6.put.22",
    "4.401",
    "4.403",
    "12.10",
    "12.20",
    "14.8",
    "14.10",
    "15.1.6",
)
@pytest.mark.parametrize(("operation", "name", "status"), CELLS)
def test_the_access_matrix(callers, prepared, operation, name, status):
    spoiled = status == 200 and operation.startswith(("POST", "DELETE"))
    method, path = operation.format(space=prepared(name, spoiled)).split()
    answer = callers[CALLERS[name][0]](method, path, body=b"new" if method == "PUT" else None)
    if status < 400:
        assert answer.status == status
    else:
        refused(answer, status, method)


@pytest.mark.rule(
    "1.3.get.11",
    "1.3.head.6",
    "1.3.delete.6",
    "1.5.head.3",
    "1.5.post.5",
    "1.6.get.14",
    "1.6.head.2",
    "1.6.put.20",
    "1.6.delete.2",
    "4.403",
    "4.404",
    "12.9",
    "14.2",
)
@pytest.mark.parametrize(
    ("operation", "who", "status"),
    [
        (operation, who, status)
        for operation, statuses in MISSING.items()
        for who, status in zip(("anonymous", "member", "admin"), statuses, strict=True)
    ],
)
def test_a_missing_space_is_revealed_to_admins_only(callers, operation, who, status):
    method, path = operation.format(space="contract-never-made").split()
    refused(callers[who](method, path, body=b"x" if method == "PUT" else None), status, method)


@pytest.mark.rule("1.6.put.20", "15.1.4c")
def test_a_missing_item_in_a_missing_space_creates_nothing(admin):
    assert admin("PUT", "/contract-never-made/item", body=b"x").status == 404
    assert admin("HEAD", "/contract-never-made").status == 404


@pytest.mark.rule("4.401", "15.1.5")
@pytest.mark.parametrize("operation", MATRIX)
def test_wrong_credentials_are_refused_everywhere(admin, space, operation):
    method, path = operation.format(space=space).split()
    refused(Client(admin.address, (admin.login[0], "wrong"))(method, path), 401, method)


@pytest.mark.rule("4.401")
@pytest.mark.parametrize("username", ["nobody", "", "admin:", "ADMIN", "\xe9"])
def test_an_unknown_name_looks_like_a_wrong_password(admin, username):
    wrong = Client(admin.address, (admin.login[0], "wrong"))("GET", "/spaces")
    unknown = Client(admin.address, (username, admin.login[1]))("GET", "/spaces")
    refused(unknown, 401, "GET")
    assert unknown.text == wrong.text


@pytest.mark.rule("4.401")
@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Bearer abc", "Basic \xff\xfe", "Digest username=a", ""],
)
def test_unreadable_credentials_are_refused_not_taken_for_anonymous(anonymous, header):
    refused(anonymous("GET", "/spaces", {"Authorization": header}), 401, "GET")


@pytest.mark.rule("15.1.5")
@pytest.mark.parametrize("operation", CLOSED)
def test_after_the_challenge_the_same_connection_takes_the_request_again(admin, prepared, operation):
    """Clients that wait to be asked send the body twice (contract 15.1.5)."""
    method, path = operation.format(space=prepared("admin")).split()
    body = bytes(200_000) if method == "PUT" else b""
    lines = [f"Content-Length: {len(body)}"] if body else []
    with Connection(admin.address) as connection:
        connection.send(method, f"/durastore{path}", lines, body)
        refused(connection.answer(method), 401, method)
        connection.send(method, f"/durastore{path}", [*lines, *admin.credentials], body)
        assert connection.answer(method).status == MATRIX[operation][-1]


@pytest.mark.rule("12.24")
def test_names_of_schemes_and_headers_have_no_case(admin):
    lines = [basic(*admin.login).replace("Authorization: Basic", "aUTHORIZATION: bAsIc"), "Connection: close"]
    with Connection(admin.address) as connection:
        connection.send("GET", "/durastore/stores", lines)
        assert connection.answer().status == 200


@pytest.mark.rule("1.3.put.5", "1.5.head.1", "1.5.head.2", "1.5.post.2", "1.5.post.4", "14.10", "15.1.7")
def test_access_rules_are_replaced_as_a_whole(admin, new_space):
    name = new_space()
    assert admin("HEAD", f"/acl/{name}").properties == {f"acl-{admin.login[0]}": "WRITE"}

    rules = {"acl-jane_doe": "WRITE", "acl-j.doe-2": "READ", "acl-group-curators": "READ", "acl-group-public": "READ"}
    answer = admin("POST", f"/acl/{name}", {f"x-dura-meta-{who}": right for who, right in rules.items()})
    assert (answer.status, answer["Content-Type"]) == (200, "text/plain")
    assert answer.text == f"Space {name} ACLs updated successfully"
    head = admin("HEAD", f"/acl/{name}")
    assert (head.status, head.body, head.properties) == (200, b"", rules)

    assert admin("POST", f"/acl/{name}", {"x-dura-meta-acl-jane_doe": "READ"}).status == 200
    assert admin("HEAD", f"/acl/{name}").properties == {"acl-jane_doe": "READ"}
    assert admin("POST", f"/acl/{name}").status == 200
    assert admin("HEAD", f"/acl/{name}").properties == {}


@pytest.mark.rule("1.5.post.3", "4.400", "4.phrases")
@pytest.mark.parametrize(("who", "right"), [("jane", "read"), ("jane", ""), ("jane", "OWN"), ("group-public", "WRITE")])
def test_a_wrong_access_rule_changes_nothing(admin, new_space, who, right):
    name = new_space({"kept": "READ"})
    answer = admin("POST", f"/acl/{name}", {"x-dura-meta-acl-other": "READ", f"x-dura-meta-acl-{who}": right})
    assert (answer.status, answer["Content-Type"]) == (400, "text/plain")
    assert answer.text.startswith(f"Error attempting to update space ACLs for '{name}' due to: ")
    assert admin("HEAD", f"/acl/{name}").properties == {"acl-kept": "READ"}


@pytest.mark.rule("1.5.post.6", "1.5.2")
def test_access_rules_count_from_the_next_request_on(admin, member, anonymous, new_space):
    name = new_space()
    for rules, seen in (
        ({}, (403, 401)),
        ({member.login[0]: "READ"}, (200, 401)),
        ({"group-public": "READ"}, (200, 200)),
        ({"someone-else": "WRITE"}, (403, 401)),
    ):
        admin("POST", f"/acl/{name}", {f"x-dura-meta-acl-{who}": right for who, right in rules.items()})
        assert (member("GET", f"/{name}").status, anonymous("GET", f"/{name}").status) == seen


@pytest.mark.rule("2.1.10", "4.403")
@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("PUT", "/x-duracloud-admin/evidence/forged", {}),
        ("DELETE", "/x-duracloud-admin/evidence/any", {}),
        ("DELETE", "/x-duracloud-admin", {}),
        ("POST", "/acl/x-duracloud-admin", {"x-dura-meta-acl-group-public": "READ"}),
    ],
)
def test_nobody_writes_to_the_space_that_holds_evidence(
    admin: Client, member: Client, anonymous: Client, method: str, path: str, headers: dict[str, str]
) -> None:
    statuses = [client(method, path, headers).status for client in (admin, member, anonymous)]
    assert statuses == [403, 403, 401]
    assert admin("GET", "/x-duracloud-admin").status == 200
    assert member("GET", "/x-duracloud-admin").status == 403
