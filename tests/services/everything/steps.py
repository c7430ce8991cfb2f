"""Steps: what members, other clients of S3, schedules, queues, disks and clocks do, one method each."""

from contextlib import suppress
from datetime import timedelta

from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import NotFound, Rejected, Unavailable
from chalicelib.domain.jobs import Job
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.registration import is_deposit
from chalicelib.domain.spaces import Space
from chalicelib.domain.stores import Mode, StoreId
from chalicelib.domain.transfers import Sizes
from chalicelib.services.copy_content import Source
from chalicelib.services.describe import NewDescription
from chalicelib.services.edit_space import SpaceSettings
from tests.chunked import Chunked
from tests.services.world import ADMIN, MAPS, ONE, OWNER, THREE, TWO, checksums

from .faults import Fault, Wrong
from .instance import Instance

FILM = Chunked("film", b"the whole film, from title to end", 12)
POLICIES = [
    Policies(),
    Policies(default=()),
    Policies(spaces={MAPS: (TWO,)}, default=()),
    Policies(default=(THREE,)),
    Policies(spaces={MAPS: (TWO, THREE)}),
]


class Steps:
    """A world, and all that may happen in it."""

    def __init__(self, sizes: Sizes) -> None:
        self.world = Instance(sizes)
        self.late: list[Job] = []
        self.rotten: dict[bytes, tuple[StoreId, Item]] = {}
        self.lost_rows: set[ContentId] = set()
        self.decayed: set[ContentId] = set()
        self.jobs_done: list[str] = []

    @property
    def maps(self) -> Space:
        """The space, as each request finds it. Raises NotFound."""
        space = self.world.index.space(MAPS)
        if space is None or space.removing:
            raise NotFound("the space is gone")
        return space

    # ------------------------------------------------------------------------------------------------------ by people

    def put(self, name: ContentId, data: bytes, color: str) -> None:
        self.world.maps = self.maps
        self.world.put(data, name, properties={"color": color}, replaces_description=True)

    def put_directly(self, name: ContentId, data: bytes) -> None:
        self.world.maps = self.maps
        self.world.put_directly(data, name)

    def describe(self, name: ContentId, color: str) -> None:
        self.world.describe.describe(self.maps, name, NewDescription(properties={"color": color}), "member")

    def copy(self, source: ContentId, to: ContentId) -> None:
        self.world.copy_content.copy(Source(self.maps, source, ONE), self.maps, to, "member", ONE)

    def delete(self, name: ContentId) -> None:
        self.world.delete.delete(self.maps, name, "member")

    def undelete(self, name: ContentId) -> None:
        self.world.undelete.undelete(self.maps, name, "member")

    def settings(self, hold: timedelta | None, retained: timedelta | None) -> None:
        """An owner says how long deleted items are held, and perhaps that nothing may be deleted for some time."""
        until = (self.world.now + retained).date() if retained else None
        self.world.edit_space.replace(OWNER, MAPS, SpaceSettings(hold, until))

    def mode(self, store: StoreId, mode: Mode) -> None:
        """An owner says what may be done with a store."""
        self.world.edit_stores.set_mode(OWNER, store, mode)

    def policy(self, number: int) -> None:
        self.world.policies.replace(OWNER, POLICIES[number])

    def upload(self) -> None:
        for name, data in FILM.chunks.items():
            self.put(ContentId(name), data, "film")
        self.put(ContentId(FILM.manifest_id), FILM.manifest, "film")

    def stitch(self) -> None:
        self.world.stitch.ask(self.maps, FILM.id, "member", remove_chunks=True, replace=True)

    def renew_space(self) -> None:
        """Remove the space, and make another one of its name."""
        with suppress(NotFound):
            self.world.spaces.remove(ADMIN, MAPS)
        for _ in range(4):
            self.world.sweep.sweep()
            self.work()
            if self.world.index.space(MAPS) is None:
                self.world.spaces.create(ADMIN, MAPS)
                return
        raise Unavailable("the primary is down")

    # ------------------------------------------------------------------------------------------------------ by itself

    def job(self, number: int) -> None:
        """One message is delivered, and gone when its work was done; in no order."""
        if not self.world.queue.jobs:
            return
        job = self.world.queue.jobs[number % len(self.world.queue.jobs)]
        with suppress(Rejected):
            self.world.perform(job)
        self.jobs_done.append(type(job).__name__)
        self._taken(job)

    def work(self) -> None:
        """Deliver everything, each message at most as often as a queue does."""
        tries: dict[int, int] = {}
        for _ in range(3000):
            if not self.world.queue.jobs:
                return
            job = self.world.queue.jobs[0]
            try:
                self.job(0)
            except Unavailable:
                self._taken(job)
                tries[id(job)] = tries.get(id(job), 0) + 1
                if tries[id(job)] < 12:
                    self.world.queue.jobs.append(job)
        raise AssertionError(f"no end: {self.world.queue.jobs[:5]}")

    def _taken(self, job: object) -> None:
        self.world.queue.jobs[:] = [other for other in self.world.queue.jobs if other is not job]

    def check(self) -> None:
        """Somebody asks for a check of the whole space."""
        self.world.ask_checks.space(ADMIN, self.maps.id)

    def sweep(self) -> None:
        """What happens once a day."""
        self.world.sweep.sweep()
        self.world.tell_incidents.begin()

    def pass_time(self, time: timedelta) -> None:
        self.world.now += time
        self.world.plan_checks.plan()

    # -------------------------------------------------------------------------------------------------------- by fate

    def jump(self, time: timedelta) -> None:
        """The clock is set."""
        self.world.now += time

    def lose(self, number: int) -> None:
        if self.world.queue.jobs:
            self.world.queue.jobs.pop(number % len(self.world.queue.jobs))

    def double(self, number: int) -> None:
        if self.world.queue.jobs:
            self.world.queue.jobs.append(self.world.queue.jobs[number % len(self.world.queue.jobs)])

    def delay(self, number: int) -> None:
        """A message gets stuck on its way, until all such arrive."""
        if self.world.queue.jobs:
            self.late.append(self.world.queue.jobs.pop(number % len(self.world.queue.jobs)))

    def arrive(self) -> None:
        self.world.queue.jobs += self.late
        self.late.clear()

    def stray(self, number: int, name: ContentId, store: StoreId) -> None:
        """A job comes that was asked for at some time, or never: each says no more than that somebody look."""
        strays: list[Job] = [
            jobs.Register(MAPS, name),
            jobs.Replicate(MAPS, name, store),
            jobs.Check(MAPS, name, (store,)),
            jobs.RemoveCopy(MAPS, name, store),
            jobs.BringBack(MAPS, name),
            jobs.FollowSpace(MAPS, store),
            jobs.RemoveSpace(MAPS),
            jobs.RemoveAside(),
        ]
        self.world.queue.jobs.append(strays[number])

    def down(self, store: StoreId, down: bool) -> None:
        self.world.stores[store].down = down

    def fail(self, port: str, wrong: Wrong, after: int) -> None:
        """Something is going to go wrong with a port."""
        self.world.fuse.armed.append(Fault(port, wrong, after))

    def decay(self, store: StoreId, name: ContentId, lost: bool) -> None:
        """A disk loses or changes one of several good copies."""
        item = self._whole(name)
        if item is None or len(item.copies) < 2 or store not in item.copies:
            return
        self.decayed.add(name)
        if lost:
            del self.world.stores[store].contents[MAPS][name]
        else:
            data = f"rotten {len(self.rotten)}".encode()
            self.world.stores[store].damage(MAPS, name, data)
            self.rotten[data] = store, item

    def lose_row(self, name: ContentId) -> None:
        """The index loses a record whose copies are all good."""
        if self._whole(name) is not None:
            self.lost_rows.add(name)
            self.world.index.lose(MAPS, name)

    def _whole(self, name: ContentId) -> Item | None:
        """The record of a live item of which every copy is good, and known to be."""
        item = self.world.index.item(MAPS, name)
        if item is None or not item.live or set(self.world.states(name).values()) != {CopyState.INTACT}:
            return None
        there = self.world.primary.contents[MAPS].get(name)
        if there is None or is_deposit(item, there[1]):
            return None  # nobody knows what another client's object was before it decayed, if none has read it
        held = [self.world.bytes_in(self.world.stores[store], name) for store in item.copies]
        return item if all(data is not None and checksums(data) == item.checksums for data in held) else None
