"""Duplication: in which stores the items of a space are to be kept, and how an institution says so.

| space                                        | kept in                                                  |
|----------------------------------------------|----------------------------------------------------------|
| the system space, and that of the canary     | every configured store                                   |
| begins with `x-`, or is one of those ignored | the primary store alone                                  |
| has an entry of its own                      | the primary and the stores of that entry, were it empty  |
| any other                                    | the primary and the default stores (None: every one)     |

The first row that fits counts (contract 6.2; the first row is this service's own addition). Policies travel in the
form of the original service's files; there, `"defaultPolicies": null` stands for every configured store.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.domain.errors import Invalid, StoreDown
from chalicelib.domain.records import Copy
from chalicelib.domain.spaces import CANARY_SPACE, SYSTEM_SPACE, SpaceId, parse_space_id
from chalicelib.domain.stores import Mode, StoreId

_DEFAULT, _IGNORED, _SPACES = "defaultPolicies", "spacesToIgnore", "spaceDuplicationStorePolicies"
_FROM, _TO = "srcStoreId", "destStoreId"


@dataclass(frozen=True)
class Policies:
    """The stores beside the primary that keep copies: by default, by space, and of which spaces none does.

    `modes` are those of the stores that are not in service: the one read that every job makes tells them, too.
    `revision` counts the edits; 0 means that nobody ever made one.
    """

    default: tuple[StoreId, ...] | None = None
    spaces: Mapping[SpaceId, tuple[StoreId, ...]] = field(default_factory=dict)
    ignored: frozenset[SpaceId] = frozenset()
    modes: Mapping[StoreId, Mode] = field(default_factory=dict)
    revision: int = 0

    def mode(self, store: StoreId) -> Mode:
        """What may be done with a store."""
        return self.modes.get(store, Mode.IN_SERVICE)

    def with_mode(self, store: StoreId, mode: Mode) -> "Policies":
        """The policies after a change of one store's mode."""
        others = {other: its for other, its in self.modes.items() if other != store}
        return replace(self, modes=others if mode is Mode.IN_SERVICE else {**others, store: mode})

    def readable(self, stores: Iterable[StoreId]) -> tuple[StoreId, ...]:
        """Those of the stores that jobs may ask, in the same order."""
        return tuple(store for store in stores if self.mode(store).read)

    def writable(self, stores: Iterable[StoreId]) -> tuple[StoreId, ...]:
        """Those of the stores that may be written to, in the same order."""
        return tuple(store for store in stores if self.mode(store).written)

    def require_writable(self, store: StoreId) -> None:
        """Raise StoreDown, naming the store and its mode, unless it may be written to."""
        if not self.mode(store).written:
            raise StoreDown(f"Store {store} is {self.mode(store)}: nothing is written there for now", store)

    @property
    def named(self) -> set[StoreId]:
        """Every store that is mentioned."""
        return {store for stores in [self.default or (), *self.spaces.values()] for store in stores}


def stores_for(policies: Policies, space: SpaceId, configured: tuple[StoreId, ...]) -> tuple[StoreId, ...]:
    """The stores that items of a space are kept in, by the table above. `configured`: primary first; so is the answer.

    A store that is named and not configured is left out.
    """
    further: Collection[StoreId] | None
    if space in (SYSTEM_SPACE, CANARY_SPACE):
        further = None
    elif space.startswith("x-") or space in policies.ignored:
        further = ()
    else:
        further = policies.spaces.get(space, policies.default)
    primary, *others = configured
    return (primary, *(store for store in others if further is None or store in further))


def kept(copies: Mapping[StoreId, Copy], wanted: Collection[StoreId]) -> dict[StoreId, Copy]:
    """An item's copies: one in every store where it is wanted, and those that were made elsewhere before.

    The latter stay where they are, are checked, renewed and removed with their item; new ones are not made there.
    """
    there = {store: copy for store, copy in copies.items() if store in wanted or copy.held.known}
    return {**{store: Copy() for store in wanted}, **there}


def to_original(policies: Policies, primary: StoreId) -> dict[str, Any]:
    """The policies as a file of the original service has them (contract 6.2)."""

    def pairs(stores: tuple[StoreId, ...]) -> list[dict[str, str]]:
        return [{_FROM: primary, _TO: store} for store in stores]

    return {
        _DEFAULT: None if policies.default is None else pairs(policies.default),
        _IGNORED: sorted(policies.ignored),
        _SPACES: {space: pairs(stores) for space, stores in sorted(policies.spaces.items())},
    }


def from_original(body: Any, primary: StoreId) -> Policies:
    """The reverse of `to_original`, for any file of that form. Raises Invalid, naming what is wrong.

    A store that is fed by another one than the primary, as the original allowed, is fed by the primary here.
    """
    try:
        if unknown := set(body) - {_DEFAULT, _IGNORED, _SPACES}:
            raise Invalid(f"Policies have no {', '.join(sorted(map(repr, unknown)))}")
        if _DEFAULT not in body:
            raise Invalid(f"{_DEFAULT} is missing: a list, or null for every store")
        default = None if body[_DEFAULT] is None else _destinations(body[_DEFAULT], primary, "the default")
        own = {_space(name): _destinations(given, primary, repr(name)) for name, given in body.get(_SPACES, {}).items()}
        return Policies(default, own, frozenset(_space(name) for name in body.get(_IGNORED, [])))
    except (TypeError, AttributeError, KeyError):
        raise Invalid(
            f"Policies are a JSON object of {_DEFAULT} (a list or null), {_IGNORED} (names of spaces) and {_SPACES}"
            f" (a list for each space), where lists hold objects of {_FROM} and {_TO} (texts)"
        ) from None


def _space(name: str) -> SpaceId:
    try:
        return parse_space_id(name)
    except Invalid as error:
        raise Invalid(f"{name!r} is not the name of a space: {error}") from None


def _destinations(pairs: list[dict[str, str]], primary: StoreId, of: str) -> tuple[StoreId, ...]:
    """The stores that the primary feeds, directly or by way of others, in order of their ids."""
    edges = {(str(pair[_FROM]), str(pair[_TO])) for pair in pairs}
    fed = {str(primary)}
    while more := {target for source, target in edges if source in fed} - fed:
        fed |= more
    if lost := {source for source, _ in edges} - fed:
        raise Invalid(f"In the policy of {of}, nothing comes to store {', '.join(sorted(lost))} from the primary store")
    return tuple(StoreId(store) for store in sorted(fed - {primary}, key=lambda store: (len(store), store)))
