"""Contract 12 and what else clients take for granted without saying so."""

import time

import pytest


@pytest.mark.rule("1.1.8", "12.18")
@pytest.mark.parametrize("path", ["/stores", "/spaces", "/{space}", "/{space}/item"])
def test_the_primary_stores_number_changes_nothing(admin, space, path):
    """The Java client sends it with everything but /stores; there any number is taken."""
    admin("PUT", f"/{space}/item?storeID=1", body=b"x")
    path = path.format(space=space)
    plain = admin("GET", path)
    for query in ("storeID=1", "storeID=99" if path == "/stores" else "storeId=1"):
        answer = admin("GET", f"{path}?{query}")
        assert (answer.status, answer.body) == (plain.status, plain.body) == (200, plain.body)


@pytest.mark.rule("1.3.delete.7")
def test_a_space_that_is_being_deleted_is_201_to_whoever_makes_it(admin, new_space):
    """As the original: a client that wants it anew waits for 404 first."""
    name = new_space()
    admin("PUT", f"/{name}/item", body=b"x")
    assert admin("DELETE", f"/{name}").status == 200
    assert admin("PUT", f"/{name}").status == 201


@pytest.mark.rule("2.2.1")
def test_an_empty_id_is_the_space_itself(admin, new_space):
    name = new_space()
    assert admin("PUT", f"/{name}/", body=b"no item").status == 201
    assert admin.ids(name) == []


@pytest.mark.rule("2.3.1")
@pytest.mark.parametrize("store", ["abc", "99999999999", "-1", "1.0", "%D9%A1", "1%00", "0x1", "1 "])
def test_what_is_no_number_of_a_store_is_no_store(admin, space, store):
    answer = admin("GET", f"/{space}?storeID={store.replace(' ', '%20')}")
    assert answer.status == 404
    assert " due to: No store exists with ID " in answer.text


@pytest.mark.rule("2.5.3")
def test_a_space_takes_hundreds_of_access_rules(admin, new_space):
    rules = {f"reader-{number:03}": "READ" for number in range(300)} | {f"group-g{n}": "WRITE" for n in range(50)}
    assert admin("HEAD", f"/acl/{new_space(rules)}").of("x-dura-meta-acl-") == rules


@pytest.mark.rule("12.6")
def test_a_404_is_as_cheap_as_a_hit_and_never_throttled(admin, space):
    """SyncTool asks eight times for every new file, from several threads."""
    admin("PUT", f"/{space}/there", body=b"x")
    seconds = {}
    for name, status in (("there", 200), ("missing", 404)):
        started = time.monotonic()
        assert {admin("HEAD", f"/{space}/{name}").status for _ in range(100)} == {status}
        seconds[name] = time.monotonic() - started
    assert seconds["missing"] < 2 * seconds["there"] + 1


@pytest.mark.rule("12.7", "12.12", "12.22", "12.23", "15.1.1")
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_content_is_never_redirected_and_needs_no_cookie(admin, space, method):
    """Not for what looks like a browser either, and not for an address without TLS."""
    browser = {"Upgrade-Insecure-Requests": "1", "Accept": "text/html", "Cookie": "JSESSIONID=stale"}
    admin("PUT", f"/{space}/item", body=b"x")
    for path in (f"/{space}/item", f"/{space}/item//", f"/{space}", f"/{space}/"):
        answer = admin(method, path, browser)
        assert answer.status in (200, 201, 404)
        assert not {"set-cookie", "retry-after", "refresh"} & {name.lower() for name in answer.names}
