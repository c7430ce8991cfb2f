"""DynamoDB: the index on AWS, in four tables."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.adapters.codec import (
    decode_event,
    decode_measurement,
    encode_event,
    encode_item,
    encode_measurement,
    encode_policies,
    encode_space,
)
from chalicelib.adapters.dynamodb_calls import may_be_key, read_together, translated, written
from chalicelib.adapters.dynamodb_rows import digest, item_key, item_of, policies_of, space_of, subject
from chalicelib.domain.content import ContentId
from chalicelib.domain.duplication import Policies
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journal import Event
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import Space, SpaceId
from chalicelib.domain.statistics import Measurement
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_POLICIES = {"name": {"S": "policies"}}  # their key in the table of settings
_EVENT_KEYS = ("of", "number", "space", "moment")  # of the table, and of its index by_space

_SORT_KEY = 1024  # bytes that such a key may have


@dataclass(frozen=True)
class DynamoIndex:
    """See Index.

    Tables `<prefix>-spaces` (id), `-items` (space, id; indexes due, held, waiting), `-events` (of, number; index
    by_space),
    `-settings` (name), `-statistics` (of, number).
    """

    client: "DynamoDBClient"
    prefix: str
    clock: Clock = lambda: datetime.now(UTC)

    def space(self, space: str) -> Space | None:
        """See Index."""
        if not may_be_key(space):
            return None
        row = self._get("spaces", {"id": {"S": space}})
        return space_of(row) if row else None

    def spaces(self) -> list[Space]:
        """See Index."""
        rows: list[Any] = []
        with translated():
            for page in self.client.get_paginator("scan").paginate(
                TableName=self._table("spaces"), ConsistentRead=True
            ):
                rows += page["Items"]
        return sorted(map(space_of, rows), key=lambda space: space.id)

    def save_space(self, space: Space, events: Iterable[Event] = ()) -> bool:
        """See Index."""
        row = {"id": {"S": space.id}, "body": {"S": encode_space(space)}}
        return self._replace("spaces", row, space.revision, self._appended(events))

    def remove_space(self, space: SpaceId, events: Iterable[Event] = ()) -> None:
        """See Index."""
        remove: Any = {"Delete": {"TableName": self._table("spaces"), "Key": {"id": {"S": space}}}}
        if not written(self.client, [remove, *self._appended(events)]):
            raise Unavailable("The index did not answer: somebody else was writing the same space")

    def item(self, space: SpaceId, item: ContentId) -> Item | None:
        """See Index."""
        if not may_be_key(space) or not may_be_key(item, _SORT_KEY):
            return None
        row = self._get("items", item_key(space, item))
        return item_of(row) if row else None

    def item_and_policies(self, space: SpaceId, item: ContentId) -> tuple[Item | None, Policies]:
        """See Index."""
        if not may_be_key(space) or not may_be_key(item, _SORT_KEY):
            return None, self.policies()
        keys = {self._table("items"): item_key(space, item), self._table("settings"): _POLICIES}
        row, settings = read_together(self.client, keys)
        return item_of(row) if row else None, policies_of(settings) if settings else Policies()

    def save(self, item: Item, events: Iterable[Event] = ()) -> bool:
        """See Index."""
        item = item.stamped(self.clock())
        row: dict[str, Any] = {
            "space": {"S": item.space},
            "id": {"S": item.id},
            "live": {"BOOL": item.live},
            "body": {"S": encode_item(item)},
        }
        if item.next_check:
            row |= {"due": {"S": "due"}, "next_check": {"N": f"{item.next_check.timestamp():.3f}"}}
        if item.held:
            row["held_in"] = row["space"]
        if item.waiting_since:
            row |= {"waiting": {"S": "waiting"}, "waiting_since": {"N": f"{item.waiting_since.timestamp():.3f}"}}
        return self._replace("items", row, item.revision, self._appended(events, item.revision + 1))

    def items(
        self, space: SpaceId, prefix: str = "", after: str = "", limit: int = 1000, deleted: bool = False
    ) -> list[Item]:
        """See Index."""
        # A key condition has one term on the sort key: start at the later of the two, stop behind the prefix.
        condition, start = ("id > :start", after) if after.encode() >= prefix.encode() else ("id >= :start", prefix)
        values: dict[str, Any] = {":space": {"S": space}}
        only: dict[str, Any] = {} if deleted else {"FilterExpression": "live = :live"}
        if not deleted:
            values[":live"] = {"BOOL": True}
        if start:
            values[":start"] = {"S": start}
        found: list[Item] = []
        with translated():
            pages = self.client.get_paginator("query").paginate(
                TableName=self._table("items"),
                ConsistentRead=True,
                KeyConditionExpression=f"#s = :space AND {condition}" if start else "#s = :space",
                ExpressionAttributeNames={"#s": "space"},
                **only,
                ExpressionAttributeValues=values,
                PaginationConfig={"PageSize": limit},
            )
            for page in pages:
                items = [item_of(row) for row in page["Items"]]
                found += [item for item in items if item.id.startswith(prefix)]
                if len(found) >= limit or (items and not items[-1].id.startswith(prefix)):
                    break
        return found[:limit]

    def held(self, space: SpaceId, after: str = "", limit: int = 1000) -> list[Item]:
        """See Index."""
        values: dict[str, Any] = {":space": {"S": space}, **({":after": {"S": after}} if after else {})}
        with translated():
            answer = self.client.query(
                TableName=self._table("items"),
                IndexName="held",
                KeyConditionExpression="held_in = :space" + (" AND id > :after" if after else ""),
                ExpressionAttributeValues=values,
                Limit=limit,
            )
        return [item_of(row) for row in answer["Items"]]

    def due(self, now: datetime, limit: int) -> list[Item]:
        """See Index."""
        return self._dated("due", limit, " AND next_check <= :now", {":now": {"N": f"{now.timestamp():.3f}"}})

    def waiting(self, limit: int) -> list[Item]:
        """See Index."""
        return self._dated("waiting", limit)

    def _dated(self, name: str, limit: int, condition: str = "", values: Any = None) -> list[Item]:
        """The first items of a sparse index, which holds those that have its name as an attribute."""
        with translated():
            answer = self.client.query(
                TableName=self._table("items"),
                IndexName=name,
                KeyConditionExpression=f"{name} = :name{condition}",
                ExpressionAttributeValues={":name": {"S": name}, **(values or {})},
                Limit=limit,
            )
        return [item_of(row) for row in answer["Items"]]

    def policies(self) -> Policies:
        """See Index."""
        row = self._get("settings", _POLICIES)
        return policies_of(row) if row else Policies()

    def save_policies(self, policies: Policies, events: Iterable[Event] = ()) -> bool:
        """See Index."""
        row = {**_POLICIES, "body": {"S": encode_policies(policies)}}
        return self._replace("settings", row, policies.revision, self._appended(events))

    def history(self, space: SpaceId, item: ContentId | None) -> list[Event]:
        """See Index."""
        with translated():
            pages = self.client.get_paginator("query").paginate(
                TableName=self._table("events"),
                ConsistentRead=True,
                KeyConditionExpression="#of = :of",
                ExpressionAttributeNames={"#of": "of"},
                ExpressionAttributeValues={":of": {"S": subject(space, item)}},
            )
            return [decode_event(row["body"]["S"]) for page in pages for row in page["Items"]]

    def events_of_space(self, space: SpaceId, after: str = "", limit: int = 1000) -> list[tuple[str, Event]]:
        """See Index. The mark is the key of the row, in the table and in its index."""
        start: dict[str, Any] = {"ExclusiveStartKey": json.loads(after)} if after else {}
        with translated():
            answer = self.client.query(
                TableName=self._table("events"),
                IndexName="by_space",
                KeyConditionExpression="#s = :space",
                ExpressionAttributeNames={"#s": "space"},
                ExpressionAttributeValues={":space": {"S": space}},
                Limit=limit,
                **start,
            )
        return [
            (json.dumps({k: row[k] for k in _EVENT_KEYS}), decode_event(row["body"]["S"])) for row in answer["Items"]
        ]

    def save_measurement(self, measurement: Measurement) -> None:
        """See Index. Written twice: among all of its store, and among those of its space."""
        number = {"S": f"{measurement.day}/{measurement.space}"}
        body = {"S": encode_measurement(measurement)}
        rows = [
            {"of": {"S": of}, "number": number, "body": body}
            for of in (measurement.store, f"{measurement.store}/{measurement.space}")
        ]
        if not written(self.client, [{"Put": {"TableName": self._table("statistics"), "Item": row}} for row in rows]):
            raise Unavailable("The index did not answer: somebody else was writing the same measurement")

    def measurements(
        self, store: StoreId, first: date, last: date, space: SpaceId | None = None
    ) -> Iterator[Measurement]:
        """See Index."""
        if first > last:
            return  # which DynamoDB would call a mistake
        with translated():
            pages = self.client.get_paginator("query").paginate(
                TableName=self._table("statistics"),
                ConsistentRead=True,
                KeyConditionExpression="#of = :of AND #n BETWEEN :first AND :last",
                ExpressionAttributeNames={"#of": "of", "#n": "number"},
                ExpressionAttributeValues={
                    ":of": {"S": f"{store}/{space}" if space else store},
                    ":first": {"S": f"{first}/"},
                    ":last": {"S": f"{last}0"},  # 0 follows the slash
                },
            )
            for page in pages:
                for row in page["Items"]:
                    yield decode_measurement(row["body"]["S"])

    def _appended(self, events: Iterable[Event], revision: int = 0) -> list[Any]:
        """Event writes; the sort key orders an item's events by the save that made them, a space's by time.

        Its last part keeps two writers of one moment apart; an event that is written again replaces itself.
        """
        writes = []
        for n, event in enumerate(events):
            body = encode_event(event)
            at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
            number = f"{revision:012d}-{at}-{n:03d}-{digest(body)}"
            row = {
                "of": {"S": subject(event.space, event.item)},
                "number": {"S": number},
                "space": {"S": event.space},
                "moment": {"S": f"{at}-{number}"},
                "body": {"S": body},
            }
            writes.append({"Put": {"TableName": self._table("events"), "Item": row}})
        return writes

    def _replace(self, table: str, row: dict[str, Any], revision: int, events: list[Any]) -> bool:
        """Write a row that was read at a revision, with event writes; False when somebody wrote it since."""
        put: dict[str, Any] = {
            "TableName": self._table(table),
            "Item": {**row, "revision": {"N": str(revision + 1)}},
            "ConditionExpression": "attribute_not_exists(revision)",
        }
        if revision:
            put["ConditionExpression"] = "revision = :read"
            put["ExpressionAttributeValues"] = {":read": {"N": str(revision)}}
        return written(self.client, [{"Put": put}, *events])

    def _get(self, table: str, key: Any) -> Any:
        with translated():
            return self.client.get_item(TableName=self._table(table), Key=key, ConsistentRead=True).get("Item")

    def _table(self, name: str) -> str:
        return f"{self.prefix}-{name}"
