"""Lambda's way in: each route and each handler once, with the events that AWS sends."""

import base64
import json
from hashlib import md5
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest

from app import app
from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.jobs import Job
from chalicelib.domain.records import CopyState
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.messages import QUEUES, decode, encode
from chalicelib.wiring import Wiring
from local.worker import Context
from tests.chunked import Chunked

from .conftest import REGION

GOLDEN = Path(__file__).parent.parent / "golden" / "events"
DATA = bytes(range(256)) * 4
MD5 = md5(DATA).hexdigest()


def call(method: str, path: str, body: bytes = b"", who: str = "ada", query: str = "", **headers: str) -> Any:
    """One API Gateway REST event and what Lambda answers, through JSON as on AWS."""
    if who:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{who}:secret of {who}".encode()).decode()
    pairs = [pair.split("=") for pair in query.split("&") if pair]
    event = {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {"Host": "archive.example.org", **{n.replace("_", "-"): v for n, v in headers.items()}},
        "multiValueQueryStringParameters": {name: [value] for name, value in pairs} or None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "requestContext": {"httpMethod": method, "resourcePath": "/{proxy+}", "path": f"/api{path}"},
        "body": base64.b64encode(body).decode() or None,
        "isBase64Encoded": bool(body),
    }
    answer = json.loads(json.dumps(app(event, None)))
    answer["body"] = base64.b64decode(answer["body"])
    answer["headers"] = {name: ", ".join(values) for name, values in answer["multiValueHeaders"].items()}
    return answer


