"""Jobs: each says no more than "look at this", so that doing one twice, late or out of order is harmless."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.content import ContentId
from chalicelib.domain.integrity_report import Survey
from chalicelib.domain.manifest import ManifestFormat
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId


@dataclass(frozen=True)
class Register:
    """Look at an item in the primary store and bring the index up to date."""

    space: SpaceId
    item: ContentId


@dataclass(frozen=True)
class Replicate:
    """Look at one copy and make it equal to the checksum of record."""

    space: SpaceId
    item: ContentId
    store: StoreId


@dataclass(frozen=True)
class CopyParts:
    """Send, or read back, the parts `first` to `last` of a large item on its way into a store."""

    space: SpaceId
    item: ContentId
    store: StoreId
    first: int
    last: int


@dataclass(frozen=True)
class Check:
    """Read an item's copies and judge them; `stores` empty means all of them.

    `planned` is the date that the plan set in the record when it queued this check: once the record has another one,
    the check was done, or planned anew, and this one is dropped. `restore`: the stores whose copies, if they are in
    an archive, are to be brought back and read; the plan has counted what that costs.
    """

    space: SpaceId
    item: ContentId
    stores: tuple[StoreId, ...] = ()
    planned: datetime | None = None
    restore: tuple[StoreId, ...] = ()


@dataclass(frozen=True)
class CheckSpace:
    """Ask for a check of every item of a space, one page after another, from behind `after`.

    `stores` empty means all copies, else those in these stores.
    """

    space: SpaceId
    after: str = ""
    stores: tuple[StoreId, ...] = ()


@dataclass(frozen=True)
class SweepSpace:
    """Compare the listings of a space in every store with the index, one page after another, from behind `after`.

    `started` is when its first page was begun.
    """

    space: SpaceId
    after: str = ""
    started: datetime | None = None


@dataclass(frozen=True)
class FollowSpace:
    """Look at a space in another store than the primary: make it where it is wanted, remove it when it is gone."""

    space: SpaceId
    store: StoreId


@dataclass(frozen=True)
class LookAtStore:
    """Ask a store that did not answer whether it does now; then everything that it lacks is made."""

    store: StoreId


@dataclass(frozen=True)
class RemoveCopy:
    """Look at the copy of a deleted item in another store than the primary: remove it when its hold is over."""

    space: SpaceId
    item: ContentId
    store: StoreId


@dataclass(frozen=True)
class BringBack:
    """Look at an item that was deleted and lives again: have the primary store hold it."""

    space: SpaceId
    item: ContentId


@dataclass(frozen=True)
class RemoveAside:
    """Remove what was put aside of deleted items and is over, one page after another, from behind `after`."""

    after: str = ""


@dataclass(frozen=True)
class TellPause:
    """Look at a space: if it is paused, and nobody was told, tell those who can release it."""

    space: SpaceId


@dataclass(frozen=True)
class RemoveSpace:
    """Remove the items of a space that is being deleted, one page after another, then the space."""

    space: SpaceId


@dataclass(frozen=True)
class GenerateManifest:
    """Write the manifest of a space in one store into the system space, under the id `name`."""

    space: SpaceId
    store: StoreId
    form: ManifestFormat
    name: ContentId


@dataclass(frozen=True)
class Stitch:
    """Look at a chunked item, by the id of the whole, and take the next step to what was asked for it.

    `since` is when this job began to wait, should it have to: after a while it is sent anew.
    """

    space: SpaceId
    item: ContentId
    since: datetime


@dataclass(frozen=True)
class MeasureSpace:
    """Count what a space holds, one page after another, from behind `after`; `surveys` are the sums so far by store.

    `at` is when the first page was asked for; `asked` that somebody waits for reports.
    """

    space: SpaceId
    at: datetime
    after: str = ""
    surveys: Mapping[StoreId, Survey] = field(default_factory=dict)
    asked: bool = False


@dataclass(frozen=True)
class ReportIntegrity:
    """Write the bit-integrity report of a space in one store that was found due `at` a time."""

    space: SpaceId
    store: StoreId
    at: datetime


@dataclass(frozen=True)
class ComputeChecksums:
    """Look at the job in which a store computes checksums of a space; or at one of its reports, from a byte on."""

    space: SpaceId
    store: StoreId
    report: str = ""
    first: int = 0
    begun: datetime | None = None


@dataclass(frozen=True)
class TellIncident:
    """Look at an incident of that name: tell the operators of it if nobody did."""

    name: str


@dataclass(frozen=True)
class SettleIncidents:
    """Look through what is open, one page after another, then send the digest of the day, and of the week."""


@dataclass(frozen=True)
class FlyCanary:
    """Damage what is there to be damaged, and look whether what was damaged before was found."""


Job = (
    Register
    | Replicate
    | CopyParts
    | Check
    | CheckSpace
    | SweepSpace
    | RemoveSpace
    | FollowSpace
    | LookAtStore
    | RemoveCopy
    | BringBack
    | RemoveAside
    | TellPause
    | GenerateManifest
    | MeasureSpace
    | ReportIntegrity
    | ComputeChecksums
    | Stitch
    | TellIncident
    | SettleIncidents
    | FlyCanary
)


def about_item(job: Job) -> tuple[SpaceId, ContentId] | None:
    """The item that a job looks at; None for one about a whole space."""
    match job:
        case Register() | Replicate() | Check() | RemoveCopy() | Stitch():
            return job.space, job.item
    return None


def comes_again(job: Job) -> bool:
    """Whether the record, the plan or the daily sweep asks for this work again by itself; if not, a person asked, or it
    concerns a space that is gone.
    """
    match job:
        case GenerateManifest() | CheckSpace() | Stitch() | FollowSpace():
            return False
        case ComputeChecksums():
            return not job.report
        case MeasureSpace():
            return not job.asked
    return True
