"""DynamoDB calls: how every adapter for DynamoDB writes all or nothing, and names what went wrong."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.throttled import THROTTLED
from chalicelib.domain.errors import Throttled, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PARTITION_KEY = 2048  # bytes that such a key may have


@contextmanager
def translated() -> Iterator[None]:
    """Turn the SDK's errors into Unavailable."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        kind = Throttled if code in THROTTLED else Unavailable
        raise kind(f"The index did not answer: {code}") from error
    except BotoCoreError as error:
        raise Unavailable(f"The index did not answer: {type(error).__name__}") from error


def read_together(client: "DynamoDBClient", keys: Mapping[str, Any]) -> list[Any]:
    """The newest row of each key, by table, in their order; None where there is none. Raises Unavailable."""
    wanted: Any = {table: {"Keys": [key], "ConsistentRead": True} for table, key in keys.items()}
    with translated():
        answer = client.batch_get_item(RequestItems=wanted)
    if answer.get("UnprocessedKeys"):
        raise Throttled("The index did not answer: it left out some of what was asked for")
    return [next(iter(answer["Responses"].get(table, [])), None) for table in keys]


def written(client: "DynamoDBClient", writes: list[Any]) -> bool:
    """Make all writes or none; False: a condition of one of them did not hold. Raises Unavailable."""
    with translated():
        try:
            client.transact_write_items(TransactItems=writes)
        except client.exceptions.TransactionCanceledException as error:
            reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            if reasons & {"ConditionalCheckFailed", "TransactionConflict"}:
                return False
            raise
    return True


def may_be_key(text: str, limit: int = _PARTITION_KEY) -> bool:
    """Whether a key of a table can be this text: DynamoDB refuses to look for any other."""
    try:
        return 0 < len(text.encode()) <= limit
    except UnicodeEncodeError:
        return False  # half a surrogate pair, as JSON can carry it
