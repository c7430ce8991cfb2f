"""Wiring: the services on the ports of an instance; each made when it is first asked for."""

import os
import secrets
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

from chalicelib.config import read_config
from chalicelib.domain.stores import StoreId
from chalicelib.messages import decode
from chalicelib.services.ask_checks import AskChecks
from chalicelib.services.check_fixity import CheckFixity
from chalicelib.services.compute_checksums import ComputeChecksums
from chalicelib.services.edit_stores import EditStores
from chalicelib.services.enquire import Enquire
from chalicelib.services.fly_canary import FlyCanary, HearCanary
from chalicelib.services.hasten import Hasten
from chalicelib.services.invite import Invite
from chalicelib.services.keep_dead_letters import KeepDeadLetters
from chalicelib.services.manage_accounts import ManageAccounts
from chalicelib.services.measure import Measure
from chalicelib.services.plan_checks import PlanChecks
from chalicelib.services.report_audit import ReportAudit
from chalicelib.services.report_fixity import ReportFixity
from chalicelib.services.report_integrity import ReportIntegrity
from chalicelib.services.report_manifest import ReportManifest
from chalicelib.services.restore_copies import RestoreCopies
from chalicelib.services.sign_in import SignIn
from chalicelib.services.sweep import Sweep
from chalicelib.services.tell_incidents import TellIncidents
from chalicelib.services.tell_status import TellStatus
from chalicelib.services.watch_backlog import WatchBacklog
from chalicelib.services.watch_stores import WatchStores
from chalicelib.wiring_uploads import UploadWiring


def _secret() -> str:
    return secrets.token_urlsafe(32)  # 256 bits


@dataclass(frozen=True)
class Wiring(UploadWiring):
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
        known = (self.keep_parts, self.losses, self.incidents, self.restores)
        return CheckFixity(*ports, self.config.periods, self.hasten, self.config.hold, *known)

    @cached_property
    def compute_checksums(self) -> ComputeChecksums:
        """Have stores compute checksums themselves."""
        ports, config = (self.index, self.notes, self.jobs, self.register.clock), self.config
        return ComputeChecksums(*ports, self.batches, config.batch_periods, config.check_limits.money)

    @cached_property
    def restores(self) -> RestoreCopies:
        """Have copies in archives brought back."""
        ports, config = (self.stores, self.notes, self.jobs, self.register.clock), self.config
        return RestoreCopies(*ports, config.read_prices, config.check_limits.money)

    @cached_property
    def hasten(self) -> Hasten:
        """In which stores copies are to be read sooner."""
        return Hasten(self.notes, self.register.clock)

    @cached_property
    def plan_checks(self) -> PlanChecks:
        """Which items are checked next."""
        config = self.config
        rules = (config.periods, config.read_prices, config.check_limits, config.restored)
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
    def integrity(self) -> ReportIntegrity:
        """What the reads of copies gave."""
        clock, account = self.register.clock, self.config.account
        return ReportIntegrity(self.stores, self.index, self.deposit, self.retrieve, clock, account)

    @cached_property
    def measure(self) -> Measure:
        """How much every space holds."""
        return Measure(self.stores, self.index, self.jobs, self.integrity, self.register.clock, self.config.periods)

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

    @cached_property
    def fixity(self) -> ReportFixity:
        """How all copies were found."""
        canary = HearCanary(self.notes, self.register.clock, self.config.canary)
        return ReportFixity(self.stores, self.index, self.notes, self.register.clock, canary)


@lru_cache(maxsize=1)
def instance() -> Wiring:
    """The instance that this process belongs to, as its environment describes it. Raises ConfigurationError."""
    return Wiring(read_config(os.environ), os.environ)
