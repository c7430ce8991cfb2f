"""What the stories of bringing back have in common."""

from datetime import timedelta

from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.spaces import SYSTEM_SPACE

from .world import ITEM, MAPS, OWNER, World

NEW = b"another edition of the map"


def kept_in_both(world: World) -> World:
    world.put(properties={"title": "Atlas"})
    world.work()
    return world


def kept_alone(world: World) -> World:
    """An item that the primary alone keeps."""
    world.policies.replace(OWNER, Policies(spaces={MAPS: ()}))
    return kept_in_both(world)


def delete(world: World) -> None:
    world.delete.delete(world.maps, ITEM, "admin")


def undelete(world: World) -> None:
    world.undelete.undelete(world.maps, ITEM, "curator")


def aside(world: World) -> dict[ContentId, bytes]:
    held = world.primary.contents[SYSTEM_SPACE]
    return {name: data for name, (data, _) in held.items() if name.startswith("deleted/")}


def day_after_day(world: World, time: timedelta) -> None:
    """Time passes, with what comes by itself every day."""
    world.now += time
    world.plan_checks.plan()
    world.sweep.sweep()
    world.work()
