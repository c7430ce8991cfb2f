"""StorageProvider: what is in an archive is told, asked for once more without harm, and read when it was restored."""

from datetime import UTC, datetime

import pytest
from botocore.stub import ANY, Stubber

from chalicelib.adapters.memory import MemoryStore
from chalicelib.adapters.s3 import S3Store
from chalicelib.adapters.s3_buckets import BucketSettings
from chalicelib.adapters.s3_objects import stored_from
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Archived, Throttled
from chalicelib.domain.spaces import SpaceId
from tests.adapters.rigs import PREFIX, Rig, Server, about, fresh_space

ITEM = ContentId("a/cold plate.tif")
DATA = b"kept in the cold"
ARCHIVES = ("memory", "moto")  # the others know no classes of storage
ANSWER = {
    "ContentLength": 3,
    "ETag": '"abc-2"',
    "LastModified": datetime(2026, 1, 1, tzinfo=UTC),
    "ContentType": "text/plain",
    "Metadata": {},
}


@pytest.fixture(params=ARCHIVES)
def cold(request: pytest.FixtureRequest) -> Rig:
    found: Rig = request.getfixturevalue(f"{request.param}_rig")
    return found


def archived(rig: Rig) -> SpaceId:
    """An object that was put, and is in an archive since."""
    space = fresh_space()
    rig.store.create_space(space)
    rig.store.put(space, ITEM, [DATA], about())
    if isinstance(rig.store, MemoryStore):
        rig.store.archive[space, ITEM] = False
    else:
        bucket = f"{PREFIX}-{space}"
        given = {"Bucket": bucket, "Key": ITEM, "CopySource": {"Bucket": bucket, "Key": ITEM}}
        rig.client.copy_object(**given, StorageClass="DEEP_ARCHIVE", MetadataDirective="COPY")
    return space


def test_what_is_archived_is_shown_and_not_given(cold: Rig) -> None:
    space = archived(cold)
    there = cold.store.head(space, ITEM)
    assert there is not None
    assert (there.size, there.restoring, there.restored) == (len(DATA), False, False)
    with pytest.raises(Archived), cold.store.open(space, ITEM):
        pass


def test_what_was_restored_is_read_and_says_so(cold: Rig) -> None:
    space = archived(cold)
    for _ in range(2):
        cold.store.restore(space, ITEM, "Bulk", 3)
    if isinstance(cold.store, MemoryStore):
        there = cold.store.head(space, ITEM)
        assert there is not None
        assert there.restoring
        cold.store.archive[space, ITEM] = True
    stored, data = cold.read(space, ITEM)
    assert data == DATA
    assert stored.restored
    assert not stored.restoring


def test_asking_for_what_is_in_no_archive_does_nothing(cold: Rig) -> None:
    space = fresh_space()
    cold.store.create_space(space)
    cold.store.put(space, ITEM, [DATA], about())
    cold.store.restore(space, ITEM, "Standard", 3)
    stored, data = cold.read(space, ITEM)
    assert (data, stored.restored, stored.restoring) == (DATA, False, False)


def test_asking_for_what_is_not_there_does_nothing(cold: Rig) -> None:
    space = fresh_space()
    cold.store.create_space(space)
    cold.store.restore(space, ContentId("gone"), "Bulk", 3)


@pytest.mark.parametrize(
    ("header", "restoring", "restored"),
    [
        (None, False, False),
        ('ongoing-request="true"', True, False),
        ('ongoing-request="false", expiry-date="Fri, 21 Dec 2026 00:00:00 GMT"', False, True),
    ],
)
def test_the_state_of_a_restore_is_what_the_header_says(header: str | None, restoring: bool, restored: bool) -> None:
    stored = stored_from(ANSWER | ({"Restore": header} if header else {}))
    assert (stored.restoring, stored.restored) == (restoring, restored)


def test_the_checksum_of_the_checksums_of_parts_is_told_apart_from_that_of_the_whole() -> None:
    parts = stored_from(ANSWER | {"ChecksumSHA256": "q83v-2"})
    assert (parts.composite, parts.own.sha256) == ("q83v-2", None)
    whole = stored_from(ANSWER | {"ChecksumSHA256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="})
    assert whole.composite is None
    assert whole.own.sha256 is not None


def test_a_restore_under_way_is_no_error_and_what_the_store_refuses_is(nobody: Server) -> None:
    client = nobody.client("s3")
    store, wanted = S3Store(client, PREFIX, BucketSettings()), {"Bucket": ANY, "Key": ITEM, "RestoreRequest": ANY}
    with Stubber(client) as answers:
        answers.add_client_error("restore_object", "RestoreAlreadyInProgress", http_status_code=409)
        answers.add_client_error("restore_object", "SlowDown", http_status_code=503)
        asked = {"Days": 3, "GlacierJobParameters": {"Tier": "Bulk"}}
        answers.add_response("restore_object", {}, {**wanted, "RestoreRequest": asked})
        store.restore(SpaceId("maps"), ITEM, "Bulk", 3)
        with pytest.raises(Throttled):
            store.restore(SpaceId("maps"), ITEM, "Bulk", 3)
        store.restore(SpaceId("maps"), ITEM, "Bulk", 3)
        answers.assert_no_pending_responses()
