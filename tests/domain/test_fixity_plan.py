"""The fixity plan: oldest first, within its limits, and what cannot wait does not."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import Invalid
from chalicelib.domain.fixity_plan import Limits, Prices, Reading, plan
from chalicelib.domain.prices import AS_OF, BATCH, NANO, PRICES, SOURCE, Price, parse_prices
from chalicelib.domain.stores import StoreId

from .test_due_dates import item

AMOUNTS = st.integers(0, 100)
READINGS = st.lists(
    st.builds(Reading, st.just(item()), st.just(()), AMOUNTS, AMOUNTS, st.booleans() | st.just(False)), max_size=30
)
LIMITS = st.builds(Limits, st.integers(1, 20), st.integers(1, 300), st.integers(1, 300))


@given(READINGS, LIMITS, AMOUNTS)
def test_every_item_is_taken_or_waits_in_its_order(readings: list[Reading], limits: Limits, spent: int) -> None:
    found = plan(readings, limits, spent)
    assert sorted(map(id, found.taken + found.waiting)) == sorted(map(id, readings))
    for part in (found.taken, found.waiting):
        places = [[id(one) for one in readings].index(id(one)) for one in part]
        assert places == sorted(places)


@given(READINGS, LIMITS, AMOUNTS)
def test_no_limit_is_passed_but_by_what_cannot_wait_or_would_never_fit(
    readings: list[Reading], limits: Limits, spent: int
) -> None:
    found = plan(readings, limits, spent)
    assert len(found.taken) <= limits.items
    size, money = 0, spent
    for one in found.taken:
        assert one.urgent or not size or not one.bytes or size + one.bytes <= limits.bytes
        assert one.urgent or not money or not one.money or money + one.money <= limits.money
        size, money = size + one.bytes, money + one.money


@given(READINGS, LIMITS, AMOUNTS)
def test_what_cannot_wait_waits_for_no_money(readings: list[Reading], limits: Limits, spent: int) -> None:
    found = plan(readings, limits, spent)
    assert len(found.taken) == limits.items or not any(one.urgent for one in found.waiting)


@given(READINGS, LIMITS)
def test_day_after_day_everything_is_taken(readings: list[Reading], limits: Limits) -> None:
    for _ in range(len(readings)):
        readings = list(plan(readings, limits, 0).waiting)
    assert not readings


def test_one_that_is_larger_than_every_limit_is_not_passed_over() -> None:
    large, small = Reading(item("large"), (), 500, 500), Reading(item("small"), (), 1, 1)
    limits = Limits(10, 100, 100)
    assert plan([large, small], limits, 0).taken == (large,)
    assert plan([large, small], limits, spent=50).taken == (), "it comes first tomorrow"


def test_the_price_is_that_of_the_class_of_each_store() -> None:
    prices = Prices({StoreId("1"): "standard", StoreId("2"): "instant"}, PRICES)
    one = Prices({}, PRICES).reading(item(), (StoreId("1"),))
    assert one.money == 0, "of a store without a class nothing is known"
    found = prices.reading(item(), (StoreId("1"), StoreId("2")))
    assert found.bytes == 20
    assert found.money == 400 + 10_000 + 0
    assert PRICES["infrequent"].of(1 << 40) == 10.24 * NANO + 1000


def test_a_check_of_an_archive_reads_nothing_and_a_restore_costs_by_the_way_and_the_bytes() -> None:
    deep, gib = PRICES["deep"], 1 << 30
    assert deep.of(gib) == 400
    assert deep.restoring(gib) == round(0.025 / 1000 * NANO) + round(0.0025 * NANO) + round(0.0023 * NANO)
    assert deep.restoring(gib, 100) > deep.restoring(gib)
    assert PRICES["deep-standard"].restoring(gib) > deep.restoring(gib) > PRICES["flexible"].restoring(gib)
    assert PRICES["instant"].restoring(gib) == 0
    prices = Prices({StoreId("1"): "standard", StoreId("2"): "deep"}, PRICES)
    stores = (StoreId("1"), StoreId("2"))
    assert prices.reading(item(), stores).bytes == 10, "of the archive, nothing is read"
    restored = prices.reading(item(), stores, restore=(StoreId("2"),))
    assert (restored.bytes, restored.money) == (20, 800 + deep.restoring(10))


def test_the_prices_are_those_that_the_site_names_the_sources_of() -> None:
    sourced = yaml.safe_load((Path(__file__).parents[2] / "site/data/prices.yml").read_text())
    assert sourced["as_of"] == AS_OF
    assert SOURCE in [source["url"] for source in sourced["sources"]]
    for name, price in sourced["classes"].items():
        assert (PRICES[name].read, PRICES[name].retrieval) == (price["read"], price["retrieval"])


def test_prices_of_ones_own_are_laid_over_them() -> None:
    prices = parse_prices({"infrequent": {"read": 0.001, "retrieval": 0.01, "transfer": 0.02}, "tape": {"cold": True}})
    assert prices["infrequent"] == Price(0.001, 0.01, 0.02)
    assert prices["tape"].cold
    assert prices["standard"] == PRICES["standard"]


@pytest.mark.parametrize(
    "given",
    [
        [],
        {"a": 1},
        {"a": {"read": "much"}},
        {"a": {"read": -1}},
        {"a": {"read": float("nan")}},
        {"a": {"b": 1}},
        {"a": {"cold": 1}},
        {"a": {"tier": "Expedited"}},
        {"a": {"restore": -1}},
    ],
)
def test_prices_that_are_none_are_refused(given: object) -> None:
    with pytest.raises(Invalid):
        parse_prices(given)


def test_a_job_of_the_store_itself_costs_by_the_job_by_objects_and_by_bytes() -> None:
    assert BATCH.of(10**6 * 2 * 10**9 // 1000, 10**6) / NANO == pytest.approx(0.25 + 1 + 2000 / 1.073741824 * 0.004)
