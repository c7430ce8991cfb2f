"""Keep receipts: what was deposited together is written down for good, from what the service itself recorded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.checksums import tally
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Invalid, NotFound
from chalicelib.domain.receipts import Line, Receipted, document, lines_in, receipt_id, receipt_name, receipted
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import SYSTEM_SPACE, Space
from chalicelib.ports import Index
from chalicelib.services.deposit import Deposit, NewContent
from chalicelib.services.retrieve import Retrieve

MOST = 1000  # items of one receipt
_NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{16}", re.ASCII)
_ITEMS, _BYTES = "receipt-items", "receipt-bytes"


@dataclass(frozen=True)
class Receipt:
    """A receipt without its lines: when and for whom it was written, of how many items and bytes."""

    name: str
    at: datetime
    by: str
    items: int
    bytes: int


@dataclass(frozen=True)
class KeepReceipts:
    """A receipt is an ordinary item of the system space: it has copies, and is checked, like what it tells of."""

    index: Index
    retrieve: Retrieve
    deposit: Deposit

    def write(self, space: Space, ids: Sequence[str], depositor: str) -> tuple[Receipt, list[str]]:
        """The receipt of these items, and which of them have none: nothing, or no checksums, are recorded of them.

        Safe twice: the same items have one receipt. Raises Invalid (too many, none), NotFound (nothing is recorded of
        any), StoreDown.
        """
        if not 1 <= len(ids) <= MOST:
            raise Invalid(f"ids must name 1 to {MOST} items")
        found = {name: self.index.item(space.id, ContentId(name)) for name in sorted(set(ids))}
        known = {name: item for name, item in found.items() if item and item.live and item.checksums.complete}
        if not known:
            raise NotFound(f"Nothing is recorded of any of these items in space {space.id!r}")
        lines = [Line.of(item) for item in known.values()]
        there = self._kept(space, receipt_name(lines)) or self._put(space, lines, depositor)
        return _receipt(there), [name for name in found if name not in known]

    def page(self, space: Space, after: str = "", limit: int = 100) -> tuple[list[Receipt], str | None]:
        """Receipts of a space by their names, which begin with a time; and the name to go on from, None at the end."""
        folder = receipt_id(space.id, "")
        page = self.index.items(SYSTEM_SPACE, folder, receipt_id(space.id, after) if after else "", limit)
        shown = [_receipt(item) for item in page if _of(space, item)]
        return shown, _name(page[-1]) if len(page) == limit else None

    def read(self, space: Space, name: str) -> tuple[Receipt, list[Receipted]]:
        """A receipt with its lines, and how each item stands now. Raises NotFound, StoreDown."""
        item, system = self._kept(space, name), self.index.space(SYSTEM_SPACE)
        if item is None or system is None:
            raise NotFound(f"Space {space.id!r} has no receipt {name!r}")
        with self.retrieve.open(system, item.id) as (_, chunks):
            lines = lines_in(b"".join(chunks))
        return _receipt(item), [receipted(line, self.index.item(space.id, line.id)) for line in lines]

    def _kept(self, space: Space, name: str) -> Item | None:
        if not _NAME.fullmatch(name):
            return None
        item = self.index.item(SYSTEM_SPACE, receipt_id(space.id, name))
        return item if item and item.live and _of(space, item) else None

    def _put(self, space: Space, lines: Sequence[Line], depositor: str) -> Item:
        data, system = document(lines), self.index.space(SYSTEM_SPACE)
        if system is None:
            raise NotFound(f"There is no space {SYSTEM_SPACE!r} to keep receipts in")
        content_id = receipt_id(space.id, receipt_name(lines))
        about = {_ITEMS: str(len(lines)), _BYTES: str(sum(line.size for line in lines))}
        sums = tally([data]).checksums
        new = NewContent(content_id, [data], depositor, len(data), sums, "text/csv; charset=utf-8", properties=about)
        self.deposit.deposit(system, new)
        item = self.index.item(SYSTEM_SPACE, content_id)
        assert item is not None, "a deposit is in the index when it returns"
        return item


def _of(space: Space, item: Item) -> bool:
    """Whether it is a receipt of this space, not of an earlier one of that name, and was written here."""
    told = item.about.properties
    return (
        item.about.deposited_at >= space.created_at.replace(microsecond=0)
        and told.get(_ITEMS, "").isdecimal()
        and _BYTES in told
    )


def _receipt(item: Item) -> Receipt:
    about = item.about
    items, size = (int(about.properties[name]) for name in (_ITEMS, _BYTES))
    return Receipt(_name(item), about.deposited_at, about.deposited_by, items, size)


def _name(item: Item) -> str:
    return item.id.rpartition("/")[2].removesuffix(".csv")
