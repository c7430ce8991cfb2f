"""Contract 1.9, 1.10, 6.3, 12.21, 14.12 and 15.1.16: bit-integrity reports and storage statistics."""

import json
import re
import time
from datetime import UTC, datetime
from hashlib import md5

import pytest

from tests.flows.waiting import wait_for

from .wire import ISO_TIME

DATA = b"to be kept"
DAY = 86_400_000
HEADERS = {"Bit-Integrity-Report-Result", "Bit-Integrity-Report-Completion-Date", "Content-Length"}
COLUMNS = (
    "date-checked\taccount\tstore-id\tstore-type\tspace-id\tcontent-id\tresult\tcontent-checksum"
    "\tprovider-checksum\tmanifest-checksum\tdetails"
)


@pytest.fixture(scope="module")
def reported(admin, product, new_space) -> str:
    """A space with one item that was copied, read, measured and reported on; the member may read it."""
    name = new_space({"member": "READ"})
    assert admin("PUT", f"/{name}/2019/report.pdf", body=DATA).status == 201

    def intact() -> bool:
        return all(c["state"] == "intact" for c in product.api(f"spaces/{name}/items/2019/report.pdf")["copies"])

    wait_for(intact)
    assert admin("POST", f"/api/spaces/{name}/reports").status == 202
    for store in ("1", "2"):
        wait_for(lambda store=store: admin("HEAD", f"/bit-integrity/{name}?storeID={store}").status == 200)
    return name


@pytest.mark.rule("1.9.1", "1.9.2", "12.21", "15.1.16e", "15.1.9c")
@pytest.mark.parametrize("store", ["1", "2"])
def test_head_and_get_tell_result_date_and_size(admin, reported, store):
    head = admin("HEAD", f"/bit-integrity/{reported}?storeID={store}")
    answer = admin("GET", f"/bit-integrity/{reported}?storeID={store}")
    assert head.status == answer.status == 200
    for found in (head, answer):
        assert set(found.names) >= HEADERS
        assert found["Bit-Integrity-Report-Result"] == "SUCCESS"
        assert ISO_TIME.fullmatch(found["Bit-Integrity-Report-Completion-Date"])
        assert found["Content-Type"] == "text/tsv"
        assert int(found["Content-Length"]) == len(answer.body)


@pytest.mark.rule("1.9.5", "15.1.16e")
def test_the_columns_are_those_of_the_original(admin, reported):
    for store, kind in (("1", "AMAZON_S3"), ("2", "SWIFT_S3")):
        head, line = admin("GET", f"/bit-integrity/{reported}?storeID={store}").text.removesuffix("\n").split("\n")
        assert head == COLUMNS
        checked, *rest = line.split("\t")
        assert ISO_TIME.fullmatch(checked)
        sums = [md5(DATA).hexdigest()] * 3
        assert rest == ["duracloud", store, kind, reported, "2019/report.pdf", "SUCCESS", *sums, "--"]


@pytest.mark.rule("1.9.6")
def test_the_report_is_an_item_of_the_administrative_space(admin, reported):
    (name,) = admin.ids("x-duracloud-admin", f"?prefix=bit-integrity/{reported}/1/")
    stamp = r"\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d"
    assert re.fullmatch(rf"bit-integrity/{reported}/1/bit-integrity_duracloud_1_{reported}_{stamp}\.tsv", name)
    found = admin("GET", f"/x-duracloud-admin/{name}")
    assert (found["Content-Type"], found.body) == ("text/tsv", admin("GET", f"/bit-integrity/{reported}").body)


@pytest.mark.rule("1.9.3", "15.1.3", "12.1", "14.12")
def test_a_space_without_a_report_is_204_without_a_body(admin, space):
    for method in ("GET", "HEAD"):
        answer = admin(method, f"/bit-integrity/{space}")
        assert (answer.status, answer.body) == (204, b"")
        assert not {"Content-Length", "Transfer-Encoding"} & set(answer.names)


@pytest.mark.rule("1.9.4")
def test_missing_spaces_and_stores_have_no_report(admin, reported):
    for method in ("GET", "HEAD"):
        assert admin(method, "/bit-integrity/no-such-space").status == 404
        assert admin(method, f"/bit-integrity/{reported}?storeID=99").status == 500


def entries(answer) -> list[dict[str, object]]:
    assert (answer.status, answer["Content-Type"]) == (200, "application/json")
    return json.loads(answer.text)


