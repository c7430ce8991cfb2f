"""Checksums, and the facts of deposit that ride on an object."""

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.checksums import Checksums, tally
from chalicelib.domain.content import About, Stored, format_time, parse_time, require_promised
from chalicelib.domain.errors import ChecksumMismatch

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
A = Checksums("a" * 32, "a" * 64)


@given(st.lists(st.binary()))
def test_one_pass_gives_both_checksums_and_the_size(chunks: list[bytes]) -> None:
    whole, found = b"".join(chunks), tally(chunks)
    assert found.checksums == Checksums(hashlib.md5(whole).hexdigest(), hashlib.sha256(whole).hexdigest())
    assert found.size == len(whole)


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        (A, A, True),
        (Checksums(md5="a" * 32), A, True),
        (Checksums(sha256="a" * 64), A, True),
        (Checksums(), A, False),
        (A, Checksums("b" * 32, "a" * 64), False),
        (A, Checksums("a" * 32, "b" * 64), False),
        (Checksums(md5="a" * 32), Checksums(sha256="a" * 64), False),
    ],
)
def test_agreement_needs_something_in_common_and_no_difference(one: Checksums, other: Checksums, agree: bool) -> None:
    assert one.agrees(other) is agree
    assert other.agrees(one) is agree


@pytest.mark.parametrize("given", [{"md5": "A" * 32}, {"md5": "a" * 31}, {"sha256": "x" * 64}, {"md5": ""}])
def test_what_is_no_checksum_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ChecksumMismatch, match="is not a"):
        Checksums(**given)


def test_a_broken_promise_names_both_values() -> None:
    found = tally([b"x"])
    with pytest.raises(ChecksumMismatch, match=f"expected {'a' * 32}.*{found.checksums.md5}"):
        require_promised(About("t/t", NOW, "me", checksums=Checksums(md5="a" * 32)), 1, found)
    with pytest.raises(ChecksumMismatch, match=f"expected {'a' * 64}.*{found.checksums.sha256}"):
        require_promised(About("t/t", NOW, "me", checksums=Checksums(found.checksums.md5, "a" * 64)), 1, found)
    with pytest.raises(ChecksumMismatch, match="Expected 2 bytes, 1 arrived"):
        require_promised(About("t/t", NOW, "me"), 2, found)
    require_promised(About("t/t", NOW, "me"), None, found)


def test_the_facts_come_back_from_the_object() -> None:
    about = About("image/tiff", NOW, "ada@example.org ü", properties={"color": "red"}, checksums=A)
    stored = Stored(1, "etag", NOW, metadata=about.metadata())
    assert stored.checksums == A
    assert stored.properties == {"color": "red"}
    assert all(name.isascii() and value.isascii() for name, value in about.metadata().items())


@pytest.mark.parametrize(
    "properties",
    [{"md5": "mine"}, {"sha256": "mine"}, {"n": "v" * 2000}, {"a name": "v"}, {"n": " padded "}, {"deposited-by": "x"}],
)
def test_properties_that_cannot_ride_along_are_marked(properties: dict[str, str]) -> None:
    metadata = About("t/t", NOW, "ada", properties=properties, checksums=A).metadata()
    assert Stored(1, "etag", NOW, metadata=metadata).properties is None
    assert metadata["md5"] == A.md5
    assert sum(len(k) + len(v) for k, v in metadata.items()) <= 2048


@given(
    st.dictionaries(st.from_regex(r"[a-z-]{1,30}", fullmatch=True), st.text(st.characters(codec="ascii"), max_size=300))
)
def test_metadata_never_exceeds_what_s3_takes(properties: dict[str, str]) -> None:
    metadata = About("t/t", NOW, "a" * 64, properties=properties, checksums=A).metadata()
    assert sum(len(k) + len(v) for k, v in metadata.items()) <= 2048


def test_facts_written_by_others_are_not_trusted_blindly() -> None:
    stored = Stored(1, "etag", NOW, metadata={"md5": "MD5 of the thing", "sha256": "x"})
    assert not stored.checksums.known


def test_times_go_there_and_back() -> None:
    assert parse_time(format_time(NOW)) == NOW
    assert format_time(NOW) == "2026-11-20T12:00:00Z"
