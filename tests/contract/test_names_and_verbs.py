"""Contract 0.1 and 15.1.9: verbs that nobody may use; names in access rules keep the case of their letters."""

import pytest

from .wire import Connection

CHALLENGE = 'Basic realm="DuraCloud:DuraStore"'


@pytest.mark.parametrize("method", ["OPTIONS", "PATCH", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/spaces", "/{space}", "/{space}/item", "/acl/{space}", "/stores", "/task", "/"])
def test_other_verbs_are_denied(anonymous, member, admin, space, method, path):
    answers = [caller(method, path.format(space=space)) for caller in (anonymous, member, admin)]
    assert [answer.status for answer in answers] == [401, 403, 403]
    assert answers[0]["WWW-Authenticate"] == CHALLENGE
    assert all("WWW-Authenticate" not in answer.names for answer in answers[1:])
    assert {answer["Content-Type"] for answer in answers} == {"text/plain"}


@pytest.mark.rule("15.1.9b")
def test_names_in_access_rules_come_back_as_they_were_sent(admin, member, new_space):
    name, login = new_space(), member.login[0].title()
    rules = {
        "acl-JaneDoe": "READ",
        "acl-group-Map_Room": "WRITE",
        "acl-jane@Example.org": "READ",
        f"acl-{login}": "READ",
    }
    assert admin("POST", f"/acl/{name}", {f"x-dura-meta-{who}": right for who, right in rules.items()}).status == 200
    assert admin("HEAD", f"/acl/{name}").properties == rules
    assert member("GET", f"/{name}").status == 200  # whatever the case, the rule means him


@pytest.mark.rule("12.24")
def test_a_client_that_changes_the_case_of_headers_means_lower_case(admin, new_space):
    name = new_space()
    with Connection(admin.address) as connection:
        lines = [*admin.credentials, "X-Dura-Meta-Acl-Jane: READ"]
        connection.send("POST", f"/durastore/acl/{name}", lines)
        assert connection.answer("POST").status == 200
    assert admin("HEAD", f"/acl/{name}").properties == {"acl-jane": "READ"}
