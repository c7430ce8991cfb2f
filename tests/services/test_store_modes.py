"""Modes of stores: what is done with a store that is read-only, out of service, or being filled, and what is not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.access import ANONYMOUS, Caller
from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Conflict, Denied, Invalid, NotFound, StoreDown, Unauthenticated
from chalicelib.domain.journal import Kind
from chalicelib.domain.manifest import ManifestFormat
from chalicelib.domain.records import CopyState
from chalicelib.domain.spaces import SYSTEM_SPACE
from chalicelib.domain.stores import Mode, StoreId
from chalicelib.services.deposit import NewContent
from chalicelib.services.describe import NewDescription

from .world import ADMIN, BYTES, HOLD, ITEM, MAPS, ONE, OWNER, TWO, World

NEW = ContentId("new")
INTACT, PENDING = CopyState.INTACT, CopyState.PENDING
CLOSED = pytest.mark.parametrize("mode", [Mode.READ_ONLY, Mode.OUT_OF_SERVICE])


class Silent:
    """A store that must not be asked."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked of a store that is out of service")


@pytest.fixture
def whole(world: World) -> World:
    world.put()
    world.work()
    return world


def set_mode(world: World, store: StoreId, mode: Mode) -> None:
    world.edit_stores.set_mode(OWNER, store, mode)
    providers: Any = world.register.stores.providers
    real = {ONE: world.primary, TWO: world.second}
    providers[store] = real[store] if mode.read else Silent()


def back(world: World, store: StoreId, mode: Mode = Mode.IN_SERVICE) -> None:
    providers: Any = world.register.stores.providers
    providers[store] = {ONE: world.primary, TWO: world.second}[store]
    set_mode(world, store, mode)
    world.work()


def read(world: World, store: StoreId | None = None, first: int = 0, last: int | None = None) -> bytes:
    with world.retrieve.open(world.maps, ITEM, first, last, store) as (_, chunks):
        return b"".join(chunks)


# -------------------------------------------------------------------------------------------------------------- editing


def test_an_owner_sets_a_mode_and_the_history_tells(world: World) -> None:
    set_mode(world, TWO, Mode.READ_ONLY)
    told = world.index.history(SYSTEM_SPACE, None)[-1]
    assert (told.kind, told.agent, told.store) == (Kind.STORE_MODE_CHANGED, "owner", TWO)
    assert told.detail == {"mode": "read-only", "before": "in-service"}
    for who, refusal in ((ADMIN, Denied), (ANONYMOUS, Unauthenticated), (Caller("x"), Denied)):
        with pytest.raises(refusal):
            world.edit_stores.set_mode(who, TWO, Mode.IN_SERVICE)
    assert world.index.policies().mode(TWO) is Mode.READ_ONLY


def test_what_cannot_be_set_is_refused(world: World) -> None:
    with pytest.raises(NotFound, match="ID 7"):
        world.edit_stores.set_mode(OWNER, StoreId("7"), Mode.READ_ONLY)
    with pytest.raises(Invalid, match="Store 2 is not the primary"):
        world.edit_stores.set_mode(OWNER, TWO, Mode.FILLING)


def test_a_mode_that_is_set_again_is_told_once_and_sweeps_again(world: World) -> None:
    world.queue.jobs.clear()
    set_mode(world, TWO, Mode.IN_SERVICE)
    assert {jobs.SweepSpace(MAPS), jobs.SweepSpace(SYSTEM_SPACE)} <= set(world.queue.jobs)
    assert world.index.policies().revision == 0


def test_a_mode_is_set_also_when_others_edit_at_the_same_time(world: World) -> None:
    world.fuse.happens = lambda: world.index.save_policies(Policies(default=()))
    for calls in range(12):
        world.index.kept_policies = Policies()
        world.fuse.left = calls
        set_mode(world, TWO, Mode.READ_ONLY)
        assert world.index.policies().mode(TWO) is Mode.READ_ONLY


# --------------------------------------------------------------------------------------------------------- other stores


@CLOSED
def test_what_another_store_lacks_waits_until_it_is_back(whole: World, mode: Mode) -> None:
    whole.put(b"the new edition")
    whole.put(item=NEW)
    whole.queue.send([jobs.Replicate(MAPS, ITEM, TWO), jobs.Replicate(MAPS, NEW, TWO)])  # asked for before
    set_mode(whole, TWO, mode)
    whole.work()
    whole.sweep.sweep()
    whole.work()
    assert whole.states() == whole.states(NEW) == {ONE: INTACT, TWO: PENDING}
    assert whole.bytes_in(whole.second) == BYTES
    back(whole, TWO)
    assert whole.states() == whole.states(NEW) == {ONE: INTACT, TWO: INTACT}
    assert whole.bytes_in(whole.second) == b"the new edition"


