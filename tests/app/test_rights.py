"""Least privilege: the packaged policies held against every call that the handlers make."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256
from typing import Any, cast
from unittest.mock import patch

import boto3
import pytest
import requests
from moto import mock_aws

import app as application
from chalicelib import wiring
from chalicelib.adapters.dynamodb_accounts import DynamoAttempts
from chalicelib.adapters.s3_uploads import S3Uploads
from chalicelib.config import read_config
from chalicelib.domain import jobs
from chalicelib.domain.access import Role, held
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.incidents import Incident, Problem, State
from chalicelib.domain.jobs import Job
from chalicelib.domain.records import Copy
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.transfers import Sizes
from chalicelib.edge import parse_query
from chalicelib.messages import encode, queue_of
from chalicelib.messages_incidents import decode_digest, encode_digest, encode_incident
from chalicelib.ports_work import Note
from chalicelib.services.keep_parts import KeepParts
from chalicelib.wiring import Wiring, instance
from local.worker import Context, deliver
from tests.chunked import Chunked
from tests.tables import create_tables

from .packaged import (
    PARAMETERS,
    RARE,
    SECOND,
    Package,
    Template,
    allowed,
    arn,
    consumers,
    event_source,
)

_ACTIONS = {
    "HeadBucket": ["s3:ListBucket"],
    "ListObjectsV2": ["s3:ListBucket"],
    "HeadObject": ["s3:GetObject", "s3:ListBucket"],  # without the latter, absent objects look forbidden
    "GetObject": ["s3:GetObject", "s3:ListBucket"],
    "CreateMultipartUpload": ["s3:PutObject"],
    "UploadPart": ["s3:PutObject"],
    "CompleteMultipartUpload": ["s3:PutObject"],
    "ListParts": ["s3:ListMultipartUploadParts"],
    "PutBucketCors": ["s3:PutBucketCORS"],
    "PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    "PutBucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
    "PutBucketNotificationConfiguration": ["s3:PutBucketNotification"],
    "SendMessageBatch": ["sqs:SendMessage"],
    "SendEmail": ["ses:SendEmail"],
}
_OF_LAMBDA = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}  # its poller uses the role
_TICK = {
    "version": "0",
    "id": "1",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": PARAMETERS["AWS::AccountId"],
    "time": "2026-01-01T00:00:00Z",
    "region": PARAMETERS["AWS::Region"],
    "resources": [],
    "detail": {},
}
SPACE = SpaceId("photos")
_OF_LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}


@dataclass
class Watched:
    """An instance in which each function has SDK clients of its own, whose calls are noted."""

    template: Template
    calls: set[tuple[str, str, str]] = field(default_factory=set)  # function, action, resource
    wired: dict[str, Wiring] = field(default_factory=dict)

    @contextmanager
    def as_function(self, name: str) -> Iterator[Wiring]:
        if name not in self.wired:
            environment = self.template.environment()
            made = self.wired[name] = Wiring(read_config(environment), environment)
            made._session.events.register("provide-client-params", self._noting(name))
            made.__dict__["keep_parts"] = KeepParts(made.notes, Sizes(large=16 << 20))  # "large" is a large item
        with patch.object(wiring, "read_config"), patch.object(wiring, "Wiring", lambda *_: self.wired[name]):
            instance.cache_clear()
            yield self.wired[name]
        instance.cache_clear()

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        """One request through the function of the API, as the administrator, that must succeed."""
        result = self.answer(method, path, body, **headers)
        assert result["statusCode"] < 300, (method, path, base64.b64decode(result["body"]))
        return base64.b64decode(result["body"])

    def answer(self, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
        """What the function of the API answers."""
        headers.setdefault("authorization", "Basic " + base64.b64encode(b"root:a password").decode())
        encoded = base64.b64encode(body).decode()
        path, _, query = path.partition("?")
        event = {"httpMethod": method, "path": path, "headers": headers, "body": encoded, "isBase64Encoded": True}
        event["multiValueQueryStringParameters"] = parse_query(query)
        with self.as_function("app"):
            return application.app(event, Context())

    def tick(self, name: str) -> None:
        """One run of a scheduled function."""
        with self.as_function(name):
            application.app.handler_map[name](_TICK, Context())

    def work(self) -> None:
        """Give all messages to their functions, until there are none."""
        sqs = boto3.client("sqs", PARAMETERS["AWS::Region"])
        waiting = True
        while waiting:
            waiting = False
            for name, function in consumers(self.template).items():
                url = sqs.get_queue_url(QueueName=event_source(function)["Queue"].rpartition(":")[2])["QueueUrl"]
                answer = sqs.receive_message(
                    QueueUrl=url,
                    MaxNumberOfMessages=event_source(function)["BatchSize"],
                    MessageSystemAttributeNames=["All"],
                )
                if messages := answer.get("Messages"):
                    waiting = True
                    with self.as_function(name):
                        deliver(sqs, url, name, messages)

    def ask(self, *wanted: Job) -> None:
        """Put jobs on their queues."""
        sqs = boto3.client("sqs", PARAMETERS["AWS::Region"])
        for job in wanted:
            sqs.send_message(
                QueueUrl=sqs.get_queue_url(QueueName=f"duracloud-{queue_of(job)}")["QueueUrl"], MessageBody=encode(job)
            )

    def _noting(self, function: str) -> Callable[..., None]:
        def note(params: dict[str, Any], model: Any, **_: Any) -> None:
            for action, resource in _needed(model.service_model.service_name, model.name, params):
                if not resource.startswith(f"arn:aws:s3:::{SECOND}-"):  # reached with keys of its own
                    self.calls.add((function, action, resource))

        return note


def _needed(service: str, operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The rights that a call needs: action and resource."""
    for action in _ACTIONS.get(operation, [f"{service}:{operation}"]):
        match service:
            case "s3":
                whole = action.endswith("Bucket") or "Key" not in params
                yield action, f"arn:aws:s3:::{params['Bucket']}" + ("" if whole else f"/{params['Key']}")
            case "sqs":
                yield action, arn("sqs", params.get("QueueName") or params["QueueUrl"].rpartition("/")[2])
            case "ssm":
                yield action, arn("ssm", f"parameter{params['Name']}")
            case "sesv2":
                yield action, arn("ses", f"identity/{params['FromEmailAddress']}")
            case "dynamodb" if operation == "BatchGetItem":
                for table in params["RequestItems"]:
                    yield action, arn("dynamodb", f"table/{table}")
            case "dynamodb" if operation == "TransactWriteItems":
                for write in params["TransactItems"]:
                    ((kind, inner),) = write.items()
                    yield f"dynamodb:{kind}Item", arn("dynamodb", f"table/{inner['TableName']}")
            case "dynamodb":
                index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
                yield action, arn("dynamodb", f"table/{params['TableName']}{index}")
            case _:
                raise AssertionError(f"{service} is not known here")


