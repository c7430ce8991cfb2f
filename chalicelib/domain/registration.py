"""Registration: what the index should say of an item, given what it says now and what the primary store holds.

| the index says | the store holds                | the index shall say                                    |
|----------------|--------------------------------|--------------------------------------------------------|
| nothing        | nothing                        | nothing                                                |
| nothing        | an object                      | a first deposit                                        |
| deleted        | nothing                        | the same                                               |
| deleted        | an object                      | a new deposit, also of a deletion that was cut off:    |
|                |                                | nobody was told that it was done                       |
| live           | the same bytes, described alike| the same                                               |
| live           | other bytes or description     | a new deposit; every copy is to be made again          |
| live, described| the same bytes, written before | the same: the record's description is the newer one    |
| anew since     | that                           |                                                        |
| live           | what we just wrote, and the    | a new deposit: an event overtook it, and the record    |
|                | record lacks its checksums     | has none, or those of a first read                     |
| live           | nothing                        | the same: the primary copy is missing, to be repaired  |
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import unquote_plus

from chalicelib.domain.content import About, ContentId, Stored, format_time, parse_time
from chalicelib.domain.duplication import kept
from chalicelib.domain.records import Copy, CopyState, Item, Origin
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId

# New and unproven items are looked at again this soon, should an event or a job get lost.
GRACE = timedelta(minutes=15)


@dataclass(frozen=True)
class Known:
    """What the service itself knows of an object that it just wrote, recognised by the store's `etag`."""

    etag: str
    about: About
    provenance: Mapping[str, str] = field(default_factory=dict)  # facts for the history: what it was copied from


def kept_as_written(seen: Stored, known: Known) -> bool:
    """Whether what the store shows is what was just written, and not something earlier or later of the same bytes."""
    return seen.etag == known.etag and seen.described_as(known.about)


def is_deposit(before: Item | None, seen: Stored, known: Known | None = None) -> bool:
    """Whether the object that the store shows is a new deposit (the table above)."""
    if before is None or not before.live:
        return True
    about = known.about if known and known.etag == seen.etag else None
    if about is None and described_since(before, seen):
        return not _same_bytes(before, seen)
    return not (_same_bytes(before, seen) and _described_alike(before, seen, about) and _told(before, about))


def overwrites(before: Item | None, seen: Stored) -> bool:
    """Whether the object that the store shows has other bytes than the live item that was there."""
    return before is not None and before.live and not _same_bytes(before, seen)


def described_since(item: Item, stored: Stored) -> bool:
    """Whether the item's properties were replaced after this object was written: then the record tells them."""
    if item.described_at is None:
        return False
    return (item.etag, item.modified) == (stored.etag, stored.modified) or stored.modified < item.described_at


def _same_bytes(item: Item, stored: Stored) -> bool:
    if stored.checksums.known and item.checksums.known:
        # Writing changes the store's mark; where it is the same and the length is not, a disk lost some of it.
        return item.checksums.agrees(stored.checksums) and (item.size == stored.size or item.etag == stored.etag)
    return item.etag == stored.etag


def _described_alike(item: Item, stored: Stored, about: About | None) -> bool:
    return about.described_as(item.about) if about else stored.described_as(item.about)


def _told(item: Item, about: About | None) -> bool:
    """Whether the record has the checksums of the deposit itself; an event may have been registered before it."""
    return about is None or (item.origin is Origin.DEPOSIT and item.checksums == about.checksums)


def deposited(
    before: Item | None,
    space: SpaceId,
    content_id: ContentId,
    seen: Stored,
    known: Known | None,
    now: datetime,
    stores: Collection[StoreId],
) -> Item:
    """The record of a new deposit: the object that the store shows now."""
    ours = known is not None and known.etag == seen.etag
    about = known.about if known and ours else described_by(seen, before)
    origin = Origin.DEPOSIT if about.checksums.known else Origin.FIRST_READ
    size, described_at = seen.size, None
    if before and not before.live and not ours and before.etag == seen.etag:
        # A deletion was cut off: what is still there may have decayed since its checksums were fixed.
        size = before.size
        if not about.checksums.known:
            about, origin = about.with_checksums(before.checksums), before.origin
        if before.modified == seen.modified:  # and properties that were given to it later are in the record alone
            about, origin, described_at = before.about, before.origin, before.described_at
    return Item(
        space,
        content_id,
        size=size,
        about=about,
        etag=seen.etag,
        modified=seen.modified,
        copies={store: Copy(held=copy.held) for store, copy in kept(before.copies if before else {}, stores).items()},
        origin=origin,
        generation=before.generation + 1 if before else 1,
        next_check=now + GRACE,
        described_at=described_at,
        revision=before.revision if before else 0,
    )


def seen_again(
    before: Item, seen: Stored, known: Known | None, now: datetime, primary: StoreId, stores: Collection[StoreId]
) -> Item:
    """The record of the same bytes under the store's present mark, and a copy to make in every store that has none.

    Bytes that were written since they were last read are to be read again before they count.
    """
    copies = kept(before.copies, stores)
    ours = known is not None and known.etag == seen.etag
    rewritten = ours or (before.etag, before.modified) != (seen.etag, seen.modified)
    if rewritten:
        copies[primary] = replace(copies[primary], state=CopyState.PENDING)
    after = replace(before, etag=seen.etag, modified=seen.modified, copies=copies, writes=before.writes + rewritten)
    return after if copies == before.copies else replace(after, next_check=now + GRACE)


def described_by(seen: Stored, before: Item | None) -> About:
    """What an object says of itself; properties that did not fit on it are the ones the index has for this deposit."""
    properties, stamp = seen.properties, seen.metadata.get("deposited-at")
    if properties is None:
        same = before and before.checksums.agrees(seen.checksums) and format_time(before.about.deposited_at) == stamp
        properties = dict(before.about.properties) if before and same else {}
    try:
        deposited_at = parse_time(stamp) if stamp else seen.modified
    except ValueError:  # another S3 client may write what it likes
        deposited_at = seen.modified
    return About(
        seen.content_type,
        deposited_at,
        unquote_plus(seen.metadata.get("deposited-by", "")) or "an S3 client",
        seen.content_encoding,
        properties,
        seen.checksums,
    )
