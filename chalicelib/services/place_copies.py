"""Place copies: which stores an item of a space is to be kept in, as the policies say at this moment."""

from chalicelib.domain.duplication import stores_for
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Index, Stores


def wanted_stores(stores: Stores, index: Index, space: SpaceId) -> tuple[StoreId, ...]:
    """The stores for items of this space, primary first; read anew each time, so that an edit counts at once."""
    return stores_for(index.policies(), space, stores.ids)
