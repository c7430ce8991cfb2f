"""Wiring: the services on the ports of an instance; each made when it is first asked for."""

import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache, partial

from chalicelib.config import read_config
from chalicelib.connections import Connections
from chalicelib.domain.stores import StoreId
from chalicelib.messages import decode
from chalicelib.services.ask_checks import AskChecks
from chalicelib.services.carry_parts import CarryParts
from chalicelib.services.check_fixity import CheckFixity
from chalicelib.services.copy_content import CopyContent
from chalicelib.services.copy_parts import CopyParts
from chalicelib.services.delete import Delete
from chalicelib.services.deposit import Deposit
from chalicelib.services.describe import Describe
from chalicelib.services.edit_policies import EditPolicies
from chalicelib.services.edit_space import EditSpace
from chalicelib.services.edit_stores import EditStores
from chalicelib.services.enquire import Enquire
from chalicelib.services.find_chunks import FindChunks
from chalicelib.services.fly_canary import FlyCanary, HearCanary
from chalicelib.services.follow_space import FollowSpace
from chalicelib.services.hasten import Hasten
from chalicelib.services.invite import Invite
from chalicelib.services.keep_aside import KeepAside
from chalicelib.services.keep_dead_letters import KeepDeadLetters
from chalicelib.services.keep_evidence import KeepEvidence
from chalicelib.services.keep_incidents import KeepIncidents
from chalicelib.services.keep_parts import KeepParts
from chalicelib.services.make_copy import MakeCopy
from chalicelib.services.manage_accounts import ManageAccounts
from chalicelib.services.manage_spaces import ManageSpaces
from chalicelib.services.measure import Measure
from chalicelib.services.plan_checks import PlanChecks
from chalicelib.services.prove_copy import ProveCopy
from chalicelib.services.register import Register
from chalicelib.services.remove_chunks import RemoveChunks
from chalicelib.services.remove_copies import RemoveCopies
from chalicelib.services.replicate import Replicate
from chalicelib.services.report_audit import ReportAudit
from chalicelib.services.report_integrity import ReportIntegrity
from chalicelib.services.report_manifest import ReportManifest
from chalicelib.services.retrieve import Retrieve
from chalicelib.services.sign_in import SignIn
from chalicelib.services.stitch import Stitch
from chalicelib.services.sweep import Sweep
from chalicelib.services.tell_incidents import TellIncidents
from chalicelib.services.tell_status import TellStatus
from chalicelib.services.undelete import Undelete
from chalicelib.services.watch_backlog import WatchBacklog
from chalicelib.services.watch_losses import WatchLosses
from chalicelib.services.watch_stores import WatchStores
from chalicelib.services.work_lanes import Room

# Lambda ends a function after 15 minutes without a word; what would take longer is to say so before.
_LONGEST_LAMBDA = timedelta(minutes=13)


def _secret() -> str:
    return secrets.token_urlsafe(32)  # 256 bits


