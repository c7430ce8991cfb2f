"""StorageProvider.put: all of the bytes or nothing, with what was said of them, in every kind of store."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib.domain.checksums import Checksums, tally
from chalicelib.domain.content import DEFAULT_CONTENT_TYPE, ContentId
from chalicelib.domain.errors import ChecksumMismatch, Unavailable
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports import Entry, Over, Written
from tests.adapters.rigs import MIB, PART, Rig, about, fresh_space, stream

ITEM = ContentId("folder/item.bin")
SMALL, PARTS = 70_001, PART + MIB + 1  # in one request; in two
LARGE = 33 * MIB + 7

# Some that a header could lose or change: case, signs, quotes, spaces inside, what looks escaped, and nothing at all.
PROPERTIES = {
    "title": "The quick  brown fox",
    "with-dash.and.dot": "a, b; c=d: \"e\" 'f' <g> \\h",
    "escaped": "%20+%C3%A9 =?UTF-8?B?w6k=?=",
    "x": "",
}


WRONG = ("md5", "sha256", "one more byte", "one byte less")


class Broken(Exception):
    """The sender went away."""


def breaks_after(size: int) -> Iterator[bytes]:
    yield from stream(size)
    raise Broken


class TestBytes:
    @pytest.mark.parametrize(
        ("size", "known"),
        [
            *((size, known) for size in (0, 1, SMALL, PART) for known in (True, False)),
            (LARGE, True),
            (PART - 1, False),
            (PART + 1, False),
        ],
    )
    def test_what_was_put_is_read(self, rig: Rig, space: SpaceId, size: int, known: bool) -> None:
        whole = tally(stream(size))
        promised = about(checksums=whole.checksums)
        written = rig.store.put(space, ITEM, stream(size), promised, size if known else None)
        assert written == Written(size, whole.checksums, written.etag)
        with rig.store.open(space, ITEM) as opened:
            assert opened is not None
            found = tally(opened.chunks)
            assert (opened.stored.size, opened.stored.etag) == (size, written.etag)
        assert (found.size, found.checksums) == (size, whole.checksums)
        assert rig.store.head(space, ITEM) == opened.stored
        assert opened.stored.checksums == whole.checksums
        assert rig.store.list(space) == [Entry(ITEM, size, written.etag)]
        assert rig.unfinished(space) == []

    @pytest.mark.parametrize("size", [0, SMALL, PARTS])
    def test_checksums_that_nobody_promised_are_computed(self, rig: Rig, space: SpaceId, size: int) -> None:
        written = rig.store.put(space, ITEM, stream(size), about())
        assert (written.size, written.checksums) == (size, tally(stream(size)).checksums)
        head = rig.store.head(space, ITEM)
        assert head is not None
        # Facts travel before the bytes: only what goes in one request can carry checksums that nobody promised.
        assert head.checksums in (written.checksums, Checksums())
        assert head.checksums.complete or size == PARTS

    def test_a_range_of_an_object_in_parts_is_read(self, rig: Rig, space: SpaceId) -> None:
        rig.store.put(space, ITEM, stream(PARTS), about())
        whole = b"".join(stream(PARTS))
        stored, data = rig.read(space, ITEM, PART - 2, PART + 2)
        assert data == whole[PART - 2 : PART + 3]
        assert stored == rig.store.head(space, ITEM)
        assert rig.read(space, ITEM, PARTS - 1)[1] == whole[-1:]

    def test_empty_and_uneven_chunks_are_put_together(self, rig: Rig, space: SpaceId) -> None:
        rig.store.put(space, ITEM, [b"", b"a", b"", b"bc", b""], about())
        assert rig.read(space, ITEM)[1] == b"abc"

    @pytest.mark.parametrize("sizes", [(SMALL, 3), (PARTS, 3), (3, PARTS)], ids=["small", "by less", "by more"])
    def test_an_object_is_replaced_whole(self, rig: Rig, space: SpaceId, sizes: tuple[int, int]) -> None:
        for size in sizes:
            written = rig.store.put(space, ITEM, stream(size), about(properties={"size": str(size)}))
        stored, data = rig.read(space, ITEM)
        assert tally([data]).checksums == written.checksums
        assert (stored.size, stored.etag, stored.properties) == (sizes[1], written.etag, {"size": str(sizes[1])})

    @pytest.mark.parametrize("known", [True, False], ids=["known size", "unknown size"])
    def test_memory_is_bounded(self, ministack_rig: Rig, known: bool) -> None:
        size = 112 * MIB
        space = fresh_space()
        ministack_rig.store.create_space(space)
        tracemalloc.start()
        try:
            written = ministack_rig.store.put(space, ITEM, stream(size), about(), size if known else None)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert written.size == size
        assert peak < 4 * PART  # two parts on their way, one being read, and what grows with it


class TestPromises:
    @pytest.mark.parametrize(
        ("size", "wrong", "before"),
        [
            *((SMALL, wrong, before) for wrong in WRONG for before in (True, False)),
            *((PARTS, wrong, True) for wrong in WRONG),
            (PARTS, "sha256", False),
        ],
    )
    def test_other_bytes_than_promised_change_nothing(
        self, rig: Rig, space: SpaceId, size: int, wrong: str, before: bool
    ) -> None:
        held = rig.store.put(space, ITEM, [b"before"], about()) if before else None
        promised, promised_size = tally(stream(size)).checksums, size
        match wrong:
            case "md5":
                promised = replace(promised, md5="0" * 32)
            case "sha256":
                promised = replace(promised, sha256="0" * 64)
            case "one more byte":
                promised_size += 1
            case "one byte less":
                promised_size -= 1
        with pytest.raises(ChecksumMismatch):
            rig.store.put(space, ITEM, stream(size), about(checksums=promised), promised_size)
        self._nothing_has_changed(rig, space, held)

    @pytest.mark.parametrize(
        ("size", "before"), [(0, True), (0, False), (SMALL, True), (SMALL, False), (PART, False), (PARTS, True)]
    )
    def test_an_error_of_the_body_passes_through_and_changes_nothing(
        self, rig: Rig, space: SpaceId, size: int, before: bool
    ) -> None:
        held = rig.store.put(space, ITEM, [b"before"], about()) if before else None
        with pytest.raises(Broken):
            rig.store.put(space, ITEM, breaks_after(size), about())
        self._nothing_has_changed(rig, space, held)

    def test_an_empty_body_is_compared_too(self, rig: Rig, space: SpaceId) -> None:
        with pytest.raises(ChecksumMismatch):
            rig.store.put(space, ITEM, [], about(), size=1)
        with pytest.raises(ChecksumMismatch):
            rig.store.put(space, ITEM, [], about(checksums=Checksums(md5="0" * 32)))
        self._nothing_has_changed(rig, space, None)

    def _nothing_has_changed(self, rig: Rig, space: SpaceId, held: Written | None) -> None:
        if held is None:
            assert rig.store.head(space, ITEM) is None
            assert rig.store.list(space) == []
        else:
            stored, data = rig.read(space, ITEM)
            assert (stored.etag, data) == (held.etag, b"before")
            assert rig.store.list(space) == [Entry(ITEM, 6, held.etag)]
        assert rig.unfinished(space) == []


class TestDescription:
    @pytest.mark.parametrize("size", [0, SMALL, PARTS])
    def test_what_is_said_of_the_bytes_is_kept(self, rig: Rig, space: SpaceId, size: int) -> None:
        said = about(
            content_type='text/html; charset="utf-8"',
            content_encoding="gzip",
            deposited_by="Zoë Müller / 50% + x",
            properties=PROPERTIES,
        )
        rig.store.put(space, ITEM, stream(size), said)
        stored, data = rig.read(space, ITEM)
        assert data == b"".join(stream(size))  # not decoded on the way
        assert stored == rig.store.head(space, ITEM)
        assert (stored.content_type, stored.content_encoding) == (said.content_type, "gzip")
        assert stored.properties == PROPERTIES
        assert stored.metadata["deposited-at"] == "2026-11-20T12:00:00Z"
        assert stored.metadata["deposited-by"] == "Zo%C3%AB+M%C3%BCller+%2F+50%25+%2B+x"

    # moto drops metadata whose names have other signs than "-_."; no other server does.
    @pytest.mark.parametrize("name", ["memory", "ministack", "versioned", "swift"])
    def test_names_of_properties_may_hold_any_sign_of_a_header_name(
        self, request: pytest.FixtureRequest, name: str
    ) -> None:
        self._keeps(request, name, SMALL, {"!#$&*^`|~": "x"}, {"!#$&*^`|~": "x"})

    # Swift takes "_" for "-" in the names of what is said of an upload in parts (s3api: its own headers become
    # CGI variables there, and only PUT of an object is guarded against that). The index knows the right names.
    @pytest.mark.parametrize(
        ("name", "size", "kept"),
        [
            *((name, size, "a_b") for name in ("memory", "moto", "ministack", "versioned") for size in (SMALL, PARTS)),
            ("swift", SMALL, "a_b"),
            ("swift", PARTS, "a-b"),
        ],
    )
    def test_names_of_properties_may_hold_underscores(
        self, request: pytest.FixtureRequest, name: str, size: int, kept: str
    ) -> None:
        self._keeps(request, name, size, {"a_b": "x"}, {kept: "x"})

    def _keeps(
        self, request: pytest.FixtureRequest, name: str, size: int, given: dict[str, str], kept: dict[str, str]
    ) -> None:
        rig: Rig = request.getfixturevalue(f"{name}_rig")
        space = fresh_space()
        rig.store.create_space(space)
        rig.store.put(space, ITEM, stream(size), about(properties=given))
        stored = rig.store.head(space, ITEM)
        assert stored is not None
        assert stored.properties == kept

    def test_nothing_said_is_nothing_kept(self, rig: Rig, space: SpaceId) -> None:
        rig.store.put(space, ITEM, [b"x"], about(content_type=DEFAULT_CONTENT_TYPE))
        stored = rig.store.head(space, ITEM)
        assert stored is not None
        assert (stored.content_type, stored.content_encoding) == (DEFAULT_CONTENT_TYPE, None)
        assert stored.properties == {}

    @pytest.mark.parametrize("size", [SMALL, PARTS])
    def test_the_most_that_fits_is_kept(self, rig: Rig, space: SpaceId, size: int) -> None:
        properties = {"long": "v" * 1000, **{f"tag-{n:02d}": "x" * 10 for n in range(37)}}
        said = about(properties=properties, deposited_by="m" * 42, checksums=tally(stream(size)).checksums)
        assert "properties-in-index" not in said.metadata()
        rig.store.put(space, ITEM, stream(size), said)
        stored = rig.store.head(space, ITEM)
        assert stored is not None
        assert stored.properties == properties

    @pytest.mark.parametrize(
        "properties",
        [
            pytest.param({"long": "v" * 1700}, id="too long"),
            pytest.param({f"tag-{n}": "x" for n in range(400)}, id="too many"),
            pytest.param({"md5": "mine", "title": "x"}, id="a fact's name"),
            pytest.param({"two words": "x"}, id="no header name"),
            pytest.param({"title": " x"}, id="space at the edge"),
            pytest.param({"title": "two\nlines"}, id="line break"),
        ],
    )
    def test_properties_that_do_not_fit_leave_a_mark(
        self, rig: Rig, space: SpaceId, properties: dict[str, str]
    ) -> None:
        whole = tally(stream(SMALL)).checksums
        rig.store.put(space, ITEM, stream(SMALL), about(properties=properties, checksums=whole))
        stored, data = rig.read(space, ITEM)
        assert stored.properties is None
        assert stored.checksums == whole
        assert tally([data]).checksums == whole


@pytest.mark.parametrize("size", [SMALL, PARTS])
class TestOnlyOver:
    """Writes that may replace only what was seen before."""

    def test_nothing_was_seen(self, rig: Rig, space: SpaceId, size: int) -> None:
        rig.store.put(space, ITEM, stream(size), about(), only_over=Over(None))
        with pytest.raises(Unavailable):
            rig.store.put(space, ITEM, stream(size - 1), about(), only_over=Over(None))
        assert rig.read(space, ITEM)[0].size == size
        assert rig.unfinished(space) == []

    def test_an_object_was_seen(self, rig: Rig, space: SpaceId, size: int) -> None:
        seen = rig.store.put(space, ITEM, stream(size), about())
        newer = rig.store.put(space, ITEM, stream(size - 1), about(), only_over=Over(seen.etag))
        with pytest.raises(Unavailable):
            rig.store.put(space, ITEM, stream(size - 2), about(), only_over=Over(seen.etag))
        assert rig.read(space, ITEM)[0].etag == newer.etag
        rig.store.delete(space, ITEM)
        with pytest.raises(Unavailable):
            rig.store.put(space, ITEM, stream(size), about(), only_over=Over(newer.etag))
        assert rig.store.head(space, ITEM) is None
        assert rig.unfinished(space) == []
