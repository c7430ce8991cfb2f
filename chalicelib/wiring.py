"""Wiring: which adapter stands behind which port, and the services built on them; each made when first asked for."""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from chalicelib.config import Config, StoreSettings, read_config
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Index, JobQueue, StorageProvider, Stores
from chalicelib.ports_accounts import Accounts, Attempts, Notifier
from chalicelib.services.check_fixity import CheckFixity
from chalicelib.services.copy_content import CopyContent
from chalicelib.services.delete import Delete
from chalicelib.services.deposit import Deposit
from chalicelib.services.describe import Describe
from chalicelib.services.edit_policies import EditPolicies
from chalicelib.services.find_chunks import FindChunks
from chalicelib.services.follow_space import FollowSpace
from chalicelib.services.invite import Invite
from chalicelib.services.manage_accounts import ManageAccounts
from chalicelib.services.manage_spaces import ManageSpaces
from chalicelib.services.measure import Measure
from chalicelib.services.plan_checks import PlanChecks
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

if TYPE_CHECKING:
    from boto3 import Session

# boto3 is imported inside the functions below: routes that never reach a store answer without its import (cold start).

_TIMEOUTS: dict[str, Any] = {
    "connect_timeout": 5,
    "read_timeout": 60,
    "retries": {"mode": "standard", "max_attempts": 3},
    "max_pool_connections": 64,
}

# Lambda ends a function after 15 minutes without a word; what would take longer is to say so before.
_LONGEST_LAMBDA = timedelta(minutes=13)


_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def _secret() -> str:
    return secrets.token_urlsafe(32)  # 256 bits


