"""Contract 1.6: copies within a space, between spaces and between stores."""

import hashlib
from urllib.parse import quote_plus

import pytest

from .wire import Connection, encoded

BODY = b"hello world"
MD5 = hashlib.md5(BODY).hexdigest()
AWKWARD = "a b+c%d#e&f;g|h'\"(1)[2]{3}@=é中.txt"


@pytest.fixture(scope="module")
def source(admin, space):
    sent = {"Content-Type": "text/x-map", "Content-Encoding": "x-enc", "x-dura-meta-color": "red"}
    assert admin("PUT", f"/{space}/source/1.txt", sent, BODY).status == 201
    return f"{space}/source/1.txt"


@pytest.fixture(scope="module")
def other(new_space):
    return new_space()


def copy(client, path, source, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client("PUT", path, {"x-dura-meta-copy-source": source, **named})


@pytest.mark.rule("1.6.copy.1", "1.6.copy.2", "12.1", "12.2", "14.7", "15.1.2", "15.1.3", "15.1.8")
@pytest.mark.parametrize("where", ["same", "other"])
def test_a_copy_has_bytes_type_and_properties_of_its_source(admin, space, other, source, where):
    path = f"/{space if where == 'same' else other}/copies/a%20b"
    answer = copy(
        admin, path, source, Content_Type="text/html", x_dura_meta_color="ignored", x_dura_meta_more="ignored"
    )
    assert (answer.status, answer.body) == (201, b"")
    assert answer["Location"] == f"{admin.address}/durastore{path}"
    assert (answer["Content-MD5"], answer["ETag"]) == (MD5, MD5)
    made = admin("GET", path)
    assert (made.body, made["Content-Type"], made["Content-Encoding"]) == (BODY, "text/x-map", "x-enc")
    assert made.properties == {"color": "red"}
    assert admin("GET", f"/{source}").body == BODY


@pytest.mark.rule("1.6.copy.2")
def test_nothing_of_what_was_there_before_remains(admin, space, source):
    admin("PUT", f"/{space}/before", {"x-dura-meta-old": "1"}, b"old")
    assert copy(admin, f"/{space}/before", source).status == 201
    assert admin("HEAD", f"/{space}/before").properties == {"color": "red"}


@pytest.mark.rule("1.6.copy.3", "1.6.copy.4", "15.1.17c")
@pytest.mark.parametrize("form", ["java", "ruby", "slash", "slashes", "utf-8 raw"])
def test_the_source_may_be_written_in_each_way_that_clients_write_it(admin, space, form):
    content_id = "plus+plus é" if form == "utf-8 raw" else AWKWARD
    admin("PUT", f"/{space}/{encoded(content_id)}", body=BODY)
    written = {
        "java": encoded(content_id),
        "ruby": encoded(content_id).replace("%2B", "+").replace("%40", "@"),
        "slash": "",
        "slashes": "",
        "utf-8 raw": content_id.encode().decode("latin-1"),
    }[form] or encoded(content_id)
    lead = {"slash": "/", "slashes": "//"}.get(form, "")
    if form == "ruby":
        admin("PUT", f"/{space}/plus+plus", body=BODY)
        written = "plus+plus"
    assert copy(admin, f"/{space}/copied", f"{lead}{space}/{written}").status == 201
    assert admin("DELETE", f"/{space}/copied").status == 200


@pytest.mark.rule("1.6.copy.4", "15.1.17c")
def test_a_plus_is_a_space_unless_only_the_raw_id_exists(admin, space):
    admin("PUT", f"/{space}/x%20y", body=b"with a space")
    copy(admin, f"/{space}/chosen", f"{space}/x+y")
    assert admin("GET", f"/{space}/chosen").body == b"with a space"
    admin("PUT", f"/{space}/x+y", body=b"with a plus")
    copy(admin, f"/{space}/chosen", f"{space}/{quote_plus('x+y')}")
    assert admin("GET", f"/{space}/chosen").body == b"with a plus"
    # Ruby sends ids raw, and its "move" would now copy the one and delete the other.
    assert copy(admin, f"/{space}/chosen", f"{space}/x+y").status == 409


@pytest.mark.rule("1.6.copy.6", "4.400", "14.7")
@pytest.mark.parametrize("chunked", [False, True])
def test_a_copy_with_a_body_is_400(admin, space, source, chunked):
    framing = "Transfer-Encoding: chunked" if chunked else "Content-Length: 1"
    with Connection(admin.address) as connection:
        lines = [*admin.credentials, f"x-dura-meta-copy-source: {source}", framing]
        connection.send("PUT", f"/durastore/{space}/refused", lines, b"1\r\nx\r\n0\r\n\r\n" if chunked else b"x")
        assert connection.answer("PUT").status == 400
    assert admin("HEAD", f"/{space}/refused").status == 404


@pytest.mark.rule("1.6.copy.7", "4.400")
@pytest.mark.parametrize("malformed", ["", "/", "space-only", "space-only/", "//", " "])
def test_a_malformed_source_is_400(admin, space, malformed):
    answer = copy(admin, f"/{space}/refused", malformed)
    assert (answer.status, answer["Content-Type"]) == (400, "text/plain")
    assert "<space>/<content id>" in answer.text


@pytest.mark.rule("1.6.copy.8", "1.6.copy.9", "4.404", "4.phrases", "14.2", "14.7")
def test_what_is_missing_is_404(admin, space, source):
    answer = copy(admin, f"/{space}/refused", f"{space}/none")
    assert answer.status == 404
    assert answer.text.startswith(f"Error attempting to copy content '{space}/none' to '{space} / refused' due to: ")
    assert copy(admin, f"/{space}/refused", "no-such-space/none").status == 404
    assert copy(admin, "/no-such-space/refused", source).status == 404
    assert copy(admin, f"/{space}/refused", f"{space}/none", x_dura_meta_copy_source_store="2").status == 404


@pytest.mark.rule("1.6.copy.10")
def test_an_unknown_store_on_either_side_is_500(admin, space, source):
    for answer in (
        copy(admin, f"/{space}/refused?storeID=77", source),
        copy(admin, f"/{space}/refused", source, x_dura_meta_copy_source_store="77"),
    ):
        assert answer.status == 500
        assert "No store exists with ID 77" in answer.text
    assert admin("HEAD", f"/{space}/refused").status == 404


@pytest.mark.rule("1.6.copy.12", "2.2.2", "2.2.3", "2.2.4")
@pytest.mark.parametrize("wrong", ["a%3Fb", "a%5Cb", "x" * 1025])
def test_an_invalid_destination_is_400(admin, space, source, wrong):
    assert copy(admin, f"/{space}/{wrong}", source).status == 400


@pytest.mark.rule("1.6.copy.13")
def test_who_may_not_read_the_source_gets_no_copy(admin, member, anonymous, product, new_space, source):
    mine = new_space({product.member.username: "WRITE"})
    assert copy(member, f"/{mine}/stolen", source).status == 403
    assert copy(anonymous, f"/{mine}/stolen", source).status == 401
    assert admin("HEAD", f"/{mine}/stolen").status == 404
    readable = new_space({product.member.username: "READ"})
    admin("PUT", f"/{readable}/open", body=BODY)
    assert copy(member, f"/{mine}/allowed", f"{readable}/open").status == 201
    assert copy(member, f"/{readable}/refused", f"{readable}/open").status == 403


@pytest.mark.rule("1.6.copy.5", "1.6.copy.9", "14.7", "1.6.get.16")
def test_between_stores(admin, space, source):
    into = copy(admin, f"/{space}/elsewhere?storeID=2", source, x_dura_meta_copy_source_store="1")
    assert (into.status, into["Content-MD5"], into["ETag"]) == (201, MD5, MD5)
    there = admin("GET", f"/{space}/elsewhere?storeID=2")
    assert (there.status, there.body, there["Content-MD5"]) == (200, BODY, MD5)
    assert there["Content-Type"] == "text/x-map"
    assert there.properties == {"color": "red"}
    back = copy(admin, f"/{space}/back?storeID=1", f"{space}/elsewhere", x_dura_meta_copy_source_store="2")
    assert (back.status, back["Content-MD5"]) == (201, MD5)
    assert admin("GET", f"/{space}/back").body == BODY


@pytest.mark.rule("14.14")
def test_an_id_of_1024_bytes_is_stored_listed_fetched_copied_and_deleted(admin, space):
    long, longer = (
        "a" + "é" * 170 + "xyz",
        "b" + "é" * 170 + "xyz",
    )  # 1 + 170 * 6 + 3 = 1,024 bytes in their encoded form
    assert len(quote_plus(long)) == 1024
    plain = "p" * 1024
    for one, two in ((long, longer), (plain, "q" * 1024)):
        assert admin("PUT", f"/{space}/{encoded(one)}", body=BODY).status == 201
        assert copy(admin, f"/{space}/{encoded(two)}", f"{space}/{encoded(one)}").status == 201
        assert {one, two} <= set(admin.ids(space))
        assert admin("GET", f"/{space}/{encoded(two)}").body == BODY
        for name in (one, two):
            assert admin("DELETE", f"/{space}/{encoded(name)}").status == 200
        assert not {one, two} & set(admin.ids(space))


def test_a_hundred_megabytes_are_copied(admin, space):
    body = hashlib.sha256(b"seed").digest() * (100_000_000 // 32)
    digest = hashlib.md5(body).hexdigest()
    assert admin("PUT", f"/{space}/large", body=body).status == 201
    answer = copy(admin, f"/{space}/large-copy", f"{space}/large")
    assert (answer.status, answer["Content-MD5"]) == (201, digest)
    assert admin("HEAD", f"/{space}/large-copy")["Content-Length"] == str(len(body))
