"""StorageProvider: awkward ids, met in real collections, name objects in every kind of store and nothing else."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chalicelib.domain.content import ContentId, parse_content_id
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Over
from tests.adapters.rigs import PART, Rig, about

GOLDEN = Path(__file__).parents[1] / "golden" / "awkward-ids.json"
IDS: dict[str, str] = json.loads(GOLDEN.read_text())
ORDERED = sorted(IDS.values(), key=str.encode)


def test_the_corpus_holds_only_ids_that_the_service_accepts() -> None:
    for reason, text in IDS.items():
        assert parse_content_id(text) == text, reason
    assert len(set(IDS.values())) == len(IDS)


def test_awkward_ids_name_objects_from_put_to_delete(rig: Rig, space: SpaceId) -> None:
    ids = {reason: ContentId(text) for reason, text in IDS.items()}

    def put(reason: str) -> tuple[ContentId, str]:
        written = rig.store.put(space, ids[reason], [reason.encode()], about(properties={"reason": reason}))
        return ids[reason], written.etag

    def found(reason: str) -> tuple[str, bytes, dict[str, str] | None]:
        stored, data = rig.read(space, ids[reason])
        assert rig.store.head(space, ids[reason]) == stored
        return reason, data, stored.properties

    def delete(reason: str) -> None:
        rig.store.delete(space, ids[reason])

    with ThreadPoolExecutor(4) as pool:
        etag_by_id = dict(pool.map(put, ids))
        assert list(pool.map(found, ids)) == [(reason, reason.encode(), {"reason": reason}) for reason in ids]
        assert [(one.id, one.etag) for one in rig.store.list(space)] == [(i, etag_by_id[ContentId(i)]) for i in ORDERED]
        list(pool.map(delete, ids))
        assert rig.store.list(space) == []


def test_awkward_ids_serve_as_prefix_and_as_place_to_go_on_from(rig: Rig, space: SpaceId) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda item: rig.store.put(space, ContentId(item), [], about()), ORDERED))
    for n, item in enumerate(ORDERED):
        assert [entry.id for entry in rig.store.list(space, after=item, limit=2)] == ORDERED[n + 1 : n + 3], item
        beginning_so = [other for other in ORDERED if other.startswith(item)]
        assert [entry.id for entry in rig.store.list(space, prefix=item)] == beginning_so, item


def test_ids_that_differ_only_in_their_composition_are_two_objects(rig: Rig, space: SpaceId) -> None:
    composed, combining = ContentId(IDS["composed accent (NFC)"]), ContentId(IDS["combining accent (NFD)"])
    rig.store.put(space, composed, [b"NFC"], about())
    assert rig.store.head(space, combining) is None
    rig.store.put(space, combining, [b"NFD"], about())
    assert rig.read(space, composed)[1] == b"NFC"
    rig.store.delete(space, combining)
    assert rig.read(space, composed)[1] == b"NFC"


def test_an_awkward_id_names_an_object_in_parts(rig: Rig, space: SpaceId) -> None:
    for reason in ("1,024 bytes", "parent folder", "what looks like an escaped slash", "emoji of several code points"):
        item = ContentId(IDS[reason])
        written = rig.store.put(space, item, [b"x" * PART, b"y"], about())
        head = rig.store.head(space, item)
        assert head is not None
        assert (head.size, head.etag) == (PART + 1, written.etag)
        assert rig.read(space, item, PART)[1] == b"y"


def test_awkward_ids_are_written_over_and_removed_only_as_they_were_seen(rig: Rig, space: SpaceId) -> None:
    def conditions_hold(text: str) -> str:
        item = ContentId(text)
        first = rig.store.put(space, item, [b"first"], about(), only_over=Over(None))
        for wrong in (Over(None), Over("another-mark")):
            with pytest.raises(Unavailable):
                rig.store.put(space, item, [b"lost"], about(), only_over=wrong)
        second = rig.store.put(space, item, [b"second"], about(), only_over=Over(first.etag))
        assert rig.read(space, item, 1, 3)[1] == b"eco"
        with pytest.raises(Unavailable):
            rig.store.delete(space, item, first.etag)
        assert rig.read(space, item)[1] == b"second"
        rig.store.delete(space, item, second.etag)
        assert rig.store.head(space, item) is None
        return text

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(conditions_hold, ORDERED)) == ORDERED
