"""What an item costs: how many requests to AWS its deposit, its record and its copy take."""

from benchmarks.requests import counts


def test_a_small_item_takes_no_more_requests_than_it_did() -> None:
    told = {step: dict(calls) for step, calls in counts().items()}
    assert told == {
        "deposit": {"GetItem": 1, "HeadObject": 2, "PutObject": 1, "TransactWriteItems": 1},
        "register": {"BatchGetItem": 1, "HeadObject": 1, "SendMessageBatch": 2},
        "replicate": {"BatchGetItem": 1, "GetItem": 1, "GetObject": 2, "PutObject": 1, "TransactWriteItems": 1},
        "register 10 in a batch": {"BatchGetItem": 10, "HeadObject": 10, "SendMessageBatch": 2},
        "check": {"GetItem": 3, "GetObject": 1, "TransactWriteItems": 1},
    }
