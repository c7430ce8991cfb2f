"""Contract 1.1 to 1.3 and 2.1: stores and spaces."""

import time
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import pytest

from .wire import DECLARATION, ISO_TIME

STORES = """<storageProviderAccounts>
  <storageAcct ownerId="0" isPrimary="1">
    <id>1</id>
    <storageProviderType>AMAZON_S3</storageProviderType>
    <storageProviderOptions>
      <option name="WRITABLE" value="true" />
    </storageProviderOptions>
  </storageAcct>
  <storageAcct ownerId="0" isPrimary="0">
    <id>2</id>
    <storageProviderType>SWIFT_S3</storageProviderType>
    <storageProviderOptions />
  </storageAcct>
</storageProviderAccounts>
"""

LENGTH = "Space ID must be between 3 and 42 characters long"
LETTERS = "Only lowercase letters, numbers, periods, and dashes may be used in a Space ID"
FIRST = "A Space ID must begin with a lowercase letter."
PERIOD = "The last period in a Space ID may not be immediately followed by a number."
LAST = "A Space ID must end with a lowercase letter, number, or period"
PAIRS = "A Space ID must not contain '..' '-.' or '.-'"


@pytest.mark.rule("1.1.1", "1.1.2", "1.1.3", "1.1.4", "1.1.5", "1.1.6", "12.19", "15.1.15")
def test_stores_are_listed_with_the_primary_first(member):
    answer = member("GET", "/stores")
    assert answer.status == 200
    assert answer["Content-Type"] == "application/xml"
    assert answer.text == DECLARATION + STORES.replace("\n", "\r\n")


@pytest.mark.rule("1.1.7")
@pytest.mark.parametrize("path", ["/stores", "/spaces"])
def test_head_of_a_list_tells_its_true_length(admin, path):
    answer = admin("HEAD", path)
    assert (answer.status, answer["Content-Type"]) == (200, "application/xml")
    assert int(answer["Content-Length"]) == len(admin("GET", path).body)


@pytest.mark.rule("1.2.1", "1.2.2", "1.2.3", "2.1.10")
def test_spaces_are_listed_in_order_on_one_line(admin, anonymous, member, new_space):
    closed, public = new_space(), new_space({"group-public": "READ"})
    visible = {}
    for client in (admin, member, anonymous):
        answer = client("GET", "/spaces")
        assert (answer.status, answer["Content-Type"]) == (200, "application/xml")
        ids = [element.get("id") for element in ElementTree.fromstring(answer.body)]
        assert ids == sorted(ids)
        assert (
            answer.text == f"{DECLARATION}<spaces>{''.join(f'<space id={quoteattr(i)} />' for i in ids)}</spaces>\r\n"
        )
        visible[client] = set(ids)
    assert {closed, public, "x-duracloud-admin"} <= visible[admin]
    for client in (member, anonymous):
        assert public in visible[client]
        assert not {closed, "x-duracloud-admin"} & visible[client]


@pytest.mark.rule("1.2.2")
def test_a_list_without_spaces_is_one_empty_element(admin, anonymous):
    for element in ElementTree.fromstring(anonymous("GET", "/spaces").body):
        admin("POST", f"/acl/{element.get('id')}")
    assert anonymous("GET", "/spaces").text == f"{DECLARATION}<spaces />\r\n"


@pytest.mark.rule("1.3.put.2", "1.3.put.3", "1.3.put.4", "14.3", "15.1.3", "15.1.8")
def test_creating_a_space_answers_201_and_its_location_also_the_second_time(admin, new_space):
    name = new_space()
    admin("POST", f"/acl/{name}", {"x-dura-meta-acl-someone": "READ"})
    again = admin("PUT", f"/{name}", {"x-dura-meta-acl-other": "WRITE"}, b"ignored")
    assert (again.status, again.body) == (201, b"")
    assert again["Location"] == f"{admin.address}/durastore/{name}"
    assert admin("HEAD", f"/acl/{name}").of("x-dura-meta-acl-") == {"someone": "READ"}


@pytest.mark.rule(
    "1.3.get.7", "1.3.get.10", "1.3.head.1", "1.3.head.2", "1.3.head.5", "1.3.head.7", "15.1.12", "15.1.13a", "15.1.13d"
)
def test_an_empty_space_has_properties_and_an_empty_element(admin, new_space):
    name = new_space()
    listing, head = admin("GET", f"/{name}"), admin("HEAD", f"/{name}")
    assert listing.text == f'{DECLARATION}<space id="{name}" />\r\n'
    assert listing["Content-Type"] == "application/xml"
    for answer in (listing, head):
        assert answer.status == 200
        assert set(answer.properties) == {"space-created", "space-count"}
        assert answer["x-dura-meta-space-count"] == "0"
        assert ISO_TIME.fullmatch(answer["x-dura-meta-space-created"])


