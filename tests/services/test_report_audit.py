"""The audit log of a space, from what really happened there."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.memory import MemoryIndex
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.journal import Event, Kind
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Written
from chalicelib.services.deposit import NewContent
from chalicelib.services.report_audit import ReportAudit

from .generated import MANY, Pages, numbered
from .world import ADMIN, BYTES, ITEM, MAPS, ONE, TWO, World, checksums


def log(world: World, store: StoreId = ONE) -> list[tuple[str, str, str, str]]:
    """Content id, MD5, action and user name of each line."""
    head, *lines = b"".join(world.audit.pages(MAPS, store)).decode().splitlines()
    assert head.startswith("account\t")
    rows = [line.split("\t") for line in lines]
    assert {(row[0], row[1]) for row in rows} <= {("acme", store)}
    return [(row[3], row[4], row[12], row[13]) for row in rows]


def test_each_store_has_its_own_log(world: World) -> None:
    world.put()
    world.work()
    world.spaces.replace_access_rules(ADMIN, MAPS, {"ann": "READ"})
    world.delete.delete(world.maps, ITEM, "ann")
    md5 = str(checksums(BYTES).md5)
    assert log(world) == [
        ("", "", "CREATE_SPACE", "admin"),
        (ITEM, md5, "ADD_CONTENT", "admin"),
        ("", "", "SET_SPACE_ACLS", "admin"),
        (ITEM, "", "DELETE_CONTENT", "ann"),
    ]
    assert log(world, TWO)[:1] == [(ITEM, md5, "ADD_CONTENT", "duracloud")]


def test_a_repair_is_told_of_the_store_that_needed_it(world: World) -> None:
    world.put()
    world.work()
    world.second.damage(MAPS, ITEM, b"rotten")
    world.check.check(MAPS, ITEM)
    world.work()
    assert [action for _, _, action, _ in log(world, TWO)] == ["ADD_CONTENT", "ADD_CONTENT"]
    assert [action for _, _, action, _ in log(world)] == ["CREATE_SPACE", "ADD_CONTENT"]


def test_a_space_made_anew_goes_on_with_the_log_of_its_name(world: World) -> None:
    world.put()
    world.work()
    world.spaces.remove(ADMIN, MAPS)
    world.work()
    world.spaces.create(ADMIN, MAPS)
    actions = [action for _, _, action, _ in log(world)]
    assert actions == ["CREATE_SPACE", "ADD_CONTENT", "DELETE_SPACE", "DELETE_CONTENT", "CREATE_SPACE"]


@pytest.mark.parametrize("sent_in_parts", [False, True])
def test_a_deposit_whose_event_came_first_is_told_once(world: World, sent_in_parts: bool) -> None:
    put = world.primary.put

    def overtaken(*args: Any, **rest: Any) -> Written:
        written = put(*args, **rest)
        if sent_in_parts:
            held, stored = world.primary.contents[MAPS][ITEM]
            facts = {name: value for name, value in stored.metadata.items() if name not in ("md5", "sha256")}
            world.primary.contents[MAPS][ITEM] = (held, replace(stored, metadata=facts))
        world.register.register(MAPS, ITEM)
        return written

    world.primary.put = overtaken
    world.put()
    world.now += timedelta(minutes=1)
    world.put()  # the same bytes, by the same person: a deposit of its own
    world.primary.put = put
    md5 = str(checksums(BYTES).md5)
    assert log(world)[1:] == [(ITEM, md5, "ADD_CONTENT", "admin")] * 2
    assert world.kinds().count(Kind.DEPOSITED) > 2


def test_a_deposit_that_only_its_event_tells_of_is_told(world: World) -> None:
    world.primary.put(MAPS, ITEM, [BYTES], About("image/tiff", world.now, "ann"))
    world.register.register(MAPS, ITEM)
    assert [(action, who) for _, _, action, who in log(world)][1:] == [("ADD_CONTENT", "ann")]
    world.now += timedelta(hours=1)
    world.deposit.deposit(world.maps, NewContent(ITEM, iter([b"another"]), "ann"))
    assert [(action, who) for _, _, action, who in log(world)][1:] == [("ADD_CONTENT", "ann")] * 2


@dataclass
class EndlessIndex(MemoryIndex):
    """Makes the events of a long life when they are asked for."""

    seen: Pages = field(default_factory=Pages)

    def events_of_space(self, space: SpaceId, after: str = "", limit: int = 1000) -> list[tuple[str, Event]]:
        """See Index."""
        first = int(after) + 1 if after else 0
        page = [(str(n), _event(n)) for n in range(first, min(first + limit, MANY))]
        self.seen.watch([event for _, event in page])
        return page


def _event(n: int) -> Event:
    kind = Kind.DELETED if n % 2 else Kind.CHECKED
    return Event(kind, _NOW, "ann", MAPS, ContentId(numbered(n)), ONE)


_NOW = World().now


def test_a_long_life_is_never_held_as_a_whole(world: World) -> None:
    service = ReportAudit(world.audit.stores, EndlessIndex(), "acme")
    lines = 0
    for page in service.pages(MAPS, ONE):
        assert len(page) < 1 << 20
        lines += page.count(b"\n")
    assert lines == MANY // 2 + 1
