"""Damage: what goes wrong with stored bytes, done to the stores of a laptop stack behind the service's back.

On the disk, the primary store's server is stopped meanwhile, for it remembers how long its files are. A write through
S3 into the primary store would be a deposit, so there damage is done on the disk alone. On Swift's disk only bytes can
be changed: it withdraws what has another length, and then nothing is left to keep; that is done through S3.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from local import swift
from local.drill_stack import THIRD
from local.folder import PREFIX
from local.stack import Stack

DISK, S3 = "disk", "S3"


class Kind(StrEnum):
    """What happens to a copy."""

    FLIP = "bit flip"
    TRUNCATION = "truncation"
    DELETION = "deletion"
    SWAP = "swap"
    STALE = "older version"


KINDS = tuple(Kind)


@dataclass
class Hand:
    """Does damage in one space; `client` gives an S3 client of a store."""

    stack: Stack
    space: str
    client: Callable[[str], Any]

    def ways(self, store: str, kind: Kind, same: bool) -> list[str]:
        """How a store's copies can be damaged; `same`: their length stays as it was."""
        return {"1": [DISK], "2": [DISK, S3] if same or kind is Kind.DELETION else [S3]}.get(store, [S3])

    def bucket(self, store: str) -> str:
        """The name of the space in a store."""
        return f"{THIRD if store == '3' else PREFIX}-{self.space}"

    def work(self, damage: list[tuple[str, str, bytes | None, str]]) -> None:
        """Give copies (store, item) other bytes, or none, on the disk or through S3."""
        for store, item, bad, way in damage:
            if way == S3:
                self._through_s3(store, item, bad)
            elif store == "2":
                self._on_swift(item, bad)
        if any(store == "1" for store, _, _, _ in damage):
            with self.primary_stopped():
                for store, item, bad, _ in damage:
                    if store == "1":
                        self._on_primary(item, bad)

    def read(self, store: str, item: str) -> bytes | None:
        """What a store gives to any S3 client."""
        client = self.client(store)
        try:
            found: bytes = client.get_object(Bucket=self.bucket(store), Key=item)["Body"].read()
        except client.exceptions.NoSuchKey:
            return None
        return found

    def listed(self, store: str) -> Iterator[dict[str, Any]]:
        """What a store lists."""
        for page in self.client(store).get_paginator("list_objects_v2").paginate(Bucket=self.bucket(store)):
            yield from page.get("Contents", [])

    @contextmanager
    def primary_stopped(self) -> Iterator[None]:
        """While the primary store's server is away."""
        command = self.stack.end("primary")
        yield
        self.stack.start_one(command)

    def file_in_primary(self, item: str) -> Path:
        """Where the primary store keeps an item."""
        return self.stack.folder.primary / "000000000000" / self.bucket("1") / item

    def _on_primary(self, item: str, bad: bytes | None) -> None:
        file = self.file_in_primary(item)
        told = file.with_name(f"{file.name}.meta.json")
        if bad is None:
            file.unlink()
            told.unlink()
            return
        file.write_bytes(bad)
        told.write_text(json.dumps({**json.loads(told.read_text(encoding="utf-8")), "size": len(bad)}))

    def _on_swift(self, item: str, bad: bytes | None) -> None:
        account = self.stack.secrets.second_account
        (file,) = swift.object_files(self.stack.folder.second, account, self.bucket("2"), item)
        if bad is None:
            file.unlink()
            return
        with file.open("r+b") as stored:  # in place: its extended attributes are the object's metadata
            stored.write(bad)

    def _through_s3(self, store: str, item: str, bad: bytes | None) -> None:
        client, where = self.client(store), {"Bucket": self.bucket(store), "Key": item}
        if bad is None:
            client.delete_object(**where)
            return
        told = client.head_object(**where)
        client.put_object(**where, Body=bad, ContentType=told["ContentType"], Metadata=told["Metadata"])