@pytest.mark.rule("1.3.get.12", "15.1.13c")
def test_a_trailing_slash_names_the_space_itself(admin, new_space):
    name = new_space()
    admin("PUT", f"/{name}/item", body=b"x")
    assert admin("PUT", f"/{name}/").status == 201
    assert admin("HEAD", f"/{name}/")["x-dura-meta-space-count"] == "1"
    assert admin.ids(name, "/?prefix=it") == ["item"]
    assert admin("HEAD", f"/acl/{name}/").status == 200
    assert admin("DELETE", f"/{name}/").text == f"Space {name} deleted successfully"


def _of(rule: str, name: str, message: str) -> object:
    """A space id and the message of the rule that it breaks."""
    return pytest.param(name, message, marks=pytest.mark.rule(rule))


@pytest.mark.rule("1.3.put.6", "2.1.8", "4.400", "4.phrases", "14.1", "15.1.4a")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        *(_of("2.1.1", name, LENGTH) for name in ("ab", "a" * 43, "%20a%20")),
        *(_of("2.1.2", name, LETTERS) for name in ("abcD", "under_score", "sp%20ace", "%C3%A9t%C3%A9")),
        *(_of("2.1.2", name, LETTERS) for name in ("line%0D%0Abreak", "nul%00byte", "slash%2Fslash")),
        *(_of("2.1.3", name, FIRST) for name in ("1abc", "-abc", ".abc")),
        *(_of("2.1.4", name, PERIOD) for name in ("abc.1", "abc.d.1e")),
        _of("2.1.5", "abc-", LAST),
        *(_of("2.1.6", name, PAIRS) for name in ("abc..de", "abc-.de", "abc.-de")),
        _of("2.1.7", "127.0.0.1", FIRST),
        _of("2.1.9", "acl", "Space ID 'acl' is reserved: it is a path of the content API"),
    ],
)
def test_an_invalid_space_id_is_refused_with_the_broken_rule(admin, name, message):
    answer = admin("PUT", f"/{name}")
    assert (answer.status, answer["Content-Type"]) == (400, "text/plain")
    assert answer.text.startswith("Error attempting to add space '")
    assert answer.text.endswith(f"' due to: {message}")
    assert f'"{unquote(name)}"' not in admin("GET", "/spaces").text


@pytest.mark.rule("2.1.1", "2.1.2")
@pytest.mark.parametrize("name", ["qzx", "q.z-7.x-" + "9" * 34, "q--7z"])
def test_unusual_space_ids_within_the_rules_are_accepted(admin, name):
    assert admin("PUT", f"/{name}").status == 201
    assert admin("DELETE", f"/{name}").status == 200


@pytest.mark.rule("1.3.delete.2", "1.3.delete.3", "1.3.delete.4", "1.3.head.3", "14.3", "15.1.7")
def test_a_deleted_space_goes_with_its_items_and_can_be_made_anew(admin, new_space):
    name = new_space()
    for number in range(3):
        admin("PUT", f"/{name}/item-{number}", body=b"x")
    answer = admin("DELETE", f"/{name}")
    assert (answer.status, answer["Content-Type"]) == (200, "text/plain")
    assert answer.text == f"Space {name} deleted successfully"
    deadline = time.monotonic() + 60
    while (head := admin("HEAD", f"/{name}")).status != 404:
        assert (head.status, head["x-dura-meta-is-delete"]) == (200, "true")
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert admin("GET", f"/{name}").status == 404
    assert admin("DELETE", f"/{name}").status == 404
    assert name not in admin("GET", "/spaces").text
    assert admin("PUT", f"/{name}").status == 201
    assert admin.ids(name) == []


def test_a_dying_space_takes_no_content(admin, new_space):
    name = new_space()
    admin("DELETE", f"/{name}")
    assert admin("PUT", f"/{name}/item", body=b"x").status == 404


@pytest.mark.rule("1.3.post.1", "1.5.head.4", "1.5.put.1", "4.405", "14.1", "15.1.4a")
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/{}"), ("GET", "/acl/{}"), ("PUT", "/acl/{}"), ("DELETE", "/acl/{}")]
)
def test_what_the_original_did_not_offer_is_405(admin, space, method, path):
    answer = admin(method, path.format(space))
    assert answer.status == 405
    assert method not in answer["Allow"].split(", ")
