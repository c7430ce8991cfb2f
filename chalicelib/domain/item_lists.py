"""Lists of items, as people make them with a spreadsheet: a CSV file with a space and a content id on each line."""

import csv
from dataclasses import dataclass
from io import StringIO

from chalicelib.domain.errors import Invalid

MOST_ROWS = 1000
_HEADINGS = (["space", "id"], ["space", "content id"], ["space", "item"])


@dataclass(frozen=True)
class Row:
    """One line of a list, counted from 1; `problem` says why it names no item."""

    line: int
    space: str = ""
    id: str = ""
    problem: str = ""


def parse_list(data: bytes) -> list[Row]:
    """The rows of a list. Raises Invalid when it is not UTF-8, or has more than 1,000 rows.

    A byte order mark, a first line `space,id` and empty lines are passed over; quoting is that of RFC 4180. A line with
    another number of fields is a row with a problem; so is one whose quotes never end, and nothing behind it is read.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"The list is not UTF-8: see its byte {error.start + 1}; save it as CSV in UTF-8") from None
    rows: list[Row] = []
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            return [*rows, Row(line, problem=f"not CSV ({error}); nothing from here on was read")]
        if fields is None:
            return rows
        if not fields or (line == 1 and [field.strip().lower() for field in fields] in _HEADINGS):
            continue
        if len(rows) == MOST_ROWS:
            raise Invalid(f"The list has more than {MOST_ROWS} rows: send it in several parts")
        if len(fields) == 2:
            rows.append(Row(line, *fields))
        else:
            problem = f"has {len(fields)} fields: there must be two, space and content id, with a comma between them"
            rows.append(Row(line, ",".join(fields), problem=problem))
