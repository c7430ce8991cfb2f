"""Stack: the whole service on one machine: two stores, queues, index, workers, schedules, gateway and site."""

import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from local import swift
from local.folder import PREFIX, DataFolder, Secrets
from local.processes import Command, Processes, StartError, port_or_free

ROOT = Path(__file__).resolve().parent.parent
MINISTACK_PYTHON = ROOT / ".venv-ministack" / "bin" / "python"
SWIFT_PYTHON = ROOT / ".venv-swift" / "bin" / "python"
SITE = ROOT / "build" / "site"
REGION = "us-east-1"
_NAMES = {"1": "primary", "2": "swift-"}  # of the servers of each store


@dataclass(frozen=True)
class Ports:
    """Where each server listens on 127.0.0.1."""

    gateway: int
    primary: int
    second: int
    second_parts: tuple[int, int, int]  # account, container and object server

    @classmethod
    def choose(cls, gateway: int = 0, primary: int = 0, second: int = 0) -> "Ports":
        """The wanted ports where they are free, any others elsewhere."""
        taken = [port_or_free(wanted) for wanted in (gateway, primary, second, 0, 0, 0)]
        return cls(taken[0], taken[1], taken[2], (taken[3], taken[4], taken[5]))


@dataclass
class Stack:
    """One instance on one data folder. `start` and `stop` may be called from the main thread only."""

    folder: DataFolder
    ports: Ports
    _lock: IO[str] | None = None
    processes: Processes = field(init=False)

    def __post_init__(self) -> None:
        self.processes = Processes(self.folder.logs)

    @property
    def address(self) -> str:
        """Where visitors, members and clients find the service."""
        return f"http://127.0.0.1:{self.ports.gateway}"

    @property
    def secrets(self) -> Secrets:
        """The logins."""
        return self.folder.secrets()

    def start(self) -> None:
        """Start everything and return when it answers. Raises StartError, InUse."""
        self.folder.prepare()
        self._lock = self.folder.lock()
        try:
            for command in [*self._stores(), *self._service()]:
                self.start_one(command)
        except BaseException:
            self.stop()
            raise
        endpoints = {"primary": self._primary_endpoint, "second": self._second_endpoint}
        self.folder.note_running({"pid": os.getpid(), "address": self.address, **endpoints})

    def start_one(self, command: Command) -> None:
        """Start one server and wait until it answers; those that others need are set up at once."""
        self.processes.start(command)
        listening = {
            "primary": self.ports.primary,
            "swift-proxy": self.ports.second,
            "gateway": self.ports.gateway,
            **dict(zip(("swift-account", "swift-container", "swift-object"), self.ports.second_parts, strict=True)),
        }
        if command.name in listening:
            self.processes.wait_for(listening[command.name], command.name)
        if command.name == "primary":
            self._set_up()

    def restart_dead(self) -> list[str]:
        """Start servers again that ended by themselves; returns their names."""
        dead = self.processes.dead()
        for command in dead:
            self.start_one(command)
        return [command.name for command in dead]

    def end(self, name: str) -> Command:
        """Kill one server, as a fault would; gives back how to start it again."""
        command, process = next(pair for pair in self.processes.running if pair[0].name == name)
        process.kill()
        process.wait()
        self.processes.dead()
        return command

    def lose(self, store: str) -> None:
        """End the servers of a store and remove all that they kept, for good. With the primary's go the queues."""
        for name in [command.name for command, _ in self.processes.running if command.name.startswith(_NAMES[store])]:
            self.end(name)
        for folder in self._folders[store]:
            shutil.rmtree(folder)

    def replace(self, store: str) -> None:
        """Start an empty store in the place of one that was lost."""
        self.folder.prepare()
        for command in [self._primary_store()] if store == "1" else self._second_store():
            self.start_one(command)

    @property
    def _folders(self) -> dict[str, list[Path]]:
        return {"1": [self.folder.primary, self.folder.primary_state], "2": [self.folder.second]}

    def login_of(self, store: str) -> tuple[str, str, str]:
        """Address, key and secret of a store, for any S3 client."""
        keys = self.secrets
        if store == "1":
            return self._primary_endpoint, keys.primary_key, keys.primary_secret
        return self._second_endpoint, f"{keys.second_account}:{keys.second_user}", keys.second_secret

    def stop(self) -> None:
        """Stop everything; what was acknowledged is on disk in any case."""
        self.processes.stop()
        self._release()

    def kill(self) -> None:
        """End everything as a power cut would."""
        self.processes.kill()
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self.folder.note_running(None)
            self._lock.close()
            self._lock = None

    def _stores(self) -> list[Command]:
        for tool in (MINISTACK_PYTHON, SWIFT_PYTHON):
            if not tool.exists():
                raise StartError(f"{tool.relative_to(ROOT)} is missing: run 'make setup'")
        return [*self._second_store(), self._primary_store()]

    def _second_store(self) -> list[Command]:
        keys = self.secrets
        return swift.prepare(
            self.folder.second,
            SWIFT_PYTHON,
            self.ports.second,
            self.ports.second_parts,
            keys.second_account,
            keys.second_user,
            keys.second_secret,
        )

    def _primary_store(self) -> Command:
        keys = self.secrets
        return Command(
            "primary",
            (str(MINISTACK_PYTHON), "-I", str(ROOT / "local" / "primary_server.py")),
            {
                "BIND_HOST": "127.0.0.1",
                "GATEWAY_PORT": str(self.ports.primary),
                "S3_PERSIST": "1",
                "S3_DATA_DIR": str(self.folder.primary),
                "PERSIST_STATE": "1",
                "STATE_DIR": str(self.folder.primary_state),
                "LOG_LEVEL": "WARNING",
                "SFTP_ENABLED": "0",
                "AUTH": "true",
                "AWS_ACCESS_KEY_ID": keys.primary_key,
                "AWS_SECRET_ACCESS_KEY": keys.primary_secret,
            },
        )

    def _service(self) -> list[Command]:
        site = {"DURACLOUD_SITE": str(SITE)} if (SITE / "index.html").exists() else {}
        door = {"DURACLOUD_PORT": str(self.ports.gateway), **site}
        return [
            Command("gateway", (sys.executable, "-m", "gateway.server"), {**self.environment, **door}),
            Command("worker", (sys.executable, "-m", "local.worker"), self.environment),
        ]

    def _set_up(self) -> None:
        """Queues, settings of buckets and accounts: the server of queues forgets them when it is killed."""
        keys = self.secrets
        logins = {"FIRST_ADMIN_PASSWORD": keys.admin_password, "FIRST_MEMBER_PASSWORD": keys.member_password}
        command = Command("set-up", (sys.executable, "-m", "local.set_up"), {**self.environment, **logins})
        self.processes.start(command)
        _, process = self.processes.running.pop()
        if process.wait(120) != 0:
            raise StartError(f"The instance could not be set up:\n{self.processes.tail('set-up')}")

    @property
    def _primary_endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ports.primary}"

    @property
    def _second_endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ports.second}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the service, as any of its processes reads them."""
        keys = self.secrets
        stores = [
            {
                "id": "1",
                "type": "AMAZON_S3",
                "primary": True,
                "endpoint": self._primary_endpoint,
                "region": REGION,
                "bucket_prefix": PREFIX,
                "credentials": "env:DURACLOUD_STORE_1",
                "events": True,
            },
            {
                "id": "2",
                "type": "SWIFT_S3",
                "endpoint": self._second_endpoint,
                "region": REGION,
                "bucket_prefix": PREFIX,
                "credentials": "env:DURACLOUD_STORE_2",
                "withdraws_damaged": True,
                "replaces_conditionally": False,
            },
        ]
        return {
            "DURACLOUD_STORES": json.dumps(stores),
            "DURACLOUD_INDEX": f"sqlite:{self.folder.index}",
            "DURACLOUD_QUEUE_PREFIX": PREFIX,
            "DURACLOUD_STORED_QUEUE_ARN": f"arn:aws:sqs:{REGION}:000000000000:{PREFIX}-stored",
            "DURACLOUD_QUEUE_ENDPOINT": self._primary_endpoint,
            "DURACLOUD_REGION": REGION,
            "DURACLOUD_NOTIFIER": f"outbox:{self.folder.outbox}",
            "DURACLOUD_SENDER": "duracloud@localhost",
            "DURACLOUD_ENQUIRIES_TO": "office@localhost",
            "DURACLOUD_ALARMS_TO": "operators@localhost",
            "DURACLOUD_PUBLIC_ADDRESS": self.address,
            "DURACLOUD_STORE_1_ACCESS_KEY_ID": keys.primary_key,
            "DURACLOUD_STORE_1_SECRET_ACCESS_KEY": keys.primary_secret,
            "DURACLOUD_STORE_2_ACCESS_KEY_ID": f"{keys.second_account}:{keys.second_user}",
            "DURACLOUD_STORE_2_SECRET_ACCESS_KEY": keys.second_secret,
            "PYTHONPATH": str(ROOT),
        }
