"""StorageProvider's uploads in parts: nothing is seen before it is complete, nothing wrong is taken, in every store."""

import hashlib

import pytest

from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Gone, NoSpace, Unavailable
from chalicelib.domain.parts import PartList
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports_parts import Over, SentPart, Upload
from tests.adapters.rigs import MIB, PART, Rig, about, fresh_space, stream

ITEM = ContentId("films/ä +%25 & x.mov")
SIZES = (5 * MIB, 6 * MIB, 3)
DATA = b"".join(stream(sum(SIZES)))
CUT = (DATA[: SIZES[0]], DATA[SIZES[0] : -SIZES[2]], DATA[-SIZES[2] :])
LIST = PartList(SIZES, tuple(hashlib.sha256(piece).digest() for piece in CUT))


def send(rig: Rig, upload: Upload, number: int) -> SentPart:
    return rig.store.send(upload, number, CUT[number - 1], LIST.parts[number - 1].sha256)


@pytest.fixture
def upload(rig: Rig, space: SpaceId) -> Upload:
    return rig.store.begin(space, ITEM, about(properties={"title": "x"}))


def test_parts_sent_in_any_order_by_anybody_become_one_object(rig: Rig, space: SpaceId, upload: Upload) -> None:
    sent = {number: send(rig, upload, number) for number in (3, 1, 2)}
    assert rig.store.head(space, ITEM) is None, "nobody sees a part of it"
    assert rig.store.list(space) == []
    listed = rig.store.parts(upload)
    assert listed == [sent[1], sent[2], sent[3]]
    assert [part.size for part in listed] == [*SIZES]
    completed = rig.store.complete(upload, listed, Over(None))
    stored, data = rig.read(space, ITEM)
    assert (stored.etag, stored.properties, data) == (completed.etag, {"title": "x"}, DATA)
    assert rig.unfinished(space) == []


def test_a_store_that_confirms_tells_the_checksums_of_what_it_has(rig: Rig, upload: Upload) -> None:
    if not rig.store.confirms_sha256:
        pytest.skip("it does not")
    sent = [send(rig, upload, number) for number in (1, 2, 3)]
    assert [part.sha256 for part in sent] == [part.sha256 for part in LIST.parts]
    assert rig.store.parts(upload) == sent
    assert rig.store.complete(upload, sent).composite == LIST.composite


def test_a_part_that_arrives_damaged_is_refused(rig: Rig, upload: Upload, request: pytest.FixtureRequest) -> None:
    if "moto" in request.node.name:
        pytest.skip("it checks nothing")
    with pytest.raises(Unavailable):
        rig.store.send(upload, 1, CUT[0], LIST.parts[1].sha256)
    assert rig.store.parts(upload) == []


def test_a_part_is_sent_again_in_place_of_the_first(rig: Rig, space: SpaceId, upload: Upload) -> None:
    rig.store.send(upload, 1, CUT[1], LIST.parts[1].sha256)
    sent = [send(rig, upload, 1), send(rig, upload, 3)]
    assert rig.store.parts(upload) == sent
    rig.store.complete(upload, sent)
    assert rig.read(space, ITEM)[1] == CUT[0] + CUT[2]


@pytest.mark.parametrize("seen", [False, True], ids=["nothing was there", "another one was there"])
def test_an_object_that_others_wrote_meanwhile_stays(rig: Rig, space: SpaceId, seen: bool) -> None:
    over = Over(rig.store.put(space, ITEM, [b"before"], about()).etag if seen else None)
    upload = rig.store.begin(space, ITEM, about())
    sent = [send(rig, upload, number) for number in (1, 3)]
    rig.store.put(space, ITEM, [b"newer"], about())
    with pytest.raises(Unavailable):
        rig.store.complete(upload, sent, over)
    assert rig.read(space, ITEM)[1] == b"newer"
    rig.store.abandon(upload)
    assert rig.unfinished(space) == []


