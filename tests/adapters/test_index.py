"""Index: what every index promises, one on each technology."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.journal import Event
from chalicelib.domain.records import Copy, CopyState
from chalicelib.domain.spaces import Space, SpaceId
from chalicelib.domain.statistics import Measurement, Verdicts
from chalicelib.domain.stores import Mode, StoreId
from chalicelib.ports import Index
from tests.adapters.rigs import NOW
from tests.adapters.samples import AWKWARD, DELETED_ITEM, FULL_EVENT, FULL_ITEM, FULL_SPACE, OTHER, SPACE, event, item

ANY_TEXT = pytest.mark.parametrize(
    "text", ["", " ", "a/b", "é" * 30_000, "x" * 2049, AWKWARD, "../x", "'; --", "\ud800"]
)


def saved(index: Index, *names: str, space: SpaceId = SPACE) -> None:
    for name in names:
        assert index.save(item(name, space))


def told(events: list[Event]) -> list[str]:
    return [one.detail["n"] for one in events]


class TestSpaces:
    def test_spaces_are_found_sorted_and_replaced(self, index: Index) -> None:
        spaces = [Space(SpaceId(name), NOW, "admin") for name in ("b", "a.b", "a", "a-b", "c")]
        for space in spaces:
            assert index.save_space(space)
        for revision in (1, 2):
            assert index.save_space(replace(spaces[0], removing=True, revision=revision))
        assert [space.id for space in index.spaces()] == ["a", "a-b", "a.b", "b", "c"]
        assert index.space("b") == replace(spaces[0], removing=True, revision=3)

    @pytest.mark.parametrize("revision", [0, 1, 3])
    def test_a_lost_race_saves_neither_space_nor_events(self, index: Index, revision: int) -> None:
        assert index.save_space(FULL_SPACE, [event("made", None)])
        assert index.save_space(replace(FULL_SPACE, revision=1), [event("changed", None)])
        lost = replace(FULL_SPACE, acl={}, revision=revision)
        assert not index.save_space(lost, [event("lost", None)])
        assert index.space(SPACE) == replace(FULL_SPACE, revision=2)
        assert sorted(told(index.history(SPACE, None))) == ["changed", "made"]

    def test_a_space_that_was_removed_cannot_be_replaced(self, index: Index) -> None:
        assert index.save_space(FULL_SPACE)
        index.remove_space(SPACE)
        assert not index.save_space(replace(FULL_SPACE, revision=1))
        assert index.space(SPACE) is None
        assert index.save_space(FULL_SPACE)

    def test_a_new_index_is_empty(self, index: Index) -> None:
        assert (index.spaces(), index.items(SPACE), index.due(NOW, 10), index.history(SPACE, None)) == ([], [], [], [])
        assert index.item(SPACE, ContentId("x")) is None

    @ANY_TEXT
    def test_any_text_may_be_asked_for(self, index: Index, text: str) -> None:
        assert index.space(text) is None
        assert index.item(SPACE, ContentId(text)) is None

    def test_a_space_that_is_removed_leaves_its_history(self, index: Index) -> None:
        index.save_space(FULL_SPACE, [event("made", None)])
        for _ in range(2):
            index.remove_space(SPACE, [event("removed", None, at=NOW + timedelta(days=1))])
            assert index.space(SPACE) is None
        assert index.spaces() == []
        assert told(index.history(SPACE, None))[:2] == ["made", "removed"]
        index.remove_space(OTHER)

    def test_a_removed_space_keeps_the_records_of_its_items(self, index: Index) -> None:
        index.save_space(FULL_SPACE)
        saved(index, "x")
        index.remove_space(SPACE)
        assert index.item(SPACE, ContentId("x")) is not None


class TestSaving:
    def test_every_save_counts_the_revision_up(self, index: Index) -> None:
        record = item("x")
        for revision in range(3):
            assert index.save(replace(record, size=revision, revision=revision))
            assert index.item(SPACE, record.id) == replace(record, size=revision, revision=revision + 1)

    @pytest.mark.parametrize("revision", [0, 1, 3])
    def test_a_lost_race_saves_neither_record_nor_events(self, index: Index, revision: int) -> None:
        assert index.save(item("item"), [event("first")])
        assert index.save(item("item", revision=1), [event("second")])
        assert not index.save(item("item", revision=revision, generation=9), [event("lost"), event("lost", None)])
        assert index.item(SPACE, ContentId("item")) == item("item", revision=2)
        assert told(index.history(SPACE, ContentId("item"))) == ["first", "second"]
        assert index.history(SPACE, None) == []

    def test_a_record_that_never_was_cannot_be_replaced(self, index: Index) -> None:
        assert not index.save(item("x", revision=1))
        assert index.item(SPACE, ContentId("x")) is None

    def test_the_same_id_in_two_spaces_is_two_records(self, index: Index) -> None:
        assert index.save(item("x", SPACE, generation=1))
        assert index.save(item("x", OTHER, generation=2))
        assert [index.items(space)[0].generation for space in (SPACE, OTHER)] == [1, 2]

    def test_of_many_writers_none_loses_a_change(self, racing_index: Index) -> None:
        index, writers, each = racing_index, 8, 5
        assert index.save(item("item", generation=0))

        def count(writer: int) -> None:
            for n in range(each):
                while True:
                    now = index.item(SPACE, ContentId("item"))
                    assert now is not None
                    if index.save(replace(now, generation=now.generation + 1), [event(f"{writer} {n}")]):
                        break

        with ThreadPoolExecutor(writers) as pool:
            list(pool.map(count, range(writers)))
        found = index.item(SPACE, ContentId("item"))
        assert found is not None
        assert (found.generation, found.revision) == (writers * each, writers * each + 1)
        assert sorted(told(index.history(SPACE, ContentId("item")))) == sorted(
            f"{writer} {n}" for writer in range(writers) for n in range(each)
        )


class TestItems:
    NAMES = ("b/2", "a", "b/1", "b", "c", "b/10", "B", "é", "e\u0301", "\uff5e", "\U0001f600", "b%2F1", "b/")

    def test_items_come_in_the_order_of_their_utf8_bytes(self, index: Index) -> None:
        saved(index, *self.NAMES)
        saved(index, "elsewhere", space=OTHER)
        assert self._names(index) == sorted(self.NAMES, key=str.encode)

    def test_prefix_after_and_limit_combine(self, index: Index) -> None:
        saved(index, *self.NAMES)
        assert self._names(index, prefix="b/") == ["b/", "b/1", "b/10", "b/2"]
        assert self._names(index, prefix="b/1") == ["b/1", "b/10"]
        assert self._names(index, prefix="absent") == []
        assert self._names(index, after="c") == ["e\u0301", "é", "\uff5e", "\U0001f600"]
        assert self._names(index, after="\U0001f600") == []
        assert self._names(index, prefix="b/", after="b/1") == ["b/10", "b/2"]
        assert self._names(index, prefix="b/", after="b/11") == ["b/2"]
        assert self._names(index, prefix="b/", after="a") == ["b/", "b/1", "b/10", "b/2"]
        assert self._names(index, prefix="b/", after="b/") == ["b/1", "b/10", "b/2"]
        assert self._names(index, prefix="b/", after="c") == []
        assert self._names(index, limit=2) == ["B", "a"]
        assert self._names(index, prefix="b", after="b%2F1", limit=2) == ["b/", "b/1"]

    def test_deleted_items_are_kept_and_not_listed(self, index: Index) -> None:
        saved(index, *(f"x{n}" for n in range(9)))
        for n in (0, 1, 2, 4, 8):
            assert index.save(item(f"x{n}", revision=1, deleted_at=NOW))
        assert self._names(index) == ["x3", "x5", "x6", "x7"]
        assert self._names(index, limit=2) == ["x3", "x5"]
        assert self._names(index, prefix="x", after="x3", limit=1) == ["x5"]
        deleted = index.item(SPACE, ContentId("x0"))
        assert deleted is not None
        assert deleted.deleted_at == NOW

    @staticmethod
    def _names(index: Index, prefix: str = "", after: str = "", limit: int = 1000) -> list[str]:
        return [found.id for found in index.items(SPACE, prefix, after, limit)]


class TestDue:
    def test_the_longest_overdue_comes_first(self, index: Index) -> None:
        days = {"later": 1, "now": 0, "week": -7, "yesterday": -1, "year": -365, "soon": 0.001}
        for name, day in days.items():
            assert index.save(item(name, OTHER if name == "year" else SPACE, next_check=NOW + timedelta(days=day)))
        assert index.save(item("undated"))
        assert index.save(item("deleted", next_check=NOW - timedelta(days=30), deleted_at=NOW))
        assert self._due(index) == ["year", "deleted", "week", "yesterday", "now"]
        assert self._due(index, limit=2) == ["year", "deleted"]

    def test_what_was_given_another_date_or_none_is_due_no_more(self, index: Index) -> None:
        for name in ("checked", "undated", "deleted", "left"):
            assert index.save(item(name, next_check=NOW))
        assert index.save(item("checked", revision=1, next_check=NOW + timedelta(days=90)))
        assert index.save(item("deleted", revision=1, deleted_at=NOW))
        assert index.save(item("undated", revision=1))
        assert self._due(index) == ["left"]

    @staticmethod
    def _due(index: Index, limit: int = 10) -> list[str]:
        return [found.id for found in index.due(NOW, limit)]


class TestPolicies:
    FULL = Policies(
        (StoreId("2"), StoreId("30")),
        {SPACE: (), OTHER: (StoreId("2"),)},
        frozenset({SpaceId("scratch")}),
        {StoreId("2"): Mode.READ_ONLY},
    )

    def test_without_an_edit_every_store_keeps_everything(self, index: Index) -> None:
        assert index.policies() == Policies()

    def test_every_field_comes_back_and_every_edit_counts_the_revision_up(self, index: Index) -> None:
        for revision, policies in enumerate((self.FULL, Policies(), replace(self.FULL, default=()))):
            assert index.save_policies(replace(policies, revision=revision), [event(str(revision), None)])
            assert index.policies() == replace(policies, revision=revision + 1)
        assert told(index.history(SPACE, None)) == ["0", "1", "2"]
        assert index.spaces() == []

    @pytest.mark.parametrize("revision", [0, 2])
    def test_a_lost_race_saves_neither_policies_nor_events(self, index: Index, revision: int) -> None:
        assert index.save_policies(self.FULL)
        assert not index.save_policies(Policies(revision=revision), [event("lost", None)])
        assert index.policies() == replace(self.FULL, revision=1)
        assert index.history(SPACE, None) == []

    def test_policies_that_never_were_cannot_be_replaced(self, index: Index) -> None:
        assert not index.save_policies(replace(self.FULL, revision=1))
        assert index.policies() == Policies()


class TestHeld:
    def test_deleted_records_that_may_come_back_are_found_by_id(self, index: Index) -> None:
        gone: Any = {"deleted_at": NOW, "held_until": NOW + timedelta(days=30)}
        for name in ("b", "a", "\U0001f600", "\uff5e"):
            assert index.save(item(name, **gone))
        assert index.save(item("live"))
        assert index.save(item("never held", deleted_at=NOW, held_until=NOW))
        assert index.save(item("before there were holds", deleted_at=NOW))
        assert index.save(item("over", **gone, hold_over=True))
        assert index.save(item("elsewhere", OTHER, **gone))
        assert [found.id for found in index.held(SPACE)] == ["a", "b", "\uff5e", "\U0001f600"]
        assert [found.id for found in index.held(SPACE, "a", 2)] == ["b", "\uff5e"]

    def test_those_that_came_back_or_went_are_not(self, index: Index) -> None:
        gone = item("x", deleted_at=NOW, held_until=NOW + timedelta(days=30))
        assert index.save(gone)
        assert index.save(replace(gone, deleted_at=None, held_until=None, revision=1))
        assert index.held(SPACE) == []
        assert index.save(replace(gone, revision=2))
        assert len(index.held(SPACE)) == 1
        assert index.save(replace(gone, hold_over=True, revision=3))
        assert index.held(SPACE) == []


class TestHistory:
    def test_events_of_an_item_come_in_the_order_of_its_saves(self, index: Index) -> None:
        assert index.save(item("item"), [event("1"), event("2")])
        # The clock of another machine may be behind.
        assert index.save(item("item", revision=1), [event("3", at=NOW - timedelta(hours=1)), event("4")])
        for revision in range(2, 12):
            assert index.save(item("item", revision=revision), [event(str(revision + 3))])
        assert told(index.history(SPACE, ContentId("item"))) == [str(n) for n in range(1, 15)]

    def test_events_of_one_save_keep_their_order(self, index: Index) -> None:
        names = [str(n) for n in range(12)]
        assert index.save(item("item"), [event(name) for name in names])
        assert told(index.history(SPACE, ContentId("item"))) == names
        index.save_space(FULL_SPACE, [event(name, None) for name in names])
        assert told(index.history(SPACE, None)) == names

    def test_each_subject_has_its_own_events(self, index: Index) -> None:
        index.save_space(FULL_SPACE, [event("space", None)])
        for space, name in ((SPACE, "item"), (SPACE, "item/1"), (OTHER, "item")):
            assert index.save(item(name, space), [event(f"{space} {name}", name, space)])
        assert told(index.history(SPACE, None)) == ["space"]
        assert told(index.history(SPACE, ContentId("item"))) == ["reports item"]
        assert told(index.history(OTHER, ContentId("item"))) == ["reports.2 item"]
        assert index.history(OTHER, None) == []

    def test_two_saves_of_a_space_in_one_moment_keep_both_events(self, index: Index) -> None:
        for detail in ("one", "two"):
            found = index.space(SPACE)
            revision = found.revision if found else 0
            assert index.save_space(replace(FULL_SPACE, revision=revision), [event(detail, None)])
        assert sorted(told(index.history(SPACE, None))) == ["one", "two"]


class TestEventsOfASpace:
    def test_events_of_the_space_and_of_all_its_items_come_in_the_order_of_time(self, index: Index) -> None:
        index.save_space(FULL_SPACE, [event("made", None)])
        for n in range(1, 8):
            at = NOW + timedelta(milliseconds=n * 500)
            assert index.save(item(f"item {9 - n}"), [event(str(n), f"item {9 - n}", at=at)])
        changed = replace(FULL_SPACE, revision=1)
        assert index.save_space(changed, [event("changed", None, at=NOW + timedelta(hours=1))])
        assert index.save(item("elsewhere", OTHER), [event("other", "elsewhere", OTHER)])
        expected = ["made", *(str(n) for n in range(1, 8)), "changed"]
        for limit in (1, 2, 3, 9, 10, 1000):
            assert self._read(index, limit) == expected
        assert index.events_of_space(SpaceId("nowhere")) == []

    def test_what_happened_in_one_moment_is_told_once_and_in_the_order_of_each_item(self, index: Index) -> None:
        for name in ("a", "b"):
            assert index.save(item(name), [event(f"{name}{n}", name) for n in range(3)])
        found = self._read(index, 2)
        assert sorted(found) == ["a0", "a1", "a2", "b0", "b1", "b2"]
        assert [one for one in found if one.startswith("a")] == ["a0", "a1", "a2"]

    def test_they_outlive_items_and_space_and_go_on_with_the_next_of_that_name(self, index: Index) -> None:
        index.save_space(FULL_SPACE, [event("made", None)])
        assert index.save(item("x"), [event("deposited", "x", at=NOW + timedelta(1))])
        assert index.save(item("x", revision=1, deleted_at=NOW), [event("deleted", "x", at=NOW + timedelta(2))])
        index.remove_space(SPACE, [event("removed", None, at=NOW + timedelta(3))])
        index.save_space(FULL_SPACE, [event("made anew", None, at=NOW + timedelta(4))])
        assert self._read(index, 2) == ["made", "deposited", "deleted", "removed", "made anew"]

    @staticmethod
    def _read(index: Index, limit: int) -> list[str]:
        found: list[Event] = []
        after = ""
        while page := index.events_of_space(SPACE, after, limit):
            assert len(page) <= limit
            found += [one for _, one in page]
            after = page[-1][0]
        return told(found)


class TestMeasurements:
    def test_they_come_by_day_and_space_between_two_days(self, index: Index) -> None:
        made = [
            Measurement(NOW + timedelta(days), space, StoreId("1"), days * 10, days, Verdicts(days, 1, 2, NOW))
            for days in range(12)
            for space in (SPACE, OTHER)
        ]
        for measurement in reversed(made):
            index.save_measurement(measurement)
        index.save_measurement(replace(made[0], store=StoreId("12"), bytes=7))
        first, last = NOW.date(), NOW.date() + timedelta(11)
        assert list(index.measurements(StoreId("1"), first, last)) == made
        assert list(index.measurements(StoreId("1"), first, last, OTHER)) == made[1::2]
        assert list(index.measurements(StoreId("1"), made[4].day, made[6].day)) == made[4:8]
        assert list(index.measurements(StoreId("1"), made[4].day, made[4].day, SPACE)) == [made[4]]
        assert [m.bytes for m in index.measurements(StoreId("12"), first, last)] == [7]
        assert list(index.measurements(StoreId("2"), first, last)) == []
        assert list(index.measurements(StoreId("1"), last, first)) == []
        assert list(index.measurements(StoreId("1"), first, last, SpaceId("nowhere"))) == []

    def test_one_of_a_day_is_kept_the_last(self, index: Index) -> None:
        for hour in (1, 1, 11):
            index.save_measurement(Measurement(NOW + timedelta(hours=hour), SPACE, StoreId("1"), hour, 1 << 60))
        for space in (None, SPACE):
            (kept,) = index.measurements(StoreId("1"), NOW.date(), NOW.date(), space)
            assert kept == Measurement(NOW + timedelta(hours=11), SPACE, StoreId("1"), 11, 1 << 60)


class TestRoundTrip:
    def test_every_field_comes_back(self, index: Index) -> None:
        index.save_space(FULL_SPACE)
        assert index.space(SPACE) == replace(FULL_SPACE, revision=1)
        for record in (FULL_ITEM, DELETED_ITEM):
            assert index.save(record, [replace(FULL_EVENT, item=record.id)])
            assert index.item(SPACE, record.id) == replace(record, revision=1)
            assert index.history(SPACE, record.id) == [replace(FULL_EVENT, item=record.id)]
        assert index.items(SPACE) == [replace(FULL_ITEM, revision=1)]
        assert index.due(NOW + timedelta(days=1), 10) == [replace(FULL_ITEM, revision=1)]


class TestWaiting:
    def test_items_without_their_copies_are_found_the_longest_waiting_first(self, index: Index) -> None:
        whole = item("whole")
        proven = replace(whole, copies={StoreId("1"): Copy(CopyState.INTACT, NOW, NOW)})
        waiting = [replace(whole, id=ContentId(name), copies={StoreId("1"): Copy()}) for name in "cab"]
        for one in [*waiting[:2], proven, replace(waiting[0], id=ContentId("gone"), deleted_at=NOW), waiting[2]]:
            assert index.save(one)
        found = index.waiting(10)
        assert [one.id for one in found] == ["c", "a", "b"]
        assert [one.id for one in index.waiting(2)] == ["c", "a"]
        since = [one.waiting_since for one in found]
        assert None not in since
        assert since == sorted(since, key=str)

    def test_it_is_known_since_when(self, index: Index) -> None:
        assert index.save(replace(item("a"), copies={StoreId("1"): Copy()}))
        first = index.waiting(1)[0]
        assert index.save(replace(first, size=7))
        again = index.waiting(1)[0]
        assert (again.waiting_since, again.size) == (first.waiting_since, 7)
        assert index.item(SPACE, ContentId("a")) == again
        assert index.save(again.with_copy(StoreId("1"), Copy(CopyState.INTACT, NOW, NOW)))
        assert index.waiting(1) == []
        proven = index.item(SPACE, ContentId("a"))
        assert proven is not None
        assert proven.waiting_since is None
        assert index.save(proven.with_copy(StoreId("1"), Copy(CopyState.DAMAGED, NOW, NOW)))
        assert [one.id for one in index.waiting(1)] == ["a"]

    def test_deleted_records_are_listed_when_they_are_asked_for(self, index: Index) -> None:
        saved(index, "a", "c")
        assert index.save(replace(item("b"), deleted_at=NOW))
        assert [one.id for one in index.items(SPACE)] == ["a", "c"]
        assert [one.id for one in index.items(SPACE, deleted=True)] == ["a", "b", "c"]
        assert [one.id for one in index.items(SPACE, after="a", limit=1, deleted=True)] == ["b"]
