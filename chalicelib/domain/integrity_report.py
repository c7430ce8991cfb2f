"""Bit-integrity reports: what the latest read of every copy in one store gave, in the original's words (contract 6.3).

| the copy                                   | result  | the whole report |
|--------------------------------------------|---------|------------------|
| intact at its last read                    | SUCCESS |                  |
| damaged, or missing where it was           | FAILURE | FAILURE          |
| not given by the store when last asked     | ERROR   | FAILURE          |
| not read for a day since it was deposited  | ERROR   | FAILURE          |
| not read yet, deposited within a day       | IGNORE  |                  |

`content-checksum` is the MD5 of the bytes that were read, `provider-checksum` the one that this store was last proven
to hold, `manifest-checksum` the one of record; `--` stands for what is not known. A copy whose id has a tab or line
break, which only other S3 clients can make, counts for the whole report and has no line: it would read as another id.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.content import ContentId
from chalicelib.domain.fixity_counts import Fixity
from chalicelib.domain.manifest import belongs
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.spaces import Space, SpaceId
from chalicelib.domain.stores import Store
from chalicelib.domain.tsv import fits, row

HEAD = row(
    "date-checked",
    "account",
    "store-id",
    "store-type",
    "space-id",
    "content-id",
    "result",
    "content-checksum",
    "provider-checksum",
    "manifest-checksum",
    "details",
)
CONTENT_TYPE = "text/tsv"
_UNKNOWN = "--"
_PATIENCE = timedelta(days=1)


class Result(StrEnum):
    """Of one copy; of a whole report only SUCCESS and FAILURE."""

    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    ERROR = "ERROR"
    IGNORE = "IGNORE"

    @property
    def bad(self) -> bool:
        """Whether it makes the whole report a FAILURE."""
        return self in (Result.FAILURE, Result.ERROR)


@dataclass(frozen=True)
class Survey:
    """What was counted of a space in one store: bytes and items of its manifest, and how their copies were found.

    `unread` copies wait for their first read, `oldest` and `newest` are the times of the first and the last read.
    `fixity` tells the same for people who look after checks.
    """

    objects: int = 0
    bytes: int = 0
    bad: int = 0
    unread: int = 0
    intact: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    fixity: Fixity = field(default_factory=Fixity)

    def counting(self, item: Item, store: Store, now: datetime, due: datetime | None = None) -> "Survey":
        """With one item more, whose copy in this store is `due` at that time."""
        held = belongs(item, store)
        after = replace(self, objects=self.objects + held, bytes=self.bytes + held * item.size)
        copy = item.copies.get(store.id)
        if copy is None:
            return after
        result, read = judge(item, copy, now)[0], _read_at(copy)
        reads = [moment for moment in (self.oldest, self.newest, read) if moment]
        return replace(
            after,
            bad=self.bad + result.bad,
            unread=self.unread + (result is Result.IGNORE),
            intact=self.intact + (result is Result.SUCCESS),
            oldest=min(reads, default=None),
            newest=max(reads, default=None),
            fixity=self.fixity.counting(copy, item.size, now, due),
        )


@dataclass(frozen=True)
class Report:
    """A report that was made."""

    id: ContentId
    result: Result
    completed: datetime
    size: int


def due(survey: Survey, last: Report | None, asked: bool) -> bool:
    """Whether there is something new to report.

    | reported before | due when                                                                                |
    |-----------------|-----------------------------------------------------------------------------------------|
    | no              | a copy is bad; or every copy was read; or, where somebody asked, any copy was           |
    | yes             | bad copies appeared, or are gone; or every copy was read once more; or, where somebody   |
    |                 | asked, any copy was                                                                     |
    """
    if (survey.bad > 0) != (last is not None and last.result is Result.FAILURE):
        return True
    if survey.newest is None or survey.oldest is None:
        return False
    if last is None:
        return asked or survey.unread == 0
    once_more = survey.oldest > last.completed and survey.unread == 0
    return survey.newest > last.completed and (asked or once_more)


def judge(item: Item, copy: Copy, now: datetime) -> tuple[Result, str]:
    """The result of one copy, with its details."""
    match copy.state:
        case CopyState.INTACT:
            return Result.SUCCESS, _UNKNOWN
        case CopyState.DAMAGED:
            return Result.FAILURE, "The bytes in the store are not those of the deposit"
        case CopyState.MISSING:
            return Result.FAILURE, "The store has nothing under this id"
        case CopyState.UNREADABLE:
            return Result.ERROR, "The store did not give the bytes"
        case CopyState.PENDING:
            fresh = now - item.about.deposited_at < _PATIENCE
            return Result.IGNORE if fresh else Result.ERROR, "The copy was not read since its deposit"


def line(item: Item, store: Store, account: str, now: datetime, found: str | None) -> str:
    """The line of an item's copy in the store; empty when it has none. `found`: the MD5 of damaged bytes, if known."""
    copy = item.copies.get(store.id)
    if copy is None or not fits(item.id):
        return ""
    result, details = judge(item, copy, now)
    read, content = _read_at(copy), copy.held.md5 if result is Result.SUCCESS else found
    return row(
        stamp(read) if read else _UNKNOWN,
        account,
        store.id,
        store.type,
        item.space,
        item.id,
        result,
        content or _UNKNOWN,
        copy.held.md5 or _UNKNOWN,
        item.checksums.md5 or _UNKNOWN,
        details,
    )


def _read_at(copy: Copy) -> datetime | None:
    return None if copy.state is CopyState.PENDING else copy.read_at


def stamp(moment: datetime) -> str:
    """The original's time to the second, in UTC: `2023-05-06T07:08:09`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def parse_stamp(text: str) -> datetime:
    """The reverse of `stamp`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)


def folder(space: SpaceId, store: Store) -> str:
    """What the ids of a space's reports on a store begin with; in their order, the latest is the last."""
    return f"bit-integrity/{space}/{store.id}/"


def report_id(space: SpaceId, store: Store, account: str, at: datetime) -> ContentId:
    """The id of a report in the system space."""
    when = at.astimezone(UTC).strftime("%Y-%m-%d-%H-%M-%S")
    return ContentId(f"{folder(space, store)}bit-integrity_{account}_{store.id}_{space}_{when}.tsv")


def of_this_space(report: Report, space: Space) -> bool:
    """Whether a report speaks of this space, and not of an earlier one of the same name."""
    return report.completed >= space.created_at.replace(microsecond=0)