@pytest.fixture(scope="module")
def watched(package: Package) -> Iterator[Watched]:
    """A busy day: spaces, deposits, copies, checks, repairs, deletions and failures, with every call noted."""
    with mock_aws():
        create_tables(boto3.client("dynamodb", PARAMETERS["AWS::Region"]), PARAMETERS["Prefix"])
        _make_queues(package.template)
        secret = json.dumps({"access_key_id": "key", "secret_access_key": "secret"})
        boto3.client("ssm", PARAMETERS["AWS::Region"]).put_parameter(
            Name="/duracloud/store-2", Value=secret, Type="SecureString"
        )
        day = Watched(package.template)
        # The first administrator is an operator's work, with an operator's rights.
        environment = package.template.environment()
        operator = Wiring(read_config(environment), environment)
        operator.accounts.set_password("root", "a password", held(Role.ROOT))
        boto3.client("ses", PARAMETERS["AWS::Region"]).verify_email_identity(EmailAddress=PARAMETERS["Sender"])
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("chalicelib.routes.queues.delay", lambda *_: 0)
            _a_day(day, operator)
        yield day


def _a_day(day: Watched, operator: Wiring) -> None:
    space, second = SPACE, operator.stores.providers[operator.stores.ids[1]]
    day.tick("sweep")
    day.request("PUT", "/api/policies", b'{"defaultPolicies": [{"srcStoreId": "1", "destStoreId": "2"}]}')
    day.request("PUT", "/durastore/photos")
    day.request("POST", "/durastore/acl/photos", **{"x-dura-meta-acl-ann": "READ"})
    for name in ("a", "b", "c", "d", "large"):
        day.request("PUT", f"/durastore/photos/{name}", b"content" * (3_000_000 if name == "large" else 1))
    day.work()
    assert all(copy["state"] == "intact" for copy in _copies(day, "a"))
    for path in ("status", "spaces", "spaces/photos/items", "spaces/photos/items/a", "spaces/photos/history/a"):
        day.request("GET", f"/api/{path}")
    _people_come_and_go(day, operator)
    day.request("GET", "/durastore/photos")
    day.request("GET", "/durastore/photos/a")
    day.request("GET", "/durastore/manifest/photos")
    day.request("POST", "/durastore/manifest/photos")
    day.request("GET", "/durastore/audit/photos")
    day.request("POST", "/api/spaces/photos/reports")
    day.work()
    for path in ("bit-integrity/photos", "report/space/photos", "report/store"):
        day.request("GET", f"/durastore/{path}")
    # Properties are replaced, an item is overwritten, another store is read and copied into.
    day.request("POST", "/durastore/photos/a", **{"x-dura-meta-color": "red"})
    day.request("PUT", "/durastore/photos/b", b"content of another edition")
    for name in ("copy", "copy-of-large"):
        source = "photos/large" if name == "copy-of-large" else "photos/a"
        day.request("PUT", f"/durastore/photos/{name}?storeID=2", **{"x-dura-meta-copy-source": source})
    day.request("GET", "/durastore/photos/a?storeID=2")
    day.work()
    _stitch(day)
    _upload(day, operator)
    _visitors_write(day)
    # One copy vanishes, one is damaged, one deposit and one deletion were cut off; then everything is looked at.
    second.delete(space, ContentId("a"))
    boto3.client("s3").put_object(Bucket=f"{SECOND}-photos", Key="b", Body=b"damaged")
    boto3.client("s3").put_object(Bucket="our-dc-photos", Key="c", Body=b"changed without a sound")
    operator.stores.primary.delete(space, ContentId("large"))
    _change(operator, "d", deleted_at=datetime.now(UTC) + timedelta(hours=1))
    day.ask(jobs.Check(space, ContentId("a")), jobs.Check(space, ContentId("b")), jobs.Check(space, ContentId("c")))
    day.ask(jobs.Register(space, ContentId("d")), jobs.Check(space, ContentId("large")))
    day.request("GET", "/api/fixity/plan")
    day.request("POST", "/api/fixity/checks", b'{"store": "1"}')
    day.request("POST", "/api/fixity/checks", b"photos,a\n", **{"content-type": "text/csv"})
    day.request("POST", "/api/spaces/photos/checks")
    day.tick("sweep")
    day.work()
    assert all(copy["state"] == "intact" for name in ("a", "b", "large") for copy in _copies(day, name))
    # An item is put by another S3 client and its record says that it changed: a check asks for it to be registered.
    boto3.client("s3").put_object(Bucket="our-dc-photos", Key="e", Body=b"by another client")
    day.work()
    item = operator.index.item(space, ContentId("e"))
    assert item is not None
    _change(operator, "e", etag="another", about=replace(item.about, checksums=type(item.checksums)()))
    day.ask(jobs.Check(space, ContentId("e")))
    day.work()
    # The copy that should serve as a source is not there: replicating asks for a check.
    _change(operator, "e", copies={**item.copies, "2": type(item.copies["2"])()})
    second.delete(space, ContentId("e"))
    operator.stores.primary.delete(space, ContentId("e"))
    day.ask(jobs.Replicate(space, ContentId("e"), operator.stores.ids[1]))
    with patch("chalicelib.services.check_fixity.CheckFixity.check"):
        day.work()
    _a_store_fails(day, operator)
    # Its time for a check has come.
    _change(operator, "a", next_check=datetime.now(UTC) - timedelta(days=1))
    late = datetime.now(UTC) - timedelta(days=9)
    _change(operator, "c", waiting_since=late, copies={operator.stores.primary_id: Copy()})
    day.tick("plan_checks")  # which tells a person
    # One is deleted by mistake and brought back; what another left aside is over.
    as_json = {"content-type": "application/json"}
    day.request("PUT", "/api/spaces/photos/settings", b'{"hold_days": 5, "retained_until": null}', **as_json)
    day.request("GET", "/api/spaces/photos/settings")
    day.request("DELETE", "/durastore/photos/a")
    day.request("GET", "/api/spaces/photos/deleted?after=A")
    day.request("POST", "/api/spaces/photos/deleted/a")
    day.work()
    boto3.client("s3").put_object(Bucket="our-dc-x-duracloud-admin", Key="deleted/2020-01-01T00:00:00Z/photos/x/1")
    day.tick("sweep")
    day.work()
    assert day.request("GET", "/durastore/photos/a") == b"content"
    day.request("PUT", "/api/spaces/photos/settings", b'{"hold_days": 0, "retained_until": null}', **as_json)
    day.request("DELETE", "/durastore/photos/b")
    day.tick("plan_checks")  # there is no hold
    day.request("DELETE", "/durastore/photos")
    day.work()
    # Too much is deleted at once.
    day.request("PUT", "/durastore/braked")
    for n in range(13):
        day.request("PUT", f"/durastore/braked/{n}", b"content")
    for n in range(12):
        day.request("DELETE", f"/durastore/braked/{n}")
    day.work()
    assert json.loads(day.request("GET", "/api/spaces/braked/settings"))["paused"]
    assert json.loads(day.request("POST", "/api/spaces/braked/release"))["paused"] is None
    day.request("DELETE", "/durastore/braked")
    day.work()
    # Everything fails once.
    day.ask(jobs.Register(space, ContentId("a")), jobs.Check(space, ContentId("a")), jobs.SweepSpace(space))
    day.ask(jobs.Replicate(space, ContentId("a"), operator.stores.ids[1]))
    failing = iter([Unavailable("for now")] * 4)
    with patch("chalicelib.routes.queues.perform", side_effect=lambda *_: _raise(next(failing, None))):
        day.work()
    _something_dies(day, operator)
    _something_is_lost(day, operator)


