"""Edit stores: say what the service may do with a store, and have it catch up when it is back."""

from dataclasses import dataclass

from chalicelib.domain.access import Caller, Role, require_role
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Conflict, Invalid, NotFound, Overtaken
from chalicelib.domain.journal import Event, Kind
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.spaces import SYSTEM_SPACE, SpaceId
from chalicelib.domain.stores import Mode, StoreId
from chalicelib.ports import Clock, Index, Stores
from chalicelib.services.manage_spaces import ManageSpaces
from chalicelib.services.sweep import Sweep

_ATTEMPTS = 8
_SAMPLE = 50  # spaces, and items of each, that a primary is asked for before it is believed to be complete


@dataclass(frozen=True)
class EditStores:
    """Modes are kept with the policies, so that they count for the next job that begins, whichever it is."""

    stores: Stores
    index: Index
    spaces: ManageSpaces
    sweep: Sweep
    clock: Clock

    def set_mode(self, caller: Caller, store: StoreId, mode: Mode) -> None:
        """Set a store's mode; where it may be written to again, a sweep of every space makes what it lacks.

        Repeatable: with the mode that it has, only the sweep is asked for again. Raises Unauthenticated, Denied (for
        owners only), NotFound, Invalid, Conflict (a primary that lacks items is `filling`), StoreDown.
        """
        require_role(caller, Role.OWNER)
        if store not in self.stores.providers:
            raise NotFound(f"No store exists with ID {store}")
        if mode is Mode.FILLING and store != self.stores.primary_id:
            raise Invalid(f"Store {store} is not the primary store: it is filled while it is {Mode.IN_SERVICE}")
        for _ in range(_ATTEMPTS):
            before = self.index.policies()
            self._require_complete(before, store, mode)
            after = before.with_mode(store, mode)
            detail = {"mode": mode.value, "before": before.mode(store).value}
            event = Event(
                Kind.STORE_MODE_CHANGED, self.clock(), str(caller.username), SYSTEM_SPACE, store=store, detail=detail
            )
            if after == before or self.index.save_policies(after, [event]):
                break
        else:
            raise Overtaken("The policies are being changed by others: try again")
        if mode.written:
            if store == self.stores.primary_id:
                self.spaces.prepare()
            self.sweep.sweep()

    def _require_complete(self, before: Policies, store: StoreId, mode: Mode) -> None:
        """Raise Conflict when the primary is to tell alone what there is, and plainly lacks some of it."""
        if store != self.stores.primary_id or before.mode(store).complete or not mode.complete:
            return
        spaces = self.index.spaces()
        for space in spaces[:: len(spaces) // _SAMPLE + 1]:
            if lacking := self._lacking(space.id):
                raise Conflict(
                    f"Store {store} lacks {lacking!r} of space {space.id!r}: readers would miss it. It has to be"
                    f" {Mode.FILLING} until everything is back"
                )

    def _lacking(self, space: SpaceId) -> str | None:
        listed = self.stores.primary.list(space)
        there, end = {entry.id for entry in listed}, listed[-1].id.encode() if len(listed) == 1000 else None
        known = (item.id for item in self.index.items(space, limit=_SAMPLE) if not self._lost(item))
        return next((i for i in known if i not in there and (end is None or i.encode() <= end)), None)

    def _lost(self, item: Item) -> bool:
        """Whether it was found missing and nobody else can give it: the primary would wait for it for ever."""
        here = item.copies.get(self.stores.primary_id)
        others = [copy for store, copy in item.copies.items() if store != self.stores.primary_id]
        known_missing = here is not None and here.state is CopyState.MISSING and item.aside is None
        return known_missing and not any(copy.made and copy.state is not CopyState.DAMAGED for copy in others)
