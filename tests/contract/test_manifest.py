"""Contract 1.7, 14.12 and 15.1.16: manifests, streamed and generated."""

import gzip
import re
from hashlib import md5
from urllib.parse import urlsplit

import pytest

from tests.flows.waiting import wait_for

from .wire import Client, encoded

ITEMS = {"2019/report.pdf": b"a report", "a b+c%d#e&f;g|h'\"(1)[2]{3}@=é中.txt": b"", "doubled//slash": b"x"}
HEAD = "space-id\tcontent-id\tMD5\n"
DISABLED = "This endpoint is currently disabled."


@pytest.fixture(scope="module")
def filled(admin, new_space) -> str:
    """A space with ITEMS, one deleted item, and the member as a reader."""
    name = new_space({"member": "READ"})
    for content_id, data in {**ITEMS, "gone": b"gone"}.items():
        answer = admin("PUT", f"/{name}/{encoded(content_id)}", {"Content-Type": "text/plain"}, data)
        assert answer.status == 201
    assert admin("DELETE", f"/{name}/gone").status == 200
    return name


def rows(text: str) -> set[tuple[str, ...]]:
    assert text.endswith("\n")
    return {tuple(line.split("\t")) for line in text[:-1].split("\n")}


def listed(space: str) -> set[tuple[str, ...]]:
    return {(space, content_id, md5(data).hexdigest()) for content_id, data in ITEMS.items()}


@pytest.mark.rule("1.7.get.1", "1.7.get.4", "1.7.get.5", "15.1.16c", "14.14")
def test_tsv_is_the_default_and_lists_what_is_there(admin, filled):
    for query in ("", "?format=TSV", "?storeID=1"):
        answer = admin("GET", f"/manifest/{filled}{query}")
        assert (answer.status, answer["Content-Type"]) == (200, "text/tab-separated-values")
        assert answer.text.startswith(HEAD)
        assert rows(answer.text.removeprefix(HEAD)) == listed(filled)


@pytest.mark.rule("1.7.get.2", "1.7.get.7")
@pytest.mark.parametrize("form", ["EXTENDED_TSV", "extended_tsv", "Extended_Tsv"])
def test_extended_tsv_adds_size_and_type(admin, filled, form):
    answer = admin("GET", f"/manifest/{filled}?format={form}")
    head, _, rest = answer.text.partition("\n")
    assert head == "space-id\tcontent-id\tMD5\tcontent-size\tmime-type"
    sizes = {content_id: str(len(data)) for content_id, data in ITEMS.items()}
    assert rows(rest) == {(*row, sizes[row[1]], "text/plain") for row in listed(filled)}


@pytest.mark.rule("1.7.get.3")
def test_bagit_has_no_header(admin, filled):
    answer = admin("GET", f"/manifest/{filled}?format=BAGIT")
    assert (answer.status, answer["Content-Type"]) == (200, "text/bagit")
    assert set(answer.text.splitlines()) == {f"{sum_}  {space}/{name}" for space, name, sum_ in listed(filled)}


@pytest.mark.rule("1.7.get.5", "14.12")
def test_an_empty_space_has_a_header_or_nothing(admin, space):
    for form, text in (("TSV", HEAD), ("EXTENDED_TSV", HEAD[:-1] + "\tcontent-size\tmime-type\n"), ("BAGIT", "")):
        answer = admin("GET", f"/manifest/{space}?format={form}")
        assert (answer.status, answer.text) == (200, text)


def test_it_is_streamed(admin, filled):
    answer = admin("GET", f"/manifest/{filled}")
    assert (answer["Transfer-Encoding"], "Content-Length" in answer.names) == ("chunked", False)


def test_head_has_the_type_and_no_body(admin, filled):
    answer = admin("HEAD", f"/manifest/{filled}?format=BAGIT")
    assert (answer.status, answer["Content-Type"], answer.body) == (200, "text/bagit", b"")


@pytest.mark.rule("1.7.get.6", "1.7.post.4")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_format_is_400_and_named(admin, space, method):
    answer = admin(method, f"/manifest/{space}?format=x")
    assert (answer.status, answer["Content-Type"]) == (400, "text/plain")
    assert answer.text == "Invalid manifest format: x Allowable formats are: 'TSV', 'EXTENDED_TSV', 'BAGIT'"


@pytest.mark.rule("1.7.get.8", "1.7.post.4")
def test_missing_spaces_and_stores(admin, space):
    for method in ("GET", "POST"):
        assert admin(method, "/manifest/no-such-space").status == 404
    for method, status in (("GET", 400), ("POST", 500)):
        answer = admin(method, f"/manifest/{space}?storeID=99")
        assert (answer.status, answer.text) == (status, "No store exists with ID 99")


def test_who_may_read_and_who_may_ask(admin, member, anonymous, space, filled, new_space):
    public = new_space({"group-public": "READ"})
    writable = new_space({"member": "WRITE"})
    asked = {
        (client, name): (client("GET", f"/manifest/{name}").status, client("POST", f"/manifest/{name}").status)
        for client in (anonymous, member)
        for name in (space, public, filled, writable)
    }
    assert asked == {
        **{(anonymous, name): (401, 401) for name in (space, public, filled, writable)},
        (member, space): (403, 403),
        (member, public): (200, 403),
        (member, filled): (200, 403),
        (member, writable): (200, 202),
    }
    assert member("GET", "/manifest/no-such-space").status == 403
    # The original's rules for readers of reports name GET; HEAD is as open as the space itself (contract 0.6).
    assert [anonymous("HEAD", f"/manifest/{name}").status for name in (public, space)] == [200, 401]


def test_the_second_store_lists_its_copies(admin, filled):
    wait_for(lambda: rows(admin("GET", f"/manifest/{filled}?storeID=2").text) == {*rows(HEAD), *listed(filled)})


@pytest.mark.rule("1.7.post.1", "1.7.post.2", "1.7.post.3", "15.1.16f", "15.1.3")
def test_a_generated_manifest_appears_at_its_address(admin, filled):
    """As Ruby does it: HEAD until it is no longer 404, then GET and unpack."""
    answer = admin("POST", f"/manifest/{filled}?format=tsv", body=b"")
    address = answer["Location"]
    assert answer.status == 202
    assert address in answer.text
    place = "/durastore/x-duracloud-admin/generated-manifests/"
    stamp = r"\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d"
    assert re.fullmatch(rf"{place}manifest-{filled}_amazon_s3_{stamp}\.txt\.gz", urlsplit(address).path)
    assert address.startswith(admin.address)
    path = urlsplit(address).path.removeprefix("/durastore")
    wait_for(lambda: _there(admin, path))
    found = admin("GET", path)
    assert (found["Content-Type"], found["Content-Encoding"]) == ("text/tab-separated-values", "gzip")
    assert rows(gzip.decompress(found.body).decode().removeprefix(HEAD)) == listed(filled)


def _there(client: Client, path: str) -> bool:
    status = client("HEAD", path).status
    assert status in (404, 200)
    return status == 200
