"""Watch losses: when too much of a space is deleted or overwritten, other stores keep what they hold, and owners hear.

The number of a space's items is asked for only from a number of losses on at which it matters, and then the measurement
of the day answers for spaces that are large; of others, no more items are counted than five for each loss (at 20 %).
"""

import logging
from dataclasses import dataclass, replace
from datetime import UTC, timedelta

from chalicelib.domain import jobs
from chalicelib.domain.brake import Brake, Loss, slots
from chalicelib.domain.content import format_time
from chalicelib.domain.journal import SYSTEM, Event, Kind
from chalicelib.domain.spaces import Pause, Space, SpaceId
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.ports_accounts import Message, Notifier
from chalicelib.ports_work import Notes
from chalicelib.services.change_space import Change, change_space

log = logging.getLogger(__name__)

_PAGE = 1000
_TEXT = """Space {space} is paused since {since}: {why}

Nothing that other stores hold of it is overwritten by a newer deposit or removed, until an owner releases it. The
primary store shows what members did. If that was a mistake, bring the items back; if it was meant, release the space:

    duracloud deleted {space}
    duracloud space release {space}
"""


@dataclass(frozen=True)
class WatchLosses:
    """`recipient` gets a message about each pause; without one, or without a `notifier`, nobody does."""

    stores: Stores
    index: Index
    notes: Notes
    jobs: JobQueue
    clock: Clock
    brake: Brake
    notifier: Notifier | None = None
    recipient: str = ""

    def lost(self, space_id: SpaceId, loss: Loss) -> None:
        """Count a loss, and pause the space when there are too many, or a single overwrite while it is retained.

        A repetition counts twice, which at worst pauses a space early. Raises Unavailable.
        """
        space = self.index.space(space_id)
        if space is None or space.paused is not None or space.removal_released:
            return
        if loss is Loss.OVERWRITTEN and space.retained(self.clock()):
            self._pause(space_id, f"an S3 client changed it, and it is retained until {space.retained_until}")
            return
        names = slots(space, self.clock())
        count = self.notes.add(_kind(loss), names[0], forgotten_after=1)
        if not self.brake.worth_a_look(count):
            return
        sums = {each: sum(self.notes.sum(_kind(each), name) for name in names) for each in Loss}
        losses = sum(sums.values())
        if losses >= self.brake.least and self.brake.too_many(losses, self._items(space, losses, sums[Loss.DELETED])):
            told = ", ".join(f"{number} items {each.value}" for each, number in sums.items() if number)
            self._pause(space_id, f"{told} within an hour, more than {self.brake.percent} % of them")

    def _items(self, space: Space, losses: int, deleted: int) -> int:
        """How many items the space had before the losses, or any number that is enough for so many."""
        today, enough = self.clock().astimezone(UTC).date(), self.brake.enough(losses)
        measured = list(self.index.measurements(self.stores.primary_id, today - timedelta(1), today, space.id))
        if measured and measured[-1].objects >= enough:
            return measured[-1].objects
        found, after = deleted, ""
        while found < enough:
            page = self.index.items(space.id, after=after, limit=min(_PAGE, enough - found))
            if not page:
                break
            found, after = found + len(page), page[-1].id
        return found

    def _pause(self, space_id: SpaceId, why: str) -> None:
        def decide(space: Space | None) -> Change | None:
            if space is None or space.paused is not None:
                return None
            now = self.clock()
            event = Event(Kind.PAUSED, now, SYSTEM, space.id, detail={"why": why})
            return replace(space, paused=Pause(now, why), pauses=space.pauses + 1), [event]

        change_space(self.index, space_id, decide)
        self.jobs.send([jobs.TellPause(space_id)])

    def tell(self, space_id: SpaceId) -> None:
        """Raise the alarm about a paused space, and write to its owners, unless that was done. Raises Unavailable."""
        space = self.index.space(space_id)
        if space is None or space.paused is None or space.paused.told:
            return
        # The word that the alarm on this function's log waits for.
        log.error("PAUSED: space %r: %s", space.id, space.paused.why)
        if self.notifier is not None and self.recipient:
            since, why = format_time(space.paused.since), space.paused.why
            text = _TEXT.format(space=space.id, since=since, why=why)
            self.notifier.send(Message(self.recipient, f"Space {space.id} is paused", text))

        def decide(now: Space | None) -> Change | None:
            if now is None or now.paused is None or now.paused.told:
                return None
            return replace(now, paused=replace(now.paused, told=True)), []

        change_space(self.index, space_id, decide)


def _kind(loss: Loss) -> str:
    return f"losses-{loss.value}"
