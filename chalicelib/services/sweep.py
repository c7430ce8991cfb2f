"""Sweep: find what an event failed to tell, by comparing the primary store's listings with the index."""

from dataclasses import dataclass

from chalicelib.domain import jobs
from chalicelib.domain.aside import is_aside
from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import kept
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Entry, Index, JobQueue, Stores
from chalicelib.services.place_copies import wanted_stores

_PAGE = 1000


@dataclass(frozen=True)
class Sweep:
    """Whatever differs is registered again; registering asks for all that follows."""

    stores: Stores
    index: Index
    jobs: JobQueue

    def sweep(self) -> None:
        """Ask for a sweep of every space, and for the removal of those that are being deleted. Repeatable.

        With them goes what was put aside of deleted items, when its time has come.
        """
        for space in self.index.spaces():
            self.jobs.send([jobs.RemoveSpace(space.id) if space.removing else jobs.SweepSpace(space.id)])
        self.jobs.send([jobs.RemoveAside()])

    def sweep_space(self, space: SpaceId, after: str = "") -> None:
        """Compare one page and ask for the next; with the first, have other stores make the space.

        Safe twice and late: it only asks others to look.
        """
        listed = self.stores.primary.list(space, after=after, limit=_PAGE)
        known = self.index.items(space, after=after, limit=_PAGE)
        end = _end(listed, known)
        wanted = wanted_stores(self.stores, self.index, space)
        if not after:
            self.jobs.send([jobs.FollowSpace(space, store) for store in wanted[1:]])
        lacking = {item.id for item in known if self._lacks(item, wanted)}
        self.jobs.send([jobs.Register(space, item) for item in _to_register(space, listed, known, end, lacking)])
        if end is not None:
            self.jobs.send([jobs.SweepSpace(space, end)])

    def _lacks(self, item: Item, wanted: tuple[StoreId, ...]) -> bool:
        """Whether a copy is to be made or proven, or was asked for and is wanted no more."""
        unproven = any(store in self.stores.providers for store in item.unproven())
        return unproven or kept(item.copies, wanted).keys() != item.copies.keys()


def _end(listed: list[Entry], known: list[Item]) -> ContentId | None:
    """The last id that both pages reach; None when both are the last."""
    lasts = [page[-1].id for page in (listed, known) if len(page) == _PAGE]
    return min(lasts, key=str.encode) if lasts else None


def _to_register(
    space: SpaceId, listed: list[Entry], known: list[Item], end: ContentId | None, lacking: set[ContentId]
) -> list[ContentId]:
    """The ids, up to `end`, at which store and index differ, or whose copies are not as they should be."""
    etags = {entry.id: entry.etag for entry in listed}
    items = {item.id: item for item in known}
    ids = sorted(etags.keys() | items.keys(), key=str.encode)
    if end is not None:
        ids = [i for i in ids if i.encode() <= end.encode()]
    ids = [i for i in ids if not is_aside(space, i)]
    return [i for i in ids if i not in items or i not in etags or items[i].etag != etags[i] or i in lacking]
