"""Configuration: every setting of an instance, read from the environment once, wrong ones named all together."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from chalicelib.config_values import (
    read_address,
    read_amount,
    read_brake,
    read_days,
    read_hours,
    read_items,
    read_prices,
    read_ranges,
    read_share,
)
from chalicelib.domain.addresses import ANYWHERE, Ranges
from chalicelib.domain.backlog import Promises
from chalicelib.domain.brake import Brake
from chalicelib.domain.cold import Sample
from chalicelib.domain.due_dates import Periods
from chalicelib.domain.errors import Invalid
from chalicelib.domain.fixity_plan import Limits, Prices
from chalicelib.domain.prices import NANO, OTHER, PRICES, Price
from chalicelib.domain.stores import Store, StoreId


class ConfigurationError(Exception):
    """The environment does not describe an instance; the text names every setting that is wrong or missing."""


_PROMISES = Promises(timedelta(hours=24), timedelta(hours=72))


@dataclass(frozen=True)
class StoreSettings:
    """How to reach one store and what to ask of it (the JSON objects in DURACLOUD_STORES)."""

    store: Store
    region: str
    bucket_prefix: str  # buckets are named <bucket_prefix>-<space>
    endpoint: str | None = None  # None: AWS itself
    credentials: str = "role"  # "role", "env:NAME" or "ssm:/parameter" (see adapters/secrets.py)
    versioned: bool = False  # keep overwritten and deleted objects as old versions
    private: bool = False  # block public access of buckets
    tidy: bool = False  # remove abandoned uploads after seven days
    withdraws_damaged: bool = False  # the store hides an object that a complete read showed to be damaged (Swift)
    replaces_conditionally: bool = True  # the store knows If-Match on writes (Swift does not)
    confirms_sha256: bool = False  # the store keeps SHA-256, compares it with the bytes, and tells it (AWS)
    events: bool = False  # tell the queue "stored" of every change; the primary needs it
    storage_class: str = ""  # how the store keeps its objects, for prices: "standard" at AWS, "other" elsewhere
    batch_role: str = ""  # the ARN of the role for jobs in which S3 itself computes checksums; "": there are none
    check_days: int | None = None  # from one check of an intact copy to the next; None: by DURACLOUD_CHECK_DAYS

    @property
    def kept_as(self) -> str:
        """The storage class, given or assumed."""
        return self.storage_class or (OTHER if self.endpoint else "standard")


@dataclass(frozen=True)
class Config:
    """One instance of the service."""

    stores: tuple[StoreSettings, ...]  # DURACLOUD_STORES: JSON list, exactly one primary
    index: str  # DURACLOUD_INDEX: "dynamodb:<table prefix>" or "sqlite:<file>"
    queue_prefix: str  # DURACLOUD_QUEUE_PREFIX: queues are named <prefix>-<queue>
    stored_queue_arn: str | None  # DURACLOUD_STORED_QUEUE_ARN: where stores with "events" send them
    queue_endpoint: str | None  # DURACLOUD_QUEUE_ENDPOINT: None is AWS itself
    region: str  # DURACLOUD_REGION: of queues and tables
    account: str  # DURACLOUD_ACCOUNT: the institution's name in manifests, audit logs and reports (default "duracloud")
    hold: timedelta  # DURACLOUD_HOLD_DAYS: from a deletion to the removal of the copies in other stores (default 30)
    check_period: timedelta  # DURACLOUD_CHECK_DAYS: from one check of an intact copy to the next (default 90)
    # DURACLOUD_BRAKE_PERCENT, DURACLOUD_BRAKE_ITEMS: what may be lost of a space within an hour (20 %, 50 items)
    brake: Brake = field(default_factory=Brake)
    disabled: frozenset[str] = frozenset()  # DURACLOUD_DISABLED: of "manifest,audit", those that answer 501
    notifier: str = ""  # DURACLOUD_NOTIFIER: "ses:<region>", "smtp:<host>:<port>", "outbox:<folder>"; "": no e-mail
    smtp_credentials: str = "role"  # DURACLOUD_SMTP_CREDENTIALS: a reference as for stores; "role": no login
    sender: str = ""  # DURACLOUD_SENDER: the address that messages come from
    enquiries_to: str = ""  # DURACLOUD_ENQUIRIES_TO: who is told of enquiries from the site; "": nobody
    canary: bool = True  # DURACLOUD_CANARY: on, or off: whether the service damages items of its own to test itself
    alarms_to: str = ""  # DURACLOUD_ALARMS_TO: who is told of what a person has to look at; "": nobody
    promises: Promises = _PROMISES  # DURACLOUD_COPIES_HOURS, _CHECKS_HOURS
    public_address: str = ""  # DURACLOUD_PUBLIC_ADDRESS: where people reach the instance
    trusted_proxies: Ranges = ANYWHERE  # DURACLOUD_TRUSTED_PROXIES: whose X-Forwarded-For counts; none: nobody's
    prices: Mapping[str, Price] = field(default_factory=lambda: PRICES)  # DURACLOUD_PRICES: of reading, by class
    # DURACLOUD_CHECK_ITEMS and DURACLOUD_CHECK_GIB in one run of the plan, DURACLOUD_CHECK_DOLLARS on one day
    check_limits: Limits = field(default_factory=Limits)
    # DURACLOUD_RESTORE_PERCENT: the share of the copies in archives that is restored and read in each period
    restored: Sample = field(default_factory=Sample)

    @property
    def primary(self) -> StoreSettings:
        """The settings of the primary store."""
        return next(s for s in self.stores if s.store.primary)

    @property
    def periods(self) -> Periods:
        """How often the copies of each store are checked: those of a cold class half as often as others."""
        return Periods(self.check_period, {s.store.id: self._period(s) for s in self.stores})

    @property
    def read_prices(self) -> Prices:
        """What reading from each store costs."""
        return Prices({s.store.id: s.kept_as for s in self.stores}, self.prices)

    @property
    def batch_periods(self) -> dict[StoreId, timedelta]:
        """How often the stores that compute checksums themselves do it: as often as others of their class are read."""
        with_role = (s for s in self.stores if s.batch_role)
        return {s.store.id: self.check_period * (2 if self.prices[s.kept_as].cold else 1) for s in with_role}

    def pages_of(self, store: StoreSettings) -> str | None:
        """The origin of the pages that send straight to the buckets of a store: to the primary at AWS itself."""
        found = re.match(r"https?://[^/]+", self.public_address)
        return found[0] if found and store.store.primary and not store.endpoint else None

    @property
    def sent_to(self) -> tuple[str, ...]:
        """The origins beside its own that pages of the service send to: buckets of the primary, if it is at AWS."""
        if self.primary.endpoint:
            return ()
        host = f"s3.{self.primary.region}.amazonaws.com{'.cn' if self.primary.region.startswith('cn-') else ''}"
        return f"https://{host}", f"https://*.{host}"  # the first for names with dots, which no certificate covers

    def _period(self, store: StoreSettings) -> timedelta:
        if store.check_days is not None:
            return timedelta(days=store.check_days)
        return self.check_period * (2 if self.prices[store.kept_as].cold else 1)


def read_config(environment: Mapping[str, str]) -> Config:
    """The configuration in an environment. Raises ConfigurationError naming everything that is wrong."""
    problems: list[str] = []

    def required(name: str) -> str:
        value = environment.get(name, "")
        if not value:
            problems.append(f"{name} is missing")
        return value

    stores = _stores(required("DURACLOUD_STORES"), problems)
    arn = environment.get("DURACLOUD_STORED_QUEUE_ARN") or None
    if arn is None and any(s.events for s in stores):
        problems.append('DURACLOUD_STORED_QUEUE_ARN is missing, and a store has "events"')
    index = required("DURACLOUD_INDEX")
    if index and index.partition(":")[0] not in ("dynamodb", "sqlite"):
        problems.append(f"DURACLOUD_INDEX is {index!r}: it must start with 'dynamodb:' or 'sqlite:'")
    days = read_days("DURACLOUD_CHECK_DAYS", environment.get("DURACLOUD_CHECK_DAYS", "90"), problems)
    prices = read_prices(environment.get("DURACLOUD_PRICES") or "{}", problems)
    for s in stores:
        if s.kept_as not in prices:
            known = ", ".join(sorted(prices))
            problems.append(f"store {s.store.id}: storage_class {s.kept_as!r} has no price: there are {known}")
        if s.batch_role and (s.endpoint or not re.fullmatch(r"arn:[a-z-]+:iam::\d{12}:role/.+", s.batch_role)):
            problems.append(f"store {s.store.id}: batch_role must be the ARN of a role, and the store one of AWS")
        if s.check_days is not None:
            read_days(f"check_days of store {s.store.id}", s.check_days, problems)
    held = environment.get("DURACLOUD_HOLD_DAYS", "30")
    if not re.fullmatch(r"\d{1,5}", held, re.ASCII):
        problems.append(f"DURACLOUD_HOLD_DAYS is {held!r}: it must be a whole number of days, or 0")
    if (canary := environment.get("DURACLOUD_CANARY", "on")) not in ("on", "off"):
        problems.append(f"DURACLOUD_CANARY is {canary!r}: it must be on or off")
    account = environment.get("DURACLOUD_ACCOUNT") or "duracloud"
    if not re.fullmatch(r"[a-z][a-z0-9-]{2,24}", account):
        problems.append(f"DURACLOUD_ACCOUNT is {account!r}: it must have 3 to 25 lower-case letters, digits and dashes")
    disabled = frozenset(environment.get("DURACLOUD_DISABLED", "").replace(",", " ").split())
    if unknown := disabled - {"manifest", "audit"}:
        problems.append(f"DURACLOUD_DISABLED names {', '.join(sorted(unknown))}: it may name manifest and audit")
    notifier = environment.get("DURACLOUD_NOTIFIER", "")
    if notifier and not re.fullmatch(r"ses:[a-z0-9-]+|smtp:[^\s/]+:\d{1,5}|outbox:.+", notifier):
        problems.append(
            f"DURACLOUD_NOTIFIER is {notifier!r}: it must be 'ses:<region>', 'smtp:<host>:<port>' or 'outbox:<folder>'"
        )
    config = Config(
        stores=stores,
        index=index,
        queue_prefix=required("DURACLOUD_QUEUE_PREFIX"),
        stored_queue_arn=arn,
        queue_endpoint=environment.get("DURACLOUD_QUEUE_ENDPOINT") or None,
        region=environment.get("DURACLOUD_REGION") or environment.get("AWS_REGION") or "us-east-1",
        account=account,
        hold=timedelta(days=int(held) if re.fullmatch(r"\d{1,5}", held, re.ASCII) else 30),
        check_period=timedelta(days=days),
        brake=read_brake(environment, problems),
        disabled=disabled,
        notifier=notifier,
        smtp_credentials=environment.get("DURACLOUD_SMTP_CREDENTIALS") or "role",
        sender=required("DURACLOUD_SENDER") if notifier else "",
        enquiries_to=read_address("DURACLOUD_ENQUIRIES_TO", environment, problems),
        canary=environment.get("DURACLOUD_CANARY", "on") == "on",
        alarms_to=read_address("DURACLOUD_ALARMS_TO", environment, problems),
        promises=Promises(
            read_hours(environment, "DURACLOUD_COPIES_HOURS", "24", problems),
            read_hours(environment, "DURACLOUD_CHECKS_HOURS", "72", problems),
        ),
        public_address=(
            required("DURACLOUD_PUBLIC_ADDRESS") if notifier else environment.get("DURACLOUD_PUBLIC_ADDRESS", "")
        ).rstrip("/"),
        trusted_proxies=read_ranges("DURACLOUD_TRUSTED_PROXIES", environment, problems),
        prices=prices,
        check_limits=Limits(
            read_items("DURACLOUD_CHECK_ITEMS", environment, problems),
            round(read_amount("DURACLOUD_CHECK_GIB", environment, "1024", problems) * (1 << 30)),
            round(read_amount("DURACLOUD_CHECK_DOLLARS", environment, "20", problems) * NANO),
        ),
        restored=Sample(read_share("DURACLOUD_RESTORE_PERCENT", environment, "1", problems), account),
    )
    if problems:
        raise ConfigurationError("; ".join(problems))
    return config


def _stores(text: str, problems: list[str]) -> tuple[StoreSettings, ...]:
    if not text:
        return ()
    try:
        stores = tuple(_store(given) for given in json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, Invalid) as error:
        problems.append(f"DURACLOUD_STORES is not a JSON list of stores: {error!r}")
        return ()
    if sum(s.store.primary for s in stores) != 1:
        problems.append('DURACLOUD_STORES must have exactly one store with "primary": true')
    if len({s.store.id for s in stores}) != len(stores):
        problems.append("DURACLOUD_STORES names a store id twice")
    problems.extend(
        f"store {s.store.id}: bucket_prefix {s.bucket_prefix!r} must have 1 to 20 characters"
        for s in stores
        if not 1 <= len(s.bucket_prefix) <= 20
    )
    return stores


def _store(given: dict[str, Any]) -> StoreSettings:
    given = dict(given)
    store = Store(StoreId(given.pop("id")), given.pop("type"), bool(given.pop("primary", False)))
    return StoreSettings(store, **given)
