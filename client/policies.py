"""Policies: which stores keep the items of which space, shown and edited from a terminal."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from client.service import Service, ServiceError

_DEFAULT, _IGNORED, _SPACES = "defaultPolicies", "spacesToIgnore", "spaceDuplicationStorePolicies"

Policies = dict[str, Any]


def add_commands(commands: Any) -> None:
    """Add `duracloud policies` and what it can do."""
    policies = commands.add_parser("policies", help="which stores keep the items of which space (administrators)")
    actions = policies.add_subparsers(dest="action", required=True)

    def action(name: str, run: Callable[[Service, argparse.Namespace], None], help: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = actions.add_parser(name, help=help)
        parser.set_defaults(run=run)
        return parser

    action("show", lambda service, _: _tell(service, service.policies()[0]), "print them")
    default = action("set-default", _set_default, "choose the stores of every space without an entry of its own")
    default.add_argument("stores", metavar="STORE", nargs="*", help="beside the primary; none: the primary alone")
    default.add_argument("--all", action="store_true", help="every store, also those that are added one day")
    own = action("set", _set, "choose the stores of one space")
    own.add_argument("space", metavar="SPACE")
    own.add_argument("stores", metavar="STORE", nargs="*", help="beside the primary; none: the primary alone")
    own.add_argument("--default", action="store_true", help="remove its entry: the default stores keep it")
    ignore = action("ignore", _ignore, "keep a space in the primary alone, whatever its entry says")
    ignore.add_argument("space", metavar="SPACE")
    ignore.add_argument("--no", action="store_true", help="ignore it no longer")
    file = action("import", _import, "replace all of them by a file, for example one of the original service")
    file.add_argument("file", metavar="FILE", type=Path)
    action("export", lambda service, _: print(json.dumps(service.policies()[0], indent=2)), "print such a file")


def _set_default(service: Service, given: argparse.Namespace) -> None:
    if given.all and given.stores:
        raise ServiceError("Name stores or say --all, not both")
    pairs = None if given.all else _pairs(service, given.stores)
    _edit(service, lambda policies: policies.update({_DEFAULT: pairs}))


def _set(service: Service, given: argparse.Namespace) -> None:
    if given.default and given.stores:
        raise ServiceError("Name stores or say --default, not both")
    pairs = _pairs(service, given.stores)

    def change(policies: Policies) -> None:
        if given.default:
            policies[_SPACES].pop(given.space, None)
        else:
            policies[_SPACES][given.space] = pairs

    _edit(service, change, given.space)


def _ignore(service: Service, given: argparse.Namespace) -> None:
    def change(policies: Policies) -> None:
        others = set(policies[_IGNORED]) - {given.space}
        policies[_IGNORED] = sorted(others if given.no else others | {given.space})

    _edit(service, change, given.space)


def _import(service: Service, given: argparse.Namespace) -> None:
    try:
        policies = json.loads(given.file.read_text())
    except (OSError, ValueError) as error:
        raise ServiceError(f"{str(given.file)!r} is not a JSON file: {error}") from error
    _tell(service, service.replace_policies(policies))


def _edit(service: Service, change: Callable[[Policies], None], space: str | None = None) -> None:
    """Change the policies, unless somebody else does so between the two requests."""
    policies, mark = service.policies()
    change(policies)
    _tell(service, service.replace_policies(policies, mark))
    if space is not None and space not in service.spaces():
        print(f"duracloud: there is no space {space!r} yet; this counts when it is made", file=sys.stderr)


def _pairs(service: Service, stores: list[str]) -> list[dict[str, str]]:
    primary = next(store["id"] for store in service.stores() if store["primary"])
    return [{"srcStoreId": primary, "destStoreId": store} for store in stores]


def _tell(service: Service, policies: Policies) -> None:
    stores = [store["id"] for store in service.stores()]
    print(f"{'default':<42}  {_line(stores, policies[_DEFAULT])}")
    for space, pairs in policies[_SPACES].items():
        print(f"{space:<42}  {_line(stores, pairs)}")
    for space in policies[_IGNORED]:
        print(f"{space:<42}  {_line(stores, [])}  (ignored)")


def _line(stores: list[str], pairs: list[dict[str, str]] | None) -> str:
    if pairs is None:
        return f"every store: {' '.join(stores)}"
    return " ".join(["store", *dict.fromkeys([stores[0], *(pair["destStoreId"] for pair in pairs)])])
