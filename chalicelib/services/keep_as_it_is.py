"""Keep as it is: whether what another store holds must not be overwritten or removed now."""

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import Item
from chalicelib.ports import Clock, Index


def must_stay(index: Index, clock: Clock, item: Item, found: Checksums) -> bool:
    """Whether bytes of an earlier deposit are not to be overwritten now: their space is paused or retained."""
    if item.checksums.agrees(found) or not found.known:
        return False
    space = index.space(item.space)
    return space is not None and space.held_fast(clock()) and was_deposited(index, item, found)


def was_deposited(index: Index, item: Item, found: Checksums) -> bool:
    """Whether these bytes are of this deposit or of an earlier one under this id, as its history tells."""
    if item.checksums.agrees(found):
        return True
    known = (Kind.DEPOSITED, Kind.CHECKSUMS_FIXED)
    told = (e.detail for e in index.history(item.space, item.id) if e.kind in known)
    return any(Checksums(d.get("md5"), d.get("sha256")).agrees(found) for d in told)
