"""End: faults are over and nothing more happens but what happens by itself; then everything has to be well."""

from contextlib import suppress
from datetime import UTC, datetime, time, timedelta

from chalicelib.domain.aside import is_aside
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.domain.spaces import SYSTEM_SPACE
from chalicelib.domain.stores import Mode
from chalicelib.services.place_copies import wanted_stores
from tests.services.world import ADMIN, HOLD, MAPS, ONE, OWNER, checksums

from .reckoning import Is, MayBe
from .steps import FILM, Steps

DAY = timedelta(days=1)


def end(steps: Steps) -> None:
    """Let faults end and time pass."""
    world = steps.world
    world.fuse.armed.clear()
    for store in world.stores.values():
        store.down = False
    for store in world.stores:
        try:
            steps.mode(store, Mode.IN_SERVICE)
        except Conflict:  # the primary lost something meanwhile
            steps.mode(store, Mode.FILLING)
    steps.arrive()
    _release(steps)
    for _ in range(3):
        steps.world.now += DAY  # what was lost is asked for again when it is overdue
        steps.sweep()
        steps.work()
    _assert_sweeps_left_nothing_to_make(steps)
    with suppress(NotFound):
        steps.check()
    for _ in range(4):
        steps.work()
        steps.pass_time(DAY)
        steps.sweep()
    steps.work()
    steps.mode(ONE, Mode.IN_SERVICE)
    steps.work()


def _assert_sweeps_left_nothing_to_make(steps: Steps) -> None:
    """Where the primary is well, sweeps alone have every copy made, without waiting for a check."""
    for item in steps.world.index.items(MAPS):
        held = steps.world.bytes_in(steps.world.primary, item.id)
        if held is not None and item.checksums.complete and item.checksums == checksums(held):
            pending = [store for store, copy in item.copies.items() if copy.state is CopyState.PENDING]
            assert not pending, f"{item.id!r} waits in store {pending}, and nobody does anything"


def _release(steps: Steps) -> None:
    """When no retention is in force any more, an owner lets go on what was paused because of one."""
    steps.work()
    space = steps.world.index.space(MAPS)
    if space is None:
        return
    if space.retained_until is not None:  # perhaps by a clock that was ahead
        steps.world.now = max(steps.world.now, datetime.combine(space.retained_until, time(), UTC))
    steps.world.edit_space.release(OWNER, MAPS)


def assert_ended_well(steps: Steps, may_be: MayBe) -> None:
    """Every item is what it may be, with a verified copy in every store, or something says why not."""
    for name, one in may_be.items():
        if not _said_to_be_lost(steps, name):
            _assert_item_ended_well(steps, name, one)
    _assert_incidents_say_what_is_wrong(steps)
    _assert_no_chunk_was_lost(steps, may_be)
    _assert_evidence_was_kept(steps)
    steps.pass_time(4 * HOLD)
    steps.sweep()
    steps.work()
    _assert_nothing_is_forgotten(steps)


def _said_to_be_lost(steps: Steps, name: ContentId) -> bool:
    """Whether somebody was called because no copy is left, and there could be none.

    The primary stored the only one wrong, without a word; or a disk lost the one that was kept of a deleted item.
    """
    kinds = steps.world.kinds(name)
    told = [kind for kind in kinds if kind in (Kind.LOST, Kind.REPAIRED, Kind.DEPOSITED)]
    spoilt = {item for space, item in steps.world.fuse.spoilt if (space, item) == (MAPS, name) or is_aside(space, item)}
    return told[-1:] == [Kind.LOST] and bool(spoilt or (name in steps.decayed and Kind.UNDELETED in kinds))


def _assert_item_ended_well(steps: Steps, name: ContentId, may_be: set[Is]) -> None:
    world = steps.world
    item, held = world.index.item(MAPS, name), world.bytes_in(world.primary, name)
    if item is None or not item.live:
        assert held is None
        assert None in may_be or name in FILM.chunks, f"{name!r} was one of {may_be} and is gone"
        return
    assert held is not None, f"{name!r} is not in the primary"
    about = world.retrieve.describe(world.maps, name).about
    assert (held, about.properties.get("color")) in may_be, f"{name!r}: {held!r}, {about.properties}"
    assert about.described_as(item.about)
    assert {*wanted_stores(world.retrieve.stores, world.index, MAPS)} <= item.copies.keys()
    assert set(world.states(name).values()) == {CopyState.INTACT}, world.states(name)
    for store in item.copies:
        data, stored = world.stores[store].contents[MAPS][name]
        assert item.checksums == checksums(data), f"{name!r} in store {store}"
        assert store == ONE or stored.described_as(item.about), f"{name!r} in store {store}: {stored}"


def _assert_incidents_say_what_is_wrong(steps: Steps) -> None:
    """Of an item that lacks a proven copy, an open incident says why; and of nothing else is there one."""
    world = steps.world
    open_ones = {(i.space, i.item): i for i in world.incidents.page(ADMIN, True, None, None, "")[0]}
    wrong = {
        (item.space, item.id)
        for space in world.index.spaces()
        for item in world.index.items(space.id)
        if item.unproven() or {*wanted_stores(world.retrieve.stores, world.index, space.id)} - item.copies.keys()
    }
    assert open_ones.keys() == wrong, f"incidents {open_ones}, and what is wrong {wrong}"


def _assert_no_chunk_was_lost(steps: Steps, may_be: MayBe) -> None:
    whole = steps.world.bytes_in(steps.world.primary, ContentId(FILM.id))
    for name in map(ContentId, FILM.chunks):
        if steps.world.bytes_in(steps.world.primary, name) is None and None not in may_be[name]:
            assert whole == FILM.data, f"{name!r} is gone, and there is no whole"
            assert FILM.chunks[name] in {one[0] for one in may_be[name] if one}


def _assert_evidence_was_kept(steps: Steps) -> None:
    """What a disk changed is kept aside, unless a member replaced it before anybody looked."""
    stores = steps.world.stores.values()
    kept = {data for store in stores for data, _ in store.contents.get(SYSTEM_SPACE, {}).values()}
    for data, (store, then) in steps.rotten.items():
        item = steps.world.index.item(MAPS, then.id)
        same = item and item.live and (item.generation, item.writes) == (then.generation, then.writes)
        if same and then.id not in steps.lost_rows:
            assert data in kept, f"{data!r} of {then.id!r} in store {store} is gone without a trace"


def _assert_nothing_is_forgotten(steps: Steps) -> None:
    for number, store in steps.world.stores.items():
        for name, (data, _) in store.contents.get(MAPS, {}).items():
            item = steps.world.item(name)
            alone_known = steps.world.index.space(MAPS) is None or checksums(data) != item.checksums
            if number == ONE or (name in steps.lost_rows and alone_known):
                continue  # of what the lost record alone knew, the sweep of its space tells, and a person decides
            assert item.live, f"the copy of {name!r} in store {number} is still there"
            assert number in item.copies, f"nobody knows of the copy of {name!r} in store {number}"
