"""Retention: until a day that an owner set, nothing in a space is deleted and no bytes are replaced by others.

| what is asked, while it is in force            | answer                                    |
|------------------------------------------------|-------------------------------------------|
| delete an item, or the space                   | 409                                       |
| store other bytes under an id that is taken    | 409                                       |
| store the same bytes again, other properties   | as ever                                   |
| a later day                                    | an owner may                              |
| an earlier day, or none                        | 409                                       |
| changes by S3 clients that do not ask us       | happen in the primary; other stores stay  |
"""

from datetime import datetime

from chalicelib.domain.errors import Conflict
from chalicelib.domain.spaces import Space


def require_not_retained(space: Space, now: datetime, what: str) -> None:
    """Raise Conflict when the space's retention rules `what` out."""
    if space.retained(now):
        raise Conflict(f"Space {space.id!r} is retained until {space.retained_until}: {what} before that day")
