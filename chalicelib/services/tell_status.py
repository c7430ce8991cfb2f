"""Tell status: what anybody may know of the service: how much is open to the public, and how it was last found."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from chalicelib.domain.access import ANONYMOUS, Access, access
from chalicelib.domain.canary import Song
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.statistics import Measurement, Verdicts
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, Stores
from chalicelib.services.fly_canary import HearCanary

KEPT_FOR = timedelta(minutes=5)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Status:
    """Of all spaces together that are open to the public; closed ones count nowhere.

    `measured_at` is the time of the oldest figure in it, None before the first measurement; `verdicts` are of the
    copies in all stores. `song` is what the canary tells, `found_at` when it last found everything.
    """

    spaces: int = 0
    items: int = 0
    measured_at: datetime | None = None
    verdicts: Verdicts = field(default_factory=Verdicts)
    song: Song = Song.WAITING
    found_at: datetime | None = None


@dataclass(frozen=True)
class TellStatus:
    """Told from the measurements of today and yesterday, without a look at any item; a process asks at most so often
    as an answer is kept.
    """

    stores: Stores
    index: Index
    clock: Clock
    canary: HearCanary
    _kept: list[tuple[datetime, Status]] = field(default_factory=list)

    def status(self) -> Status:
        """The status, at most five minutes old."""
        now = self.clock()
        if not self._kept or not timedelta() <= now - self._kept[0][0] < KEPT_FOR:
            song, found_at = self.canary.song()
            self._kept[:] = [(now, replace(self._asked(now), song=song, found_at=found_at))]
        return self._kept[0][1]

    def _asked(self, now: datetime) -> Status:
        public = {
            space.id: space
            for space in self.index.spaces()
            if not space.removing and access(ANONYMOUS, space) is not Access.NONE
        }
        if not public:
            return Status()
        today = now.astimezone(UTC).date()
        latest: dict[tuple[StoreId, SpaceId], Measurement] = {}
        for store in self.stores.ids:
            for found in self.index.measurements(store, today - _DAY, today):
                # An earlier space of the same name may have been a closed one.
                if found.space in public and found.at >= public[found.space].created_at:
                    latest[store, found.space] = found
        items = sum(found.objects for (store, _), found in latest.items() if store == self.stores.primary_id)
        oldest = min((found.at for found in latest.values()), default=None)
        return Status(len(public), items, oldest, sum((found.verdicts for found in latest.values()), Verdicts()))
