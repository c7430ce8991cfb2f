"""Enquire: keep what a visitor wrote in a closed space, and tell the operators."""

import logging
from dataclasses import dataclass
from math import ceil

from chalicelib.domain.access import ANONYMOUS, Access, access
from chalicelib.domain.enquiries import ENQUIRIES, PATIENCE, Enquiry
from chalicelib.domain.errors import DuraCloudError, NotFound, TooOften, Unavailable
from chalicelib.domain.guessing import Keys
from chalicelib.domain.journal import SYSTEM
from chalicelib.domain.spaces import Space
from chalicelib.ports import Clock
from chalicelib.ports_accounts import Attempts, Message, Notifier
from chalicelib.services.deposit import Deposit, NewContent
from chalicelib.services.manage_spaces import ManageSpaces

log = logging.getLogger(__name__)

_TEXT = """An enquiry about {about} came in by the form on the site. Everything below the line is the visitor's.

It is kept as {item} in the space {space}. Delete it there when it is answered.
--------------------------------------------------------------------------------
Name:         {name}
Organisation: {organisation}
E-mail:       {email}

{message}
"""


@dataclass(frozen=True)
class Enquire:
    """An enquiry is an item of the space `x-enquiries`, which only administrators may read.

    `recipient` is who gets a message about each; without one, or without a `notifier`, nobody does.
    """

    spaces: ManageSpaces
    deposit: Deposit
    attempts: Attempts
    notifier: Notifier | None
    clock: Clock
    recipient: str

    def enquire(self, enquiry: Enquiry, address: str) -> None:
        """Keep an enquiry from an address and tell the operators; it is kept even if they cannot be told.

        Repeatable: the same words on one day are one item. Raises TooOften, Unavailable.
        """
        self._wait_for_turn(address)
        self.spaces.index.policies().require_writable(self.spaces.stores.primary_id)
        space, item = self._space(), enquiry.item_id(self.clock())
        if self.deposit.stores.primary.head(ENQUIRIES, item) is None:
            new = NewContent(item, iter([enquiry.data]), SYSTEM, content_type="application/json")
            try:
                self.deposit.deposit(space, new)
            except NotFound as error:
                raise Unavailable("The space of enquiries is being emptied: try again in a while") from error
        self._tell(enquiry, item)

    def _wait_for_turn(self, address: str) -> None:
        """Of any number of requests at once only as many pass as are free, whichever processes they reach."""
        now, key = self.clock(), Keys("", address).enquiries
        counted = self.attempts.counted([key], now).get(key)
        free_at = PATIENCE.free_at(counted)
        if free_at is not None and now < free_at:
            left = ceil((free_at - now).total_seconds())
            raise TooOften(f"Too many enquiries from your address: wait {left} s, then send it again", left)
        expected = counted.count if counted else 0
        if not self.attempts.count(key, now, now + PATIENCE.forgotten_after, expected):
            raise TooOften("Another enquiry from your address came at the same time: send yours again", 1)

    def _space(self) -> Space:
        space = self.spaces.provide(ENQUIRIES)
        if access(ANONYMOUS, space) is not Access.NONE:
            log.error("Space %r is open to the public: no enquiry is kept there until it is closed", ENQUIRIES)
            raise Unavailable("Enquiries cannot be kept now")
        return space

    def _tell(self, enquiry: Enquiry, item: str) -> None:
        if self.notifier is None or not self.recipient:
            return
        text = _TEXT.format(**enquiry.__dict__, item=item, space=ENQUIRIES)
        try:
            self.notifier.send(Message(self.recipient, f"Enquiry about {enquiry.about}", text))
        except DuraCloudError as error:
            log.warning("Nobody could be told of the enquiry %s, which is kept: %s", item, error)
