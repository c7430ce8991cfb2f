"""Follow space: other stores get a space when it is made, and lose it when it is gone and nothing is left in it."""

from dataclasses import dataclass
from datetime import timedelta

from chalicelib.domain import jobs
from chalicelib.domain.duplication import stores_for
from chalicelib.domain.errors import Rejected
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Index, JobQueue, Stores


@dataclass(frozen=True)
class FollowSpace:
    """Looks at one space in one store and makes it be there, or not. `hold` is that of spaces without their own."""

    stores: Stores
    index: Index
    jobs: JobQueue
    hold: timedelta

    def follow(self, space: SpaceId, store: StoreId) -> None:
        """Make the space where it is wanted; remove it, once it is removed here, when it is empty.

        Safe twice, late and out of order. What still holds copies stays: the removal of the last one asks again. A
        space that exists and is wanted there no more stays too. Raises StoreDown while a space is to be removed from a
        store that is not to be written to.
        """
        if store == self.stores.primary_id or store not in self.stores.providers:
            return
        provider, found, policies = self.stores.providers[store], self.index.space(space), self.index.policies()
        if found is not None:
            if not policies.mode(store).written:
                return
            if not found.removing and store in stores_for(policies, space, self.stores.ids):
                provider.create_space(space, found.versions_for(self.hold))
            return
        policies.require_writable(store)
        try:
            provider.remove_space(space)
        except Rejected:
            return
        if self.index.space(space) is not None:  # made anew meanwhile
            self.jobs.send([jobs.FollowSpace(space, store)])