def test_copies_out_of_service_get_no_verdict_and_keep_their_state(whole: World) -> None:
    before = whole.item().copies[TWO]
    set_mode(whole, TWO, Mode.OUT_OF_SERVICE)
    whole.now += timedelta(days=90)
    whole.plan_checks.plan()
    whole.work()
    assert whole.item().copies[TWO] == before
    assert whole.item().copies[ONE].checked_at == whole.now
    assert whole.item().next_check > whole.now + timedelta(days=80)
    whole.check.check(MAPS, ITEM, (TWO,))
    assert whole.item().copies[TWO] == before


def test_copies_in_a_read_only_store_are_checked_and_not_repaired(whole: World) -> None:
    set_mode(whole, TWO, Mode.READ_ONLY)
    whole.second.damage(MAPS, ITEM, b"rotten")
    whole.check.check(MAPS, ITEM)
    whole.work()
    assert whole.states() == {ONE: INTACT, TWO: CopyState.DAMAGED}
    assert whole.bytes_in(whole.second) == b"rotten"
    assert whole.item().next_check > whole.now + timedelta(days=80), "there is nothing to be done before it is back"
    back(whole, TWO)
    assert whole.bytes_in(whole.second) == BYTES


def test_nothing_is_lost_while_a_store_that_is_out_of_service_may_hold_it(whole: World) -> None:
    set_mode(whole, TWO, Mode.OUT_OF_SERVICE)
    whole.primary.damage(MAPS, ITEM, b"rotten")
    whole.check.check(MAPS, ITEM)
    whole.work()
    assert whole.states() == {ONE: CopyState.DAMAGED, TWO: INTACT}
    assert Kind.LOST not in whole.kinds()
    back(whole, TWO)
    assert whole.bytes_in(whole.primary) == BYTES
    assert whole.states() == {ONE: INTACT, TWO: INTACT}


@pytest.mark.parametrize("last_known", ["missing", "older"])
def test_and_not_when_it_is_known_to_hold_it_not(whole: World, last_known: str) -> None:
    if last_known == "missing":
        del whole.second.contents[MAPS][ITEM]
        whole.check.check(MAPS, ITEM)
    else:
        whole.put(b"a newer edition")
    set_mode(whole, TWO, Mode.OUT_OF_SERVICE)
    whole.queue.jobs.clear()
    del whole.primary.contents[MAPS][ITEM]
    whole.check.check(MAPS, ITEM)
    assert Kind.LOST in whole.kinds()


@CLOSED
def test_copies_of_deleted_items_stay_until_the_store_is_back(whole: World, mode: Mode) -> None:
    whole.delete.delete(whole.maps, ITEM, "admin")
    set_mode(whole, TWO, mode)
    whole.now += HOLD
    whole.plan_checks.plan()
    whole.work()
    assert whole.bytes_in(whole.second) == BYTES
    back(whole, TWO)
    whole.now += timedelta(days=1)
    whole.plan_checks.plan()
    whole.work()
    assert whole.bytes_in(whole.second) is None


@CLOSED
def test_spaces_follow_when_the_store_is_back(world: World, mode: Mode) -> None:
    set_mode(world, TWO, mode)
    world.spaces.create(ADMIN, "theses")
    world.spaces.remove(ADMIN, MAPS)
    world.work()
    assert MAPS in world.second.contents
    assert "theses" not in world.second.contents
    back(world, TWO)
    assert MAPS not in world.second.contents
    assert "theses" in world.second.contents


@CLOSED
def test_nobody_deposits_into_a_store_that_is_not_written_to(whole: World, mode: Mode) -> None:
    set_mode(whole, TWO, mode)
    with pytest.raises(StoreDown, match=f"Store 2 is {mode}") as error:
        whole.deposit.deposit_into(TWO, whole.maps, NewContent("n", iter([BYTES]), "admin"))
    assert error.value.store == TWO
    assert whole.bytes_in(whole.primary, ContentId("n")) is None


def test_another_store_gives_nothing_while_it_is_out_of_service_and_all_while_it_is_read_only(whole: World) -> None:
    set_mode(whole, TWO, Mode.READ_ONLY)
    assert read(whole, TWO) == BYTES
    set_mode(whole, TWO, Mode.OUT_OF_SERVICE)
    for ask in (lambda: read(whole, TWO), lambda: whole.retrieve.describe(whole.maps, ITEM, TWO)):
        with pytest.raises(StoreDown, match="Store 2 is out-of-service"):
            ask()
    assert whole.retrieve.listing(whole.maps, store=TWO) == [ITEM]


