"""Contract 1.3, 12.8 and 15.1.13: listings, their pages and their counts."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from .wire import DECLARATION, Client

# In the order of their UTF-8 bytes, in which U+FF5E stands before the emoji; in UTF-16 it would not.
IDS = [" lead", "A", "Z/1", "a", "a b", "a/1", "a/2", "a/b/c", "a&<b>\"'", "ab", "trail ", "é", "\uff5e", "\U0001f600"]
IDS.sort(key=str.encode)


@pytest.fixture(scope="module")
def filled(admin, new_space) -> str:
    """A space with all of IDS; one that nothing changes."""
    name = new_space()
    for content_id in reversed(IDS):
        assert admin("PUT", f"/{name}/{_path(content_id)}", body=b"x").status == 201
    return name


def _path(content_id: str) -> str:
    return "".join(f"%{byte:02X}" for byte in content_id.encode())


@pytest.mark.rule("1.3.get.2")
def test_ids_come_in_the_order_of_their_utf8_bytes(admin, filled):
    assert admin.ids(filled) == IDS


@pytest.mark.rule("1.3.get.1", "1.3.get.8", "12.17", "15.1.13a")
def test_ids_are_escaped_text_on_one_line_without_spaces_added(admin, new_space):
    name = new_space()
    for content_id in (" lead", "2020/Q&A <1>", "trail "):
        admin("PUT", f"/{name}/{_path(content_id)}", body=b"x")
    items = "<item> lead</item><item>2020/Q&amp;A &lt;1&gt;</item><item>trail </item>"
    answer = admin("GET", f"/{name}")
    assert answer.text == f'{DECLARATION}<space id="{name}">{items}</space>\r\n'
    assert (answer["Content-Type"], answer["x-dura-meta-space-count"]) == ("application/xml", "3")
    assert int(answer["Content-Length"]) == len(answer.body)


@pytest.mark.rule("1.3.get.3")
@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("a", [i for i in IDS if i.startswith("a")]),
        ("a/", ["a/1", "a/2", "a/b/c"]),
        ("a%2Fb", ["a/b/c"]),
        ("A", ["A"]),
        ("a+b", ["a b"]),  # in a query, unlike in a path, a plus is a space (contract 0.7)
        ("a%20b", ["a b"]),
        ("a%2Bb", []),
        ("%C3%A9", ["é"]),
        ("%F0%9F%98%80", ["\U0001f600"]),
        ("", IDS),
        ("%00", []),
        ("%0D%0A", []),
        ("%FF", []),
    ],
)
def test_a_prefix_is_literal(admin, filled, prefix, expected):
    assert admin.ids(filled, f"?prefix={prefix}") == expected


@pytest.mark.rule("1.3.get.4", "14.9")
@pytest.mark.parametrize("marker", [*IDS, "a/15", "b", "", "~~", "\U0010fff0"])
def test_a_marker_is_exclusive_and_need_not_exist(admin, filled, marker):
    after = [i for i in IDS if i.encode() > marker.encode()]
    assert admin.ids(filled, f"?marker={_path(marker)}") == after


@pytest.mark.rule("1.3.get.7", "14.9")
def test_behind_the_last_item_comes_an_empty_element(admin, filled):
    for query in (f"?marker={_path(IDS[-1])}", "?prefix=none", "?prefix=a&marker=b"):
        assert admin("GET", f"/{filled}{query}").text == f'{DECLARATION}<space id="{filled}" />\r\n'


@pytest.mark.rule("1.3.get.9", "12.8", "14.9", "15.1.13b")
@pytest.mark.parametrize("size", [1, 3, len(IDS) - 1, len(IDS)])
def test_only_the_page_after_the_last_is_empty_and_none_but_the_last_is_short(admin, filled, size):
    pages = _pages(admin, filled, f"maxResults={size}")
    assert [i for page in pages for i in page] == IDS
    assert all(len(page) == size for page in pages[:-2])
    assert pages[-1] == []


@pytest.mark.rule("1.3.get.5")
@pytest.mark.parametrize("given", ["0", "-1", "10000", ""])
def test_page_sizes_out_of_bounds_mean_the_default(admin, filled, given):
    assert admin.ids(filled, f"?maxResults={given}") == IDS


@pytest.mark.rule("1.3.get.6", "4.404")
@pytest.mark.parametrize("given", ["abc", "1.5", "%20", "1%00", "9" * 5000])
def test_a_page_size_that_is_no_number_is_404(admin, filled, given):
    assert admin("GET", f"/{filled}?maxResults={given}").status == 404


@pytest.mark.rule("14.9")
def test_prefix_marker_and_page_size_work_together(admin, filled):
    assert admin.ids(filled, "?storeID=1&prefix=a/&marker=a/1&maxResults=1&x-unknown=1") == ["a/2"]


@pytest.mark.rule("1.3.get.5", "1.3.get.9", "1.3.head.2", "2.5.2", "12.8", "15.1.13b", "15.1.13d")
def test_a_thousand_items_are_one_page_and_counted_as_1000_plus(product, admin, new_space):
    """999 are counted exactly. Ruby's loop ends by this number, so it is on every page."""
    name = new_space()
    bucket = product.bucket(name)
    # The items are put behind the service's back, where it need not make copies of them.
    product.primary.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    store = product.primary
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.put_object(Bucket=bucket, Key=f"{n:04}", Body=b"x"), range(999)))
    assert admin("HEAD", f"/{name}")["x-dura-meta-space-count"] == "999"
    for number in (999, 1000):
        store.put_object(Bucket=bucket, Key=f"{number:04}", Body=b"x")
        assert admin("HEAD", f"/{name}")["x-dura-meta-space-count"] == "1000+"
    assert admin("GET", f"/{name}?maxResults=1&marker=0500")["x-dura-meta-space-count"] == "1000+"
    for query in ("", "maxResults=10000"):
        pages = _pages(admin, name, query)
        assert [len(page) for page in pages] == [1000, 1, 0]
        assert [i for page in pages for i in page] == [f"{n:04}" for n in range(1001)]
    # The service would remove them one by one, while others wait for their own.
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.delete_object(Bucket=bucket, Key=f"{n:04}"), range(1001)))


def _pages(client: Client, space: str, query: str) -> list[list[str]]:
    """All pages of a listing as clients fetch them, the empty one included."""
    pages, marker = [], ""
    while not pages or pages[-1]:
        pages.append(client.ids(space, f"?{query}{marker}"))
        marker = f"&marker={_path(pages[-1][-1])}" if pages[-1] else ""
    return pages


@pytest.mark.rule("15.1.14")
def test_whoever_wrote_sees_it_at_once(admin, new_space):
    """SyncTool deletes chunks that a late listing or manifest does not name (contract 15.1.14)."""
    name = new_space()
    for number in range(10):
        body = f"version {number}".encode()
        for content_id in ("again", f"item-{number}"):
            assert admin("PUT", f"/{name}/{content_id}", body=body).status == 201
            assert admin("GET", f"/{name}/{content_id}").body == body
            assert admin("HEAD", f"/{name}/{content_id}")["Content-Length"] == str(len(body))
        assert admin.ids(name, "?prefix=item-")[-1] == f"item-{number}"
        assert admin("HEAD", f"/{name}")["x-dura-meta-space-count"] == str(number + 2)
    for number in range(10):
        assert admin("DELETE", f"/{name}/item-{number}").status == 200
        assert admin("HEAD", f"/{name}/item-{number}").status == 404
        assert f"item-{number}" not in admin.ids(name)
