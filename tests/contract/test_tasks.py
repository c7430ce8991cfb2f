"""Contract 1.11, 1.12, 8.1, 14.11 and 15.1.16: tasks, and the cookies of a streaming service that is not here."""

import pytest

NOOP = "<list>\n  <string>noop</string>\n</list>"


@pytest.mark.rule("1.11.1", "15.1.16b")
@pytest.mark.parametrize("query", ["", "?storeID=1", "?storeID=2", "?storeID=99"])
def test_noop_is_listed_in_the_form_of_the_original(member, query):
    answer = member("GET", f"/task{query}")
    assert (answer.status, answer["Content-Type"], answer.text) == (200, "application/xml", NOOP)
    assert member("HEAD", f"/task{query}")["Content-Length"] == str(len(NOOP))


@pytest.mark.rule("1.11.2", "1.11.4", "1.11.6", "14.11")
@pytest.mark.parametrize("query", ["", "?storeID=2", "?storeID=99"])
@pytest.mark.parametrize(
    ("kind", "body"), [("text/xml; charset=ISO-8859-1", b"x"), (None, b""), (None, None), ("a/b", b"{}")]
)
def test_noop_succeeds_whatever_is_sent_with_it(admin, query, kind, body):
    answer = admin("POST", f"/task/noop{query}", {"Content-Type": kind} if kind else {}, body)
    assert (answer.status, answer["Content-Type"], answer.text) == (200, "text/plain", "Success")


@pytest.mark.rule("1.11.3", "14.11", "15.1.4b", "4.400")
@pytest.mark.parametrize("name", ["unknown-task", "enable-hls", "get-url", "noop%20", "NOOP", "create-snapshot"])
def test_other_tasks_are_400_with_their_name(admin, name):
    answer = admin("POST", f"/task/{name}", body=b"{}")
    assert (answer.status, answer["Content-Type"]) == (400, "text/plain")
    assert answer.text.startswith(f"Task {name.replace('%20', ' ')} is not supported: ")


@pytest.mark.rule("1.11.5")
def test_who_may_ask_for_which_task(admin, member, anonymous):
    """The table of paths in contract 0.6: what only root may do, what users may, and the rest for administrators."""
    for name, by_member in (("noop", 403), ("get-url-hls", 403), ("set-storage-policy", 403), ("get-snapshot", 400)):
        assert anonymous("POST", f"/task/{name}").status == 401
        assert member("POST", f"/task/{name}").status == by_member
    assert anonymous("GET", "/task").status == 401
    for method in ("GET", "PUT", "DELETE"):
        assert admin(method, "/task/noop").status == 405


@pytest.mark.rule("1.12.1")
def test_no_token_is_known(admin, anonymous):
    for client in (admin, anonymous):
        answer = client("GET", "/aux/cookies?token=abcdefghijklmnopqrst")
        assert (answer.status, answer["Content-Type"], answer.text) == (404, "text/plain", "Token not found")
