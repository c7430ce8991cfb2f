"""Manifests: every line says what the record says, and nothing else can be read from it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.checksums import Checksums, tally
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.errors import Invalid
from chalicelib.domain.manifest import ManifestFormat, belongs, generated_id, parse_format
from chalicelib.domain.records import Copy, CopyState, Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import Store, StoreId

NOW = datetime(2026, 11, 20, 7, 8, 9, tzinfo=UTC)
RIGHT, WRONG = tally([b"right"]).checksums, tally([b"wrong"]).checksums
ONE, TWO = Store(StoreId("1"), "AMAZON_S3", True), Store(StoreId("2"), "SWIFT_S3", False)
ITEM = Item(SpaceId("maps"), ContentId("2020/Q&A.txt"), 5, About("text/plain", NOW, "ann", checksums=RIGHT), "e", {})

_ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@pytest.mark.parametrize(
    ("form", "head", "line"),
    [
        ("TSV", "space-id\tcontent-id\tMD5\n", f"maps\t2020/Q&A.txt\t{RIGHT.md5}\n"),
        (
            "EXTENDED_TSV",
            "space-id\tcontent-id\tMD5\tcontent-size\tmime-type\n",
            f"maps\t2020/Q&A.txt\t{RIGHT.md5}\t5\ttext/plain\n",
        ),
        ("BAGIT", "", f"{RIGHT.md5}  maps/2020/Q&A.txt\n"),
    ],
)
def test_the_three_forms(form: str, head: str, line: str) -> None:
    assert ManifestFormat(form).head == head
    assert ManifestFormat(form).line(ITEM) == line


@given(_ids, st.integers(0), st.text())
def test_what_a_line_says_is_what_the_record_says_or_there_is_no_line(name: str, size: int, kind: str) -> None:
    item = replace(ITEM, id=ContentId(name), size=size, about=replace(ITEM.about, content_type=kind))
    for form in (ManifestFormat.TSV, ManifestFormat.EXTENDED_TSV):
        if line := form.line(item):
            assert line.endswith("\n")
            assert line[:-1].split("\t")[:3] == ["maps", name, RIGHT.md5]
            assert line[:-1].split("\t")[3:4] in ([], [str(size)])
        else:
            assert set(name) & set("\t\r\n")
        assert line.count("\n") == bool(line)
    line = ManifestFormat.BAGIT.line(item)
    assert line in ("", f"{RIGHT.md5}  maps/{name}\n")
    assert (line == "") == bool(set(name) & set("\r\n"))


@pytest.mark.parametrize("form", ManifestFormat)
def test_an_item_that_was_not_read_yet_has_no_line(form: ManifestFormat) -> None:
    assert form.line(replace(ITEM, about=replace(ITEM.about, checksums=Checksums()))) == ""


def test_formats_are_found_in_any_case_and_others_named() -> None:
    assert {parse_format(None), parse_format(""), parse_format("tsv")} == {ManifestFormat.TSV}
    assert parse_format("Extended_tsv") is ManifestFormat.EXTENDED_TSV
    with pytest.raises(Invalid) as refused:
        parse_format("x")
    assert str(refused.value) == "Invalid manifest format: x Allowable formats are: 'TSV', 'EXTENDED_TSV', 'BAGIT'"


@pytest.mark.parametrize(
    ("copy", "listed"),
    [
        (None, False),
        (Copy(), False),
        (Copy(held=WRONG), False),  # an earlier deposit's
        (Copy(CopyState.INTACT, NOW, NOW, RIGHT), True),
        (Copy(CopyState.MISSING, NOW, NOW, RIGHT), True),  # it should be there: a report says that it is not
    ],
)
def test_another_store_should_hold_what_was_proven_there(copy: Copy | None, listed: bool) -> None:
    item = replace(ITEM, copies={TWO.id: copy} if copy else {})
    assert belongs(item, TWO) is listed
    assert belongs(item, ONE)


def test_the_name_of_a_generated_manifest() -> None:
    expected = "generated-manifests/manifest-maps_swift_s3_2026-11-20-07-08-09.txt.gz"
    assert generated_id(SpaceId("maps"), TWO, NOW) == expected
