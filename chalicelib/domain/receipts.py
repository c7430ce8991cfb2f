"""Receipts: what was deposited together, as it was recorded then, and how each of these items stands now.

The document is a table (CSV) that needs no software of ours: one line for each item, with both checksums of record.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import ContentId, format_time, parse_time
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId

_HEAD = ("content id", "size in bytes", "md5", "sha256", "deposited at", "deposited by")


@dataclass(frozen=True)
class Line:
    """One item as it was recorded: `size` in bytes, `at` as the API writes times."""

    id: ContentId
    size: int
    md5: str
    sha256: str
    at: str
    by: str

    @classmethod
    def of(cls, item: Item) -> "Line":
        """The line of an item, both of whose checksums are known."""
        about, sums = item.about, item.checksums
        return cls(
            item.id, item.size, str(sums.md5), str(sums.sha256), format_time(about.deposited_at), about.deposited_by
        )


class Standing(StrEnum):
    """How an item of a receipt stands now."""

    VERIFIED = "verified"  # the same bytes, and every copy of them was read back
    STORED = "stored"  # the same bytes; not every copy was read back yet, or one is not as it should be
    CHANGED = "changed"  # other bytes were deposited under its id since
    DELETED = "deleted"


@dataclass(frozen=True)
class Receipted:
    """A line, how its item stands, and when the copy in each store was last read and found intact; None: it was not."""

    line: Line
    standing: Standing
    verified: Mapping[StoreId, datetime | None]


def receipted(line: Line, item: Item | None) -> Receipted:
    """What is to be said of a line; `item` is the record of its id now."""
    if item is None or not item.live:
        return Receipted(line, Standing.DELETED, {})
    if item.checksums != Checksums(line.md5, line.sha256):
        return Receipted(line, Standing.CHANGED, {})
    verified = {
        store: copy.verified_at if copy.state is CopyState.INTACT else None for store, copy in item.copies.items()
    }
    whole = bool(verified) and all(verified.values())
    return Receipted(line, Standing.VERIFIED if whole else Standing.STORED, verified)


def document(lines: Sequence[Line]) -> bytes:
    """The document that is kept."""
    return _table([_HEAD, *(_cells(line) for line in lines)])


def lines_in(data: bytes) -> list[Line]:
    """The reverse of `document`."""
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))[1:]
    return [Line(ContentId(name), int(size), md5, sha256, at, by) for name, size, md5, sha256, at, by in rows]


def receipt_name(lines: Sequence[Line]) -> str:
    """The name of a receipt: the time of its last deposit, and the same for the same document however often."""
    at = parse_time(max(line.at for line in lines))
    return f"{at:%Y%m%dT%H%M%SZ}-{hashlib.sha256(document(lines)).hexdigest()[:16]}"


def receipt_id(space: SpaceId, name: str) -> ContentId:
    """Where in the system space a receipt is kept; of no name: what all ids of the space's receipts begin with."""
    return ContentId(f"receipts/{space}/{name}.csv" if name else f"receipts/{space}/")


def as_table(found: Sequence[Receipted], stores: Sequence[StoreId]) -> bytes:
    """The document with how each item stands now, and one column for each store."""
    head = (*_HEAD, "state now", *(f"copy {store} verified at" for store in stores))

    def row(each: Receipted) -> Iterable[object]:
        times = [each.verified.get(store) for store in stores]
        return (*_cells(each.line), each.standing, *(format_time(time) if time else "" for time in times))

    return _table([head, *map(row, found)])


def as_manifest(lines: Iterable[Line], kind: str) -> bytes:
    """A BagIt manifest (RFC 8493, 2.1.3) of `kind` md5 or sha256; the payload stands under data/."""
    sums = ((line, line.md5 if kind == "md5" else line.sha256) for line in lines)
    return "".join(f"{known}  data/{_escaped(line.id)}\n" for line, known in sums).encode()


def _cells(line: Line) -> tuple[object, ...]:
    return (line.id, line.size, line.md5, line.sha256, line.at, line.by)


def _table(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)  # RFC 4180
    return text.getvalue().encode()


def _escaped(content_id: ContentId) -> str:
    return "".join(quote(c) if c in "%\r\n" else c for c in content_id)
