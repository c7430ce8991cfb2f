"""Find items: a folder of a space as people see folders, or what somebody looks for in it."""

from dataclasses import dataclass

from chalicelib.domain.content import ContentId
from chalicelib.domain.records import Item
from chalicelib.domain.searching import Wanted
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Index

_PAGE = 1000
_MOST_RECORDS = 5000  # that one search looks at
_MOST_CALLS = 40  # of the index for one page of a folder
_SLASH, _BEHIND_SLASH = "/", "0"  # which follows it


@dataclass(frozen=True)
class Found:
    """A page; `next` is where to go on, None at the end. `looked_at`: how many records this took."""

    items: tuple[Item, ...]
    next: str | None
    folders: tuple[str, ...] = ()
    looked_at: int = 0


@dataclass(frozen=True)
class FindItems:
    """Pages are cut by what they cost, too: one may be short, or empty, before the last one."""

    index: Index

    def page(self, space: SpaceId, prefix: str = "", after: str = "", limit: int = 100) -> Found:
        """Items in the order of their ids; costs as much as the page has items."""
        page = self.index.items(space, prefix, after, limit)
        return Found(tuple(page), page[-1].id if len(page) == limit else None, looked_at=len(page))

    def search(self, space: SpaceId, wanted: Wanted, prefix: str = "", after: str = "", limit: int = 100) -> Found:
        """Items that fit, in the order of their ids; looks at every record behind `after`, at most 5,000 at a time."""
        found: list[Item] = []
        looked_at = 0
        while True:
            page = self.index.items(space, prefix, after, _PAGE)
            for item in page:
                looked_at, after = looked_at + 1, item.id
                if wanted.fits(item):
                    found.append(item)
                    if len(found) == limit:
                        return Found(tuple(found), after, looked_at=looked_at)
            if len(page) < _PAGE:
                return Found(tuple(found), None, looked_at=looked_at)
            if looked_at >= _MOST_RECORDS:
                return Found(tuple(found), after, looked_at=looked_at)

    def folder(self, space: SpaceId, prefix: str = "", after: str = "", limit: int = 100) -> Found:
        """What is right below a prefix: items, and folders, which are the beginnings that several ids may have.

        A folder is jumped over, however much is in it: a page takes at most two calls of the index for each entry.
        """
        walk = _Walk(prefix, limit)
        if walk.folder_of(after):  # the last entry was a folder
            after = self._jump(space, walk, after)
        calls = 0
        while not walk.full and calls < _MOST_CALLS:
            page = self.index.items(space, prefix, after, limit)
            calls, after = calls + 1, walk.take(page) or after
            if len(page) < limit and not walk.full:
                return walk.found(None)
            if not walk.full and walk.folder_of(after) and walk.folders:
                calls, after = calls + 1, self._jump(space, walk, after)
        return walk.found(walk.last or None)

    def _jump(self, space: SpaceId, walk: "_Walk", inside: str) -> str:
        """The place behind the folder that an id is in. An item may be exactly there: it is taken."""
        behind = ContentId(walk.folder_of(inside)[: -len(_SLASH)] + _BEHIND_SLASH)
        item = self.index.item(space, behind)
        if item is not None and item.live:
            walk.take([item])
        return behind


@dataclass
class _Walk:
    """What a page of a folder has so far."""

    prefix: str
    limit: int

    def __post_init__(self) -> None:
        self.items: list[Item] = []
        self.folders: list[str] = []
        self.last = ""

    @property
    def full(self) -> bool:
        return len(self.items) + len(self.folders) >= self.limit

    def folder_of(self, content_id: str) -> str:
        """The folder right below the prefix that an id is in; empty for none."""
        head, slash, _ = content_id[len(self.prefix) :].partition(_SLASH)
        return f"{self.prefix}{head}{slash}" if slash and content_id.startswith(self.prefix) else ""

    def take(self, page: list[Item]) -> str:
        """Take entries as long as there is room; the id of the last item that was looked at."""
        seen = ""
        for item in page:
            folder = self.folder_of(item.id)
            if folder and folder == self.last:
                seen = item.id
                continue
            if self.full:
                break
            (self.folders.append(folder) if folder else self.items.append(item))
            self.last, seen = folder or item.id, item.id
        return seen

    def found(self, following: str | None) -> Found:
        return Found(tuple(self.items), following, tuple(self.folders))
