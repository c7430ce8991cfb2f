"""Brake: how much of a space may be lost within an hour before the rest of its copies are kept as they are.

A loss is a deletion, or other bytes under an id that was taken. Losses are counted in sums of ten minutes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.spaces import Space

_SLOT = timedelta(minutes=10)
_SLOTS = 7  # the present one has begun just now or nearly ended: six more make it at least an hour


class Loss(StrEnum):
    """What was lost: an item, or the bytes that one had."""

    DELETED = "deleted"
    OVERWRITTEN = "overwritten"


@dataclass(frozen=True)
class Brake:
    """More than `percent` of a space's items, and at least `least`, within an hour are too many."""

    percent: int = 20
    least: int = 50

    def too_many(self, losses: int, items: int) -> bool:
        """Whether so many losses are too many for a space that had so many items."""
        return losses >= self.least and losses * 100 > self.percent * items

    def enough(self, losses: int) -> int:
        """With at least so many items, so many losses are not too many."""
        return -(-losses * 100 // self.percent)

    def worth_a_look(self, count: int) -> bool:
        """Whether the sum of a slot is one to look at: all small ones that can be part of too many, then 16 for each
        doubling: what the look costs, and how late it may come, grows with the losses and not with the collection.
        """
        coarse = 1 << max(0, count.bit_length() - 5)
        return count * _SLOTS * len(Loss) >= self.least and count % coarse == 0


def slots(space: Space, now: datetime) -> list[str]:
    """The names of the sums in which the losses of the last hour are, the present one first.

    Those from before the last pause are not among them: whoever releases a space lets it begin anew.
    """
    present = int(now.astimezone(UTC).timestamp() // _SLOT.total_seconds())
    return [f"{space.id}/{space.pauses}/{present - n}" for n in range(_SLOTS)]
