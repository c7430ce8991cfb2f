"""Manage spaces: create, find, share and remove them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chalicelib.domain import access, jobs
from chalicelib.domain.access import Access, Caller, Role
from chalicelib.domain.enquiries import ENQUIRIES
from chalicelib.domain.errors import Denied, NotFound, Rejected
from chalicelib.domain.journal import SYSTEM, Event, Kind
from chalicelib.domain.retention import require_not_retained
from chalicelib.domain.spaces import CANARY_SPACE, SYSTEM_SPACE, Space, SpaceId, parse_space_id
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.services.change_space import Change, change_space, require_revision
from chalicelib.services.delete import Delete

_PAGE = 1000


@dataclass(frozen=True)
class ManageSpaces:
    """A space is a bucket in each store and a record with its access rules."""

    stores: Stores
    index: Index
    jobs: JobQueue
    delete: Delete
    clock: Clock

    def prepare(self) -> None:
        """Make sure that the system space exists, and that every space has its settings in the primary store.

        Repeatable; nothing happens while that is not to be written to. Run at every start: some stores forget
        settings (notifications, versioning) at a restart.
        """
        if not self.index.policies().mode(self.stores.primary_id).written:
            return
        self.provide(SYSTEM_SPACE)
        for space in self.index.spaces():
            self.stores.primary.create_space(space.id, space.versions_for(self.delete.hold))

    def provide(self, space_id: SpaceId) -> Space:
        """A space of the service's own, made when there is none. Repeatable."""
        return self.index.space(space_id) or self._create(space_id, SYSTEM, {})

    def create(self, caller: Caller, name: str) -> Space:
        """Create a space, with WRITE for its creator; one that exists is left as it is (contract 1.3).

        Raises Invalid (name), Unauthenticated, Denied.
        """
        access.require_admin(caller)
        if name == CANARY_SPACE:
            raise Denied(f"Space {name!r} is made by the service itself")
        existing = self.index.space(name)
        if existing is not None:
            return existing
        creator = str(caller.username)
        return self._create(parse_space_id(name), creator, {creator: "WRITE"})

    def _create(self, space_id: SpaceId, creator: str, acl: Mapping[str, str]) -> Space:
        now = self.clock()
        self.index.policies().require_writable(self.stores.primary_id)
        new = Space(space_id, now, creator, acl)
        self.stores.primary.create_space(space_id, new.versions_for(self.delete.hold))

        def make(space: Space | None) -> Change | None:
            return None if space else (new, [Event(Kind.SPACE_CREATED, now, creator, space_id)])

        space, _ = change_space(self.index, space_id, make)
        self.jobs.send([jobs.SweepSpace(space_id)])  # which has the other stores follow
        return space or new

    def visible(self, caller: Caller) -> list[tuple[Space, Access]]:
        """The spaces that the caller may read, sorted by id, with what he may do in each."""
        shown = (space for space in self.index.spaces() if space.id != CANARY_SPACE)
        spaces = ((space, access.access(caller, space)) for space in shown)
        return [(space, may) for space, may in spaces if may is not Access.NONE]

    def readable(self, caller: Caller, name: str) -> Space:
        """The space of that name. Raises Unauthenticated, Denied, NotFound (for admins; others are just denied)."""
        space = self.index.space(name)
        access.require_read(caller, space, name)
        return _existing(space, name)

    def writable(self, caller: Caller, name: str) -> Space:
        """The space of that name, to change its content. Raises as `readable`, and Denied for the system space."""
        space = self.index.space(name)
        access.require_write(caller, space, name)
        return _not_system(_existing(space, name))

    def access_rules(self, name: str) -> Mapping[str, str]:
        """The rules of a space, open to anybody (contract 1.5). Raises NotFound."""
        return _existing(self.index.space(name), name).acl

    def replace_access_rules(
        self, caller: Caller, name: str, given: Mapping[str, str], read: int | None = None
    ) -> Space:
        """Replace all rules of a space, those of revision `read` (None: whichever there are); the space as it is then.

        Raises Invalid, Unauthenticated, Denied, NotFound, Outdated (others were faster).
        """
        access.require_admin(caller)

        def decide(found: Space | None) -> Change:
            space = _not_system(_existing(found, name))
            if space.removing:
                raise NotFound(f"Space {name!r} is being deleted")
            require_revision(space, read)
            acl = access.parse_acl(given)
            if space.id == ENQUIRIES and any(name.lower() == access.PUBLIC for name in acl):
                raise Denied(f"Space {space.id!r} holds letters of visitors, and is never open to the public")
            event = Event(Kind.ACCESS_CHANGED, self.clock(), str(caller.username), space.id, detail=acl)
            return replace(space, acl=acl), [event]

        space, _ = change_space(self.index, name, decide)
        return _existing(space, name)

    def remove(self, caller: Caller, name: str) -> None:
        """Accept the removal of a space; its items go one after another in the background (contract 1.3).

        Raises Unauthenticated, Denied, NotFound, and Conflict while it is retained.
        """
        access.require_admin(caller)
        self.index.policies().require_writable(self.stores.primary_id)

        def decide(found: Space | None) -> Change:
            space = _not_system(_existing(found, name))
            require_not_retained(space, self.clock(), "it cannot be deleted")
            event = Event(Kind.SPACE_REMOVAL_ASKED, self.clock(), str(caller.username), space.id)
            return replace(space, removing=True, removal_released=Role.OWNER in caller.roles), [event]

        space, _ = change_space(self.index, name, decide)
        self.jobs.send([jobs.RemoveSpace(_existing(space, name).id)])

    def remove_next(self, space_id: SpaceId) -> None:
        """Remove one page of a dying space's items and ask for the next; with the last one, the space. Repeatable.

        Then the other stores follow: each keeps the space for as long as it holds copies.
        """
        space = self.index.space(space_id)
        if space is not None and not space.removing:
            return
        if space is None:  # also when this was cut off just before the last line
            self.jobs.send([jobs.FollowSpace(space_id, store) for store in self.stores.ids[1:]])
            return
        if not self.index.policies().mode(self.stores.primary_id).written:
            return  # the sweep asks again
        ids = [entry.id for entry in self.stores.primary.list(space_id, limit=_PAGE)]
        # Items whose object is missing go too: left alive, they would be repaired into a space that is gone.
        ids = ids or [item.id for item in self.index.items(space_id, limit=_PAGE)]
        for content_id in ids:
            try:
                self.delete.delete(space, content_id, SYSTEM)
            except NotFound:
                continue  # somebody else was faster
        if ids:
            self.jobs.send([jobs.RemoveSpace(space_id)])
            return
        space = self.index.space(space_id)
        if space is not None and space.paused is not None:
            return  # its record keeps what other stores hold, until an owner releases it
        try:
            self.stores.primary.remove_space(space_id)
        except Rejected:  # something was put there since it was listed
            self.jobs.send([jobs.RemoveSpace(space_id)])
            return
        self.index.remove_space(space_id, [Event(Kind.SPACE_REMOVED, self.clock(), SYSTEM, space_id)])
        self.jobs.send([jobs.FollowSpace(space_id, store) for store in self.stores.ids[1:]])


def _existing(space: Space | None, name: str) -> Space:
    if space is None:
        raise NotFound(f"Space {name!r} does not exist")
    return space


def _not_system(space: Space) -> Space:
    if space.id == SYSTEM_SPACE:
        raise Denied(f"Space {space.id!r} holds evidence and records of the service, which alone writes to it")
    if space.id == CANARY_SPACE:
        raise Denied(f"In space {space.id!r} the service tests itself, and alone writes to it")
    return space