def test_what_is_abandoned_is_gone(rig: Rig, space: SpaceId, upload: Upload, request: pytest.FixtureRequest) -> None:
    sent = send(rig, upload, 1)
    for _ in range(2):
        rig.store.abandon(upload)
    assert rig.store.parts(upload) is None
    gone = Unavailable if "moto" in request.node.name else Gone  # it falls over
    with pytest.raises(gone):
        send(rig, upload, 2)
    with pytest.raises(gone):
        rig.store.complete(upload, [sent])
    assert rig.store.head(space, ITEM) is None
    assert rig.unfinished(space) == []


def test_uploads_that_nobody_goes_on_with_are_found(rig: Rig, space: SpaceId, upload: Upload) -> None:
    other = rig.store.begin(space, ContentId("another"), about())
    assert rig.store.uploads(space, ITEM) == [upload]
    assert rig.store.uploads(space, ContentId("another")) == [other]
    assert rig.store.uploads(space, ContentId("none")) == []
    for one in (upload, other):
        rig.store.abandon(one)
    assert rig.store.uploads(space, ITEM) == []
    assert rig.store.uploads(fresh_space(), ITEM) == []


def test_what_is_begun_or_put_in_no_space_tells_so(rig: Rig) -> None:
    with pytest.raises(NoSpace):
        rig.store.begin(fresh_space(), ITEM, about())
    with pytest.raises(NoSpace):
        rig.store.put(fresh_space(), ITEM, [b"x"], about())
    with pytest.raises(NoSpace):
        rig.store.put(fresh_space(), ITEM, stream(PART + 1), about(), only_over=Over(None))


def test_a_range_is_read_of_the_object_that_was_seen_and_of_no_other(rig: Rig, space: SpaceId) -> None:
    seen = rig.store.put(space, ITEM, [b"0123456789"], about())
    for first, last, expected in ((0, None, b"0123456789"), (2, 4, b"234"), (8, None, b"89")):
        with rig.store.open(space, ITEM, first, last, seen.etag) as opened:
            assert opened is not None
            assert b"".join(opened.chunks) == expected
    rig.store.put(space, ITEM, [b"9876543210"], about())
    for first, last in ((0, None), (2, 4)):
        with pytest.raises(Unavailable), rig.store.open(space, ITEM, first, last, seen.etag):
            pass
    rig.store.delete(space, ITEM)
    with rig.store.open(space, ITEM, 2, 4, seen.etag) as opened:
        assert opened is None


def test_a_store_copies_parts_of_its_own_objects(rig: Rig, space: SpaceId, request: pytest.FixtureRequest) -> None:
    source = ContentId("ä source +%25")
    seen = rig.store.put(space, source, [DATA], about())
    address = rig.store.address(space, source, seen.etag)
    if address is None:
        pytest.skip("it is not asked to")
    upload = rig.store.begin(space, ITEM, about())
    sent = [rig.store.copy_part(upload, part.number, address, part.first, part.last) for part in LIST.parts]
    assert [(part.number, part.size) for part in sent] == [(part.number, part.size) for part in LIST.parts]
    rig.store.complete(upload, sent)
    assert rig.read(space, ITEM)[1] == DATA
    if "moto" in request.node.name:
        return  # it copies whatever is there
    rig.store.put(space, source, [b"newer"], about())
    again = rig.store.begin(space, ITEM, about())
    with pytest.raises(Unavailable):
        rig.store.copy_part(again, 1, address, 0, 4)
    rig.store.abandon(again)


def test_a_body_in_parts_tells_them(rig: Rig, space: SpaceId) -> None:
    size = PART + 5
    written = rig.store.put(space, ITEM, stream(size), about(), size)
    data = b"".join(stream(size))
    digests = tuple(hashlib.sha256(piece).digest() for piece in (data[:PART], data[PART:]))
    assert written.parts == PartList((PART, 5), digests)
    assert written.confirmed is rig.store.confirms_sha256
    assert rig.store.put(space, ITEM, [b"small"], about()).parts is None