# ---------------------------------------------------------------------------------------------------------- the primary


@pytest.fixture
def without(whole: World) -> World:
    """A world whose primary is out of service; two items were deposited before."""
    whole.put(item=NEW, properties={"color": "blue"})
    whole.work()
    set_mode(whole, ONE, Mode.OUT_OF_SERVICE)
    return whole


def test_everything_is_read_from_another_copy_while_the_primary_is_out_of_service(without: World) -> None:
    assert read(without) == read(without, ONE) == BYTES
    assert read(without, first=4, last=7) == BYTES[4:8]
    found = without.retrieve.describe(without.maps, NEW)
    assert (found.size, dict(found.about.properties)) == (len(BYTES), {"color": "blue"})
    assert found.about.checksums == without.item(NEW).checksums
    assert without.retrieve.listing(without.maps) == [ITEM, NEW]
    assert without.retrieve.listing(without.maps, prefix="n") == without.retrieve.listing(without.maps, after=ITEM)
    assert without.retrieve.count(without.maps) == "2"
    assert [space.id for space, _ in without.spaces.visible(ADMIN)] == [MAPS, SYSTEM_SPACE]
    with pytest.raises(NotFound):
        without.retrieve.describe(without.maps, ContentId("never there"))


def test_heads_are_the_same_from_the_index_as_from_the_primary(whole: World) -> None:
    whole.put(item=NEW, content_type="image/tiff", properties={"color": "blue"})
    whole.work()
    whole.now += timedelta(hours=1)
    whole.describe.describe(whole.maps, ITEM, NewDescription(properties={"color": "red"}), "admin")
    before = [whole.retrieve.describe(whole.maps, name) for name in (ITEM, NEW)]
    set_mode(whole, ONE, Mode.OUT_OF_SERVICE)
    assert [whole.retrieve.describe(whole.maps, name) for name in (ITEM, NEW)] == before


def test_a_copy_that_is_not_the_proven_one_is_not_given(without: World) -> None:
    without.second.contents[MAPS][ITEM] = without.second.contents[MAPS][NEW]
    held, stored = without.second.contents[MAPS][ITEM]
    without.second.damage(MAPS, ITEM, held)
    assert read(without) == BYTES, "the same bytes under another name are the right ones"
    without.second.put(MAPS, ITEM, [b"another"], without.item().about.with_checksums(type(stored.checksums)()))
    with pytest.raises(StoreDown, match=r"Store 1 is out-of-service; no other store gives 'atlas/plate 1.tif'"):
        read(without)
    without.second.down = True
    with pytest.raises(StoreDown, match="down"):
        read(without)


WRITES: dict[str, Callable[[World], object]] = {
    "deposit": lambda w: w.put(b"other"),
    "describe": lambda w: w.describe.describe(w.maps, ITEM, NewDescription(), "admin"),
    "delete": lambda w: w.delete.delete(w.maps, ITEM, "admin"),
    "undelete": lambda w: w.undelete.undelete(w.maps, ITEM, "admin"),
    "copy": lambda w: w.copy_content.copy(w.copy_content.find(w.maps, ITEM, ONE), w.maps, "c", "admin", ONE),
    "create a space": lambda w: w.spaces.create(ADMIN, "theses"),
    "remove a space": lambda w: w.spaces.remove(ADMIN, MAPS),
    "stitch": lambda w: w.stitch.ask(w.maps, "film", "admin", remove_chunks=False, replace=False),
    "deposit into another": lambda w: w.deposit.deposit_into(TWO, w.maps, NewContent("n", iter([BYTES]), "admin")),
    "write a manifest": lambda w: w.manifests.generate(MAPS, ONE, ManifestFormat.TSV, NEW),
}


@CLOSED
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_writes_name_the_store_that_is_not_written_to(
    whole: World, write: Callable[[World], object], mode: Mode
) -> None:
    set_mode(whole, ONE, mode)
    records, held = dict(whole.index.records), dict(whole.primary.contents[MAPS])
    with pytest.raises(StoreDown, match=f"Store 1 is {mode}: nothing is written there") as error:
        write(whole)
    assert error.value.store == ONE
    assert (dict(whole.index.records), dict(whole.primary.contents[MAPS])) == (records, held)


