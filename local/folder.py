"""Folder: everything that an instance on one machine keeps, and who may log in to what."""

import fcntl
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PREFIX = "duracloud"  # of buckets and queues


class InUse(Exception):
    """Another stack runs on the same data folder; the text names it."""


@dataclass(frozen=True)
class Secrets:
    """Made at the first start, kept in `secrets.json`, readable by its owner alone."""

    primary_key: str
    primary_secret: str
    second_secret: str
    admin_password: str
    member_password: str

    second_account = "duracloud"
    second_user = "keeper"
    admin = "admin"
    member = "member"


@dataclass(frozen=True)
class DataFolder:
    """One data folder: `primary` and `second` hold the two stores, `index` the index and accounts."""

    path: Path

    @property
    def primary(self) -> Path:
        """Objects of the primary store, as plain files below an account number and a bucket."""
        return self.path / "primary"

    @property
    def primary_state(self) -> Path:
        """What the primary store's server and the queues save when they are stopped cleanly."""
        return self.path / "primary-state"

    @property
    def second(self) -> Path:
        """The second store's own files."""
        return self.path / "second"

    @property
    def index(self) -> Path:
        """The database file of index and accounts."""
        return self.path / "index" / "duracloud.sqlite3"

    @property
    def logs(self) -> Path:
        """One log file for each server."""
        return self.path / "logs"

    @property
    def outbox(self) -> Path:
        """Messages that would be e-mails elsewhere, one file for each."""
        return self.path / "outbox"

    def prepare(self) -> None:
        """Make the folders. Repeatable."""
        for folder in (
            self.path,
            self.primary,
            self.primary_state,
            self.second,
            self.index.parent,
            self.outbox,
            self.logs,
        ):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)

    def lock(self) -> IO[str]:
        """Keep other stacks out of this folder for as long as the file is open. Raises InUse."""
        lock = (self.path / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            where = self.running() or {"address": "an unknown address"}
            raise InUse(f"A stack already runs on {str(self.path)!r}, at {where['address']}") from None
        return lock

    def secrets(self) -> Secrets:
        """The secrets of this instance, made when there are none."""
        path = self.path / "secrets.json"
        if not path.exists():
            made = Secrets(f"DC{secrets.token_hex(9).upper()}", *(secrets.token_urlsafe(n) for n in (30, 30, 12, 12)))
            temporary = path.with_suffix(".new")
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(made.__dict__, file)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(path)
        return Secrets(**json.loads(path.read_text()))

    def running(self) -> dict[str, Any] | None:
        """Where the stack on this folder can be reached, as it noted when it started."""
        path = self.path / "running.json"
        return json.loads(path.read_text()) if path.exists() else None

    def note_running(self, where: dict[str, Any] | None) -> None:
        """Note the addresses of the running stack; None: it has stopped."""
        path = self.path / "running.json"
        if where is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(json.dumps(where))
