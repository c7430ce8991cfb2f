"""Stores: what is done with each, and which do not answer, shown and changed from a terminal."""

import argparse
from typing import Any

from client.service import Service

_MODES = ("in-service", "filling", "read-only", "out-of-service")


def add_commands(commands: Any) -> None:
    """Add `duracloud stores` and `duracloud store`."""
    stores = commands.add_parser("stores", help="every store, what is done with it, and whether it answers")
    stores.set_defaults(run=_list)
    store = commands.add_parser("store", help="say what is done with a store (owners)")
    store.add_argument("id", metavar="ID")
    store.add_argument("mode", metavar="MODE", choices=_MODES, help=", ".join(_MODES))
    store.set_defaults(run=_set)


def _list(service: Service, given: argparse.Namespace) -> None:
    for store in service.stores():
        print(_line(store))


def _set(service: Service, given: argparse.Namespace) -> None:
    print(_line(service.set_store_mode(given.id, given.mode)))


def _line(store: dict[str, Any]) -> str:
    primary = "primary" if store["primary"] else ""
    failing = f"no answer since {store['failing_since']}: {store['failing_why']}" if store["failing_since"] else ""
    return f"{store['id']:<4}{store['type']:<16}{primary:<9}{store['mode']:<16}{failing}".rstrip()
