"""Codec: whatever a record, an event or a space may hold comes back from its text as it was."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.codec import (
    decode_event,
    decode_item,
    decode_measurement,
    decode_policies,
    decode_space,
    encode_event,
    encode_item,
    encode_measurement,
    encode_space,
)
from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import MAX_PROPERTIES, About, ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.fixity_counts import Fixity
from chalicelib.domain.journal import Event, Kind, described
from chalicelib.domain.records import Copy, CopyState, Item, Origin
from chalicelib.domain.spaces import Pause, Space, SpaceId
from chalicelib.domain.statistics import Measurement, Verdicts
from chalicelib.domain.stores import StoreId
from tests.adapters.rigs import NOW

texts = st.text(max_size=40)
zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=zones)  # noqa: DTZ001 - zones are drawn
checksums = st.builds(
    Checksums,
    st.none() | st.text("0123456789abcdef", min_size=32, max_size=32),
    st.none() | st.text("0123456789abcdef", min_size=64, max_size=64),
)
properties = st.dictionaries(texts, texts, max_size=5)
stores = st.integers(0, 2**31 - 1).map(str)
copies = st.builds(Copy, st.sampled_from(CopyState), st.none() | times, st.none() | times, checksums)
items = st.builds(
    Item,
    texts,
    texts,
    st.integers(0, 2**62),
    st.builds(About, texts, times, texts, st.none() | texts, properties, checksums),
    texts,
    st.dictionaries(stores, copies, max_size=3),
    st.none() | times,
    st.sampled_from(Origin),
    st.integers(1, 2**31),
    st.integers(0, 2**31),
    st.none() | times,
    st.none() | times,
    st.none() | times,
    st.none() | times,
    st.none() | texts,
    st.none() | st.text(min_size=1, max_size=40),
    st.booleans(),
    st.integers(0, 2**31),
)
events = st.builds(Event, st.sampled_from(Kind), times, texts, texts, st.none() | texts, st.none() | stores, properties)
pauses = st.builds(Pause, times, texts, st.booleans())
spaces = st.builds(
    Space,
    texts,
    times,
    texts,
    properties,
    st.booleans(),
    st.none() | st.integers(0, 36500).map(timedelta),
    st.none() | st.dates(),
    st.none() | pauses,
    st.integers(0, 2**31),
    st.booleans(),
    st.integers(0, 2**31),
)


@given(items)
def test_a_record_comes_back(item: Item) -> None:
    assert decode_item(encode_item(item), item.revision) == item


@given(items)
def test_a_record_is_one_line_of_valid_utf8(item: Item) -> None:
    assert "\n" not in encode_item(item)
    encode_item(item).encode()


@given(events)
def test_an_event_comes_back(event: Event) -> None:
    assert decode_event(encode_event(event)) == event


@given(spaces)
def test_a_space_comes_back(space: Space) -> None:
    assert decode_space(encode_space(space), space.revision) == space


def test_records_of_earlier_releases_have_no_hold_of_their_own() -> None:
    space = '{"id":"maps","created_at":"2026-01-02T00:00:00+00:00","created_by":"admin","acl":{},"removing":false}'
    assert decode_space(space, 0) == Space(SpaceId("maps"), datetime(2026, 1, 2, tzinfo=UTC), "admin")
    item = Item(SpaceId("maps"), ContentId("x"), 1, About("text/plain", NOW, "admin"), "mark", {})
    text = encode_item(item).replace('"deleted_by":null,"aside":null,"hold_over":false,', "")
    assert "hold_over" not in text
    assert decode_item(text, 0) == item


def test_a_measurement_comes_back_and_one_of_an_earlier_release_has_no_verdicts() -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    measurement = Measurement(
        at, SpaceId("maps"), StoreId("1"), 5, 2, Verdicts(1, 2, 3, at, at, Fixity(damaged=2, read=7))
    )
    text = encode_measurement(measurement)
    assert decode_measurement(text) == measurement
    time = '"2026-01-02T00:00:00+00:00"'
    fixity = text[text.index(',"fixity":') : text.index("}") + 1]
    text = text.replace(fixity, "")
    assert decode_measurement(text).verdicts == Verdicts(1, 2, 3, at, at)
    without_oldest = text.replace(f"{time},{time}]", f"{time}]")
    assert decode_measurement(without_oldest).verdicts == Verdicts(1, 2, 3, at)
    earlier = text.replace(f',"verdicts":[1,2,3,{time},{time}]', "")
    assert decode_measurement(earlier) == Measurement(at, SpaceId("maps"), StoreId("1"), 5, 2)


def test_the_most_properties_fit_into_a_row_of_dynamodb() -> None:
    """A row may have 400 KB; a quotation mark is the character that takes the most."""
    properties = {"n": '"' * (MAX_PROPERTIES - 1)}
    most = About("text/plain", NOW, "a member", properties=properties)
    item = Item(SpaceId("maps"), ContentId("n" * 1024), 1, most, "mark", {})
    event = Event(Kind.DESCRIBED, NOW, "a member", item.space, item.id, detail=described(most))
    assert len(encode_item(item)) < 390_000
    assert len(encode_event(event)) < 390_000


def test_policies_from_before_there_were_modes_have_every_store_in_service() -> None:
    assert decode_policies('{"default":null,"spaces":{},"ignored":[]}', 3) == Policies(revision=3)
