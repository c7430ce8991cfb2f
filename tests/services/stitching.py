"""What the stories of stitching have in common."""

from collections.abc import Callable
from typing import Any

from chalicelib.domain.content import ContentId
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stitching import Stitching
from tests.chunked import Chunked

from .world import MAPS, World

FILM = Chunked("film/master.mov", b"the whole film, from the title to the end", 12)
WHOLE, MANIFEST = ContentId(FILM.id), ContentId(FILM.manifest_id)
FIRST, *_, LAST = map(ContentId, FILM.chunks)


def upload(world: World, chunked: Chunked = FILM) -> None:
    """What SyncTool does, and all that follows."""
    for name, data in chunked.chunks.items():
        world.put(data, name, properties={"creator": "root"})
    properties = {"creator": "root", "content-file-path": "/films/master.mov"}
    world.put(chunked.manifest, chunked.manifest_id, content_type="application/xml", properties=properties)
    world.work()


def ask(world: World, remove_chunks: bool = False, replace: bool = False, whole: str = FILM.id) -> Stitching:
    return world.stitch.ask(world.maps, whole, "ann", remove_chunks, replace)


def state(world: World) -> Stitching:
    return world.stitch.state(world.maps, WHOLE)


def ids(world: World) -> list[str]:
    return sorted(world.primary.contents[MAPS])


def when_read(world: World, item: ContentId, act: Callable[[], object]) -> None:
    """Do something the next time that an object of the primary is opened."""
    opened = world.primary.open

    def open_and_act(space: SpaceId, content_id: ContentId, *part: Any) -> Any:
        if content_id == item:
            world.primary.open = opened  # type: ignore[method-assign]
            act()
        return opened(space, content_id, *part)

    world.primary.open = open_and_act  # type: ignore[method-assign]
