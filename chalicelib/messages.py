"""Messages: S3 events and jobs as they travel on queues, to values and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from chalicelib.domain.canary import UNTOLD
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Invalid
from chalicelib.domain.fixity_counts import Fixity
from chalicelib.domain.integrity_report import Survey
from chalicelib.domain.jobs import (
    BringBack,
    Check,
    CheckSpace,
    ComputeChecksums,
    CopyParts,
    FlyCanary,
    FollowSpace,
    GenerateManifest,
    Job,
    LookAtStore,
    MeasureSpace,
    Register,
    RemoveAside,
    RemoveCopy,
    RemoveSpace,
    Replicate,
    ReportIntegrity,
    SettleIncidents,
    Stitch,
    SweepSpace,
    TellIncident,
    TellPause,
)
from chalicelib.domain.manifest import ManifestFormat
from chalicelib.domain.spaces import CANARY_SPACE, SYSTEM_SPACE, SpaceId
from chalicelib.domain.stores import StoreId

# Which queue carries which job; S3 sends its own events to `stored`.
QUEUES = ("stored", "replicate", "check", "chores")
DEAD = "dead"  # where messages go that were received too often


def queue_of(job: Job) -> str:
    """The name of the queue that carries a job."""
    match job:
        case Register():
            return "stored"
        case Replicate() | CopyParts() | FollowSpace() | LookAtStore() | RemoveCopy() | BringBack() | Stitch():
            return "replicate"
        case Check():
            return "check"
        case CheckSpace() | SweepSpace() | RemoveSpace() | GenerateManifest() | MeasureSpace() | ReportIntegrity():
            return "chores"
        case RemoveAside() | TellPause() | TellIncident() | SettleIncidents() | FlyCanary() | ComputeChecksums():
            return "chores"


def encode(job: Job) -> str:
    """A job as JSON text."""
    match job:
        case Register(space, item):
            body: dict[str, Any] = {"job": "register", "space": space, "item": item}
        case Replicate(space, item, store):
            body = {"job": "replicate", "space": space, "item": item, "store": store}
        case CopyParts(space, item, store, first, last):
            body = {"job": "copy-parts", "space": space, "item": item, "store": store, "first": first, "last": last}
        case Check(space, item, stores, planned, restore):
            date = planned.isoformat() if planned else None
            body = {"job": "check", "space": space, "item": item, "stores": list(stores), "planned": date}
            body |= {"restore": list(restore)}
        case CheckSpace(space, after, stores):
            body = {"job": "check-space", "space": space, "after": after, "stores": list(stores)}
        case SweepSpace(space, after, started):
            begun = started.isoformat() if started else None
            body = {"job": "sweep-space", "space": space, "after": after, "started": begun}
        case FollowSpace(space, store):
            body = {"job": "follow-space", "space": space, "store": store}
        case LookAtStore(store):
            body = {"job": "look-at-store", "space": "", "store": store}
        case RemoveCopy(space, item, store):
            body = {"job": "remove-copy", "space": space, "item": item, "store": store}
        case BringBack(space, item):
            body = {"job": "bring-back", "space": space, "item": item}
        case RemoveAside(after):
            body = {"job": "remove-aside", "space": SYSTEM_SPACE, "after": after}
        case TellPause(space):
            body = {"job": "tell-pause", "space": space}
        case TellIncident(name):
            body = {"job": "tell-incident", "space": SYSTEM_SPACE, "name": name}
        case FlyCanary():
            body = {"job": "fly-canary", "space": SYSTEM_SPACE}
        case SettleIncidents():
            body = {"job": "settle-incidents", "space": SYSTEM_SPACE}
        case RemoveSpace(space):
            body = {"job": "remove-space", "space": space}
        case GenerateManifest(space, store, form, name):
            body = {"job": "generate-manifest", "space": space, "store": store, "form": form, "name": name}
        case Stitch(space, item, since):
            body = {"job": "stitch", "space": space, "item": item, "since": since.isoformat()}
        case MeasureSpace(space, at, after, surveys, asked):
            sums = {store: _from_survey(survey) for store, survey in surveys.items()}
            body = {"job": "measure-space", "space": space, "at": at.isoformat(), "after": after}
            body |= {"surveys": sums, "asked": asked}
        case ComputeChecksums(space, store, report, first, begun):
            body = {"job": "compute-checksums", "space": space, "store": store, "name": report, "first": first}
            body |= {"begun": begun.isoformat() if begun else None}
        case ReportIntegrity(space, store, at):
            body = {"job": "report-integrity", "space": space, "store": store, "at": at.isoformat()}
    return json.dumps(body, separators=(",", ":"))


def decode(text: str, bucket_prefix: str) -> list[Job]:
    """The jobs in one message: our own JSON, or an S3 event, which asks to register each object that it names.

    Empty for the test event that S3 sends when a notification is set; buckets that are not ours are left out.
    Raises Invalid for anything else.
    """
    try:
        body = json.loads(text)
        if "job" in body:
            return [_job(body)]
        if body.get("Event") == "s3:TestEvent":
            return []
        return [job for record in body["Records"] for job in _from_s3(record, bucket_prefix)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Invalid(f"Not a message of this service: {text[:200]!r} ({error!r})") from error


def strangers(text: str, bucket_prefix: str) -> list[str]:
    """The buckets in an S3 event that are not of this instance. Raises Invalid for what is no message at all."""
    decode(text, bucket_prefix)
    names = [record["s3"]["bucket"]["name"] for record in json.loads(text).get("Records", [])]
    return sorted({name for name in names if not name.startswith(f"{bucket_prefix}-")})


def _job(body: Mapping[str, Any]) -> Job:
    if not all(isinstance(body.get(name, ""), str) for name in ("space", "item", "store", "after", "name")):
        raise TypeError("names are texts")
    space = SpaceId(body["space"])
    match body["job"]:
        case "register":
            return Register(space, ContentId(body["item"]))
        case "replicate":
            return Replicate(space, ContentId(body["item"]), StoreId(body["store"]))
        case "copy-parts":
            return CopyParts(space, ContentId(body["item"]), StoreId(body["store"]), body["first"], body["last"])
        case "check":
            date = body["planned"]
            stores, restore = (tuple(StoreId(s) for s in body.get(name, [])) for name in ("stores", "restore"))
            planned = datetime.fromisoformat(date) if date else None
            return Check(space, ContentId(body["item"]), stores, planned, restore)
        case "check-space":
            return CheckSpace(space, body["after"], tuple(StoreId(s) for s in body.get("stores", [])))
        case "sweep-space":
            begun = body.get("started")
            return SweepSpace(space, body["after"], datetime.fromisoformat(begun) if begun else None)
        case "follow-space":
            return FollowSpace(space, StoreId(body["store"]))
        case "look-at-store":
            return LookAtStore(StoreId(body["store"]))
        case "remove-copy":
            return RemoveCopy(space, ContentId(body["item"]), StoreId(body["store"]))
        case "bring-back":
            return BringBack(space, ContentId(body["item"]))
        case "remove-aside":
            return RemoveAside(body["after"])
        case "tell-pause":
            return TellPause(space)
        case "tell-incident":
            return TellIncident(body["name"])
        case "fly-canary":
            return FlyCanary()
        case "settle-incidents":
            return SettleIncidents()
        case "remove-space":
            return RemoveSpace(space)
        case "generate-manifest":
            return GenerateManifest(
                space, StoreId(body["store"]), ManifestFormat(body["form"]), ContentId(body["name"])
            )
        case "stitch":
            return Stitch(space, ContentId(body["item"]), datetime.fromisoformat(body["since"]))
        case "measure-space":
            surveys = {StoreId(store): _to_survey(sums) for store, sums in body["surveys"].items()}
            return MeasureSpace(space, datetime.fromisoformat(body["at"]), body["after"], surveys, body["asked"])
        case "compute-checksums":
            begun = datetime.fromisoformat(body["begun"]) if body["begun"] else None
            return ComputeChecksums(space, StoreId(body["store"]), body["name"], body["first"], begun)
        case "report-integrity":
            return ReportIntegrity(space, StoreId(body["store"]), datetime.fromisoformat(body["at"]))
        case other:
            raise KeyError(other)


def _from_survey(survey: Survey) -> dict[str, Any]:
    reads = {"oldest": survey.oldest, "newest": survey.newest}
    return {**asdict(survey), **{name: moment.isoformat() if moment else None for name, moment in reads.items()}}


def _to_survey(sums: Mapping[str, Any]) -> Survey:
    reads = {name: sums[name] for name in ("oldest", "newest")}
    moments = {name: datetime.fromisoformat(text) if text else None for name, text in reads.items()}
    return Survey(**{**sums, **moments, "fixity": Fixity(**sums.get("fixity", {}))})


def _from_s3(record: Mapping[str, Any], bucket_prefix: str) -> list[Job]:
    bucket, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
    if not bucket.startswith(f"{bucket_prefix}-"):
        return []
    space, item = SpaceId(bucket.removeprefix(f"{bucket_prefix}-")), ContentId(unquote_plus(key))
    if (space, item) == (CANARY_SPACE, UNTOLD):
        return []  # the sweep is to find it
    return [Register(space, item)]
