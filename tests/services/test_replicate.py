"""Replicating: one copy converges on the checksum of record."""

from dataclasses import replace

import pytest

from chalicelib.adapters.memory import MemoryStore
from chalicelib.domain import jobs
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journal import Kind
from chalicelib.domain.records import CopyState
from chalicelib.domain.stores import StoreId
from chalicelib.services.describe import NewDescription

from .world import BYTES, ITEM, MAPS, ONE, TWO, ScriptedReads, World, checksums


def registered(world: World) -> None:
    world.put()
    world.queue.jobs.clear()


def test_a_copy_is_made_read_back_and_recorded(world: World) -> None:
    registered(world)
    world.replicate.replicate(MAPS, ITEM, TWO)
    assert world.bytes_in(world.second) == BYTES
    assert world.states()[TWO] is CopyState.INTACT
    held = world.second.contents[MAPS][ITEM][1]
    assert held.checksums == checksums(BYTES)
    assert held.metadata["deposited-by"] == "admin"


def test_doing_it_twice_does_nothing_more(world: World) -> None:
    registered(world)
    world.replicate.replicate(MAPS, ITEM, TWO)
    record, kinds = world.item(), world.kinds()
    world.replicate.replicate(MAPS, ITEM, TWO)
    assert (world.item(), world.kinds()) == (record, kinds)


def test_a_target_that_keeps_something_else_is_not_recorded(world: World) -> None:
    """The store says it stored the bytes; reading them back says otherwise."""
    registered(world)
    world.replicate.stores.providers[TWO] = ScriptedReads(world.second, [None, b"not what was written"])
    with pytest.raises(Unavailable, match="as it was written"):
        world.replicate.replicate(MAPS, ITEM, TWO)
    assert world.states()[TWO] is CopyState.PENDING


def test_a_target_that_keeps_the_former_description_is_not_recorded(world: World) -> None:
    world.put(properties={"color": "red"})
    world.work()
    world.describe.describe(world.maps, ITEM, NewDescription(properties={"color": "blue"}), "admin")
    put = world.second.put
    world.second.put = lambda *args: MemoryStore({MAPS: {}}).put(*args[:5])  # says 200 and stores nothing
    with pytest.raises(Unavailable, match="as it was written"):
        world.replicate.replicate(MAPS, ITEM, TWO)
    assert world.states()[TWO] is CopyState.PENDING
    world.second.put = put
    world.work()
    assert world.second.contents[MAPS][ITEM][1].properties == {"color": "blue"}


def test_a_damaged_source_is_never_copied(world: World) -> None:
    registered(world)
    world.primary.damage(MAPS, ITEM, b"rotten")
    with pytest.raises(Unavailable, match="can serve as a source"):
        world.replicate.replicate(MAPS, ITEM, TWO)
    assert world.bytes_in(world.second) is None
    world.check.check(MAPS, ITEM, (ONE,))
    world.replicate.replicate(MAPS, ITEM, TWO)
    assert world.bytes_in(world.second) is None
    (told,) = world.queue.jobs
    assert isinstance(told, jobs.TellIncident), "nothing more can be done, and nothing asks for it"


def test_unexpected_bytes_at_the_target_are_kept_before_they_are_replaced(world: World) -> None:
    registered(world)
    world.second.create_space(MAPS)
    world.second.put(
        MAPS, ITEM, iter([b"whose is this?"]), world.item().about.with_checksums(checksums(b"whose is this?"))
    )
    world.replicate.replicate(MAPS, ITEM, TWO)
    assert world.bytes_in(world.second) == BYTES
    assert world.evidence() == [b"whose is this?"]
    assert Kind.EVIDENCE_KEPT in world.kinds()


def test_evidence_that_was_not_kept_is_not_replaced(world: World) -> None:
    world.put()
    world.work()
    world.second.damage(MAPS, ITEM, b"rotten")
    world.check.check(MAPS, ITEM)
    put = world.primary.put
    world.primary.put = lambda *args: MemoryStore({args[0]: {}}).put(*args)  # says 200 and stores nothing
    with pytest.raises(Unavailable, match="did not keep"):
        world.replicate.replicate(MAPS, ITEM, TWO)
    assert world.bytes_in(world.second) == b"rotten"
    world.primary.put = put
    world.work()
    assert (world.bytes_in(world.second), world.evidence()) == (BYTES, [b"rotten"])


def test_a_store_that_is_down_is_caught_up_later(world: World) -> None:
    world.put()
    world.second.down = True
    assert jobs.Replicate(MAPS, ITEM, TWO) not in world.work()
    assert jobs.Replicate(MAPS, ITEM, TWO) in world.queue.jobs
    world.second.down = False
    world.work()
    assert world.bytes_in(world.second) == BYTES


@pytest.mark.parametrize("job", [("maps", "gone", "2"), ("nowhere", ITEM, "2"), ("maps", ITEM, "9")])
def test_nothing_to_do_is_a_normal_result(world: World, job: tuple[str, str, str]) -> None:
    registered(world)
    before = world.item()
    world.replicate.replicate(*job)
    assert world.item() == before


def test_a_deleted_item_gets_no_copy(world: World) -> None:
    registered(world)
    world.delete.delete(world.maps, ITEM, "admin")
    world.replicate.replicate(MAPS, ITEM, TWO)
    assert world.bytes_in(world.second) is None


def test_a_primary_that_was_lost_comes_back_from_the_second_store(world: World) -> None:
    world.put(properties={"color": "red"})
    world.work()
    del world.primary.contents[MAPS][ITEM]
    world.check.check(MAPS, ITEM)
    assert world.states()[ONE] is CopyState.MISSING
    world.work()
    assert world.bytes_in(world.primary) == BYTES
    assert world.primary.contents[MAPS][ITEM][1].properties == {"color": "red"}
    assert world.item().generation == 1, "a repair is not a deposit"


def test_a_store_that_is_no_longer_configured_is_left_alone(world: World) -> None:
    registered(world)
    world.replicate.replicate(MAPS, ITEM, StoreId("7"))
    assert set(world.states()) == {ONE, TWO}


def test_evidence_that_is_kept_again_is_told_once(world: World) -> None:
    world.put()
    world.work()
    world.second.damage(MAPS, ITEM, b"rotten")
    for _ in range(2):
        world.replicate.evidence.keep(world.item(), TWO, checksums(b"rotten"))
    assert world.kinds().count(Kind.EVIDENCE_KEPT) == 1


def test_evidence_of_a_copy_that_left_the_record_is_kept_and_not_told(world: World) -> None:
    world.put()
    world.work()
    world.second.damage(MAPS, ITEM, b"rotten")
    seen = world.item()
    world.index.save(replace(seen, copies={ONE: seen.copies[ONE]}))
    world.replicate.evidence.keep(seen, TWO, checksums(b"rotten"))
    assert world.evidence() == [b"rotten"]
    assert Kind.EVIDENCE_KEPT not in world.kinds()
