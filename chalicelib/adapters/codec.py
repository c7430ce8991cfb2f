"""Codec: records and events as JSON text, for the indexes that keep them."""

import json
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.fixity_counts import Fixity
from chalicelib.domain.journal import Event, Kind
from chalicelib.domain.records import Copy, CopyState, Item, Origin
from chalicelib.domain.spaces import Pause, Space, SpaceId
from chalicelib.domain.statistics import Measurement, Verdicts
from chalicelib.domain.stores import Mode, StoreId


def encode_item(item: Item) -> str:
    """A record without its revision, which the index keeps beside it."""
    about = item.about
    return _dumps(
        {
            "space": item.space,
            "id": item.id,
            "size": item.size,
            "etag": item.etag,
            "modified": _time(item.modified),
            "origin": item.origin,
            "generation": item.generation,
            "writes": item.writes,
            "next_check": _time(item.next_check),
            "described_at": _time(item.described_at),
            "deleted_at": _time(item.deleted_at),
            "held_until": _time(item.held_until),
            "deleted_by": item.deleted_by,
            "aside": item.aside,
            "hold_over": item.hold_over,
            "waiting_since": _time(item.waiting_since),
            "about": {
                "content_type": about.content_type,
                "content_encoding": about.content_encoding,
                "deposited_at": _time(about.deposited_at),
                "deposited_by": about.deposited_by,
                "properties": dict(about.properties),
                "md5": about.checksums.md5,
                "sha256": about.checksums.sha256,
            },
            "copies": {
                store: {
                    "state": copy.state,
                    "checked_at": _time(copy.checked_at),
                    "verified_at": _time(copy.verified_at),
                    "md5": copy.held.md5,
                    "sha256": copy.held.sha256,
                    "by_word": copy.by_word,
                }
                for store, copy in item.copies.items()
            },
        }
    )


def decode_item(text: str, revision: int) -> Item:
    """The reverse of `encode_item`."""
    body = json.loads(text)
    about = body["about"]
    return Item(
        space=SpaceId(body["space"]),
        id=ContentId(body["id"]),
        size=body["size"],
        etag=body["etag"],
        modified=_moment(body.get("modified")),
        origin=Origin(body["origin"]),
        generation=body["generation"],
        writes=body.get("writes", 0),
        next_check=_moment(body["next_check"]),
        described_at=_moment(body.get("described_at")),
        deleted_at=_moment(body["deleted_at"]),
        held_until=_moment(body.get("held_until")),
        deleted_by=body.get("deleted_by"),
        aside=ContentId(body["aside"]) if body.get("aside") else None,
        hold_over=body.get("hold_over", False),
        waiting_since=_moment(body.get("waiting_since")),
        about=About(
            about["content_type"],
            datetime.fromisoformat(about["deposited_at"]),
            about["deposited_by"],
            about["content_encoding"],
            about["properties"],
            Checksums(about["md5"], about["sha256"]),
        ),
        copies={
            StoreId(store): Copy(
                CopyState(copy["state"]),
                _moment(copy["checked_at"]),
                _moment(copy["verified_at"]),
                Checksums(copy["md5"], copy["sha256"]),
                copy.get("by_word", False),
            )
            for store, copy in body["copies"].items()
        },
        revision=revision,
    )


def encode_event(event: Event) -> str:
    """A provenance event."""
    return _dumps(
        {
            "kind": event.kind,
            "at": _time(event.at),
            "agent": event.agent,
            "space": event.space,
            "item": event.item,
            "store": event.store,
            "detail": dict(event.detail),
        }
    )


def decode_event(text: str) -> Event:
    """The reverse of `encode_event`."""
    body = json.loads(text)
    return Event(
        Kind(body["kind"]),
        datetime.fromisoformat(body["at"]),
        body["agent"],
        SpaceId(body["space"]),
        ContentId(body["item"]) if body["item"] is not None else None,
        StoreId(body["store"]) if body["store"] is not None else None,
        body["detail"],
    )


def encode_space(space: Space) -> str:
    """A space's record without its revision, which the index keeps beside it."""
    return _dumps(
        {
            "id": space.id,
            "created_at": _time(space.created_at),
            "created_by": space.created_by,
            "acl": dict(space.acl),
            "removing": space.removing,
            "hold_days": None if space.hold is None else space.hold.days,
            "retained_until": space.retained_until.isoformat() if space.retained_until else None,
            "paused": [_time(space.paused.since), space.paused.why, space.paused.told] if space.paused else None,
            "pauses": space.pauses,
            "removal_released": space.removal_released,
        }
    )


def decode_space(text: str, revision: int) -> Space:
    """The reverse of `encode_space`."""
    body = json.loads(text)
    hold, until, paused = (body.get(name) for name in ("hold_days", "retained_until", "paused"))
    return Space(
        SpaceId(body["id"]),
        datetime.fromisoformat(body["created_at"]),
        body["created_by"],
        body["acl"],
        body["removing"],
        hold=None if hold is None else timedelta(days=hold),
        retained_until=date.fromisoformat(until) if until else None,
        paused=Pause(datetime.fromisoformat(paused[0]), *paused[1:]) if paused else None,
        pauses=body.get("pauses", 0),
        removal_released=body.get("removal_released", False),
        revision=revision,
    )


def encode_policies(policies: Policies) -> str:
    """Policies without their revision, which the index keeps beside them."""
    return _dumps(
        {
            "default": None if policies.default is None else list(policies.default),
            "spaces": {space: list(stores) for space, stores in policies.spaces.items()},
            "ignored": sorted(policies.ignored),
            "modes": dict(policies.modes),
        }
    )


def decode_policies(text: str, revision: int) -> Policies:
    """The reverse of `encode_policies`."""
    body = json.loads(text)
    default = None if body["default"] is None else _stores(body["default"])
    own = {SpaceId(space): _stores(stores) for space, stores in body["spaces"].items()}
    modes = {StoreId(store): Mode(mode) for store, mode in body.get("modes", {}).items()}
    return Policies(default, own, frozenset(SpaceId(space) for space in body["ignored"]), modes, revision)


def _stores(ids: list[str]) -> tuple[StoreId, ...]:
    return tuple(StoreId(store) for store in ids)


def encode_measurement(measurement: Measurement) -> str:
    """What a space held in a store on a day."""
    verdicts = measurement.verdicts
    return _dumps(
        {
            "at": _time(measurement.at),
            "space": measurement.space,
            "store": measurement.store,
            "bytes": measurement.bytes,
            "objects": measurement.objects,
            "verdicts": [verdicts.intact, verdicts.bad, verdicts.unread, _time(verdicts.last), _time(verdicts.oldest)],
            "fixity": asdict(verdicts.fixity),
        }
    )


def decode_measurement(text: str) -> Measurement:
    """The reverse of `encode_measurement`."""
    body = json.loads(text)
    at = datetime.fromisoformat(body["at"])
    intact, bad, unread, *times = body.get("verdicts", [0, 0, 0])  # earlier releases kept the last time alone, or none
    last, oldest = [*(_moment(time) for time in times), None, None][:2]
    verdicts = Verdicts(intact, bad, unread, last, oldest, Fixity(**body.get("fixity", {})))
    return Measurement(at, SpaceId(body["space"]), StoreId(body["store"]), body["bytes"], body["objects"], verdicts)


def _dumps(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