def _upload(day: Watched, operator: Wiring) -> None:
    """One file in one piece, one in parts, one that is given up, and one that is forgotten."""
    data, as_json = b"content" * 3_000_000, {"content-type": "application/json"}
    sums = {"md5": md5(data).hexdigest(), "sha256": sha256(data).hexdigest()}
    small = {"md5": md5(b"s").hexdigest(), "sha256": sha256(b"s").hexdigest()}
    files = [{"id": "up/small", "size": 1, **small}, {"id": "up/large", "size": len(data)}, {"id": "up/no", "size": 1}]

    def ask(path: str, body: Any) -> Any:
        return json.loads(
            day.request("POST", f"/api/spaces/photos/uploads{path}", json.dumps(body).encode(), **as_json)
        )

    one, parts, no = ask("", {"files": files})["files"]
    requests.put(one["url"], b"s", headers=one["headers"], timeout=30).raise_for_status()
    for number, piece in enumerate((data[: parts["part_size"]], data[parts["part_size"] :]), 1):
        wanted = {"parts": [{"number": number, "sha256": sha256(piece).hexdigest()}]}
        (leave,) = ask(f"/{parts['upload']}/parts", wanted)["parts"]
        requests.put(leave["url"], piece, headers=leave["headers"], timeout=30).raise_for_status()
    day.request("GET", f"/api/spaces/photos/uploads/{parts['upload']}")
    done = [{"upload": one["upload"], **small}, {"upload": parts["upload"], **sums}]
    with patch.object(S3Uploads, "_told", lambda *_: "0" * 64):  # of parts, moto tells nothing
        assert {file["state"] for file in ask("/complete", {"uploads": done})["files"]} == {"stored"}
    day.request("DELETE", f"/api/spaces/photos/uploads/{no['upload']}")
    (forgotten,) = ask("", {"files": [{"id": "up/forgotten", "size": 1}]})["files"]
    session = operator.upload_sessions.find(SPACE, forgotten["upload"].partition(".")[0])
    assert session is not None
    operator.upload_sessions.end(session)
    week_ago = session.about.deposited_at - timedelta(days=7)
    operator.upload_sessions.begin(replace(session, about=replace(session.about, deposited_at=week_ago)))
    day.tick("sweep")
    assert operator.upload_sessions.find(SPACE, session.name) is None
    day.work()


