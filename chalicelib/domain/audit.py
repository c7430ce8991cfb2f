"""Audit log: what was written in a space, one line for each write, in the original's words (contract 6.4).

| what happened                            | action                  | told of the store            |
|------------------------------------------|-------------------------|------------------------------|
| space created                            | CREATE_SPACE            | primary                      |
| space removal asked                      | DELETE_SPACE            | primary                      |
| access changed                           | SET_SPACE_ACLS          | primary                      |
| deposited (once, though noticed before)  | ADD_CONTENT             | primary                      |
| deposited as a copy of another item      | COPY_CONTENT            | primary                      |
| replicated, repaired                     | ADD_CONTENT             | that holds the copy          |
| properties replaced                      | SET_CONTENT_PROPERTIES  | where they were replaced     |
| deleted, copy removed                    | DELETE_CONTENT          | that lost the copy           |
| checked, lost, evidence kept ...         | not in an audit log     |                              |

An id with a tab or line break, which only other S3 clients can make, has no line: it would read as another id.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from chalicelib.domain.content import ContentId
from chalicelib.domain.journal import Event, Kind
from chalicelib.domain.stores import StoreId
from chalicelib.domain.tsv import fits, row, without_breaks

HEAD = row(
    "account",
    "store-id",
    "space-id",
    "content-id",
    "content-md5",
    "content-size",
    "content-mimetype",
    "content-properties",
    "space-acls",
    "source-space-id",
    "source-content-id",
    "timestamp",
    "action",
    "username",
)

_ACTIONS = {
    Kind.SPACE_CREATED: "CREATE_SPACE",
    Kind.SPACE_REMOVAL_ASKED: "DELETE_SPACE",
    Kind.ACCESS_CHANGED: "SET_SPACE_ACLS",
    Kind.DEPOSITED: "ADD_CONTENT",
    Kind.REPLICATED: "ADD_CONTENT",
    Kind.REPAIRED: "ADD_CONTENT",
    Kind.DESCRIBED: "SET_CONTENT_PROPERTIES",
    Kind.DELETED: "DELETE_CONTENT",
    Kind.COPY_REMOVED: "DELETE_CONTENT",
}


_SOON = timedelta(minutes=15)  # no request takes longer


def noticed_first(events: Sequence[Event]) -> set[int]:
    """Which of `events` (oldest first) are deposits noticed by the store's event before their own record tells them.

    Both stay in the history. A deposit that was cut off has the first alone, or the record of its repetition.
    """
    recorded: dict[tuple[ContentId | None, str], datetime] = {}
    found = set()
    for n in reversed(range(len(events))):
        event = events[n]
        if event.kind is not Kind.DEPOSITED:
            continue
        if "noticed-by" not in event.detail:
            recorded[event.item, event.agent] = event.at
        elif (at := recorded.pop((event.item, event.agent), None)) and at - event.at < _SOON:
            found.add(n)
    return found


def line(event: Event, account: str, store: StoreId) -> str:
    """The line of an event in the log of a store; empty when it has none."""
    action = _ACTIONS.get(event.kind)
    # The details of a change of access are its rules, by names that anybody may have; all other kinds name theirs.
    rules, detail = (event.detail, {}) if event.kind is Kind.ACCESS_CHANGED else (None, event.detail)
    source_space, _, source = detail.get("copied-from", "").partition("/")
    if action is None or not fits(event.item or "") or not fits(source):
        return ""
    return row(
        account,
        store,
        event.space,
        event.item or "",
        *(without_breaks(detail.get(name, "")) for name in ("md5", "size", "content-type", "properties")),
        "" if rules is None else without_breaks(_as_java_map(rules)),
        source_space,
        source,
        timestamp(event.at),
        "COPY_CONTENT" if source else action,
        without_breaks(event.agent),
    )


def timestamp(moment: datetime) -> str:
    """UTC; the three digits behind the seconds are the seconds again (contract 3.1: a bug that clients know)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.0%S")


def _as_java_map(rules: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"acl-{name}={right}" for name, right in rules.items()) + "}"
