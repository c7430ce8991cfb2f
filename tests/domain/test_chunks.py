"""Chunks manifests: what is read, and what is refused with its reason."""

from hashlib import md5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.chunks import MAX_CHUNKS, MAX_MANIFEST_BYTES, ChunksManifest, parse_manifest
from chalicelib.domain.content import ContentId, parse_content_id
from chalicelib.domain.errors import Invalid
from tests.chunked import Chunked, manifest_xml

FILM = Chunked("film/master.mov", b"0123456789", 4)
A = "a" * 32


def _legal(text: str) -> bool:
    try:
        parse_content_id(text)
    except Invalid:
        return False
    return True


@given(st.text().filter(_legal), st.binary(min_size=1, max_size=50), st.integers(1, 50), st.booleans())
def test_whatever_sync_tools_write_is_read_as_it_was_meant(name: str, data: bytes, size: int, md5s: bool) -> None:
    chunked = Chunked(name, data, size, md5s)
    found = parse_manifest(chunked.manifest)
    assert (found.content_id, found.size, found.md5) == (name, len(data), md5(data).hexdigest())
    assert found.id == chunked.manifest_id
    wanted = [(i, len(d), md5(d).hexdigest() if md5s else None) for i, d in chunked.chunks.items()]
    assert [(chunk.id, chunk.size, chunk.md5) for chunk in found.chunks] == wanted


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_anything_else_is_refused_and_never_breaks_the_reader(data: bytes) -> None:
    with pytest.raises(Invalid, match="manifest"):
        parse_manifest(data)


@given(st.integers(0, len(FILM.manifest)), st.integers(0, len(FILM.manifest)), st.binary(max_size=8))
def test_a_damaged_manifest_is_refused_or_consistent(start: int, end: int, put: bytes) -> None:
    damaged = FILM.manifest[:start] + put + FILM.manifest[end:]
    try:
        found = parse_manifest(damaged)
    except Invalid:
        return
    assert isinstance(found, ChunksManifest)


def test_the_number_in_the_name_decides_the_order() -> None:
    named = {f"x.dura-chunk-{n:04}": (10 + n, A) for n in (2, 0, 1)}
    found = parse_manifest(manifest_xml("x", 33, A, named))
    assert [chunk.size for chunk in found.chunks] == [10, 11, 12]


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        (manifest_xml("x", 0, A, {}), "names 0 chunks"),
        (manifest_xml("x", 2, A, {"x.dura-chunk-0000": (1, A), "x.dura-chunk-0002": (1, A)}), "chunk 2 where chunk 1"),
        (manifest_xml("x", 1, A, {"x.dura-chunk-0001": (1, A)}), "chunk 1 where chunk 0"),
        (manifest_xml("x", 2, A, {"x.dura-chunk-0000": (1, A), "x.dura-chunk-00000": (1, A)}), "chunk 0 where chunk 1"),
        (manifest_xml("x", 1, A, {"x.dura-chunk-000": (1, A)}), "no chunk of it"),
        (manifest_xml("x", 1, A, {"x.dura-chunk-００００": (1, A)}), "no chunk of it"),
        (manifest_xml("x", 1, A, {"y.dura-chunk-0000": (1, A)}), "no chunk of it"),
        (manifest_xml("x", 1, A, {"x/../y.dura-chunk-0000": (1, A)}), "no chunk of it"),
        (manifest_xml("x", 2, A, {"x.dura-chunk-0000": (1, A)}), "2 bytes, but its chunks have 1"),
        (manifest_xml("x", 1, "", {"x.dura-chunk-0000": (1, A)}), "MD5 of the whole"),
        (manifest_xml("x", 1, "g" * 32, {"x.dura-chunk-0000": (1, A)}), "MD5 of the whole"),
        (manifest_xml("x", 1, A, {"x.dura-chunk-0000": (1, "a" * 31)}), "32 hexadecimal"),
        (manifest_xml("x", 1, A, {"x.dura-chunk-0000": (-1, A)}), "not a number of bytes"),
        (manifest_xml("", 1, A, {".dura-chunk-0000": (1, A)}), "at least 1 character"),
        (manifest_xml("a?b", 1, A, {"a?b.dura-chunk-0000": (1, A)}), "'\\?'"),
        (FILM.manifest.replace(b'"0.2"', b'"0.3"'), "only '0.2'"),
        (FILM.manifest.replace(b"duracloud.org", b"example.org"), "namespace duracloud.org"),
        (
            FILM.manifest.replace(b"<header", b"<dur:header").replace(b"</header", b"</dur:header"),
            "schema version None",
        ),
        (FILM.manifest.replace(b"sourceContent", b"source"), "no sourceContent"),
        (FILM.manifest.replace(b"</header>", b'<sourceContent contentId="y"/></header>'), "two sourceContent"),
        (FILM.manifest[:-5], "not well-formed"),
        (FILM.manifest.replace(b"UTF-8", b"no-such-code"), "manifest"),
        (b"<x" + b" " * MAX_MANIFEST_BYTES, "at most 16777216"),
        (b"<a>" * 100_000, "no chunks manifest"),
    ],
)
def test_what_contradicts_itself_does_not_exist(manifest: bytes, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        parse_manifest(manifest)


def test_as_many_chunks_as_there_may_be_and_one_more() -> None:
    def of(count: int) -> bytes:
        return manifest_xml("x", count, A, {f"x.dura-chunk-{n:04}": (1, A) for n in range(count)})

    assert len(parse_manifest(of(MAX_CHUNKS)).chunks) == MAX_CHUNKS
    with pytest.raises(Invalid, match="more than 10000"):
        parse_manifest(of(MAX_CHUNKS + 1))


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>',
        '<!DOCTYPE x [<!ENTITY c SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>',
        "<!DOCTYPE x>",
    ],
)
def test_no_document_type_and_so_no_entity_is_read(doctype: str) -> None:
    head, _, rest = FILM.manifest.decode().partition("\n")
    bomb = f"{head}{doctype}{rest.replace('application/octet-stream', '&c;')}"
    with pytest.raises(Invalid, match="document type"):
        parse_manifest(bomb.encode())


@pytest.mark.parametrize(
    ("given", "read"), [("image/tiff", "image/tiff"), ("", None), ("nonsense", None), ("text/html\r\nX: y", None)]
)
def test_a_mime_type_that_is_none_is_the_default(given: str, read: str | None) -> None:
    found = parse_manifest(manifest_xml("x", 1, A, {"x.dura-chunk-0000": (1, A)}, mimetype=given))
    assert found.content_type == (read or "application/octet-stream")


def test_upper_case_and_blanks_around_values_are_as_good() -> None:
    found = parse_manifest(manifest_xml("x", 1, f"\n {A.upper()} ", {"x.dura-chunk-0000": (1, A.upper())}))
    assert (found.md5, found.chunks[0].md5, found.content_id) == (A, A, ContentId("x"))
