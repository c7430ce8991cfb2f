"""A world with a copy in an archive, and what is asked of it."""

from datetime import timedelta

from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain import jobs
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.cold import Sample
from chalicelib.domain.journal import Kind
from chalicelib.domain.prices import PRICES
from chalicelib.domain.records import CopyState

from .world import BYTES, ITEM, MAPS, THREE, World

DAY = timedelta(days=1)
ALL, NONE = Sample(1.0, "seed"), Sample()
DEEP = {THREE: "deep"}
COST = PRICES["deep"].of(len(BYTES)) + PRICES["deep"].restoring(len(BYTES))
LONG_AGO = Checksums("0" * 32, "0" * 64)


def cold(sample: Sample = ALL, **given: object) -> World:
    """An item whose third copy went into an archive after it was proven, and whose time for a check has come."""
    world = World(third=MemoryStore(), classes=DEEP, sample=sample, **given)  # type: ignore[arg-type]
    world.put()
    world.work()
    world.check.check(MAPS, ITEM)
    assert set(world.states().values()) == {CopyState.INTACT}
    freeze(world)
    world.now += 200 * DAY
    return world


def archive(world: World) -> MemoryStore:
    assert world.third is not None
    return world.third


def freeze(world: World) -> None:
    archive(world).archive[MAPS, ITEM] = False


def restore(world: World) -> None:
    """What the store was asked for is there."""
    assert archive(world).archive[MAPS, ITEM] is None
    archive(world).archive[MAPS, ITEM] = True


def told(world: World) -> list[dict[str, str]]:
    """What the history says of the checks of the third copy."""
    events = world.index.history(MAPS, ITEM)
    return [dict(event.detail) for event in events if (event.kind, event.store) == (Kind.CHECKED, THREE)]


def waiting(world: World) -> list[jobs.Job]:
    return [job for job in world.queue.jobs if job == jobs.Check(MAPS, ITEM, (THREE,))]
