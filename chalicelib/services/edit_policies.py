"""Edit policies: say in which stores the items of each space are kept, and have what is missing there made."""

from dataclasses import dataclass, replace

from chalicelib.domain import jobs
from chalicelib.domain.access import Caller, Role, require_admin, require_role
from chalicelib.domain.duplication import Policies, stores_for
from chalicelib.domain.errors import Invalid, Outdated
from chalicelib.domain.journal import Event, Kind
from chalicelib.domain.spaces import SYSTEM_SPACE, SpaceId
from chalicelib.ports import Clock, Index, JobQueue, Stores


@dataclass(frozen=True)
class EditPolicies:
    """An edit counts for every deposit from now on; a sweep of the spaces that it concerns makes what is missing."""

    stores: Stores
    index: Index
    jobs: JobQueue
    clock: Clock

    def show(self, caller: Caller) -> Policies:
        """The policies as they are. Raises Unauthenticated, Denied."""
        require_admin(caller)
        return self.index.policies()

    def replace(self, caller: Caller, wanted: Policies, read: int | None = None) -> Policies:
        """Replace all policies, those of revision `read` (None: whichever there are); returns them as they are then.

        A space need not exist: one that is to be kept in one store only gets its entry before it is made. Should the
        sweeps not be asked for, because of a crash, the daily ones do their work.
        Only an owner may take a store away from the default, from an entry, or from a space that exists; what is there
        stays there. Raises Unauthenticated, Denied, Invalid (stores that are not configured), Outdated (others were
        faster).
        """
        require_admin(caller)
        if unknown := sorted(wanted.named - set(self.stores.ids)):
            known = ", ".join(self.stores.ids)
            raise Invalid(f"There is no store {', '.join(map(repr, unknown))}: the stores are {known}")
        before = self.index.policies()
        if read is not None and read != before.revision:
            raise Outdated(f"The policies are at revision {before.revision}, not at {read}: read them and edit anew")
        after = replace(wanted, modes=before.modes, revision=before.revision)
        if after == before:
            return before
        if self._takes_away(before, after):
            require_role(caller, Role.OWNER)
        event = Event(Kind.POLICIES_CHANGED, self.clock(), str(caller.username), SYSTEM_SPACE, detail=_told(after))
        if not self.index.save_policies(after, [event]):
            raise Outdated("The policies were changed by others in this moment: read them and edit anew")
        self.jobs.send(
            jobs.SweepSpace(space.id)
            for space in self.index.spaces()
            if stores_for(before, space.id, self.stores.ids) != stores_for(after, space.id, self.stores.ids)
        )
        return replace(after, revision=after.revision + 1)

    def _takes_away(self, before: Policies, after: Policies) -> bool:
        """Whether something that is kept now would be kept in fewer stores."""
        anything = SpaceId("a")  # too short for the name of a space, so that none has an entry: the default counts
        concerned = {anything, *before.spaces, *(space.id for space in self.index.spaces())}
        now, then = ({s: {*stores_for(p, s, self.stores.ids)} for s in concerned} for p in (before, after))
        return any(now[space] - then[space] for space in concerned)


def _told(policies: Policies) -> dict[str, str]:
    """The policies as the detail of an event."""
    own = {f"space {space}": " ".join(stores) for space, stores in policies.spaces.items()}
    default = "every store" if policies.default is None else " ".join(policies.default)
    return {"default": default, "ignored": " ".join(sorted(policies.ignored)), **own}
