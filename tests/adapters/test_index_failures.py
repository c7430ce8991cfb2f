"""DynamoDB: an index that does not answer well is Unavailable, and nothing is taken for saved that was not."""

from collections.abc import Callable

import pytest

from chalicelib.adapters.dynamodb import DynamoIndex
from chalicelib.adapters.dynamodb_accounts import DynamoAccounts, DynamoAttempts
from chalicelib.domain.accounts import Account
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.statistics import Measurement
from chalicelib.domain.stores import StoreId
from tests.adapters.faults import Answers, http, serving
from tests.adapters.rigs import NOW, Server
from tests.adapters.samples import FULL_SPACE, SPACE, item

CALLS: dict[str, Callable[[DynamoIndex], object]] = {
    "space": lambda index: index.space(SPACE),
    "spaces": lambda index: index.spaces(),
    "save_space": lambda index: index.save_space(FULL_SPACE),
    "remove_space": lambda index: index.remove_space(SPACE),
    "item": lambda index: index.item(SPACE, ContentId("x")),
    "item_and_policies": lambda index: index.item_and_policies(SPACE, ContentId("x")),
    "save": lambda index: index.save(item("x")),
    "items": lambda index: index.items(SPACE),
    "due": lambda index: index.due(NOW, 1),
    "history": lambda index: index.history(SPACE, None),
    "measurements": lambda index: list(index.measurements(StoreId("1"), NOW.date(), NOW.date())),
    "save_measurement": lambda index: index.save_measurement(Measurement(NOW, SPACE, StoreId("1"), 1, 1)),
    "events_of_space": lambda index: index.events_of_space(SPACE),
    "account": lambda index: DynamoAccounts(index.client, index.prefix).account("x"),
    "save account": lambda index: DynamoAccounts(index.client, index.prefix).save(Account("x", "x", frozenset())),
    "accounts": lambda index: DynamoAccounts(index.client, index.prefix).accounts(),
    "withdraw": lambda index: DynamoAccounts(index.client, index.prefix).withdraw("x"),
    "counted": lambda index: DynamoAttempts(index.client, index.prefix).counted(["x"], NOW),
    "forget": lambda index: DynamoAttempts(index.client, index.prefix).forget("x"),
}
EVERY_CALL = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def error(status: int, code: str, **more: str) -> Answers:
    body = ", ".join(f'"{name}": {value}' for name, value in {"__type": f'"x#{code}"', **more}.items())
    return lambda _: http(status, f"{{{body}}}".encode(), content_type="application/x-amz-json-1.0")


@EVERY_CALL
def test_an_index_that_is_down_is_unavailable(call: Callable[[DynamoIndex], object], nobody: Server) -> None:
    with pytest.raises(Unavailable):
        call(DynamoIndex(nobody.client("dynamodb"), "absent"))


@EVERY_CALL
@pytest.mark.parametrize("name", ["moto", "ministack"])
def test_tables_that_are_not_there_are_unavailable(
    call: Callable[[DynamoIndex], object], name: str, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(name)
    with pytest.raises(Unavailable):
        call(DynamoIndex(server.client("dynamodb"), "absent"))


@EVERY_CALL
@pytest.mark.parametrize(
    "answers",
    [
        error(400, "ProvisionedThroughputExceededException"),
        error(400, "AccessDeniedException"),
        error(500, "InternalServerError"),
        error(400, "TransactionCanceledException", CancellationReasons='[{"Code": "ThrottlingError"}]'),
        lambda _: http(503, b"<html>"),
        lambda _: b"",
    ],
    ids=["too much", "closed", "broken", "refused transaction", "a proxy in between", "no answer"],
)
def test_an_index_that_answers_badly_is_unavailable(call: Callable[[DynamoIndex], object], answers: Answers) -> None:
    with serving(answers) as server, pytest.raises(Unavailable):
        call(DynamoIndex(server.client("dynamodb"), "prefix"))


def test_a_conflict_of_two_writers_is_a_lost_race_and_unavailable_for_a_removal() -> None:
    conflict = error(400, "TransactionCanceledException", CancellationReasons='[{"Code": "TransactionConflict"}]')
    with serving(conflict) as server:
        index = DynamoIndex(server.client("dynamodb"), "prefix")
        assert index.save(item("x")) is False
        assert index.save_space(FULL_SPACE) is False
        with pytest.raises(Unavailable):
            CALLS["remove_space"](index)