def test_jobs_of_a_primary_that_is_out_of_service_ask_it_nothing(without: World) -> None:
    without.queue.send([jobs.Register(MAPS, ITEM), jobs.Replicate(MAPS, ITEM, ONE), jobs.RemoveSpace(MAPS)])
    without.queue.send([jobs.Check(MAPS, ITEM), jobs.SweepSpace(MAPS), jobs.CheckSpace(MAPS)])
    without.queue.send([jobs.BringBack(MAPS, ITEM), jobs.RemoveAside()])
    without.spaces.prepare()
    without.measure.measure()
    without.work()
    assert without.queue.jobs == []
    assert without.states() == {ONE: INTACT, TWO: INTACT}


def test_other_stores_are_checked_and_repaired_while_the_primary_is_out_of_service(without: World) -> None:
    third = add_third(without)
    without.sweep.sweep()
    without.work()
    assert without.bytes_in(third) == BYTES, "a store that was added is filled from the second"
    without.second.damage(MAPS, ITEM, b"rotten")
    without.check.check(MAPS, ITEM)
    without.work()
    assert without.bytes_in(without.second) == BYTES
    assert without.states() == {ONE: INTACT, TWO: INTACT, StoreId("3"): INTACT}
    kept = [event for event in without.index.history(MAPS, ITEM) if event.kind is Kind.EVIDENCE_KEPT]
    assert kept[0].detail["kept-in"] == "store 3"
    assert b"rotten" in [data for data, _ in third.contents[SYSTEM_SPACE].values()]


def test_a_primary_that_comes_back_is_as_it_was(without: World) -> None:
    back(without, ONE)
    assert without.states() == without.states(NEW) == {ONE: INTACT, TWO: INTACT}
    without.put(b"the new edition")
    without.work()
    assert without.bytes_in(without.second) == b"the new edition"


def test_a_lost_primary_is_filled_from_the_survivor_and_readers_miss_nothing(without: World) -> None:
    without.primary.contents.clear()
    with pytest.raises(Conflict, match=r"lacks 'atlas/plate 1.tif' of space 'maps'.*filling"):
        back(without, ONE)
    providers: Any = without.register.stores.providers
    providers[ONE] = without.primary
    without.edit_stores.set_mode(OWNER, ONE, Mode.FILLING)
    assert without.retrieve.listing(without.maps) == [ITEM, NEW]
    assert read(without) == BYTES, "though nothing is back yet"
    assert without.put(b"while it is filled", "third").size == 18
    without.work()
    without.edit_stores.set_mode(OWNER, ONE, Mode.IN_SERVICE)
    without.work()
    assert without.bytes_in(without.primary) == BYTES
    assert without.retrieve.listing(without.maps) == [ITEM, NEW, "third"]
    assert without.states() == without.states(NEW) == without.states(ContentId("third")) == {ONE: INTACT, TWO: INTACT}
    assert read(without) == BYTES


@pytest.mark.parametrize("second", [b"rotten", None])
def test_what_nobody_can_give_any_more_does_not_keep_the_primary_filling_for_ever(
    without: World, second: bytes | None
) -> None:
    providers: Any = without.register.stores.providers
    providers[ONE] = without.primary
    for name in (ITEM, NEW):
        del without.primary.contents[MAPS][name]
    without.edit_stores.set_mode(OWNER, ONE, Mode.FILLING)
    if second is None:
        del without.second.contents[MAPS][ITEM]
    else:
        without.second.damage(MAPS, ITEM, second)
    with pytest.raises(Conflict, match="lacks"):
        without.edit_stores.set_mode(OWNER, ONE, Mode.IN_SERVICE)
    without.work()
    without.check.check(MAPS, ITEM)
    without.work()
    assert Kind.LOST in without.kinds()
    assert without.bytes_in(without.primary, NEW) is not None, "the other one could be given"
    without.edit_stores.set_mode(OWNER, ONE, Mode.IN_SERVICE)
    assert without.index.policies().mode(ONE) is Mode.IN_SERVICE


def test_a_store_that_is_added_to_a_running_instance_is_filled(whole: World) -> None:
    third = add_third(whole)
    whole.sweep.sweep()
    whole.work()
    assert whole.bytes_in(third) == BYTES
    assert whole.states() == {ONE: INTACT, TWO: INTACT, StoreId("3"): INTACT}


def add_third(world: World) -> Any:
    """One more store in the settings, as after a restart."""
    stores: Any = world.register.stores
    third = type(world.second)(clock=lambda: world.now)
    stores.providers[StoreId("3")] = third
    return third
