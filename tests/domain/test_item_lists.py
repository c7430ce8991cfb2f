"""Lists of items: whatever a spreadsheet makes of them, each line is an item or has its reason."""

import csv
from contextlib import suppress
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import Invalid
from chalicelib.domain.item_lists import MOST_ROWS, Row, parse_list

NAMES = st.text(min_size=1)


@given(st.lists(st.tuples(NAMES, NAMES), max_size=20))
def test_what_was_written_as_csv_is_read_as_it_was(pairs: list[tuple[str, str]]) -> None:
    file = StringIO(newline="")
    csv.writer(file).writerows([("space", "id"), *pairs])
    try:
        data = file.getvalue().encode()
    except UnicodeEncodeError:
        return
    for mark in (b"", b"\xef\xbb\xbf"):
        assert [(row.space, row.id) for row in parse_list(mark + data)] == pairs


@given(st.binary(max_size=200))
def test_no_file_does_more_than_be_refused(data: bytes) -> None:
    with suppress(Invalid):
        assert all(row.line >= 1 for row in parse_list(data))


def test_odd_lines_have_their_reason_and_the_rest_is_read() -> None:
    data = b'maps,"a, ""quoted"" id"\r\n\r\nmaps;b\r\nmaps,c,d\nmaps,e\n'
    rows = parse_list(data)
    assert [(row.line, row.id) for row in rows if not row.problem] == [(1, 'a, "quoted" id'), (5, "e")]
    assert [(row.line, row.problem[:12]) for row in rows if row.problem] == [(3, "has 1 fields"), (4, "has 3 fields")]


def test_quotes_that_never_end_are_told_of() -> None:
    rows = parse_list(b'maps,a\nmaps,"b\nmaps,c\n')
    assert rows[0] == Row(1, "maps", "a")
    assert (rows[1].line, "nothing from here on" in rows[1].problem, len(rows)) == (2, True, 2)


def test_a_heading_is_one_only_in_the_first_line() -> None:
    assert parse_list(b"Space,Id\nspace,id\n") == [Row(2, "space", "id")]


@pytest.mark.parametrize("data", ["maps,é".encode("latin-1"), "maps,a".encode("utf-16")])
def test_another_encoding_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match="UTF-8"):
        parse_list(data)


def test_a_list_that_is_too_long_is_refused() -> None:
    assert len(parse_list(b"maps,a\n" * MOST_ROWS)) == MOST_ROWS
    with pytest.raises(Invalid, match="more than 1000 rows"):
        parse_list(b"maps,a\n" * (MOST_ROWS + 1))
