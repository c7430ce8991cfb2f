"""Uploads: what is noted of them comes back, parts make up the whole, and nobody makes a ticket of his own."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import About, ContentId
from chalicelib.domain.errors import Denied, Invalid
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.uploads import Ticket, UploadSession, parse_upload

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEY = b"a key of this instance"
TICKET = Ticket("maps", "name", 3, 5, "a" * 64, int(NOW.timestamp()) + 900)

ids = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300)
texts = st.dictionaries(st.text(max_size=9), st.text(max_size=9))


def session(item: str = "a", size: int = 1, part_size: int = 16 << 20, **more: object) -> UploadSession:
    about = About("text/plain", NOW, "ada é", "gzip", checksums=Checksums("a" * 32, None), session="name", **more)  # type: ignore[arg-type]
    return UploadSession(SpaceId("maps"), "name", ContentId(item), size, part_size, about, "mark", "upload")


@given(ids, st.integers(0, 5 << 40), texts)
def test_a_session_comes_back_as_it_was_noted(item: str, size: int, properties: dict[str, str]) -> None:
    noted = session(item, size, properties=properties)
    found = UploadSession.decode(noted.encode())
    assert (found, found.about.session) == (noted, "name")
    assert parse_upload(found.id) == ("name", item)


@given(st.integers(0, 5000), st.integers(1, 700))
def test_parts_make_up_the_whole(size: int, part_size: int) -> None:
    found = session(size=size, part_size=part_size)
    assert sum(map(found.size_of, range(1, found.parts + 1))) == size
    for number in (0, found.parts + 1):
        with pytest.raises(Invalid):
            found.size_of(number)


@given(st.text())
def test_any_text_names_some_upload(text: str) -> None:
    assert isinstance(parse_upload(text)[0], str)


def test_a_ticket_is_good_until_it_ends() -> None:
    text = TICKET.signed(KEY)
    assert Ticket.read(text, KEY, NOW) == TICKET
    assert Ticket.read(text, KEY, NOW + timedelta(seconds=899)) == TICKET
    with pytest.raises(Denied, match="expired"):
        Ticket.read(text, KEY, NOW + timedelta(seconds=900))


@given(st.data())
def test_no_other_text_is_a_ticket(data: st.DataObject) -> None:
    right = TICKET.signed(KEY)
    at = data.draw(st.integers(0, len(right) - 1))
    other = data.draw(st.one_of(st.characters().filter(lambda c: c != right[at]), st.just("")))
    with pytest.raises(Denied):
        Ticket.read(right[:at] + other + right[at + 1 :], KEY, NOW)