@dataclass(frozen=True)
class Wiring:
    """All parts of one instance."""

    config: Config
    environment: Mapping[str, str]

    @cached_property
    def stores(self) -> Stores:
        """The configured stores."""
        described = sorted((s.store for s in self.config.stores), key=lambda store: (not store.primary, int(store.id)))
        settings = {s.store.id: s for s in self.config.stores}
        return Stores(tuple(described), _Providers(settings, self._provider))

    @cached_property
    def index(self) -> Index:
        """The index."""
        kind, _, place = self.config.index.partition(":")
        if kind == "sqlite":
            from chalicelib.adapters.sqlite import SqliteFile, SqliteIndex

            return SqliteIndex(SqliteFile(Path(place)))
        from chalicelib.adapters.dynamodb import DynamoIndex

        return DynamoIndex(self._session.client("dynamodb"), place)

    @cached_property
    def _account_ports(self) -> tuple[Accounts, Attempts]:
        kind, _, place = self.config.index.partition(":")
        if kind == "sqlite":
            from chalicelib.adapters.sqlite import SqliteFile
            from chalicelib.adapters.sqlite_accounts import SqliteAccounts, SqliteAttempts

            file = SqliteFile(Path(place))
            return SqliteAccounts(file), SqliteAttempts(file)
        from chalicelib.adapters.dynamodb_accounts import DynamoAccounts, DynamoAttempts

        client = self._session.client("dynamodb")
        return DynamoAccounts(client, place), DynamoAttempts(client, place)

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

    @property
    def _notifier(self) -> Notifier | None:
        from chalicelib.adapters.system import now

        kind, _, place = self.config.notifier.partition(":")
        match kind:
            case "ses":
                from chalicelib.adapters.ses import SesNotifier

                return SesNotifier(self._session.client("sesv2", region_name=place), self.config.sender)
            case "smtp":
                from chalicelib.adapters.mail import SmtpNotifier
                from chalicelib.adapters.secrets import credentials

                host, _, port = place.rpartition(":")
                keys = credentials(self.config.smtp_credentials, self.environment, self._session)
                login = (keys["aws_access_key_id"], keys["aws_secret_access_key"]) if keys else None
                return SmtpNotifier(host, int(port), self.config.sender, now, host in _THIS_MACHINE, login)
            case "outbox":
                from chalicelib.adapters.mail import OutboxNotifier

                return OutboxNotifier(Path(place), self.config.sender, now)
        return None

    @cached_property
    def jobs(self) -> JobQueue:
        """The queues of jobs."""
        from botocore.config import Config as ClientConfig

        from chalicelib.adapters.secrets import credentials
        from chalicelib.adapters.sqs import SqsQueue

        # On a laptop the queues and the primary store are one server with one key; on AWS both use the role.
        keys = credentials(self.config.primary.credentials, self.environment, self._session)
        client = self._session.client(
            "sqs", endpoint_url=self.config.queue_endpoint, config=ClientConfig(**_TIMEOUTS), **keys
        )
        return SqsQueue(client, self.config.queue_prefix)

    @cached_property
    def register(self) -> Register:
        """Bring the index up to date."""
        from chalicelib.adapters.system import now

        return Register(self.stores, self.index, self.jobs, now)

    @cached_property
    def retrieve(self) -> Retrieve:
        """Find and give back."""
        return Retrieve(self.stores, self.index)

    @cached_property
    def deposit(self) -> Deposit:
        """Take in."""
        return Deposit(self.stores, self.register, self.retrieve, self.replicate, self.register.clock)

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
        return Delete(self.stores, self.index, self.jobs, self.register, self.register.clock, self.config.hold)

    @cached_property
    def spaces(self) -> ManageSpaces:
        """Spaces and their access rules."""
        return ManageSpaces(self.stores, self.index, self.jobs, self.delete, self.register.clock)

    @cached_property
    def follow_space(self) -> FollowSpace:
        """Spaces in other stores."""
        return FollowSpace(self.stores, self.index, self.jobs)

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
        return Replicate(self.stores, self.index, self.jobs, self.register.clock)

    @cached_property
    def check_fixity(self) -> CheckFixity:
        """Read and judge copies."""
        return CheckFixity(self.stores, self.index, self.jobs, self.register.clock, self.config.check_period)

    @cached_property
    def plan_checks(self) -> PlanChecks:
        """Which items are checked next."""
        return PlanChecks(self.stores, self.index, self.jobs, self.register.clock)

    @cached_property
    def sweep(self) -> Sweep:
        """Find what events failed to tell."""
        return Sweep(self.stores, self.index, self.jobs)

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
    def _session(self) -> "Session":
        from boto3 import Session

        return Session(region_name=self.config.region)

    def _provider(self, settings: StoreSettings) -> StorageProvider:
        from botocore.config import Config as ClientConfig

        from chalicelib.adapters.s3 import S3Store
        from chalicelib.adapters.s3_buckets import BucketSettings
        from chalicelib.adapters.secrets import credentials

        third_party: dict[str, Any] = {}
        if settings.endpoint:
            # Others than AWS know neither virtual hosts nor the newer checksums; we send an MD5 with every request.
            third_party = {
                # Content-MD5 is signed and proves the body; over plain HTTP the SDK would hash it once more to sign it.
                "s3": {"addressing_style": "path", "payload_signing_enabled": False},
                "request_checksum_calculation": "when_required",
                "response_checksum_validation": "when_required",
            }
        client = self._session.client(
            "s3",
            region_name=settings.region,
            endpoint_url=settings.endpoint,
            config=ClientConfig(**_TIMEOUTS, **third_party),
            **credentials(settings.credentials, self.environment, self._session),
        )
        events_to = self.config.stored_queue_arn if settings.events else None
        buckets = BucketSettings(settings.region, settings.versioned, settings.private, settings.tidy, events_to)
        knows = (settings.withdraws_damaged, settings.replaces_conditionally)
        return S3Store(client, settings.bucket_prefix, buckets, *knows)


@dataclass(frozen=True)
class _Providers(Mapping[StoreId, StorageProvider]):
    """Providers, each made when first asked for: who works with the primary alone reads no other store's keys."""

    settings: Mapping[StoreId, StoreSettings]
    make: Callable[[StoreSettings], StorageProvider]
    _made: dict[StoreId, StorageProvider] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)  # SDK clients are not made thread-safely

    def __getitem__(self, store: StoreId) -> StorageProvider:
        with self._lock:
            if store not in self._made:
                self._made[store] = self.make(self.settings[store])
            return self._made[store]

    def __contains__(self, store: object) -> bool:
        return store in self.settings

    def __iter__(self) -> Iterator[StoreId]:
        return iter(self.settings)

    def __len__(self) -> int:
        return len(self.settings)


@lru_cache(maxsize=1)
def instance() -> Wiring:
    """The instance that this process belongs to, as its environment describes it. Raises ConfigurationError."""
    return Wiring(read_config(os.environ), os.environ)
