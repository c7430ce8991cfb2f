"""Spaces, deletion and sweeping."""

import pytest

from chalicelib.domain import jobs
from chalicelib.domain.access import ANONYMOUS, Access, Caller, Role
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Denied, Invalid, NotFound, Unauthenticated
from chalicelib.domain.journal import Kind
from chalicelib.domain.spaces import SYSTEM_SPACE, SpaceId

from .world import ADMIN, BYTES, ITEM, MAPS, World

MEMBER = Caller("member", frozenset({Role.USER}))


def test_a_new_space_lets_its_creator_write_and_nobody_else_read(world: World) -> None:
    space = world.spaces.create(ADMIN, "theses")
    assert space.acl == {"admin": "WRITE"}
    with pytest.raises(Denied):
        world.spaces.readable(MEMBER, "theses")
    with pytest.raises(Unauthenticated):
        world.spaces.readable(ANONYMOUS, "theses")


def test_creating_it_again_changes_nothing(world: World) -> None:
    world.spaces.replace_access_rules(ADMIN, MAPS, {"member": "READ"})
    assert world.spaces.create(ADMIN, MAPS).acl == {"member": "READ"}


def test_only_administrators_create_with_a_proper_name(world: World) -> None:
    with pytest.raises(Denied):
        world.spaces.create(MEMBER, "theses")
    with pytest.raises(Invalid):
        world.spaces.create(ADMIN, "Theses")


def test_access_rules_are_replaced_as_a_whole(world: World) -> None:
    world.spaces.replace_access_rules(ADMIN, MAPS, {"member": "WRITE"})
    assert world.spaces.writable(MEMBER, MAPS).id == MAPS
    world.spaces.replace_access_rules(ADMIN, MAPS, {"group-public": "READ"})
    assert [(s.id, a) for s, a in world.spaces.visible(ANONYMOUS)] == [(MAPS, Access.READ)]
    with pytest.raises(Denied):
        world.spaces.writable(MEMBER, MAPS)


def test_a_removed_space_is_gone_with_its_items_and_its_history_stays(world: World) -> None:
    world.put()
    world.work()
    world.spaces.remove(ADMIN, MAPS)
    world.work()
    assert world.index.space(MAPS) is None
    assert MAPS not in world.primary.contents
    assert world.bytes_in(world.second) == BYTES, "copies in other stores are held"
    assert [e.kind for e in world.index.history(MAPS, None)][-1] is Kind.SPACE_REMOVED
    with pytest.raises(NotFound):
        world.spaces.readable(ADMIN, MAPS)
    world.spaces.create(ADMIN, MAPS)
    assert world.retrieve.listing(world.maps) == []


def test_a_removal_whose_job_was_lost_is_taken_up_by_the_sweep(world: World) -> None:
    world.put()
    world.work()
    world.spaces.remove(ADMIN, MAPS)
    world.queue.jobs.clear()
    world.sweep.sweep()
    world.work()
    assert world.index.space(MAPS) is None


def test_a_deposit_that_slips_into_a_dying_space_goes_with_it(world: World) -> None:
    world.spaces.remove(ADMIN, MAPS)
    listing = world.primary.list

    def late(*args: object, **rest: object) -> object:
        world.primary.list = listing
        found = listing(*args, **rest)
        world.put_directly()  # by another S3 client, just after the listing
        return found

    world.primary.list = late
    world.work()
    assert world.index.space(MAPS) is None
    assert MAPS not in world.primary.contents


def test_deleting_twice_is_not_found_the_second_time(world: World) -> None:
    world.put()
    world.delete.delete(world.maps, ITEM, "admin")
    with pytest.raises(NotFound):
        world.delete.delete(world.maps, ITEM, "admin")
    with pytest.raises(NotFound):
        world.delete.delete(world.maps, ContentId("never there"), "admin")


def test_an_object_whose_event_is_still_on_its_way_can_be_deleted(world: World) -> None:
    world.put_directly()
    world.delete.delete(world.maps, ITEM, "admin")
    world.work()
    assert world.bytes_in(world.primary) is None
    assert world.kinds() == [Kind.DEPOSITED, Kind.DELETED, Kind.CHECKSUMS_FIXED]


def test_an_event_that_is_handled_in_the_middle_of_a_deletion_does_not_undo_it(world: World) -> None:
    world.put()
    world.work()
    remove = world.primary.delete

    def event_first(space: SpaceId, item: ContentId) -> None:
        world.register.register(space, item)
        remove(space, item)

    world.primary.delete = event_first
    world.delete.delete(world.maps, ITEM, "admin")
    world.work()
    assert not world.item().live
    assert world.bytes_in(world.primary) is None


def test_an_event_that_looked_before_and_saves_after_a_deletion_does_not_undo_it(world: World) -> None:
    world.put()
    world.work()
    remove, save = world.primary.delete, world.index.save

    def looked_before(space: SpaceId, item: ContentId) -> None:
        """Another worker reads record and object now, and comes to save only when the deletion is done."""
        world.primary.delete = remove
        head = world.primary.head
        stale = head(space, item)
        world.primary.head = lambda *_: stale
        late = []
        world.index.save = lambda record, events=(): bool(late.append((record, events))) or True
        world.register.record(space, item)
        world.primary.head, world.index.save = head, save
        remove(space, item)
        world.late = late

    world.primary.delete = looked_before
    world.delete.delete(world.maps, ITEM, "admin")
    assert [save(record, events) for record, events in world.late] == [False]
    world.work()
    assert not world.item().live


def test_preparing_makes_the_system_space_and_renews_settings(world: World) -> None:
    world.primary.contents.pop(MAPS)  # the store forgot
    world.spaces.prepare()
    assert MAPS in world.primary.contents
    assert SYSTEM_SPACE in world.primary.contents


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_a_sweep_finds_what_events_failed_to_tell(world: World, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "known", "z"):
        world.put(item=name)
    world.work()
    world.primary.silent = True
    world.put_directly(b"new", ContentId("b"))
    world.put_directly(b"changed", ContentId("known"))
    del world.primary.contents[MAPS][ContentId("z")]
    monkeypatch.setattr("chalicelib.services.sweep._PAGE", page)
    world.sweep.sweep()
    registered = {job.item for job in world.work() if isinstance(job, jobs.Register)}
    assert registered == {"b", "known", "z"}
    assert world.bytes_in(world.second, ContentId("b")) == b"new"
    assert world.bytes_in(world.second, ContentId("known")) == b"changed"
    assert world.bytes_in(world.primary, ContentId("z")) == BYTES


def test_a_sweep_of_a_whole_instance_asks_for_nothing(world: World) -> None:
    world.put()
    world.work()
    world.sweep.sweep()
    assert all(isinstance(job, jobs.SweepSpace | jobs.FollowSpace | jobs.RemoveAside) for job in world.work())


@pytest.mark.parametrize(("seen", "count"), [(0, "1"), (999, "1"), (1000, "1000+")])
def test_a_full_page_tells_the_count_without_another_look(world: World, seen: int, count: str) -> None:
    world.put()
    assert world.retrieve.count(world.maps, seen=seen) == count