@pytest.mark.rule("1.10.1", "1.10.6", "15.1.16a")
def test_a_space_has_a_series_with_exactly_the_fields_of_the_original(admin, reported):
    today = datetime.now(UTC).replace(hour=23, minute=59, second=59, microsecond=0)
    for store in ("1", "2"):
        answer = admin("GET", f"/report/space/{reported}?storeID={store}")
        (entry,) = entries(answer)
        assert set(entry) == {"timestamp", "accountId", "storeId", "spaceId", "byteCount", "objectCount"}
        assert (entry["accountId"], entry["storeId"], entry["spaceId"]) == ("duracloud", store, reported)
        assert (entry["byteCount"], entry["objectCount"]) == (len(DATA), 1)
        assert abs(entry["timestamp"] - today.timestamp() * 1000) <= DAY  # midnight may fall between
        assert entry["timestamp"] % DAY == DAY - 1000
        assert list(entry) == ["timestamp", "accountId", "storeId", "spaceId", "byteCount", "objectCount"]


@pytest.mark.rule("1.10.2", "15.1.16a")
def test_a_store_has_the_sum_of_its_spaces_without_their_names(admin, reported):
    entry = entries(admin("GET", "/report/store"))[-1]
    assert set(entry) == {"timestamp", "accountId", "storeId", "byteCount", "objectCount"}
    assert entry["byteCount"] >= len(DATA)


@pytest.mark.rule("1.10.3", "15.1.16a")
def test_a_day_of_a_store_has_each_space_at_its_midnight(admin, reported):
    (made,) = entries(admin("GET", f"/report/space/{reported}"))
    found = entries(admin("GET", f"/report/store/{made['timestamp'] - 12345}"))
    (entry,) = [each for each in found if each["spaceId"] == reported]
    assert entry == {**made, "timestamp": made["timestamp"] + 1000 - DAY}
    assert entries(admin("GET", "/report/store/0")) == []


@pytest.mark.rule("1.10.4")
def test_start_and_end_limit_a_series(admin, reported):
    now = int(time.time() * 1000)
    hour = DAY // 24
    for query, count in (
        (f"start={now - hour}&end={now + hour}", 1),
        (f"start={now + hour}", 0),
        (f"end={now - hour}", 0),
        (f"start={now + hour}&end={now - hour}", 0),
        ("start=-1&end=" + "9" * 25, 1),
    ):
        assert len(entries(admin("GET", f"/report/space/{reported}?{query}"))) == count, query


@pytest.mark.rule("1.10.5")
@pytest.mark.parametrize("interval", ["day", "week", "month", "WEEK", "Month"])
def test_intervals_in_any_case(admin, reported, interval):
    assert len(entries(admin("GET", f"/report/space/{reported}?groupBy={interval}"))) == 1


@pytest.mark.rule("1.10.7", "4.400")
@pytest.mark.parametrize("path", ["space/{}?start=x", "space/{}?end=1.5", "space/{}?groupBy=year", "store/today"])
def test_bad_numbers_and_intervals_are_400(admin, reported, path):
    answer = admin("GET", f"/report/{path.format(reported)}")
    assert (answer.status, answer["Content-Type"]) == (400, "text/plain")


@pytest.mark.rule("1.10.8")
def test_missing_spaces_and_stores_are_404(admin, reported):
    for path in (f"space/{reported}?storeID=99", "store?storeID=99", "store/0?storeID=99", "space/no-such-space"):
        assert admin("GET", f"/report/{path}").status == 404


@pytest.mark.rule("14.12")
def test_a_new_space_has_an_empty_series(admin, space):
    assert entries(admin("GET", f"/report/space/{space}")) == []


def test_who_may_read_what(admin, member, anonymous, space, reported, new_space):
    public = new_space({"group-public": "READ"})
    asked = {
        path: tuple(client("GET", path).status for client in (anonymous, member, admin))
        for name in (public, space, reported)
        for path in (f"/bit-integrity/{name}", f"/report/space/{name}")
    }
    assert asked == {
        f"/bit-integrity/{public}": (401, 204, 204),
        f"/report/space/{public}": (401, 200, 200),
        f"/bit-integrity/{space}": (401, 403, 204),
        f"/report/space/{space}": (401, 403, 200),
        f"/bit-integrity/{reported}": (401, 200, 200),
        f"/report/space/{reported}": (401, 200, 200),
    }
    for path in ("/report/store", "/report/store/0"):
        assert [client("GET", path).status for client in (anonymous, member, admin)] == [401, 403, 200]
    assert [client("POST", f"/api/spaces/{reported}/reports").status for client in (anonymous, member)] == [401, 403]
    assert anonymous("HEAD", f"/bit-integrity/{public}").status == 204  # HEAD is as open as the space (contract 0.6)
