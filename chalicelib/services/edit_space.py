"""Edit space: how long its deleted items are held, until when it is retained, and whether it is paused."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from chalicelib.domain import jobs
from chalicelib.domain.access import Caller, Role, require_admin, require_role
from chalicelib.domain.errors import Conflict, Denied, Invalid, NotFound
from chalicelib.domain.journal import Event, Kind
from chalicelib.domain.spaces import SYSTEM_SPACE, Space
from chalicelib.ports import Clock, Index, JobQueue
from chalicelib.services.change_space import Change, change_space, require_revision

LONGEST_HOLD = timedelta(days=36500)


@dataclass(frozen=True)
class SpaceSettings:
    """What can be set of a space; `hold` None: as long as the instance says."""

    hold: timedelta | None = None
    retained_until: date | None = None


@dataclass(frozen=True)
class EditSpace:
    """An administrator sets a hold of at least a day, an owner everything. `hold` is the instance's."""

    index: Index
    jobs: JobQueue
    clock: Clock
    hold: timedelta

    def replace(self, caller: Caller, name: str, wanted: SpaceSettings, read: int | None = None) -> Space:
        """Replace a space's settings, those of revision `read` (None: whichever there are); the space as it is then.

        A hold counts for items that are deleted from now on. Raises Unauthenticated, Denied, NotFound, Invalid,
        Conflict (a retention in force is never shortened), Outdated (others were faster).
        """
        require_admin(caller)
        if wanted.hold is not None and not timedelta(0) <= wanted.hold <= LONGEST_HOLD:
            raise Invalid(f"A hold has at most {LONGEST_HOLD.days} days")

        def decide(space: Space | None) -> Change | None:
            space = _editable(space, name)
            require_revision(space, read)
            after = replace(space, hold=wanted.hold, retained_until=wanted.retained_until)
            if after == space:
                return None
            self._require_allowed(caller, space, after)
            detail = {
                "hold-days": "default" if after.hold is None else str(after.hold.days),
                "retained-until": after.retained_until.isoformat() if after.retained_until else "",
            }
            return after, [Event(Kind.SETTINGS_CHANGED, self.clock(), str(caller.username), space.id, detail=detail)]

        space, changed = change_space(self.index, name, decide)
        assert space is not None  # `decide` refuses what is not there
        if changed:
            self.jobs.send([jobs.SweepSpace(space.id)])  # which has all stores keep old versions as long
        return space

    def release(self, caller: Caller, name: str) -> Space:
        """Let other stores follow a paused space again, and have them catch up; the space as it is then. Repeatable.

        Raises Unauthenticated, Denied, NotFound.
        """
        require_role(caller, Role.OWNER)

        def decide(space: Space | None) -> Change | None:
            if space is None:
                raise NotFound(f"Space {name!r} does not exist")
            if space.paused is None:
                return None
            event = Event(Kind.RELEASED, self.clock(), str(caller.username), space.id, detail={"why": space.paused.why})
            return replace(space, paused=None, removal_released=space.removing), [event]

        space, _ = change_space(self.index, name, decide)
        assert space is not None  # `decide` refuses what is not there
        self.jobs.send([jobs.RemoveSpace(space.id) if space.removing else jobs.SweepSpace(space.id)])
        return space

    def _require_allowed(self, caller: Caller, space: Space, after: Space) -> None:
        if after.hold != space.hold and after.hold == timedelta(0):
            require_role(caller, Role.OWNER)
        if after.retained_until == space.retained_until:
            return
        require_role(caller, Role.OWNER)
        if space.retained(self.clock()) and (
            after.retained_until is None or after.retained_until < (space.retained_until or date.max)
        ):
            raise Conflict(
                f"Space {space.id!r} is retained until {space.retained_until}: that day can be moved later, not earlier"
            )
        if after.retained_until is not None and not after.retained(self.clock()):
            raise Invalid(f"Retention until {after.retained_until} is over already: choose a day that is to come")


def _editable(space: Space | None, name: str) -> Space:
    if space is None:
        raise NotFound(f"Space {name!r} does not exist")
    if space.id == SYSTEM_SPACE:
        raise Denied(f"Space {space.id!r} is the service's own, and has no settings")
    if space.removing:
        raise NotFound(f"Space {space.id!r} is being deleted")
    return space