def deliver(name: str, *bodies: str, attempts: int = 1) -> Any:
    """One SQS event to a handler."""
    records = [
        {
            "messageId": f"message-{n}",
            "receiptHandle": f"handle-{n}",
            "body": body,
            "attributes": {"ApproximateReceiveCount": str(attempts), "SentTimestamp": "1795176000000"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
        }
        for n, body in enumerate(bodies)
    ]
    return app.handler_map[name]({"Records": records}, Context())


def waiting() -> list[Job]:
    """What the queues hold, taken out."""
    sqs = boto3.client("sqs", region_name=REGION)
    found = []
    for queue in QUEUES:
        url = sqs.get_queue_url(QueueName=f"duracloud-{queue}")["QueueUrl"]
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found += decode(message["Body"], "duracloud")
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


@pytest.fixture
def deposited(service: Wiring) -> Wiring:
    assert call("PUT", "/durastore/maps")["statusCode"] == 201
    answer = call("PUT", "/durastore/maps/a/b%20%C3%A9%2B1%25.bin", DATA, Content_MD5=MD5, Content_Type="image/tiff")
    assert answer["statusCode"] == 201, answer["body"]
    waiting()  # other stores are to make the space
    return service


ITEM = ContentId("a/b é+1%.bin")
PATH = "a/b%20%C3%A9+1%25.bin"


def test_content_goes_in_and_comes_out(deposited: Wiring) -> None:
    answer = call("GET", f"/durastore/maps/{PATH}")
    assert (answer["statusCode"], answer["body"]) == (200, DATA)
    assert answer["headers"]["Content-MD5"] == answer["headers"]["ETag"] == MD5
    assert answer["headers"]["Content-Type"] == "image/tiff"
    head = call("HEAD", f"/durastore/maps/{PATH}")
    assert (head["statusCode"], head["body"], head["headers"]["Content-Length"]) == (200, b"", str(len(DATA)))
    part = call("GET", f"/durastore/maps/{PATH}", Range="bytes=3-5")
    assert (part["statusCode"], part["body"]) == (206, DATA[3:6])
    assert call("DELETE", f"/durastore/maps/{PATH}")["statusCode"] == 200
    assert call("GET", f"/durastore/maps/{PATH}")["statusCode"] == 404


def test_spaces_and_stores(deposited: Wiring) -> None:
    assert b'<space id="maps" />' in call("GET", "/durastore/spaces")["body"]
    assert b"<item>a/b \xc3\xa9+1%.bin</item>" in call("GET", "/durastore/maps")["body"]
    assert call("HEAD", "/durastore/maps")["headers"]["x-dura-meta-space-count"] == "1"
    assert b"<id>2</id>" in call("GET", "/durastore/stores")["body"]
    assert call("POST", "/durastore/acl/maps", x_dura_meta_acl_bob="READ")["statusCode"] == 200
    assert call("HEAD", "/durastore/acl/maps", who="")["headers"]["x-dura-meta-acl-bob"] == "READ"
    assert call("GET", f"/durastore/maps/{PATH}", who="bob")["statusCode"] == 200
    assert call("PUT", f"/durastore/maps/{PATH}", who="bob")["statusCode"] == 403
    assert call("DELETE", "/durastore/maps")["body"] == b"Space maps deleted successfully"
    assert jobs.RemoveSpace(SpaceId("maps")) in waiting()


def test_the_json_side(deposited: Wiring) -> None:
    assert json.loads(call("GET", "/api/me")["body"]) == {"username": "ada", "roles": ["admin", "user"]}
    assert json.loads(call("GET", "/api/stores")["body"])["stores"][0] == {
        "id": "1",
        "type": "AMAZON_S3",
        "primary": True,
        "mode": "in-service",
        "failing_since": None,
        "failing_why": None,
    }
    assert ("maps", "write") in [
        (s["id"], s["access"]) for s in json.loads(call("GET", "/api/spaces")["body"])["spaces"]
    ]
    page = json.loads(call("GET", "/api/spaces/maps/items", query="limit=1")["body"])
    assert (page["items"][0]["id"], page["next"]) == (ITEM, ITEM)
    item = json.loads(call("GET", f"/api/spaces/maps/items/{PATH}")["body"])
    assert (item["md5"], item["size"], item["deposited_by"]) == (MD5, len(DATA), "ada")
    events = json.loads(call("GET", f"/api/spaces/maps/history/{PATH}")["body"])["events"]
    assert [event["kind"] for event in events] == ["deposited"]
    assert call("POST", "/api/spaces/maps/checks")["statusCode"] == 202
    assert jobs.CheckSpace(SpaceId("maps")) in waiting()


@pytest.mark.parametrize(
    ("method", "path", "who", "status"),
    [
        ("GET", "/api/me", "", 401),
        ("GET", "/api/spaces/maps/items/none", "ada", 404),
        ("GET", "/api/spaces/maps/items?limit=0", "bob", 404),
        ("GET", "/api/spaces/maps/items", "bob", 403),
        ("POST", "/api/spaces/nowhere/checks", "ada", 404),
    ],
)
def test_errors_of_the_json_side_are_problem_details(
    deposited: Wiring, method: str, path: str, who: str, status: int
) -> None:
    answer = call(method, path, who=who)
    assert answer["statusCode"] == status
    if "?" not in path:
        problem = json.loads(answer["body"])
        assert answer["headers"]["Content-Type"] == "application/problem+json"
        assert (problem["status"], set(problem)) == (status, {"type", "title", "status", "detail"})
    assert "WWW-Authenticate" not in answer["headers"]


def test_what_does_not_fit_into_an_answer_is_refused_with_the_way_out(deposited: Wiring) -> None:
    assert call("PUT", "/durastore/maps/big", bytes(4_600_000))["statusCode"] == 201
    answer = call("GET", "/durastore/maps/big")
    assert answer["statusCode"] == 413
    assert b"gateway" in answer["body"]


def test_a_bug_answers_without_internals(deposited: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(type(deposited.retrieve), "listing", broken)
    answer = call("GET", "/durastore/maps")
    assert (answer["statusCode"], answer["body"]) == (500, b"Internal error")


def test_an_s3_event_ends_in_two_verified_copies(deposited: Wiring) -> None:
    record = {"s3": {"bucket": {"name": "duracloud-maps"}, "object": {"key": "a/b+%C3%A9%2B1%25.bin"}}}
    assert deliver("register", json.dumps({"Records": [record]})) == {"batchItemFailures": []}
    for job in waiting():
        name = {"Check": "check", "Replicate": "replicate"}[type(job).__name__]
        assert deliver(name, encode(job)) == {"batchItemFailures": []}
    item = deposited.index.item(SpaceId("maps"), ITEM)
    assert item is not None
    assert [copy.state for copy in item.copies.values()] == [CopyState.INTACT, CopyState.INTACT]
    copied = boto3.client("s3", region_name=REGION).get_object(Bucket="elsewhere-maps", Key=ITEM)
    assert copied["Body"].read() == DATA


def test_only_the_failed_message_of_a_batch_comes_back_and_later(
    deposited: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(self: Any, space: SpaceId, item: ContentId) -> list[jobs.Job]:
        if item == "b":
            raise Unavailable("down")
        return []

    backed_off: list[tuple[str, str, int]] = []
    monkeypatch.setattr(type(deposited.register), "follow_ups", unavailable)
    monkeypatch.setattr(type(deposited.jobs), "back_off", lambda self, *given: backed_off.append(given))
    bodies = [encode(jobs.Register(SpaceId("maps"), ContentId(name))) for name in "abc"]
    assert deliver("register", *bodies, attempts=3) == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert [(q, h, 10 <= after <= 20) for q, h, after in backed_off] == [("stored", "handle-1", True)], "third attempt"


def test_what_will_never_succeed_is_dropped_without_harm_to_the_rest(deposited: Wiring) -> None:
    good = encode(jobs.Register(SpaceId("maps"), ITEM))
    lost = encode(jobs.Register(SpaceId("nowhere"), ITEM))
    assert deliver("register", "not JSON", lost, good) == {"batchItemFailures": []}
    assert jobs.Replicate(SpaceId("maps"), ITEM, StoreId("2")) in waiting()
    (letter,) = json.loads(call("GET", "/api/dead-letters")["body"])["dead_letters"]
    assert (letter["message"], letter["queue"], letter["attempts"]) == ("not JSON", "stored", 1)


def test_dead_letters_are_seen_retried_and_dismissed(deposited: Wiring) -> None:
    good = encode(jobs.Check(SpaceId("maps"), ITEM))
    assert deliver("dead_letters", "not JSON", good, attempts=13) == {"batchItemFailures": []}
    answer = json.loads(call("GET", "/api/dead-letters", query="limit=1")["body"])
    assert (len(answer["dead_letters"]), answer["next"]) == (1, answer["dead_letters"][0]["id"])
    rest = json.loads(call("GET", "/api/dead-letters", query=f"after={answer['next']}")["body"])
    letters = {letter["message"]: letter for letter in answer["dead_letters"] + rest["dead_letters"]}
    assert (letters[good]["error"], letters[good]["queue"]) == ("Stopped", "check")
    path = "/api/dead-letters/" + letters["not JSON"]["id"]
    assert call("POST", f"{path}/retry")["statusCode"] == 409
    assert call("POST", "/api/dead-letters/retry")["body"] == b'{"retried": 1}'
    assert waiting() == [jobs.Check(SpaceId("maps"), ITEM)]
    assert call("DELETE", path)["statusCode"] == 200
    assert call("DELETE", path)["statusCode"] == 404
    assert call("DELETE", "/api/dead-letters")["body"] == b'{"dismissed": 0}'
    assert call("GET", "/api/dead-letters", query="limit=0")["statusCode"] == 400
    for method, where in (("GET", ""), ("DELETE", ""), ("POST", "/retry"), ("DELETE", "/x"), ("POST", "/x/retry")):
        assert call(method, f"/api/dead-letters{where}", who="bob")["statusCode"] == 403
        assert call(method, f"/api/dead-letters{where}", who="")["statusCode"] == 401


def test_the_backlog_and_the_sweeps_are_told(deposited: Wiring) -> None:
    found = json.loads(call("GET", "/api/backlog")["body"])
    assert [queue["queue"] for queue in found["queues"]] == list(QUEUES)
    oldest = found["oldest_unreplicated"]
    assert (oldest["space"], oldest["id"], oldest["stores"]) == ("maps", ITEM, ["1", "2"])
    assert (found["dead_letters"], found["late"], found["promised_hours"]["copies"]) == (0, [], 24)
    assert json.loads(call("GET", "/api/sweep")["body"])["total"] is None
    assert json.loads(call("POST", "/api/sweep", query="space=maps")["body"]) == {"spaces": 1}
    (job,) = waiting()
    deliver("chores", encode(job))
    report = json.loads(call("GET", "/api/sweep")["body"])
    (one,) = report["spaces"]
    assert (one["space"], one["running"]) == ("maps", None)
    assert one["last"] == report["total"]
    assert (one["last"]["seen"], one["last"]["waiting"], one["last"]["queued"]) == (1, 1, 1)
    assert call("POST", "/api/sweep", query="space=nowhere")["statusCode"] == 404
    for method, path in (("GET", "backlog"), ("GET", "sweep"), ("POST", "sweep")):
        assert call(method, f"/api/{path}", who="bob")["statusCode"] == 403
    status = json.loads(call("GET", "/api/status", who="")["body"])
    public = {"public_spaces", "items", "measured_at", "last_check", "copies", "self_test"}
    assert set(status) == public, "visitors learn no more"


def test_incidents_are_listed_with_their_evidence_and_closed(deposited: Wiring) -> None:
    for store in deposited.stores.providers.values():
        store.delete(SpaceId("maps"), ITEM)
    deliver("check", encode(jobs.Check(SpaceId("maps"), ITEM)))
    page = json.loads(call("GET", "/api/incidents", query="space=maps&store=1&limit=1")["body"])
    (lost,) = page["incidents"]
    assert (lost["problem"], lost["state"], lost["item"]) == ("lost", "needs a person", ITEM)
    told = json.loads(call("GET", f"/api/incidents/{lost['id']}")["body"])
    assert "lost" in [event["kind"] for event in told["evidence"]]
    assert call("GET", told["history"])["statusCode"] == 200
    close = f"/api/incidents/{lost['id']}/close"
    for body in (b"", b"[]", b'{"note": 1}', b'{"note": ""}'):
        assert call("POST", close, body)["statusCode"] == 400
    closed = json.loads(call("POST", close, b'{"note": "on a tape"}')["body"])
    assert (closed["state"], closed["how"]) == ("closed", "on a tape")
    assert json.loads(call("GET", "/api/incidents")["body"]) == {"incidents": [], "next": None}
    assert len(json.loads(call("GET", "/api/incidents", query="state=all")["body"])["incidents"]) == 1
    for query in ("state=some", "limit=0", "limit=101"):
        assert call("GET", "/api/incidents", query=query)["statusCode"] == 400
    assert call("GET", "/api/incidents/unknown")["statusCode"] == 404
    for method, path in (("GET", "/api/incidents"), ("GET", "/api/incidents/x"), ("POST", "/api/incidents/x/close")):
        assert call(method, path, b'{"note": "x"}', who="bob")["statusCode"] == 403
        assert call(method, path, b'{"note": "x"}', who="")["statusCode"] == 401


def test_the_report_of_fixity_is_for_administrators(deposited: Wiring) -> None:
    for space in ("maps", "x-duracloud-admin"):
        deliver("chores", encode(jobs.MeasureSpace(SpaceId(space), deposited.register.clock(), asked=True)))
    report = json.loads(call("GET", "/api/fixity", query="days=2&limit=1")["body"])
    assert [row["store"] for row in report["stores"]] == ["1", "2"]
    assert {row["space"] for row in report["spaces"]} == {"maps"}
    assert report["next"] == "maps"
    assert set(report["stores"][0]["copies"]) == {
        *("intact", "damaged", "missing", "unreadable", "never_checked", "undecided")
    }
    assert [day["problems"] for day in report["days"]] == [0, 0]
    assert (report["incidents"], report["self_test"]["state"]) == (
        {"open": {}, "needs_a_person": 0, "more": False},
        "waiting",
    )
    for query in ("days=0", "days=32", "days=x", "limit=1001"):
        assert call("GET", "/api/fixity", query=query)["statusCode"] == 400
    assert call("GET", "/api/fixity", who="bob")["statusCode"] == 403
    assert call("GET", "/api/fixity", who="")["statusCode"] == 401


def test_a_chunked_item_becomes_whole(deposited: Wiring) -> None:
    film = Chunked("film/a b.mov", DATA, 400)
    for name, data in [*film.chunks.items(), (film.manifest_id, film.manifest)]:
        call("PUT", f"/durastore/maps/{quote(name)}", data)
    answer = call("POST", "/api/spaces/maps/stitch", json.dumps({"id": film.id}).encode())
    assert (answer["statusCode"], answer["headers"]["Location"]) == (202, "/api/spaces/maps/stitch/film/a%20b.mov")
    assert json.loads(answer["body"])["state"] == "asked"
    (job,) = [job for job in waiting() if isinstance(job, jobs.Stitch)]
    assert deliver("replicate", encode(job)) == {"batchItemFailures": []}
    assert json.loads(call("GET", answer["headers"]["Location"])["body"])["state"] == "done"
    assert call("GET", "/durastore/maps/film/a%20b.mov")["body"] == DATA


def test_schedules_plan_checks_and_sweep(deposited: Wiring) -> None:
    tick = json.loads((GOLDEN / "scheduled-event-aws.json").read_text())
    app.handler_map["plan_checks"](tick, None)
    assert waiting() == []  # nothing is due yet
    app.handler_map["sweep"](tick, None)
    asked = waiting()
    assert jobs.SweepSpace(SpaceId("maps")) in asked
    for job in asked:
        deliver("chores", encode(job))
    assert jobs.Register(SpaceId("maps"), ITEM) in waiting()  # its event was never delivered here


def test_checks_are_planned_and_asked_for(deposited: Wiring) -> None:
    plan = json.loads(call("GET", "/api/fixity/plan")["body"])
    assert plan["limits"] == {"items": 1000, "bytes": 1 << 40, "dollars_a_day": 20, "dollars_planned_today": 0}
    assert [store["check_days"] for store in plan["stores"]] == [90] * len(plan["stores"])
    path = "/api/fixity/checks"
    for body, query, status in (
        (b'{"store": "1"}', "", 202),
        (b'{"store": "1"}', "estimate=true", 200),
        (b'{"store": "9"}', "", 404),
        (b'{"space": "nowhere", "id": "a"}', "", 404),
        (b'{"item": "a"}', "", 400),
        (b'{"store": 1}', "", 400),
        (b"maps,a", "", 400),
    ):
        assert call("POST", path, body, query=query)["statusCode"] == status, body
    listed = call("POST", path, b"\xef\xbb\xbfspace,id\nnowhere,a\n", **{"content-type": "text/csv; charset=utf-8"})
    (refused,) = json.loads(listed["body"])["refused"]
    assert (listed["statusCode"], refused["line"], refused["reason"]) == (202, 2, "Space 'nowhere' does not exist")
    for who, status in (("bob", 403), ("", 401)):
        assert call("GET", "/api/fixity/plan", who=who)["statusCode"] == status
        assert call("POST", path, b'{"store": "1"}', who=who)["statusCode"] == status