def _something_dies(day: Watched, operator: Wiring) -> None:
    """Work about an item is given up in every queue, and in the middle of it; then it is retried or dismissed."""
    item = ContentId("a")
    dying = [jobs.Register(SPACE, item), jobs.Check(SPACE, item), jobs.Replicate(SPACE, item, operator.stores.ids[1])]
    with patch("chalicelib.routes.queues.perform", side_effect=Conflict("no")):
        day.ask(*dying, jobs.SweepSpace(SPACE))
        sqs = boto3.client("sqs", PARAMETERS["AWS::Region"])
        for queue, job in (("chores", dying[0]), ("dead", dying[1])):
            url = sqs.get_queue_url(QueueName=f"duracloud-{queue}")["QueueUrl"]
            sqs.send_message(QueueUrl=url, MessageBody=encode(job))
        day.work()
    first, *_ = json.loads(day.request("GET", "/api/dead-letters"))["dead_letters"]
    day.request("POST", f"/api/dead-letters/{first['id']}/retry")
    day.request("POST", "/api/dead-letters/retry")
    day.request("DELETE", "/api/dead-letters")
    day.request("GET", "/api/backlog")
    day.request("POST", "/api/sweep")
    day.work()
    day.request("GET", "/api/sweep")


def _a_store_fails(day: Watched, operator: Wiring) -> None:
    """Whoever reaches stores notes that one is down and has it looked at when it is back; an owner skips it a while."""
    second = operator.stores.ids[1]
    for name in ("app", "register", "replicate", "check", "chores", "sweep"):
        with day.as_function(name) as wired:
            wired.watch_stores.hear(second, "no answer")
            wired.watch_stores.hear(second, None)
        noted = json.dumps({"since": "2026-01-01T00:00:00+00:00", "reason": "no answer", "told": False}).encode()
        note = operator.notes.note("store", second)
        assert note is not None
        assert operator.notes.save(replace(note, body=noted if name == "sweep" else b"null"))
    day.tick("plan_checks")
    day.work()
    assert not operator.watch_stores.failing()
    for mode in ("out-of-service", "in-service"):
        day.request("PUT", f"/api/stores/{second}", json.dumps({"mode": mode}).encode())
    day.request("GET", "/api/stores")
    day.work()


