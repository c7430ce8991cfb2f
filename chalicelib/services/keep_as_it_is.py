"""Keep as it is: whether what another store holds must not be overwritten or removed now."""

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Clock, Index


def held_fast(index: Index, space: SpaceId, clock: Clock) -> bool:
    """Whether the space is paused or retained."""
    found = index.space(space)
    return found is not None and found.held_fast(clock())


def was_deposited(index: Index, item: Item, found: Checksums) -> bool:
    """Whether these bytes are of this deposit or of an earlier one under this id, as its history tells."""
    if item.checksums.agrees(found):
        return True
    known = (Kind.DEPOSITED, Kind.CHECKSUMS_FIXED)
    told = (e.detail for e in index.history(item.space, item.id) if e.kind in known)
    return any(Checksums(d.get("md5"), d.get("sha256")).agrees(found) for d in told)
