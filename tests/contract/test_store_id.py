"""Contract 0.3: storeID on every path, its letters in any case, and each answer to one that is unknown."""

import hashlib

import pytest

BODY = b"hello world"
MD5 = hashlib.md5(BODY).hexdigest()
NONE = "No store exists with ID 77"


@pytest.fixture(scope="module")
def kept(admin, space):
    """An item that both stores hold."""
    assert admin("PUT", f"/{space}/kept?storeID=2", {"x-dura-meta-color": "red"}, BODY).status == 201
    return f"/{space}/kept"


@pytest.mark.rule("12.18", "1.1.8")
@pytest.mark.parametrize("name", ["storeID", "storeId", "storeid", "STOREID"])
def test_every_case_of_its_letters_names_the_store(admin, space, kept, name):
    for store in ("1", "2"):
        for method, path in (
            ("GET", "/stores"),
            ("GET", "/spaces"),
            ("GET", f"/{space}"),
            ("HEAD", f"/{space}"),
            ("HEAD", f"/acl/{space}"),
            ("GET", kept),
            ("HEAD", kept),
        ):
            assert admin(method, f"{path}?{name}={store}").status == 200
        assert admin("GET", f"{kept}?{name}={store}").body == BODY
    assert admin("GET", f"{kept}?{name}=77").status == 404


def test_the_exact_form_wins_and_an_empty_one_means_the_primary(admin, kept):
    assert admin("GET", f"{kept}?storeid=77&storeID=2").status == 200
    assert admin("GET", f"{kept}?storeID=77&storeid=2").status == 404
    assert admin("GET", f"{kept}?storeID=").status == 200


@pytest.mark.rule(
    "1.2.4", "1.3.get.13", "1.3.head.6", "1.3.put.7", "1.3.delete.6", "1.5.head.3", "1.5.post.5", "1.6.get.14"
)
@pytest.mark.rule("1.6.head.2", "1.6.put.20", "1.6.post.11", "1.6.delete.2", "1.6.copy.10")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/spaces", 500),
        ("GET", "/{space}", 404),
        ("HEAD", "/{space}", 404),
        ("DELETE", "/{space}", 404),
        ("HEAD", "/acl/{space}", 404),
        ("POST", "/acl/{space}", 404),
        ("PUT", "/{space}", 400),
        ("GET", "/{space}/kept", 404),
        ("HEAD", "/{space}/kept", 404),
        ("POST", "/{space}/kept", 404),
        ("PUT", "/{space}/kept", 404),
        ("DELETE", "/{space}/kept", 404),
    ],
)
def test_an_unknown_store_has_the_status_of_each_endpoint(admin, member, space, kept, method, path, status):
    answer = admin(method, path.format(space=space) + "?storeID=77", body=b"other" if method == "PUT" else None)
    assert answer.status == status
    if method != "HEAD":
        assert NONE in answer.text
    assert admin("GET", kept).body == BODY
    if path != "/spaces" and "acl" not in path:
        assert member(method, path.format(space=space) + "?storeID=77").status == 403  # the access rules come first


@pytest.mark.rule("1.6.get.16", "1.6.get.9")
def test_another_store_serves_its_own_copy(admin, kept, product, space):
    found = admin("GET", f"{kept}?storeID=2")
    assert (found.body, found["Content-MD5"], found["ETag"]) == (BODY, MD5, MD5)
    assert found.properties == {"color": "red"}
    part = admin("GET", f"{kept}?storeID=2", {"Range": "bytes=3-5"})
    assert (part.status, part.body, part["Content-Range"]) == (206, b"lo ", "bytes 3-5/11")
    product.second.put_object(Bucket=product.bucket(space), Key="kept", Body=b"HELLO WORLD")
    assert admin("GET", f"{kept}?storeID=2").body == b"HELLO WORLD"  # nobody looks into the other store for it
    assert admin("GET", kept).body == BODY


@pytest.mark.rule("1.3.get.13", "1.3.head.6")
def test_another_store_lists_what_it_keeps(admin, new_space):
    name = new_space()
    assert admin.ids(name, "?storeID=2") == []
    for item in ("b", "a/1", "a/2"):
        assert admin("PUT", f"/{name}/{item}?storeID=2", body=BODY).status == 201
    assert admin.ids(name, "?storeID=2") == ["a/1", "a/2", "b"]
    assert admin.ids(name, "?storeID=2&prefix=a/&marker=a/1") == ["a/2"]
    assert admin.ids(name, "?storeID=2&maxResults=1") == ["a/1"]
    assert admin.ids(name, "?storeID=2&marker=b") == []
    assert admin("HEAD", f"/{name}?storeID=2").properties["space-count"] == "3"
    admin("DELETE", f"/{name}/b")
    assert admin.ids(name, "?storeID=2") == ["a/1", "a/2"]
    assert admin("GET", f"/{name}/b?storeID=2").status == 404


def test_what_other_stores_keep_follows_the_primary(admin, space, kept):
    refused = [
        admin("PUT", f"{kept}?storeID=2", body=b"other bytes"),
        admin("PUT", f"{kept}?storeID=2", {"Content-MD5": hashlib.md5(b"other").hexdigest()}, b"other"),
        admin("POST", f"{kept}?storeID=2"),
        admin("DELETE", f"{kept}?storeID=2"),
        admin("DELETE", f"/{space}?storeID=2"),
    ]
    for answer in refused:
        assert (answer.status, answer["Content-Type"]) == (409, "text/plain")
        assert "Store 2 keeps copies of what store 1 holds" in answer.text
    assert admin("GET", kept).body == BODY
    same = admin("PUT", f"{kept}?storeID=2", {"Content-MD5": MD5}, BODY)
    assert (same.status, same["Content-MD5"]) == (201, MD5)
