"""Follow space: other stores get a space when it is made, and lose it when it is gone and nothing is left in it."""

from dataclasses import dataclass
from datetime import timedelta

from chalicelib.domain import jobs
from chalicelib.domain.errors import Rejected
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Index, JobQueue, Stores
from chalicelib.services.place_copies import wanted_stores


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
        space that exists and is wanted there no more stays too. Raises Unavailable.
        """
        if store == self.stores.primary_id or store not in self.stores.providers:
            return
        provider, found = self.stores.providers[store], self.index.space(space)
        if found is not None:
            if not found.removing and store in wanted_stores(self.stores, self.index, space):
                provider.create_space(space, found.versions_for(self.hold))
            return
        try:
            provider.remove_space(space)
        except Rejected:
            return
        if self.index.space(space) is not None:  # made anew meanwhile
            self.jobs.send([jobs.FollowSpace(space, store)])