@dataclass(frozen=True)
class Wiring(Connections):
    """All parts of one instance."""

    @cached_property
    def sign_in(self) -> SignIn:
        """Who is behind a request."""
        from chalicelib.adapters.system import Argon2, now

        return SignIn(*self._account_ports, Argon2(), now, secrets.token_bytes(32))

    @cached_property
    def accounts(self) -> ManageAccounts:
        """Users, groups and tokens."""
        known = self.sign_in
        return ManageAccounts(known.accounts, known.hasher, known, known.clock, _secret)

    @cached_property
    def invite(self) -> Invite:
        """Become a user, or get a new password."""
        known, config = self.sign_in, self.config
        ports = (known.accounts, known.attempts, known.hasher, self._notifier, known.clock, _secret)
        return Invite(*ports, config.account, config.public_address)

    @cached_property
    def register(self) -> Register:
        """Bring the index up to date."""
        from chalicelib.adapters.system import now

        return Register(self.stores, self.index, self.jobs, now, self.losses)

    @cached_property
    def losses(self) -> WatchLosses:
        """The brake on losses."""
        from chalicelib.adapters.system import now

        ports = (self.stores, self.index, self.notes, self.jobs, now)
        return WatchLosses(*ports, self.config.brake, self._notifier, self.config.alarms_to)

    @cached_property
    def retrieve(self) -> Retrieve:
        """Find and give back."""
        return Retrieve(self.stores, self.index)

    @cached_property
    def deposit(self) -> Deposit:
        """Take in."""
        ports = (self.stores, self.register, self.retrieve, self.replicate, self.register.clock)
        return Deposit(*ports, self.keep_parts)

    @cached_property
    def keep_parts(self) -> KeepParts:
        """The parts of large items."""
        return KeepParts(self.notes)

    @cached_property
    def copy_parts(self) -> CopyParts:
        """Carry large items."""
        sizes = self.keep_parts.sizes
        carry = CarryParts(self.stores, self.index, self.jobs, self.register.clock, sizes, Room(sizes.in_flight))
        return CopyParts(self.stores, self.index, self.jobs, self.notes, self.keep_parts, carry, self._proof)

    @property
    def _proof(self) -> ProveCopy:
        return ProveCopy(self.stores, self.index, self.jobs, self.register.clock, self.incidents)

    @cached_property
    def copy_content(self) -> CopyContent:
        """Make items from others."""
        return CopyContent(self.retrieve, self.deposit, self.jobs)

    @cached_property
    def describe(self) -> Describe:
        """Replace properties."""
        return Describe(self.stores, self.index, self.jobs, self.register, self.register.clock)

    @cached_property
    def delete(self) -> Delete:
        """Take away."""
        ports = (self.stores, self.index, self.jobs, self.register, self.keep_aside)
        return Delete(*ports, self.register.clock, self.config.hold)

    @cached_property
    def keep_aside(self) -> KeepAside:
        """What waits in the primary for the end of a hold."""
        return KeepAside(self.stores, self.index, self.jobs, self.register.clock)

    @cached_property
    def undelete(self) -> Undelete:
        """Bring back."""
        ports = (self.stores, self.index, self.jobs, self.register, self.replicate)
        return Undelete(*ports, self.register.clock)

    @cached_property
    def edit_space(self) -> EditSpace:
        """Holds and retention of spaces."""
        return EditSpace(self.index, self.jobs, self.register.clock, self.config.hold)

    @cached_property
    def spaces(self) -> ManageSpaces:
        """Spaces and their access rules."""
        return ManageSpaces(self.stores, self.index, self.jobs, self.delete, self.register.clock)

    @cached_property
    def follow_space(self) -> FollowSpace:
        """Spaces in other stores."""
        return FollowSpace(self.stores, self.index, self.jobs, self.config.hold)

    @cached_property
    def remove_copies(self) -> RemoveCopies:
        """What other stores hold of deleted items."""
        return RemoveCopies(self.stores, self.index, self.jobs, self.follow_space, self.register.clock)

    @cached_property
    def policies(self) -> EditPolicies:
        """Which stores keep which space."""
        return EditPolicies(self.stores, self.index, self.jobs, self.register.clock)

    @cached_property
    def replicate(self) -> Replicate:
        """Make copies."""
        ports, clock = (self.stores, self.index, self.jobs), self.register.clock
        copies, evidence = MakeCopy(*ports, clock, self.keep_parts), KeepEvidence(self.stores, self.index, clock)
        return Replicate(*ports, clock, copies, self.copy_parts, evidence, self._proof)

    @cached_property
    def incidents(self) -> KeepIncidents:
        """What is wrong, from its finding to its end."""
        from chalicelib.adapters.system import now

        return KeepIncidents(self.index, self.notes, self.jobs, now)

    @cached_property
    def canary(self) -> FlyCanary:
        """Damage on purpose."""
        ports = (self.stores, self.index, self.notes, self.jobs, self.spaces, self.deposit, self.incidents)
        return FlyCanary(*ports, self.register.clock, self.config.canary)

    @cached_property
    def tell_incidents(self) -> TellIncidents:
        """Messages of incidents."""
        ports = (self.stores, self.index, self.notes, self.jobs, self.incidents, self.incidents.clock)
        return TellIncidents(*ports, self._notifier, self.config.alarms_to, self.config.public_address)

    @cached_property
    def check_fixity(self) -> CheckFixity:
        """Read and judge copies."""
        ports = (self.stores, self.index, self.jobs, self.register.clock)
        known = (self.keep_parts, self.losses, self.incidents)
        return CheckFixity(*ports, self.config.periods, self.hasten, self.config.hold, *known)

    @cached_property
    def hasten(self) -> Hasten:
        """In which stores copies are to be read sooner."""
        return Hasten(self.notes, self.register.clock)

    @cached_property
    def plan_checks(self) -> PlanChecks:
        """Which items are checked next."""
        config = self.config
        rules = (config.periods, config.read_prices, config.check_limits)
        return PlanChecks(self.stores, self.index, self.jobs, self.register.clock, self.notes, self.hasten, *rules)

    @cached_property
    def ask_checks(self) -> AskChecks:
        """Checks that people ask for, and what checks cost."""
        return AskChecks(self.stores, self.index, self.jobs, self.register.clock, self.plan_checks)

    @cached_property
    def sweep(self) -> Sweep:
        """Find what events failed to tell."""
        return Sweep(self.stores, self.index, self.jobs, self.notes, self.register.clock, self.plan_checks)

    @cached_property
    def edit_stores(self) -> EditStores:
        """What may be done with a store."""
        return EditStores(self.stores, self.index, self.spaces, self.sweep, self.register.clock)

    @cached_property
    def watch_stores(self) -> WatchStores:
        """Which stores do not answer."""
        ports = (self.stores, self.index, self.notes, self.jobs, self.sweep, self.register.clock)
        return WatchStores(*ports, self._notifier, self.config.alarms_to)

    def _store_changed(self, store: StoreId, reason: str | None) -> None:
        self.watch_stores.hear(store, reason)

    @cached_property
    def manifests(self) -> ReportManifest:
        """Lists of a space's items."""
        return ReportManifest(self.stores, self.index, self.jobs, self.deposit, self.register.clock)

    @cached_property
    def audit(self) -> ReportAudit:
        """What was written in a space."""
        return ReportAudit(self.stores, self.index, self.config.account)

    @cached_property
    def stitch(self) -> Stitch:
        """Make one item out of chunks."""
        longest = _LONGEST_LAMBDA if "AWS_LAMBDA_FUNCTION_NAME" in self.environment else None
        find = FindChunks(self.stores)
        remove = RemoveChunks(self.stores, self.index, find, self.delete)
        return Stitch(self.stores, self.index, self.jobs, find, self.deposit, remove, self.register.clock, longest)

    @cached_property
    def integrity(self) -> ReportIntegrity:
        """What the reads of copies gave."""
        clock, account = self.register.clock, self.config.account
        return ReportIntegrity(self.stores, self.index, self.deposit, self.retrieve, clock, account)

    @cached_property
    def measure(self) -> Measure:
        """How much every space holds."""
        return Measure(self.stores, self.index, self.jobs, self.integrity, self.register.clock)

    @cached_property
    def dead_letters(self) -> KeepDeadLetters:
        """Work that was given up."""
        read = partial(decode, bucket_prefix=self.config.primary.bucket_prefix)
        return KeepDeadLetters(self.index, self.notes, self.jobs, self.register.clock, read)

    @cached_property
    def backlog(self) -> WatchBacklog:
        """What waits, and since when."""
        ports = (self.stores, self.index, self.notes, self.jobs, self.register.clock)
        return WatchBacklog(*ports, self.config.promises, self._notifier, self.config.alarms_to)

    @cached_property
    def enquire(self) -> Enquire:
        """Keep letters of visitors."""
        ports = (self._account_ports[1], self._notifier, self.register.clock)
        return Enquire(self.spaces, self.deposit, *ports, self.config.enquiries_to)

    @cached_property
    def status(self) -> TellStatus:
        """What the public may know."""
        from chalicelib.adapters.system import now

        return TellStatus(self.stores, self.index, now, HearCanary(self.notes, now, self.config.canary))


@lru_cache(maxsize=1)
def instance() -> Wiring:
    """The instance that this process belongs to, as its environment describes it. Raises ConfigurationError."""
    return Wiring(read_config(os.environ), os.environ)