def _something_is_lost(day: Watched, operator: Wiring) -> None:
    """No store gives the bytes of an item; a day later that is told once more, and an old incident is put away."""
    space, item = SpaceId("films"), ContentId("reel")
    day.request("PUT", "/durastore/films")
    day.request("PUT", "/durastore/films/reel", b"moving pictures")
    day.work()
    for store in operator.stores.providers.values():
        store.delete(space, item)
    day.ask(jobs.Check(space, item))
    day.work()
    (lost,) = json.loads(day.request("GET", "/api/incidents?space=films"))["incidents"]
    day.request("GET", f"/api/incidents/{lost['id']}")
    day.request("POST", f"/api/incidents/{lost['id']}/close", b'{"note": "it was on a tape"}')
    note = operator.notes.note("digest", "daily")
    assert note is not None
    long_ago, sent = datetime.now(UTC) - timedelta(days=9), decode_digest(note.body)
    late = replace(sent, day=long_ago.date(), until=long_ago, week="2020-W01")
    operator.notes.save(replace(note, body=encode_digest(late)))
    gone = Incident(Problem.DAMAGED, space, item, (), State.CLOSED, long_ago, long_ago, closed_at=long_ago)
    operator.notes.save(Note("incident-open", gone.name, encode_incident(gone)))
    day.tick("sweep")
    day.work()


