"""Names: space ids and content ids, each rule with its message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.content import parse_content_id, parse_properties
from chalicelib.domain.errors import Invalid
from chalicelib.domain.spaces import RESERVED, parse_space_id


@pytest.mark.parametrize("name", ["abc", "annual-reports", "a.b-c.d", "x-duracloud-admin", "a" * 42, "abc.d1"])
def test_good_space_ids(name: str) -> None:
    assert parse_space_id(name) == name


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("ab", "between 3 and 42"),
        ("a" * 43, "between 3 and 42"),
        ("  a ", "between 3 and 42"),
        ("Theses", "Only lowercase"),
        ("a_b", "Only lowercase"),
        ("ünder", "Only lowercase"),
        ("1abc", "must begin with a lowercase letter"),
        (".abc", "must begin with a lowercase letter"),
        ("-abc", "must begin with a lowercase letter"),
        ("abc.1d", "last period"),
        ("abc-", "must end with a lowercase letter, number, or period"),
        ("a..b", "must not contain"),
        ("a-.b", "must not contain"),
        ("a.-b", "must not contain"),
        ("abc.", "final period"),
        *((word, "reserved") for word in sorted(RESERVED)),
    ],
)
def test_bad_space_ids_name_the_rule(name: str, rule: str) -> None:
    with pytest.raises(Invalid, match=rule):
        parse_space_id(name)


@given(st.text())
def test_whatever_is_accepted_as_a_space_id_is_a_legal_bucket_name(name: str) -> None:
    try:
        accepted = parse_space_id(name)
    except Invalid:
        return
    bucket = f"duracloud-{accepted}"
    assert 3 <= len(bucket) <= 63
    assert bucket[-1].isalnum()
    assert ".." not in bucket


@pytest.mark.parametrize(
    "text",
    ["a", "a/b//c", "/lead", "trail/", "a b+c%d#e&f;g|h'\"(1)[2]{3}@=é中.txt", "x" * 1024, "é" * 170, "..", "a~b"],
)
def test_good_content_ids(text: str) -> None:
    assert parse_content_id(text) == text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "at least 1 character"),
        ("a?b", "'\\?' character"),
        ("a\\b", "'\\\\' character"),
        ("x" * 1025, "<= 1024 bytes"),
        ("/" * 342, "<= 1024 bytes"),
        ("é" * 171, "<= 1024 bytes"),
        ("~" * 342, "<= 1024 bytes"),
        ("a\nb", "control characters"),
        ("a\x00b", "control characters"),
        ("a\uffffb", "control characters"),
        ("\ud800", "UTF-8"),
    ],
)
def test_bad_content_ids_name_the_rule(text: str, rule: str) -> None:
    with pytest.raises(Invalid, match=rule):
        parse_content_id(text)


def test_properties_lose_calculated_names_and_capitals() -> None:
    given = {"Creator": "ada", "content-checksum": "x", "Content-Size": "1", "tags": "a|b"}
    assert parse_properties(given) == {"creator": "ada", "tags": "a|b"}


@pytest.mark.parametrize("given", [{"naïve": "x"}, {"name": "naïve"}])
def test_properties_must_be_ascii(given: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="Only US-ASCII"):
        parse_properties(given)
