"""Index: a record and the policies, read in one request, are those that are read one by one."""

from dataclasses import replace

import pytest

from chalicelib.adapters.dynamodb import DynamoIndex
from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Throttled
from chalicelib.domain.stores import Mode, StoreId
from chalicelib.ports import Index
from tests.adapters.faults import http, serving
from tests.adapters.samples import SPACE, item

X = ContentId("x")
OTHERS = Policies((StoreId("2"),), modes={StoreId("2"): Mode.READ_ONLY})


def test_an_item_and_the_policies_are_read_together(index: Index) -> None:
    assert index.item_and_policies(SPACE, X) == (None, Policies())
    assert index.save_policies(OTHERS)
    assert index.item_and_policies(SPACE, X) == (None, replace(OTHERS, revision=1))
    for name in (X, "y"):
        assert index.save(item(name))
    found, policies = index.item_and_policies(SPACE, X)
    assert found is not None
    assert (found, policies) == (index.item(SPACE, X), index.policies())
    assert index.item_and_policies(SPACE, ContentId("x" * 2049)) == (None, index.policies())


def test_what_was_left_out_is_not_taken_for_absent() -> None:
    body = b'{"Responses": {"x-items": []}, "UnprocessedKeys": {"x-items": {"Keys": [{"id": {"S": "x"}}]}}}'
    answer = http(200, body, content_type="application/x-amz-json-1.0")
    with serving(lambda _: answer) as server, pytest.raises(Throttled):
        DynamoIndex(server.client("dynamodb"), "x").item_and_policies(SPACE, X)
