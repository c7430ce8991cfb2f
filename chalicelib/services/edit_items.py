"""Edit items: the same change of many items, or their deletion, each told of by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.domain.content import ContentId
from chalicelib.domain.descriptions import Patch
from chalicelib.domain.errors import DuraCloudError, Invalid, NotFound, Unavailable
from chalicelib.domain.spaces import Space
from chalicelib.services.delete import Delete
from chalicelib.services.describe import Describe

MOST = 100  # items in one request: each takes several calls of the store and the index


@dataclass(frozen=True)
class Edited:
    """What became of one item: `done`, `missing`, or `failed` for a reason that may pass (`again`) or not."""

    id: str
    state: str
    reason: str | None = None
    again: bool = False


@dataclass(frozen=True)
class EditItems:
    """What fails for one item does not keep the others. Safe to repeat: what is done already is done or missing."""

    describe: Describe
    delete: Delete

    def patch_all(self, space: Space, ids: Sequence[str], patch: Patch, agent: str) -> list[Edited]:
        """Change a part of the description of each. Raises Invalid for too many."""
        return self._each(ids, lambda name: self.describe.patch(space, name, patch, agent))

    def delete_all(self, space: Space, ids: Sequence[str], agent: str) -> list[Edited]:
        """Delete each; its copies stay for the hold of the space. Raises Invalid for too many."""
        return self._each(ids, lambda name: self.delete.delete(space, name, agent))

    def _each(self, ids: Sequence[str], do: Callable[[ContentId], object]) -> list[Edited]:
        if not 1 <= len(ids) <= MOST:
            raise Invalid(f"ids must name 1 to {MOST} items")
        return [_edited(ContentId(name), do) for name in dict.fromkeys(ids)]


def _edited(name: ContentId, do: Callable[[ContentId], object]) -> Edited:
    try:
        do(name)
    except NotFound:
        return Edited(name, "missing")
    except DuraCloudError as error:
        return Edited(name, "failed", str(error), isinstance(error, Unavailable))
    return Edited(name, "done")
