"""What the stories of lost items and paused spaces have in common."""

from datetime import timedelta

from chalicelib.domain.content import ContentId
from chalicelib.domain.spaces import Pause, Space

from .world import BYTES, HOLD, MAPS, OWNER, World

NEW = b"another edition of the map"
LARGER = BYTES + b", and of its frame"
MINUTE = timedelta(minutes=1)


def filled(items: int, hold: timedelta = HOLD) -> World:
    """A world with so many items, none of whose copies is to be made any more."""
    world = World(hold=hold)
    for number in range(items):
        world.put(item=name(number))
    world.work(5000)
    return world


def name(number: int) -> ContentId:
    return ContentId(f"item {number:03}")


def delete(world: World, *numbers: int) -> None:
    for number in numbers:
        world.delete.delete(world.maps, name(number), "member")


def overwrite(world: World, *numbers: int) -> None:
    for number in numbers:
        world.put(NEW, name(number))


def overwrite_directly(world: World, *numbers: int) -> None:
    for number in numbers:
        world.put_directly(NEW, name(number))
        world.register.register(MAPS, name(number))


def vanish(world: World, *numbers: int) -> None:
    """What another S3 client does."""
    for number in numbers:
        world.primary.delete(MAPS, name(number))
    world.work(5000)


def space(world: World) -> Space:
    found = world.index.space(MAPS)
    assert found is not None
    return found


def pause(world: World) -> None:
    assert world.index.save_space(
        Space(**{**space(world).__dict__, "paused": Pause(world.now, "a test", told=True), "pauses": 1})
    )


def release(world: World) -> None:
    world.edit_space.release(OWNER, MAPS)
    world.work(5000)
