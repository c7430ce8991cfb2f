"""The fixity plan: what is read in one run, what that costs, and what waits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chalicelib.domain.prices import Price
from chalicelib.domain.records import Item
from chalicelib.domain.stores import StoreId


@dataclass(frozen=True)
class Limits:
    """What may be read: items and bytes in one run, and money (billionths of a dollar) on one day."""

    items: int = 1000
    bytes: int = 1 << 40
    money: int = 20_000_000_000


@dataclass(frozen=True)
class Reading:
    """One item whose time has come, the stores that are read for it, the bytes, and what that costs.

    `urgent`: it waits for no budget of bytes and money, because a copy of it is not known to be intact, or because
    it was deleted and nothing is read of it. `restore`: of which stores the copy is brought back from an archive, if it
    is there, and read.
    """

    item: Item
    stores: tuple[StoreId, ...] = ()
    bytes: int = 0
    money: int = 0
    urgent: bool = False
    restore: tuple[StoreId, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What one run takes, and what of the items it looked at waits for another; `more`: there may be others behind."""

    taken: tuple[Reading, ...] = ()
    waiting: tuple[Reading, ...] = ()
    more: bool = False

    @property
    def bytes(self) -> int:
        """The bytes that are read."""
        return sum(reading.bytes for reading in self.taken)

    @property
    def money(self) -> int:
        """What that costs, in billionths of a dollar."""
        return sum(reading.money for reading in self.taken)


@dataclass(frozen=True)
class Prices:
    """The class of storage of each store, and what reading from it costs; a store that is not named costs nothing."""

    classes: Mapping[StoreId, str] = field(default_factory=dict)
    prices: Mapping[str, Price] = field(default_factory=dict)

    def of(self, store: StoreId) -> Price:
        """The price of reading from a store."""
        return self.prices.get(self.classes.get(store, ""), Price())

    def archived(self, store: StoreId) -> bool:
        """Whether copies of the store are kept in an archive, and may be restored: what that costs is known."""
        return bool(self.of(store).tier)

    def reading(
        self, item: Item, stores: tuple[StoreId, ...], urgent: bool = False, restore: tuple[StoreId, ...] = ()
    ) -> Reading:
        """An item to be read from these stores; of those in an archive, only what is restored has bytes to read."""
        money = sum(self.of(store).of(item.size) for store in stores)
        money += sum(self.of(store).restoring(item.size) for store in restore)
        read = sum(store in restore or not self.archived(store) for store in stores)
        return Reading(item, stores, item.size * read, money, urgent, restore)


def plan(readings: Iterable[Reading], limits: Limits, spent: int, more: bool = False) -> Plan:
    """Take readings in their order until a limit is reached; `spent` is the day's money that is gone already.

    From the first that does not fit, none is taken but the urgent ones: skipping the large would leave them for ever.
    One that alone is more than a limit is taken when it is the first of its run, and of its day.
    """
    taken: list[Reading] = []
    waiting: list[Reading] = []
    size, money = 0, spent
    for reading in readings:
        fits = not waiting and within(size, reading.bytes, limits.bytes) and within(money, reading.money, limits.money)
        if len(taken) < limits.items and (reading.urgent or fits):
            taken.append(reading)
            size, money = size + reading.bytes, money + reading.money
        else:
            waiting.append(reading)
    return Plan(tuple(taken), tuple(waiting), more)


def within(used: int, more: int, limit: int) -> bool:
    """Whether more may be spent: up to the limit, and the first of all in any case."""
    return not used or not more or used + more <= limit
