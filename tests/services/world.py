"""A whole instance in memory: two stores, an index, a queue that delivers at least once, and a clock to set."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

from chalicelib.adapters.gateway_uploads import GatewayUploads
from chalicelib.adapters.memory import MemoryIndex, MemoryQueue, MemoryStore
from chalicelib.adapters.memory_notes import MemoryNotes
from chalicelib.domain import jobs
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.backlog import Promises
from chalicelib.domain.brake import Brake
from chalicelib.domain.canary import UNTOLD
from chalicelib.domain.checksums import Checksums, tally
from chalicelib.domain.cold import Sample
from chalicelib.domain.content import About, ContentId, Stored
from chalicelib.domain.due_dates import Periods
from chalicelib.domain.errors import Rejected, Unavailable
from chalicelib.domain.fixity_plan import Limits, Prices
from chalicelib.domain.jobs import Job
from chalicelib.domain.journal import Kind
from chalicelib.domain.prices import PRICES
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.spaces import CANARY_SPACE, Space, SpaceId
from chalicelib.domain.stores import Store, StoreId
from chalicelib.domain.transfers import Sizes
from chalicelib.messages import decode
from chalicelib.ports import Clock, Over, Stores, Written
from chalicelib.ports_accounts import Message
from chalicelib.ports_parts import Completed, SentPart, Upload
from chalicelib.routes.queues import perform
from chalicelib.services.ask_checks import AskChecks
from chalicelib.services.begin_uploads import BeginUploads
from chalicelib.services.carry_parts import CarryParts
from chalicelib.services.check_fixity import CheckFixity
from chalicelib.services.complete_uploads import CompleteUploads
from chalicelib.services.compute_checksums import ComputeChecksums
from chalicelib.services.copy_content import CopyContent
from chalicelib.services.copy_parts import CopyParts
from chalicelib.services.delete import Delete
from chalicelib.services.deposit import Deposit, NewContent
from chalicelib.services.describe import Describe
from chalicelib.services.edit_policies import EditPolicies
from chalicelib.services.edit_space import EditSpace
from chalicelib.services.edit_stores import EditStores
from chalicelib.services.examine_parts import ExamineParts
from chalicelib.services.find_chunks import FindChunks
from chalicelib.services.fly_canary import FlyCanary, HearCanary
from chalicelib.services.follow_space import FollowSpace
from chalicelib.services.hasten import Hasten
from chalicelib.services.keep_aside import KeepAside
from chalicelib.services.keep_dead_letters import KeepDeadLetters
from chalicelib.services.keep_evidence import KeepEvidence
from chalicelib.services.keep_incidents import KeepIncidents
from chalicelib.services.keep_parts import KeepParts
from chalicelib.services.keep_sessions import KeepSessions
from chalicelib.services.make_copy import MakeCopy
from chalicelib.services.manage_spaces import ManageSpaces
from chalicelib.services.measure import Measure
from chalicelib.services.plan_checks import PlanChecks
from chalicelib.services.prove_copy import ProveCopy
from chalicelib.services.register import Register
from chalicelib.services.remove_chunks import RemoveChunks
from chalicelib.services.remove_copies import RemoveCopies
from chalicelib.services.replicate import Replicate
from chalicelib.services.report_audit import ReportAudit
from chalicelib.services.report_fixity import ReportFixity
from chalicelib.services.report_integrity import ReportIntegrity
from chalicelib.services.report_manifest import ReportManifest
from chalicelib.services.restore_copies import RestoreCopies
from chalicelib.services.retrieve import Retrieve
from chalicelib.services.stitch import Stitch
from chalicelib.services.sweep import Sweep
from chalicelib.services.take_uploads import TakeUploads
from chalicelib.services.tell_incidents import TellIncidents
from chalicelib.services.tell_status import TellStatus
from chalicelib.services.undelete import Undelete
from chalicelib.services.watch_backlog import WatchBacklog
from chalicelib.services.watch_losses import WatchLosses
from chalicelib.services.watch_stores import WatchStores
from chalicelib.services.work_lanes import Room

from .crashing import Crash as Crash
from .crashing import Crashing
from .crashing import Fuse as Fuse
from .crashing import crash as crash
from .scripted import ScriptedReads as ScriptedReads

OWNER = Caller("owner", frozenset({Role.OWNER, Role.ADMIN, Role.USER}))
ADMIN = Caller("admin", frozenset({Role.ADMIN, Role.USER}))
OWNER = Caller("owner", frozenset({Role.OWNER, Role.ADMIN, Role.USER}))
MAPS = SpaceId("maps")
HOLD = timedelta(days=30)
ONE, TWO, THREE = StoreId("1"), StoreId("2"), StoreId("3")
ITEM = ContentId("atlas/plate 1.tif")
BYTES = b"the only copy of a map"
IN_PARTS = Sizes(part=5, large=8, run=10, in_flight=30, lanes=1)  # the item above: five parts, two of them in a run


@dataclass
class TellingStore(MemoryStore):
    """The primary: tells the queue of every change, as S3 does; `silent` loses the events."""

    queue: MemoryQueue = field(default_factory=MemoryQueue)
    silent: bool = False

    def put(
        self,
        space: SpaceId,
        item: ContentId,
        body: Iterable[bytes],
        about: About,
        size: int | None = None,
        only_over: Over | None = None,
    ) -> Written:
        written = super().put(space, item, body, about, size, only_over)
        self._tell(space, item)
        return written

    def complete(self, upload: Upload, parts: Sequence[SentPart], only_over: Over | None = None) -> Completed:
        completed = super().complete(upload, parts, only_over)
        self._tell(upload.space, upload.item)
        return completed

    def delete(self, space: SpaceId, item: ContentId, only: str | None = None) -> None:
        super().delete(space, item, only)
        self._tell(space, item)

    def _tell(self, space: SpaceId, item: ContentId) -> None:
        if not self.silent and (space, item) != (CANARY_SPACE, UNTOLD):  # as messages.decode drops it
            self.queue.send([jobs.Register(space, item)])


@dataclass
class Letters:
    """A notifier that keeps what it is given."""

    sent: list[Message]

    def send(self, message: Message) -> None:
        self.sent.append(message)


@dataclass
class World:
    """One instance; `queue.jobs` are the messages that wait. A day begins early in the morning."""

    queue: MemoryQueue = field(default_factory=MemoryQueue)
    index: MemoryIndex = field(default_factory=MemoryIndex)
    second: MemoryStore = field(default_factory=MemoryStore)
    third: MemoryStore | None = None
    fuse: Fuse = field(default_factory=Fuse)
    notes: MemoryNotes = field(default_factory=MemoryNotes)
    sizes: Sizes = field(default_factory=Sizes)
    hold: timedelta = HOLD
    periods: Mapping[StoreId, timedelta] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    classes: Mapping[StoreId, str] = field(default_factory=lambda: {THREE: "instant"})
    sample: Sample = field(default_factory=Sample)
    batches: Mapping[StoreId, Any] = field(default_factory=dict)
    now: datetime = datetime(2026, 3, 3, 6, tzinfo=UTC)  # a Tuesday: a week does not end where a story does not say so

    def __post_init__(self) -> None:
        self.primary = TellingStore(queue=self.queue)
        self.stores: dict[StoreId, MemoryStore] = {ONE: self.primary, TWO: self.second}
        if self.third is not None:
            self.stores[THREE] = self.third
        for store in self.stores.values():
            store.clock = lambda: self.now
        self.index.clock = lambda: self.now
        kinds = {ONE: "AMAZON_S3", TWO: "SWIFT_S3", THREE: "AMAZON_GLACIER"}
        providers: Any = {name: Crashing(store, self.fuse) for name, store in self.stores.items()}
        stores = Stores(tuple(Store(name, kinds[name], name == ONE) for name in self.stores), providers)
        index: Any = Crashing(self.index, self.fuse)
        queue: Any = Crashing(self.queue, self.fuse)

        def clock() -> datetime:
            return self.now

        self.letters: list[Message] = []
        self.notifier: Any = Letters(self.letters)
        self.notes = MemoryNotes()
        notes: Any = Crashing(self.notes, self.fuse)
        mail: Any = Crashing(self.notifier, self.fuse)
        self.losses = WatchLosses(stores, index, notes, queue, clock, Brake(), mail, "alarms@example.org")
        self.register = Register(stores, index, queue, clock, self.losses)
        self.jobs = queue
        self.incidents = KeepIncidents(index, notes, queue, clock)
        self.retrieve = Retrieve(stores, index)
        self._copying(stores, index, queue, clock)
        self.deposit = Deposit(stores, self.register, self.retrieve, self.replicate, clock, self.parts)
        self._uploading(stores, index, notes, clock)
        self.copy_content = CopyContent(self.retrieve, self.deposit, queue)
        self.describe = Describe(stores, index, queue, self.register, clock)
        self.keep_aside = KeepAside(stores, index, queue, clock)
        self.delete = Delete(stores, index, queue, self.register, self.keep_aside, clock, self.hold)
        self.undelete = Undelete(stores, index, queue, self.register, self.replicate, clock)
        self.edit_space = EditSpace(index, queue, clock, self.hold)
        self.spaces = ManageSpaces(stores, index, queue, self.delete, clock)
        self.follow_space = FollowSpace(stores, index, queue, self.hold)
        self.remove_copies = RemoveCopies(stores, index, queue, self.follow_space, clock)
        self.policies = EditPolicies(stores, index, queue, clock)
        hasten, periods = Hasten(notes, clock), Periods(timedelta(days=90), self.periods)
        prices = Prices(self.classes, PRICES)
        rules = (periods, prices, self.limits, self.sample)
        self.plan_checks = PlanChecks(stores, index, queue, clock, notes, hasten, *rules)
        self.ask_checks = AskChecks(stores, index, queue, clock, self.plan_checks)
        restores = RestoreCopies(stores, notes, queue, clock, prices, self.limits.money)
        watched = (self.parts, self.losses, self.incidents, restores)
        self.check = CheckFixity(stores, index, queue, clock, periods, hasten, self.hold, *watched)
        batches = (self.batches, dict.fromkeys(self.batches, timedelta(days=180)), self.limits.money)
        self.compute_checksums = ComputeChecksums(index, notes, queue, clock, *batches)
        self.audit = ReportAudit(stores, index, "acme")
        self.integrity = ReportIntegrity(stores, index, self.deposit, self.retrieve, clock, "acme")
        self.measure = Measure(stores, index, queue, self.integrity, clock, periods)
        self.canary_heard = HearCanary(notes, clock, on=True)
        self.status = TellStatus(stores, index, clock, self.canary_heard)
        self.fixity = ReportFixity(stores, index, notes, clock, self.canary_heard)
        everything = (stores, index, notes, queue, self.spaces, self.deposit, self.incidents, clock)
        self.canary = FlyCanary(*everything, on=True)
        self.manifests = ReportManifest(stores, index, queue, self.deposit, clock)
        self.sweep = Sweep(stores, index, queue, notes, clock, self.plan_checks)
        self.edit_stores = EditStores(stores, index, self.spaces, self.sweep, clock)
        self.outbox: list[Message] = []
        sent: Any = SimpleNamespace(send=self.outbox.append)
        self.watch_stores = WatchStores(stores, index, notes, queue, self.sweep, clock, sent, "operators@localhost")
        told = (sent, "operators@localhost", "https://archive.example.org")
        self.tell_incidents = TellIncidents(stores, index, notes, queue, self.incidents, clock, *told)
        self.config = SimpleNamespace(primary=SimpleNamespace(bucket_prefix="duracloud"))
        self.dead_letters = KeepDeadLetters(index, notes, queue, clock, partial(decode, bucket_prefix="duracloud"))
        promises = Promises(timedelta(hours=24), timedelta(hours=72))
        self.backlog = WatchBacklog(stores, index, notes, queue, clock, promises)
        find = FindChunks(stores)
        self.stitch = Stitch(
            stores, index, queue, find, self.deposit, RemoveChunks(stores, index, find, self.delete), clock
        )
        self.spaces.prepare()
        self.maps: Space = self.spaces.create(ADMIN, MAPS)
        self.work()

    def _copying(self, stores: Stores, index: Any, queue: Any, clock: Clock) -> None:
        for store in filter(None, (self.primary, self.second, self.third)):
            store.part = self.sizes.part
        notes: Any = Crashing(self.notes, self.fuse)
        self.parts = KeepParts(notes, self.sizes)
        carry = CarryParts(stores, index, queue, clock, self.sizes, Room(self.sizes.in_flight))
        proof = ProveCopy(stores, index, queue, clock, self.incidents)
        self.copy_parts = CopyParts(stores, index, queue, notes, self.parts, carry, proof)
        copies, evidence = MakeCopy(stores, index, queue, clock, self.parts), KeepEvidence(stores, index, clock)
        examine = ExamineParts(stores, self.parts, clock)
        self.replicate = Replicate(stores, index, queue, clock, copies, self.copy_parts, evidence, proof, examine)

    def _uploading(self, stores: Stores, index: Any, notes: Any, clock: Clock) -> None:
        sessions = self.upload_sessions = KeepSessions(stores, notes, partial(secrets.token_urlsafe, 32))
        self.begin_uploads = BeginUploads(
            *(stores, index, self.retrieve, sessions, GatewayUploads(sessions.key), clock, sessions.secret),
            part=self.sizes.part,
            lanes=1,
        )
        self.take_uploads = TakeUploads(stores, sessions, clock)
        self.complete_uploads = CompleteUploads(stores, self.register, sessions, self.parts, clock, lanes=1)

    def put(self, data: bytes = BYTES, item: str = ITEM, **rest: Any) -> Written:
        """Deposit through the service."""
        return self.deposit.deposit(self.maps, NewContent(item, iter([data]), "admin", **rest))

    def put_directly(self, data: bytes = BYTES, item: ContentId = ITEM) -> None:
        """What another S3 client does: bytes without our facts."""
        about = About("image/tiff", self.now, "nobody")
        self.primary.put(MAPS, item, iter([data]), about)
        held, stored = self.primary.contents[MAPS][item]
        self.primary.contents[MAPS][item] = (held, _without_facts(stored))

    @property
    def check_fixity(self) -> CheckFixity:
        """The name that the handlers use."""
        return self.check

    def perform(self, job: Job) -> None:
        """One message to its use case, as the handlers do it."""
        service: Any = self
        perform(job, service)

    def work(self, most: int = 200) -> list[Job]:
        """Deliver messages until none is left; a message is gone only when its work was done. Returns them."""
        done, retries = [], 0
        for _ in range(most):
            if not self.queue.jobs:
                return done
            job = self.queue.jobs[0]
            try:
                self.perform(job)
            except Unavailable:
                self.queue.jobs.append(self.queue.jobs.pop(0))
                retries += 1
                continue
            except Rejected:
                self.queue.jobs.remove(job)  # as the handlers do: it would never succeed
                continue
            self.queue.jobs.remove(job)
            done.append(job)
        assert not self.queue.jobs or retries, f"{most} messages, and no end: {self.queue.jobs[:4]}"
        return done

    def item(self, item: ContentId = ITEM) -> Item:
        """The record of an item."""
        found = self.index.item(MAPS, item)
        assert found is not None
        return found

    def states(self, item: ContentId = ITEM) -> dict[StoreId, CopyState]:
        """The state of each copy."""
        return {store: copy.state for store, copy in self.item(item).copies.items()}

    def kinds(self, item: ContentId = ITEM) -> list[Kind]:
        """What happened to an item."""
        return [event.kind for event in self.index.history(MAPS, item)]

    def bytes_in(self, store: MemoryStore, item: ContentId = ITEM) -> bytes | None:
        """What a store holds."""
        held = store.contents.get(MAPS, {}).get(item)
        return held[0] if held else None

    def evidence(self) -> list[bytes]:
        """The bytes that were kept as evidence."""
        held = self.primary.contents[SpaceId("x-duracloud-admin")]
        return [data for name, (data, _) in held.items() if name.startswith("evidence/")]


def checksums(data: bytes) -> Checksums:
    """Both checksums of some bytes."""
    return tally([data]).checksums


def _without_facts(stored: Stored) -> Stored:
    return replace(stored, metadata={"color": "red"})