def _visitors_write(day: Watched) -> None:
    """As often as one address may without waiting."""
    form = {"content-type": "application/x-www-form-urlencoded", "authorization": ""}
    for n in range(5):
        words = f"about=membership&name=Ann&organisation=Library&email=ann%40example.org&message=Number+{n}"
        day.request("POST", "/api/enquiries", words.encode(), **form)


def _stitch(day: Watched) -> None:
    film = Chunked("film", b"title, story, end", 6)
    for name, data in [*film.chunks.items(), (film.manifest_id, film.manifest)]:
        day.request("PUT", f"/durastore/photos/{name}", data)
    for _ in range(2):  # without any delay, the message that waits for the copies is given up before they are made
        day.request("POST", "/api/spaces/photos/stitch", b'{"id": "film", "remove_chunks": true}')
        day.work()
    assert json.loads(day.request("GET", "/api/spaces/photos/stitch/film"))["state"] == "done"


def _people_come_and_go(day: Watched, operator: Wiring) -> None:
    """Somebody forgets a password often, becomes an owner by invitation, and steps back."""
    as_json = {"content-type": "application/json"}
    for n in range(8):
        guess = base64.b64encode(f"root:guess {n}".encode()).decode()
        assert day.answer("GET", "/durastore/stores", authorization=f"Basic {guess}")["statusCode"] == 401
    attempts = cast(DynamoAttempts, operator.sign_in.attempts)
    for row in attempts.client.scan(TableName="duracloud-attempts")["Items"]:
        attempts.client.put_item(TableName="duracloud-attempts", Item={**row, "latest": {"N": "0"}})  # long ago
    day.request("GET", "/api/users")
    day.request("POST", "/api/invitations", b'{"email": "zoe@example.org"}', **as_json)
    day.request("POST", "/api/invitations", b'{"email": "zoe@example.org"}', **as_json)
    code, _ = operator.invite.offer("ann@example.org", Role.ROOT, "operator")
    redeemed = json.dumps({"code": code, "username": "ann", "password": "a long password"}).encode()
    day.request("POST", "/api/redeem", redeemed, **as_json)
    day.request("PATCH", "/api/users/ann", b'{"role": "user"}', **as_json)


def _raise(error: Exception | None) -> None:
    if error:
        raise error


def _copies(day: Watched, name: str) -> list[Any]:
    return json.loads(day.request("GET", f"/api/spaces/photos/items/{name}"))["copies"]


def _change(operator: Wiring, name: str, **changes: Any) -> None:
    item = operator.index.item(SpaceId("photos"), ContentId(name))
    assert item is not None
    assert operator.index.save(replace(item, **changes))


def _make_queues(template: Template) -> None:
    client = boto3.client("sqs", PARAMETERS["AWS::Region"])
    queues = template.of_type("AWS::SQS::Queue").values()
    for queue in sorted(queues, key=lambda queue: "RedrivePolicy" in queue):  # dead letters first
        redrive = {"RedrivePolicy": json.dumps(queue["RedrivePolicy"])} if "RedrivePolicy" in queue else {}
        client.create_queue(QueueName=queue["QueueName"], Attributes=redrive)


def test_every_call_is_allowed(watched: Watched) -> None:
    refused = {call for call in watched.calls if not allowed(watched.template.policy(call[0]), *call[1:])}
    assert not refused


def test_every_right_is_used(watched: Watched) -> None:
    template = watched.template
    given = {
        (f, action) for f in template.functions for statement in template.policy(f) for action in statement["Action"]
    }
    used = {(function, action) for function, action, _ in watched.calls}
    assert {right for right in given - used if right[1] not in _OF_LAMBDA | _OF_LOGS} == set(RARE)


def test_only_who_reaches_other_stores_reads_their_keys(watched: Watched) -> None:
    readers = {function for function, action, _ in watched.calls if action == "ssm:GetParameter"}
    assert readers == {"app", "replicate", "check", "chores"}


# ------------------------------------------------------------------------------------------- the rights, while it works
