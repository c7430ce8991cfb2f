"""DynamoDB accounts: users, invitations and wrong passwords on AWS, in three tables."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.adapters.accounts_codec import (
    decode_account,
    decode_invitation,
    encode_account,
    encode_invitation,
    encode_roles,
)
from chalicelib.adapters.dynamodb_calls import may_be_key, translated, written
from chalicelib.domain.accounts import Account, Invitation
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.guessing import Guesses

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class DynamoAccounts:
    """See Accounts. Tables `<prefix>-accounts` (username), `-invitations` (digest; vanish after `expires`)."""

    client: "DynamoDBClient"
    prefix: str

    def account(self, username: str) -> Account | None:
        """See Accounts."""
        if not may_be_key(username):
            return None
        row = self._get("accounts", {"username": {"S": username}})
        return _account(row) if row else None

    def accounts(self) -> list[Account]:
        """See Accounts."""
        return sorted((_account(row) for row in self._all("accounts")), key=lambda account: account.username)

    def save(self, account: Account, beside: Account | None = None) -> bool:
        """See Accounts."""
        writes = [self._put(account)]
        if beside is not None:
            key = {"TableName": self._table("accounts"), "Key": {"username": {"S": beside.username}}}
            writes.append({"ConditionCheck": {**key, **_unchanged(beside)}})
        return written(self.client, writes)

    def invite(self, invitation: Invitation) -> None:
        """See Accounts."""
        row = {
            "digest": {"S": invitation.digest},
            "body": {"S": encode_invitation(invitation)},
            "expires": {"N": str(int(invitation.expires_at.timestamp()))},
        }
        with translated():
            self.client.put_item(TableName=self._table("invitations"), Item=row)

    def invitation(self, digest: str) -> Invitation | None:
        """See Accounts."""
        if not may_be_key(digest):
            return None
        row = self._get("invitations", {"digest": {"S": digest}})
        return decode_invitation(row["body"]["S"]) if row else None

    def invitations(self) -> list[Invitation]:
        """See Accounts."""
        found = (decode_invitation(row["body"]["S"]) for row in self._all("invitations"))
        return sorted(found, key=lambda invitation: invitation.created_at)

    def withdraw(self, digest: str) -> None:
        """See Accounts."""
        if may_be_key(digest):
            with translated():
                self.client.delete_item(TableName=self._table("invitations"), Key={"digest": {"S": digest}})

    def redeem(self, digest: str, account: Account) -> bool:
        """See Accounts."""
        use_up = {
            "TableName": self._table("invitations"),
            "Key": {"digest": {"S": digest}},
            "ConditionExpression": "attribute_exists(digest)",
        }
        return written(self.client, [self._put(account), {"Delete": use_up}])

    def _put(self, account: Account) -> dict[str, Any]:
        row = {
            "username": {"S": account.username},
            "password_hash": {"S": account.password_hash},
            "roles": {"S": encode_roles(account)},
            "body": {"S": encode_account(account)},
            "revision": {"N": str(account.revision + 1)},
        }
        return {"Put": {"TableName": self._table("accounts"), "Item": row, **_unchanged(account)}}

    def _get(self, table: str, key: Any) -> Any:
        with translated():
            return self.client.get_item(TableName=self._table(table), Key=key, ConsistentRead=True).get("Item")

    def _all(self, table: str) -> list[Any]:
        with translated():
            pages = self.client.get_paginator("scan").paginate(TableName=self._table(table), ConsistentRead=True)
            return [row for page in pages for row in page["Items"]]

    def _table(self, name: str) -> str:
        return f"{self.prefix}-{name}"


@dataclass(frozen=True)
class DynamoAttempts:
    """See Attempts. Table `<prefix>-attempts` (key; vanish after `forgotten`)."""

    client: "DynamoDBClient"
    prefix: str

    def counted(self, keys: Collection[str], now: datetime) -> Mapping[str, Guesses]:
        """See Attempts."""
        wanted: Any = {self._table: {"Keys": [{"key": {"S": key}} for key in keys], "ConsistentRead": True}}
        with translated():
            answer = self.client.batch_get_item(RequestItems=wanted)
        if answer.get("UnprocessedKeys"):
            raise Unavailable("The index did not answer: it counted only some wrong passwords")
        return {
            row["key"]["S"]: Guesses(int(row["guesses"]["N"]), _moment(row["latest"]["N"]))
            for row in answer["Responses"][self._table]
            if _moment(row["forgotten"]["N"]) > now
        }

    def count(self, key: str, now: datetime, forgotten_at: datetime, expected: int | None = None) -> bool:
        """See Attempts."""
        if expected == 0:
            return self._first(key, now, forgotten_at)
        # A row whose time has run out counts from nothing, whether it has vanished already or not.
        return self._another(key, now, forgotten_at, expected) or (
            expected is None
            and (self._first(key, now, forgotten_at) or self._another(key, now, forgotten_at, expected))
        )

    def forget(self, key: str) -> None:
        """See Attempts."""
        with translated():
            self.client.delete_item(TableName=self._table, Key={"key": {"S": key}})

    def _first(self, key: str, now: datetime, forgotten_at: datetime) -> bool:
        row = {"key": {"S": key}, "guesses": {"N": "1"}, "latest": _number(now), "forgotten": _number(forgotten_at)}
        put = {
            "TableName": self._table,
            "Item": row,
            "ConditionExpression": "attribute_not_exists(guesses) OR forgotten <= :now",
            "ExpressionAttributeValues": {":now": _number(now)},
        }
        return written(self.client, [{"Put": put}])

    def _another(self, key: str, now: datetime, forgotten_at: datetime, expected: int | None) -> bool:
        values = {":one": {"N": "1"}, ":now": _number(now), ":forgotten": _number(forgotten_at)}
        condition = "forgotten > :now"
        if expected is not None:
            condition, values[":expected"] = f"{condition} AND guesses = :expected", {"N": str(expected)}
        update = {
            "TableName": self._table,
            "Key": {"key": {"S": key}},
            "UpdateExpression": "ADD guesses :one SET latest = :now, forgotten = :forgotten",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        return written(self.client, [{"Update": update}])

    @property
    def _table(self) -> str:
        return f"{self.prefix}-attempts"


def _account(row: Any) -> Account:
    body, revision = row.get("body", {}).get("S"), int(row.get("revision", {}).get("N", "1"))
    return decode_account(row["username"]["S"], row["password_hash"]["S"], row["roles"]["S"], body, revision)


def _unchanged(account: Account) -> dict[str, Any]:
    """The condition that nobody saved an account since it was read; those of the first release have no revision."""
    if not account.revision:
        return {"ConditionExpression": "attribute_not_exists(username)"}
    condition = "revision = :read"
    if account.revision == 1:
        condition += " OR (attribute_exists(username) AND attribute_not_exists(revision))"
    return {"ConditionExpression": condition, "ExpressionAttributeValues": {":read": {"N": str(account.revision)}}}


def _number(moment: datetime) -> dict[str, str]:
    return {"N": f"{moment.timestamp():.3f}"}


def _moment(number: str) -> datetime:
    return datetime.fromtimestamp(float(number), UTC)
