"""DynamoDB notes: notes and sums about work under way, in one table."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.adapters.dynamodb_calls import may_be_key, translated, written
from chalicelib.ports_work import Note

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_DAY = 86_400


@dataclass(frozen=True)
class DynamoNotes:
    """See Notes. Table `<prefix>-notes` (kind, name; sums, whose kinds begin with a plus, vanish after `forgotten`)."""

    client: "DynamoDBClient"
    prefix: str

    def note(self, kind: str, name: str) -> Note | None:
        """See Notes."""
        row = self._get(kind, name)
        return _note(row) if row else None

    def notes(self, kind: str, after: str = "", limit: int = 1000) -> list[Note]:
        """See Notes."""
        behind: dict[str, Any] = {"KeyConditionExpression": "kind = :kind"}
        values: dict[str, Any] = {":kind": {"S": kind}}
        if after:
            values[":after"] = {"S": after}
            behind = {
                "KeyConditionExpression": "kind = :kind AND #n > :after",
                "ExpressionAttributeNames": {"#n": "name"},
            }
        found: list[Note] = []
        with translated():
            pages = self.client.get_paginator("query").paginate(
                TableName=self._table,
                ConsistentRead=True,
                ExpressionAttributeValues=values,
                PaginationConfig={"PageSize": limit},
                **behind,
            )
            for page in pages:  # a page has up to 1 MB
                found += map(_note, page["Items"])
                if len(found) >= limit:
                    break
        return found[:limit]

    def save(self, note: Note) -> bool:
        """See Notes."""
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": {
                **_key(note.kind, note.name),
                "body": {"B": note.body},
                "revision": {"N": str(note.revision + 1)},
            },
            "ConditionExpression": "attribute_not_exists(revision)",
        }
        if note.revision:
            put["ConditionExpression"] = "revision = :read"
            put["ExpressionAttributeValues"] = {":read": {"N": str(note.revision)}}
        return written(self.client, [{"Put": put}])

    def erase(self, kind: str, name: str) -> None:
        """See Notes."""
        with translated():
            self.client.delete_item(TableName=self._table, Key=_key(kind, name))

    def add(self, kind: str, name: str, by: int = 1, forgotten_after: int = 7) -> int:
        """See Notes."""
        forgotten = int(time.time()) + forgotten_after * _DAY
        with translated():
            answer = self.client.update_item(
                TableName=self._table,
                Key=_key(f"+{kind}", name),
                UpdateExpression="ADD amount :by SET forgotten = :forgotten",
                ExpressionAttributeValues={":by": {"N": str(by)}, ":forgotten": {"N": str(forgotten)}},
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["amount"]["N"])

    def sum(self, kind: str, name: str) -> int:
        """See Notes."""
        row = self._get(f"+{kind}", name)
        return int(row["amount"]["N"]) if row else 0

    def _get(self, kind: str, name: str) -> Any:
        if not may_be_key(kind, 1025) or not may_be_key(name, 1024):
            return None
        with translated():
            return self.client.get_item(TableName=self._table, Key=_key(kind, name), ConsistentRead=True).get("Item")

    @property
    def _table(self) -> str:
        return f"{self.prefix}-notes"


def _key(kind: str, name: str) -> dict[str, Any]:
    return {"kind": {"S": kind}, "name": {"S": name}}


def _note(row: Any) -> Note:
    return Note(row["kind"]["S"], row["name"]["S"], bytes(row["body"]["B"]), int(row["revision"]["N"]))
