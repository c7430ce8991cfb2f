"""StorageProvider: spaces, reading and listing, in every kind of store."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chalicelib.adapters.s3 import S3Store
from chalicelib.adapters.s3_buckets import BucketSettings
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Rejected, Unavailable
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Entry
from tests.adapters.rigs import PREFIX, Rig, Server, about, fresh_space

DATA = b"The quick brown fox"


def put(rig: Rig, space: SpaceId, *ids: str, data: bytes = DATA) -> None:
    for item in ids:
        rig.store.put(space, ContentId(item), [data], about())


def listed(rig: Rig, space: SpaceId, prefix: str = "", after: str = "", limit: int = 1000) -> list[str]:
    return [entry.id for entry in rig.store.list(space, prefix, after, limit)]


class TestSpaces:
    def test_creating_a_space_again_keeps_what_is_in_it(self, rig: Rig, space: SpaceId) -> None:
        put(rig, space, "kept")
        rig.store.create_space(space)
        assert rig.read(space, ContentId("kept"))[1] == DATA

    def test_spaces_are_listed_sorted_and_without_buckets_of_others(self, rig: Rig) -> None:
        made = [SpaceId(f"{fresh_space()}-{letter}") for letter in "cab"]
        for space in made:
            rig.store.create_space(space)
        if rig.client is not None:
            rig.client.create_bucket(Bucket=f"{PREFIX}s-of-others-{made[0]}")
        found = rig.store.spaces()
        assert found == sorted(found)
        assert set(made) <= set(found)
        assert not [space for space in found if "others" in space]

    def test_a_space_with_periods_in_its_name_holds_content(self, rig: Rig) -> None:
        space = SpaceId(f"annual.reports.{fresh_space()}")
        rig.store.create_space(space)
        put(rig, space, "x")
        assert listed(rig, space) == ["x"]
        assert space in rig.store.spaces()

    def test_an_empty_space_is_removed_and_removing_it_again_does_nothing(self, rig: Rig, space: SpaceId) -> None:
        rig.store.remove_space(space)
        assert space not in rig.store.spaces()
        rig.store.remove_space(space)

    def test_a_space_that_never_was_is_removed_without_an_error(self, rig: Rig) -> None:
        rig.store.remove_space(fresh_space())

    def test_a_space_that_is_not_empty_stays(self, rig: Rig, space: SpaceId) -> None:
        put(rig, space, "kept")
        with pytest.raises(Rejected, match=space):
            rig.store.remove_space(space)
        assert space in rig.store.spaces()
        assert rig.read(space, ContentId("kept"))[1] == DATA

    def test_a_space_can_be_made_and_removed_many_times(self, rig: Rig, space: SpaceId) -> None:
        for _ in range(2):
            rig.store.remove_space(space)
            rig.store.create_space(space)
        put(rig, space, "x")

    def test_an_emptied_space_is_removed(self, rig: Rig, space: SpaceId) -> None:
        put(rig, space, "x")
        rig.store.delete(space, ContentId("x"))
        rig.store.remove_space(space)
        assert listed(rig, space) == []

    def test_a_bucket_that_keeps_old_versions_stays(self, versioned_rig: Rig) -> None:
        space = fresh_space()
        versioned_rig.store.create_space(space)
        put(versioned_rig, space, "x")
        versioned_rig.store.delete(space, ContentId("x"))
        versioned_rig.store.remove_space(space)
        assert space in versioned_rig.store.spaces()
        versions = versioned_rig.client.list_object_versions(Bucket=f"{PREFIX}-{space}")["Versions"]
        assert [version["Key"] for version in versions] == ["x"]
        versioned_rig.store.create_space(space)
        put(versioned_rig, space, "x")
        assert listed(versioned_rig, space) == ["x"]


class TestReading:
    def test_nothing_is_found_under_an_unknown_id(self, rig: Rig, space: SpaceId) -> None:
        assert rig.store.head(space, ContentId("absent")) is None
        with rig.store.open(space, ContentId("absent")) as opened:
            assert opened is None
        with rig.store.open(space, ContentId("absent"), 1, 2) as opened:
            assert opened is None

    def test_nothing_is_found_in_an_unknown_space(self, rig: Rig) -> None:
        unknown = fresh_space()
        assert rig.store.head(unknown, ContentId("x")) is None
        with rig.store.open(unknown, ContentId("x")) as opened:
            assert opened is None
        assert listed(rig, unknown) == []

    def test_nothing_can_be_put_into_an_unknown_space(self, rig: Rig) -> None:
        unknown = fresh_space()
        with pytest.raises(Unavailable):
            put(rig, unknown, "x")
        assert unknown not in rig.store.spaces()

    def test_head_and_open_describe_the_object_alike(self, rig: Rig, space: SpaceId) -> None:
        put(rig, space, "x")
        head = rig.store.head(space, ContentId("x"))
        assert head is not None
        assert head.size == len(DATA)
        assert head.modified.tzinfo is not None
        assert rig.read(space, ContentId("x")) == (head, DATA)
        assert rig.store.list(space) == [Entry(ContentId("x"), len(DATA), head.etag)]

    @pytest.mark.parametrize("data", [b"", b"x", b"xy", DATA], ids=len)
    def test_an_object_that_was_seen_is_read_as_it_was_seen_or_not_at_all(
        self, rig: Rig, space: SpaceId, data: bytes
    ) -> None:
        rig.store.put(space, ContentId("x"), [data], about())
        head = rig.store.head(space, ContentId("x"))
        assert head is not None
        with rig.store.open(space, ContentId("x"), etag=head.etag) as opened:
            assert opened is not None
            assert (opened.stored, b"".join(opened.chunks)) == (head, data)
        rig.store.put(space, ContentId("x"), [b"another"], about())
        with pytest.raises(Unavailable), rig.store.open(space, ContentId("x"), etag=head.etag):
            pass

    @pytest.mark.parametrize(
        ("first", "last"), [(0, 0), (0, 4), (4, 8), (18, 18), (0, 18), (1, 18), (4, None), (18, None), (0, None)]
    )
    def test_a_range_is_read_and_the_whole_described(
        self, rig: Rig, space: SpaceId, first: int, last: int | None
    ) -> None:
        put(rig, space, "x")
        stored, data = rig.read(space, ContentId("x"), first, last)
        assert data == DATA[first : None if last is None else last + 1]
        assert stored == rig.store.head(space, ContentId("x"))

    @pytest.mark.parametrize("data", [b"", b"x", b"xy"])
    def test_the_smallest_objects_are_read(self, rig: Rig, space: SpaceId, data: bytes) -> None:
        put(rig, space, "x", data=data)
        stored, found = rig.read(space, ContentId("x"))
        assert (stored.size, found) == (len(data), data)

    def test_objects_that_are_opened_and_not_read_cost_no_connection(self, rig: Rig, space: SpaceId) -> None:
        put(rig, space, "x", data=DATA * 10_000)
        for _ in range(20):  # more than the connections of the client
            with rig.store.open(space, ContentId("x")) as opened:
                assert opened is not None
        assert rig.store.head(space, ContentId("x")) is not None

    def test_a_deleted_object_is_gone_and_deleting_it_again_does_nothing(self, rig: Rig, space: SpaceId) -> None:
        put(rig, space, "x", "y")
        for _ in range(2):
            rig.store.delete(space, ContentId("x"))
            assert rig.store.head(space, ContentId("x")) is None
            with rig.store.open(space, ContentId("x")) as opened:
                assert opened is None
            assert listed(rig, space) == ["y"]

    def test_only_the_object_that_was_seen_is_deleted(self, rig: Rig, space: SpaceId) -> None:
        put(rig, space, "x")
        seen = rig.store.head(space, ContentId("x"))
        assert seen is not None
        put(rig, space, "x", data=b"newer")
        with pytest.raises(Unavailable):
            rig.store.delete(space, ContentId("x"), seen.etag)
        newer = rig.store.head(space, ContentId("x"))
        assert newer is not None
        for _ in range(2):
            rig.store.delete(space, ContentId("x"), newer.etag)
            assert rig.store.head(space, ContentId("x")) is None

    def test_deleting_in_an_unknown_space_does_nothing(self, rig: Rig) -> None:
        rig.store.delete(fresh_space(), ContentId("x"))


class TestListing:
    def test_prefix_after_and_limit_combine(self, rig: Rig, space: SpaceId) -> None:
        put(rig, space, "b/2", "a", "b/1", "b", "c", "b/10", "B")
        assert listed(rig, space) == ["B", "a", "b", "b/1", "b/10", "b/2", "c"]
        assert listed(rig, space, prefix="b/") == ["b/1", "b/10", "b/2"]
        assert listed(rig, space, prefix="b/1") == ["b/1", "b/10"]
        assert listed(rig, space, prefix="absent") == []
        assert listed(rig, space, after="b/1") == ["b/10", "b/2", "c"]  # exclusive
        assert listed(rig, space, after="b/11") == ["b/2", "c"]  # need not exist
        assert listed(rig, space, after="c") == []
        assert listed(rig, space, prefix="b/", after="b/1") == ["b/10", "b/2"]
        assert listed(rig, space, prefix="b/", after="a") == ["b/1", "b/10", "b/2"]
        assert listed(rig, space, prefix="b/", after="c") == []
        assert listed(rig, space, limit=2) == ["B", "a"]
        assert listed(rig, space, prefix="b", after="b", limit=1) == ["b/1"]
        assert listed(rig, space, after="b/2", limit=1) == ["c"]

    def test_an_empty_space_lists_as_empty(self, rig: Rig, space: SpaceId) -> None:
        assert listed(rig, space) == []

    def test_an_overwritten_object_is_listed_once_with_its_new_size(self, rig: Rig, space: SpaceId) -> None:
        put(rig, space, "x")
        put(rig, space, "x", data=b"new")
        assert [(entry.id, entry.size) for entry in rig.store.list(space)] == [("x", 3)]

    # Paging is the server's own; the two slow servers would add a minute and no other case.
    @pytest.mark.parametrize("name", ["memory", "ministack"])
    def test_more_than_one_page_is_walked_without_gap_or_repetition(
        self, request: pytest.FixtureRequest, name: str
    ) -> None:
        rig: Rig = request.getfixturevalue(f"{name}_rig")
        space = fresh_space()
        rig.store.create_space(space)
        ids = [f"item {n} of 1005" for n in range(1005)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda item: put(rig, space, item, data=b""), ids))
        first = listed(rig, space)
        rest = listed(rig, space, after=first[-1])
        assert (len(first), len(rest)) == (1000, 5)
        assert first + rest == sorted(ids)


def test_an_id_that_no_store_could_hold_is_absent(rig: Rig, space: SpaceId) -> None:
    for impossible in ("", "x" * 1025, "é" * 513):
        assert rig.store.head(space, ContentId(impossible)) is None
        with rig.store.open(space, ContentId(impossible)) as opened:
            assert opened is None


class TestOldVersions:
    @pytest.mark.parametrize(("hold", "days"), [(timedelta(days=30), 30), (timedelta(0), 1)])
    def test_they_are_kept_as_long_as_the_space_says_and_at_least_a_day(
        self, versioned_rig: Rig, hold: timedelta, days: int
    ) -> None:
        space = fresh_space()
        versioned_rig.store.create_space(space, hold)
        for _ in range(2):  # who does not know how long leaves it as it is
            rules = versioned_rig.client.get_bucket_lifecycle_configuration(Bucket=f"{PREFIX}-{space}")["Rules"]
            kept = [rule["NoncurrentVersionExpiration"] for rule in rules if "NoncurrentVersionExpiration" in rule]
            assert kept == [{"NoncurrentDays": days}]
            assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)
            versioned_rig.store.create_space(space)


def test_pages_of_the_service_and_no_others_may_send_to_a_bucket(ministack: Server) -> None:
    client, space = ministack.client("s3"), fresh_space()
    for origin in ("https://old.example.org", "https://archive.example.org"):
        S3Store(client, PREFIX, BucketSettings(pages_from=origin)).create_space(space)
    (rule,) = client.get_bucket_cors(Bucket=f"{PREFIX}-{space}")["CORSRules"]
    assert rule["AllowedOrigins"] == ["https://archive.example.org"]
    assert rule["AllowedMethods"] == ["GET", "HEAD", "PUT"]
    assert "*" not in rule["AllowedHeaders"]
    assert "ETag" in rule["ExposeHeaders"]
