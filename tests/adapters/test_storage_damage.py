"""StorageProvider: bytes that were changed behind a store's back come out as they are, as often as they are read."""

from hashlib import sha256, shake_128

import pytest

from chalicelib.adapters.s3 import S3Store
from chalicelib.adapters.s3_buckets import BucketSettings
from chalicelib.domain.content import ContentId
from chalicelib.domain.spaces import SpaceId
from local.swift import part_files
from tests.adapters.rigs import MIB, PREFIX, Rig, Server, about, damage_on_swift, fresh_space

ITEM = ContentId("damaged.bin")
DATA, DAMAGED = b"the bytes of the depositor", b"the bytes of the bad disk!"
LONG = bytes(3 * MIB)  # more than a server or the SDK reads at once
DAMAGING = ("memory", "ministack", "versioned", "swift")  # moto keeps its objects out of reach


@pytest.mark.parametrize("name", DAMAGING)
@pytest.mark.parametrize(("before", "after"), [(DATA, DAMAGED), (b"ab", b"ax"), (LONG, LONG[:-1] + b"x")], ids=len)
def test_damaged_bytes_are_read_again_and_again(
    request: pytest.FixtureRequest, name: str, before: bytes, after: bytes
) -> None:
    rig: Rig = request.getfixturevalue(f"{name}_rig")
    space = damaged(rig, before, after)
    head = rig.store.head(space, ITEM)
    for _ in range(3):
        assert rig.read(space, ITEM) == (head, after)
        with rig.store.open(space, ITEM, etag=head.etag if head else None) as opened:
            assert opened is not None
            assert (opened.stored, b"".join(opened.chunks)) == (head, after)
    rig.store.put(space, ITEM, [before], about())
    assert rig.read(space, ITEM)[1] == before


@pytest.mark.parametrize("name", DAMAGING)
def test_damaged_bytes_are_read_in_ranges(request: pytest.FixtureRequest, name: str) -> None:
    rig: Rig = request.getfixturevalue(f"{name}_rig")
    space = damaged(rig, DATA, DAMAGED)
    for _ in range(2):
        assert rig.read(space, ITEM, 13, 24)[1] == DAMAGED[13:25]
        assert rig.read(space, ITEM, 13)[1] == DAMAGED[13:]


def test_swift_withdraws_a_damaged_object_that_was_read_in_one_piece(swift: Server, swift_rig: Rig) -> None:
    # What `withdraws_damaged` is for: without it the evidence is gone before a second read can confirm the damage.
    store = S3Store(swift.client("s3"), PREFIX, BucketSettings(), withdraws_damaged=False)
    plain = Rig(store, damage_on_swift(swift), swift.client("s3"))
    space = damaged(plain, DATA, DAMAGED)
    assert plain.read(space, ITEM)[1] == DAMAGED
    with store.open(space, ITEM) as opened:
        assert opened is None
    with swift_rig.store.open(space, ITEM) as opened:
        assert opened is None


def test_a_damaged_part_is_read_again_and_again(swift: Server, swift_rig: Rig) -> None:
    # Swift withdraws the part, and the object is broken for ever, when a read covers the whole of it.
    space, item = fresh_space(), ContentId("parts/of a film.mov")
    swift_rig.store.create_space(space)
    cut = [stream_of(number, size) for number, size in ((1, 5 * MIB), (2, 6 * MIB), (3, 2))]
    upload = swift_rig.store.begin(space, item, about())
    sent = [swift_rig.store.send(upload, n, data, sha256(data).hexdigest()) for n, data in enumerate(cut, 1)]
    etag = swift_rig.store.complete(upload, sent).etag
    assert swift.folder is not None
    files = part_files(swift.folder, swift.key.split(":")[0], f"{PREFIX}-{space}", item)
    for number in (1, 2):
        cut[number] = bytes(len(cut[number]) - 1) + b"x"
        with files[number].open("r+b") as file:
            file.write(cut[number])
    second, third = 5 * MIB, 11 * MIB
    for _ in range(2):
        assert swift_rig.read(space, item)[1] == b"".join(cut)
        for first, last, data in ((second, third - 1, cut[1]), (third, third + 1, cut[2])):
            with swift_rig.store.open(space, item, first, last, etag) as opened:
                assert opened is not None
                assert b"".join(opened.chunks) == data


def stream_of(number: int, size: int) -> bytes:
    return shake_128(str(number).encode()).digest(size)


def damaged(rig: Rig, before: bytes, after: bytes) -> SpaceId:
    """A space with one object whose bytes are no longer those that were put."""
    space = fresh_space()
    rig.store.create_space(space)
    rig.store.put(space, ITEM, [before], about())
    assert rig.damage is not None
    rig.damage(space, ITEM, after)
    return space
