"""Incidents: one for each problem of an item or a store, from the check that found it to the proof that it is over.

| state          | meaning                                                                              |
|----------------|--------------------------------------------------------------------------------------|
| watched        | a store did not give something, for less than a day: nobody is told yet              |
| open           | it was found, and no copy that was read can serve for the repair yet                 |
| repairing      | an intact copy was read, and the repair asked for                                    |
| needs a person | lost or undecided; or not repaired within three days; or a store, after a day        |
| closed         | every copy was read and is right, the item is gone, or a person said so              |

What is found again within three days of its end is the same incident, opened again.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.content import ContentId
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.spaces import CANARY_SPACE, SpaceId
from chalicelib.domain.stores import StoreId

DAY = timedelta(days=1)
SAME_WITHIN = timedelta(days=3)  # what comes back so soon was not over
PATIENCE = timedelta(days=3)  # a repair that takes longer is stuck
_STORE = "~store"  # sorts behind all spaces, and cannot be one


class Problem(StrEnum):
    """What is wrong."""

    DAMAGED = "damaged"
    MISSING = "missing"
    LOST = "lost"
    UNDECIDED = "undecided"
    UNREADABLE = "unreadable"  # a store, not an item
    SILENT = "silent"  # the detector itself: it did not find what the canary did


FOR_A_PERSON = (Problem.LOST, Problem.UNDECIDED, Problem.SILENT)


class State(StrEnum):
    """How far it is (the table above)."""

    WATCHED = "watched"
    OPEN = "open"
    REPAIRING = "repairing"
    PERSON = "needs a person"
    CLOSED = "closed"


@dataclass(frozen=True)
class Incident:
    """One problem. `item` is None for one of a store; `how` says how it ended, `told` that the message went out."""

    problem: Problem
    space: SpaceId
    item: ContentId | None
    stores: tuple[StoreId, ...]
    state: State
    opened_at: datetime
    seen_at: datetime  # the last check that found it
    closed_at: datetime | None = None
    closed_by: str | None = None
    how: str | None = None
    reopened: int = 0
    told: bool = False

    @property
    def name(self) -> str:
        """The same for the same problem of the same item: sorts by space, and there by item."""
        if self.item is None:
            return f"{_STORE}_{self.stores[0]}_{self.problem}"
        return f"{names_of(self.space, self.item)}{self.problem}"

    @property
    def id(self) -> str:
        """Sorts by the time at which it was opened; `name_of` gives the name in it."""
        return f"{self.opened_at.astimezone(UTC):%Y%m%dT%H%M%SZ}_{self.name}"

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        return self.state is State.CLOSED

    @property
    def shown(self) -> bool:
        """Whether people are to know of it."""
        return self.state is not State.WATCHED

    @property
    def for_a_person(self) -> bool:
        """Whether it goes on only when somebody does something."""
        return self.state is State.PERSON

    @property
    def of_canary(self) -> bool:
        """Whether the system made it itself, to see that it is found: it counts nowhere. Silence is no such thing."""
        return self.space == CANARY_SPACE and self.problem is not Problem.SILENT

    def found(self, stores: Collection[StoreId], state: State, now: datetime) -> "Incident":
        """It was found now, perhaps again; what waits for a person goes on waiting."""
        if self.closed:
            return replace(
                self,
                stores=tuple(sorted(stores)),
                state=state,
                seen_at=now,
                closed_at=None,
                closed_by=None,
                how=None,
                reopened=self.reopened + 1,
            )
        kept = self.state if self.state is State.PERSON else state
        return replace(self, stores=tuple(sorted({*self.stores, *stores})), state=kept, seen_at=now)

    def ended(self, how: str, by: str, now: datetime) -> "Incident":
        """It is over."""
        return replace(self, state=State.CLOSED, how=how, closed_by=by, closed_at=now)


def names_of(space: SpaceId, item: ContentId) -> str:
    """What the names of all incidents of one item begin with."""
    return f"{space}_{hashlib.sha256(item.encode()).hexdigest()[:24]}_"


def name_of(incident_id: str) -> str:
    """The name in an id."""
    return incident_id.partition("_")[2]


def sighted(
    before: Incident | None,
    problem: Problem,
    space: SpaceId,
    item: ContentId | None,
    stores: Collection[StoreId],
    state: State,
    now: datetime,
) -> Incident:
    """The incident of a problem that was found now; a new one where the last is over for long."""
    if before is not None and (before.closed_at is None or now - before.closed_at <= SAME_WITHIN):
        return before.found(stores, state, now)
    return Incident(problem, space, item, tuple(sorted(stores)), state, now, now)


def problems(item: Item, lost: bool, undecided: bool, was_lost: bool) -> Mapping[Problem, tuple[StoreId, ...]]:
    """What the record says is wrong, with the stores that are concerned.

    An item that `was_lost` stays so until a copy of it is intact: nothing else is told of it meanwhile.
    """
    stores_by_state = {
        state: tuple(sorted(store for store, copy in item.copies.items() if copy.state is state)) for state in CopyState
    }
    bad = {
        Problem.DAMAGED: stores_by_state[CopyState.DAMAGED],
        Problem.MISSING: stores_by_state[CopyState.MISSING],
    }
    concerned = tuple(sorted(item.copies))
    if undecided:
        return {Problem.UNDECIDED: concerned}
    if lost or (was_lost and not stores_by_state[CopyState.INTACT]):
        return {Problem.LOST: concerned}
    return {problem: stores for problem, stores in bad.items() if stores}
