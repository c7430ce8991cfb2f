"""Duplication: which stores keep a space, and policies as files of the original service have them."""

import json
from typing import Any

import pytest

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.duplication import Policies, from_original, kept, stores_for, to_original
from chalicelib.domain.errors import Invalid, StoreDown
from chalicelib.domain.records import Copy
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import Mode, StoreId, parse_mode

ONE, TWO, THREE, TEN = (StoreId(n) for n in ("1", "2", "3", "10"))
CONFIGURED = (TWO, ONE, THREE, TEN)  # the primary first
POLICIES = Policies(
    default=(ONE,),
    spaces={SpaceId("maps"): (TEN, THREE), SpaceId("alone"): (), SpaceId("scratch"): (ONE,), SpaceId("x-own"): (ONE,)},
    ignored=frozenset({SpaceId("scratch"), SpaceId("x-duracloud-admin")}),
)
# The file that contract 6.2 shows.
FILE = json.loads(
    """{"defaultPolicies":[{"srcStoreId":"12","destStoreId":"13"}],
 "spacesToIgnore":["scratch"],
 "spaceDuplicationStorePolicies":{"annual-reports":[{"srcStoreId":"12","destStoreId":"13"},{"srcStoreId":"12","destStoreId":"14"}]}}"""
)


@pytest.mark.parametrize(
    ("space", "stores"),
    [
        ("x-duracloud-admin", CONFIGURED),
        ("x-other", (TWO,)),
        ("x-own", (TWO,)),
        ("scratch", (TWO,)),
        ("maps", (TWO, THREE, TEN)),
        ("alone", (TWO,)),
        ("any", (TWO, ONE)),
    ],
)
def test_the_first_rule_that_fits_counts(space: str, stores: tuple[StoreId, ...]) -> None:
    assert stores_for(POLICIES, SpaceId(space), CONFIGURED) == stores


def test_without_policies_every_store_keeps_everything_but_spaces_of_the_system() -> None:
    assert stores_for(Policies(), SpaceId("maps"), CONFIGURED) == CONFIGURED
    assert stores_for(Policies(), SpaceId("x-maps"), CONFIGURED) == (TWO,)


def test_stores_that_are_not_configured_and_the_primary_itself_add_nothing() -> None:
    policies = Policies(default=(StoreId("99"), TWO, ONE))
    assert stores_for(policies, SpaceId("maps"), CONFIGURED) == (TWO, ONE)


def test_a_file_of_the_original_service_is_understood_and_written_the_same() -> None:
    policies = from_original(FILE, StoreId("12"))
    assert policies.default == ("13",)
    assert policies.spaces == {"annual-reports": ("13", "14")}
    assert policies.ignored == {"scratch"}
    assert to_original(policies, StoreId("12")) == FILE


def test_every_store_is_null_and_a_store_behind_another_is_fed_by_the_primary() -> None:
    assert to_original(Policies(), ONE)["defaultPolicies"] is None
    chain = [{"srcStoreId": "2", "destStoreId": "3"}, {"srcStoreId": "1", "destStoreId": "2"}]
    assert from_original({"defaultPolicies": chain}, ONE).default == ("2", "3")
    assert from_original(to_original(POLICIES, TWO), TWO) == Policies(
        (ONE,), {**POLICIES.spaces, SpaceId("maps"): (THREE, TEN)}, POLICIES.ignored
    )


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, "defaultPolicies is missing"),
        ([], "defaultPolicies is missing"),
        ({"defaultPolicies": None, "ignored": []}, "'ignored'"),
        ({"defaultPolicies": ["2"]}, "JSON object"),
        ({"defaultPolicies": [{"srcStoreId": "1"}]}, "JSON object"),
        ({"defaultPolicies": 5}, "JSON object"),
        ({"defaultPolicies": [{"srcStoreId": "7", "destStoreId": "2"}]}, "nothing comes to store 7"),
        ({"defaultPolicies": None, "spacesToIgnore": ["Maps"]}, "'Maps' is not the name of a space"),
        ({"defaultPolicies": None, "spacesToIgnore": [5]}, "JSON object"),
        ({"defaultPolicies": None, "spaceDuplicationStorePolicies": {"a": []}}, "'a' is not the name of a space"),
        ({"defaultPolicies": None, "spaceDuplicationStorePolicies": []}, "JSON object"),
        (None, "JSON object"),
        ("defaultPolicies", "Policies have no"),
    ],
)
def test_what_is_no_such_file_is_refused_by_name(given: Any, names: str) -> None:
    with pytest.raises(Invalid, match=names):
        from_original(given, ONE)


def test_copies_that_were_made_stay_and_those_that_were_only_asked_for_do_not() -> None:
    made = Copy(held=Checksums(md5="0" * 32))
    assert kept({ONE: made, TWO: made, THREE: Copy()}, (ONE, TEN)) == {ONE: made, TWO: made, TEN: Copy()}


def test_a_mode_says_what_may_be_done_with_a_store() -> None:
    policies = Policies()
    for store, mode in ((ONE, Mode.OUT_OF_SERVICE), (THREE, Mode.READ_ONLY), (TEN, Mode.FILLING)):
        policies = policies.with_mode(store, mode)
    assert policies.readable(CONFIGURED) == (TWO, THREE, TEN)
    assert policies.writable(CONFIGURED) == (TWO, TEN)
    with pytest.raises(StoreDown, match="Store 1 is out-of-service") as error:
        policies.require_writable(ONE)
    assert error.value.store == ONE
    policies.require_writable(TWO)
    assert [mode for mode in Mode if mode.complete] == [Mode.IN_SERVICE, Mode.READ_ONLY]


def test_a_store_that_is_back_in_service_leaves_no_trace() -> None:
    assert Policies().with_mode(ONE, Mode.READ_ONLY).with_mode(ONE, Mode.IN_SERVICE) == Policies()


def test_an_unknown_mode_is_refused_with_those_that_there_are() -> None:
    assert parse_mode("read-only") is Mode.READ_ONLY
    with pytest.raises(Invalid, match="'broken' is no mode of a store: there are in-service, filling, read-only"):
        parse_mode("broken")


def test_modes_travel_beside_the_file_of_the_original_service_not_in_it() -> None:
    assert to_original(Policies().with_mode(ONE, Mode.READ_ONLY), TWO) == to_original(Policies(), TWO)
