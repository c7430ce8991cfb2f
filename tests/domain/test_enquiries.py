"""What visitors may write, and what is kept of it."""

import json
from datetime import UTC, datetime

import pytest

from chalicelib.domain.content import parse_content_id
from chalicelib.domain.enquiries import Enquiry, Subject, parse_enquiry
from chalicelib.domain.errors import Invalid

GOOD = {
    "about": "membership",
    "name": "Ann O’Hara",
    "organisation": "Bibliothèque <b>& Archives</b>",
    "email": "ann@example.org",
    "message": " Good morning,\r\n\tplease tell us more.\r\n",
    "homepage": "",
}
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_good_enquiry_is_kept_as_it_was_written() -> None:
    enquiry = parse_enquiry(GOOD)
    message = "Good morning,\n\tplease tell us more."
    assert enquiry == Enquiry(Subject.MEMBERSHIP, GOOD["name"], GOOD["organisation"], GOOD["email"], message)
    assert {**json.loads(enquiry.data), "homepage": ""} == {**GOOD, "message": message}


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("about", "", "About must be one of membership, service-provider"),
        ("about", "other", "About must be one of"),
        ("name", "", "Name is missing"),
        ("name", "   ", "Name is missing"),
        ("name", "x" * 101, "Name has 101 characters: at most 100"),
        ("name", "Ann\r\nBcc: everybody@example.org", r"Name has a control character \(U\+000D\)"),
        ("name", "Ann\nBcc: everybody@example.org", r"Name has a control character \(U\+000A\)"),
        ("name", "Ann\x00", r"U\+0000"),
        ("name", "Ann\u2028x", r"U\+2028"),
        ("name", "Ann\x85x", r"U\+0085"),
        ("name", "nnA\u202e", r"U\+202E"),
        ("name", "Ann\ud800", r"U\+D800"),
        ("organisation", "", "Organisation is missing"),
        ("organisation", "x" * 201, "Organisation has 201"),
        ("organisation", "a\tb", r"U\+0009"),
        ("email", "ann", "is not an e-mail address"),
        ("email", "a@example.org, b@example.org", "is not an e-mail address"),
        ("email", "a@example.org\r\nSubject: x", "control character"),
        ("email", "x" * 250 + "@example.org", "Email has 262 characters"),
        ("message", "", "Message is missing"),
        ("message", "x" * 5001, "Message has 5,001 characters: at most 5,000"),
        ("message", "a\x1b[31mb", r"U\+001B"),
        ("message", "a\rb", r"U\+000D"),
        ("homepage", "https://example.org", "must stay empty"),
        ("bcc", "everybody@example.org", "There is no field 'bcc'"),
    ],
)
def test_what_breaks_a_rule_is_refused_and_named(field: str, value: str, problem: str) -> None:
    with pytest.raises(Invalid, match=problem):
        parse_enquiry({**GOOD, field: value})


def test_the_longest_ones_pass() -> None:
    parse_enquiry({**GOOD, "name": "n" * 100, "organisation": "o" * 200, "message": "\r\n" + "é" * 5000})


def test_the_id_has_none_of_the_words_and_is_the_same_on_one_day() -> None:
    enquiry = parse_enquiry(GOOD)
    item = enquiry.item_id(NOON)
    assert parse_content_id(item).startswith("2026-11-20/membership-")
    assert item == enquiry.item_id(NOON.replace(hour=13)) != enquiry.item_id(NOON.replace(day=21))
    assert item != parse_enquiry({**GOOD, "message": "another"}).item_id(NOON)
