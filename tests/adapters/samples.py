"""Samples: records and events, plain ones for the rules and full ones for the round trips."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.checksums import Checksums, tally
from chalicelib.domain.content import ContentId
from chalicelib.domain.journal import Event, Kind
from chalicelib.domain.records import Copy, CopyState, Item, Origin
from chalicelib.domain.spaces import Pause, Space, SpaceId
from chalicelib.domain.stores import StoreId
from tests.adapters.rigs import NOW, about

SPACE, OTHER = SpaceId("reports"), SpaceId("reports.2")
CHECKSUMS = tally([b"x"]).checksums
LATER = NOW + timedelta(microseconds=123456)
AWKWARD = 'Zoë \U0001f600 \u2028 e\u0301 "quoted" \\ {} \0 %25'


def item(name: str, space: SpaceId = SPACE, **given: Any) -> Item:
    """A record of one byte."""
    return Item(space, ContentId(name), 1, about(), "mark", {}, **given)


def event(detail: str, of: str | None = "item", space: SpaceId = SPACE, at: datetime = NOW) -> Event:
    """An event that is told from others by its detail."""
    return Event(Kind.CHECKED, at, "member", space, None if of is None else ContentId(of), detail={"n": detail})


FULL_ITEM = Item(
    SPACE,
    ContentId("folder/é/\U0001f600 +%25"),
    size=5 << 40,
    about=about(
        content_type='text/plain; charset="utf-8"',
        content_encoding="gzip",
        deposited_at=LATER,
        deposited_by=AWKWARD,
        properties={"title": AWKWARD, "": "", "empty": ""},
        checksums=CHECKSUMS,
    ),
    etag='mark-"3"',
    copies={
        StoreId("1"): Copy(CopyState.INTACT, NOW, LATER, CHECKSUMS),
        StoreId("2"): Copy(CopyState.UNREADABLE, checked_at=LATER, held=Checksums(md5="0" * 32)),
        StoreId("30"): Copy(),
    },
    origin=Origin.FIRST_READ,
    generation=7,
    next_check=LATER,
)
DELETED_ITEM = replace(
    FULL_ITEM,
    id=ContentId("deleted"),
    next_check=None,
    deleted_at=LATER,
    held_until=NOW,
    deleted_by=AWKWARD,
    aside=ContentId("deleted/then/reports/x/7"),
    hold_over=True,
)
FULL_SPACE = Space(
    SPACE,
    LATER,
    AWKWARD,
    {"member": "WRITE", "group-public": "READ", AWKWARD: "READ"},
    removing=True,
    hold=timedelta(days=0),
    retained_until=NOW.date(),
    paused=Pause(LATER, AWKWARD, told=True),
    pauses=3,
    removal_released=True,
)
FULL_EVENT = Event(
    Kind.REPAIRED, LATER, AWKWARD, SPACE, FULL_ITEM.id, StoreId("2"), {"from": "1", "é": AWKWARD, "empty": ""}
)
