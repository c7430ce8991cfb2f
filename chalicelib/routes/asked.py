"""Asked: which store a request speaks of (contract 0.3)."""

from chalicelib.domain.errors import Conflict, DuraCloudError, NotFound
from chalicelib.domain.stores import StoreId
from chalicelib.edge import current_request
from chalicelib.wiring import instance


def asked_store(unknown: type[DuraCloudError] = NotFound) -> StoreId:
    """The store in the query parameter storeID, in any case of its letters; without one the primary.

    Raises `unknown` when there is no such store: the contract has another status for it at every endpoint.
    """
    query = current_request().query
    named = next(
        (name for name in sorted(query) if name.lower() == "storeid" and query[name][-1]), None
    )  # storeID first
    return configured(query[named][-1], unknown) if named else instance().stores.primary_id


def configured(store: str, unknown: type[DuraCloudError] = NotFound) -> StoreId:
    """The store of that id. Raises `unknown`."""
    if store not in instance().stores.providers:
        raise unknown(f"No store exists with ID {store}")
    return StoreId(store)


def require_primary(unknown: type[DuraCloudError] = NotFound) -> None:
    """Raise Conflict where another store than the primary is named: what it keeps follows the primary."""
    store, primary = asked_store(unknown), instance().stores.primary_id
    if store != primary:
        raise Conflict(f"Store {store} keeps copies of what store {primary} holds: change it there, copies follow")
