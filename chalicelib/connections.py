"""Connections: which adapter stands behind which port; each made when it is first asked for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from chalicelib.config import Config, StoreSettings
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Index, JobQueue, StorageProvider, Stores
from chalicelib.ports_accounts import Accounts, Attempts, Notifier
from chalicelib.ports_batch import ChecksumJobs
from chalicelib.ports_uploads import Signs
from chalicelib.ports_work import Notes

if TYPE_CHECKING:
    from boto3 import Session
    from mypy_boto3_s3 import S3Client

# boto3 is imported inside the functions below: routes that never reach a store answer without its import (cold start).

_TIMEOUTS: dict[str, Any] = {
    "connect_timeout": 3,
    "read_timeout": 60,
    "retries": {"mode": "standard", "max_attempts": 3},
    "max_pool_connections": 64,
}
# What every store answers at once: whoever waits for one that does not, keeps others waiting.
_QUICK = _TIMEOUTS | {"read_timeout": 10, "retries": {"mode": "standard", "max_attempts": 2}}
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Connections:
    """The ports of one instance."""

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
    def notes(self) -> Notes:
        """What is noted of work under way."""
        kind, _, place = self.config.index.partition(":")
        if kind == "sqlite":
            from chalicelib.adapters.sqlite import SqliteFile
            from chalicelib.adapters.sqlite_notes import SqliteNotes

            return SqliteNotes(SqliteFile(Path(place)))
        from chalicelib.adapters.dynamodb_notes import DynamoNotes

        return DynamoNotes(self._session.client("dynamodb"), place)

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

    def _signs(self, key: Callable[[], bytes]) -> Signs:
        """Who lets bytes in and out: AWS itself, or the gateway before any other store, which signs with this key."""
        primary = self.config.primary
        if primary.endpoint is not None:
            from chalicelib.adapters.gateway_uploads import GatewayUploads

            return GatewayUploads(key)
        from botocore.config import Config as ClientConfig

        from chalicelib.adapters.s3_signed import S3Signed
        from chalicelib.adapters.secrets import credentials

        where: dict[str, Any] = {"region_name": primary.region}
        where |= credentials(primary.credentials, self.environment, self._session)
        regional = ClientConfig(s3={"us_east_1_regional_endpoint": "regional"})
        # The global address redirects to where a new bucket is, and browsers follow no redirect of a preflight.
        where["endpoint_url"] = self._session.client("s3", config=regional, **where).meta.endpoint_url
        signing = ClientConfig(signature_version="s3v4", s3={"addressing_style": "virtual"})
        return S3Signed(self._session.client("s3", config=signing, **where), primary.bucket_prefix)

    def _store_changed(self, store: StoreId, reason: str | None) -> None:
        """Hears why a store does not answer, and None when it does."""

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
    def _session(self) -> "Session":
        from boto3 import Session

        return Session(region_name=self.config.region)

    @cached_property
    def batches(self) -> dict[StoreId, ChecksumJobs]:
        """The stores that compute checksums themselves when they are asked to."""
        return {s.store.id: self._batch(s) for s in self.config.stores if s.batch_role}

    def _batch(self, settings: StoreSettings) -> ChecksumJobs:
        from botocore.config import Config as ClientConfig

        from chalicelib.adapters.s3_batch import S3Batch
        from chalicelib.adapters.secrets import credentials

        where: dict[str, Any] = {"region_name": settings.region, "config": ClientConfig(**_TIMEOUTS)}
        where |= credentials(settings.credentials, self.environment, self._session)
        clients = (self._session.client("s3control", **where), self._session.client("s3", **where))
        return S3Batch(*clients, settings.bucket_prefix, settings.batch_role)

    def _provider(self, settings: StoreSettings) -> StorageProvider:
        from botocore.config import Config as ClientConfig

        from chalicelib.adapters.circuit import Circuit
        from chalicelib.adapters.guarded import Guarded
        from chalicelib.adapters.s3 import S3Store
        from chalicelib.adapters.s3_buckets import BucketSettings
        from chalicelib.adapters.s3_clients import TwoClients, send_small_at_once
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
        where: dict[str, Any] = {"region_name": settings.region, "endpoint_url": settings.endpoint}
        where |= credentials(settings.credentials, self.environment, self._session)
        quick, patient = (
            self._session.client("s3", config=ClientConfig(**limits, **third_party), **where)
            for limits in (_QUICK, _TIMEOUTS)
        )
        client = cast("S3Client", TwoClients(quick, send_small_at_once(patient)))
        events_to = self.config.stored_queue_arn if settings.events else None
        asked = (settings.versioned, settings.private, settings.tidy)
        buckets = BucketSettings(settings.region, *asked, events_to, self.config.pages_of(settings))
        account = f"{settings.endpoint or 'AWS'} {settings.credentials}"  # stores of one account copy by themselves
        knows = (settings.withdraws_damaged, settings.replaces_conditionally, settings.confirms_sha256, account)
        store = S3Store(client, settings.bucket_prefix, buckets, *knows)
        changed = partial(self._store_changed, settings.store.id)
        return cast(StorageProvider, Guarded(store, Circuit(settings.store.id, changed)))


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
