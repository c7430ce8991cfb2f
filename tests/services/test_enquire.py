"""Enquiries are kept in a closed space, told to the operators, and slowed down by address."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chalicelib.adapters.memory_accounts import MemoryAttempts, MemoryNotifier
from chalicelib.domain.access import ANONYMOUS, Caller
from chalicelib.domain.enquiries import ENQUIRIES, Enquiry, Subject
from chalicelib.domain.errors import Denied, TooOften, Unauthenticated, Unavailable
from chalicelib.ports_accounts import Message
from chalicelib.services.enquire import Enquire

from .people import ELSEWHERE, HOME
from .world import ADMIN, ONE, Crash, World

ENQUIRY = Enquiry(Subject.MEMBERSHIP, "Ann <b>", "Library {0}", "ann@example.org", "First line\nBcc: everybody@x.org")


class Broken:
    """A mail server that is down."""

    def send(self, message: Message) -> None:
        raise Unavailable("The mail server did not take the message")


class Office:
    """The use case in a world, with a mailbox."""

    def __init__(self, world: World) -> None:
        self.world, self.mailbox, self.attempts = world, MemoryNotifier(), MemoryAttempts()
        self.service = self.with_notifier(self.mailbox)

    def with_notifier(self, notifier: MemoryNotifier | Broken | None, recipient: str = "office@example.org") -> Enquire:
        ports = (self.attempts, notifier, lambda: self.world.now)
        return Enquire(self.world.spaces, self.world.deposit, *ports, recipient)

    @property
    def kept(self) -> list[Enquiry]:
        held = self.world.primary.contents.get(ENQUIRIES, {})
        return [Enquiry(**json.loads(data)) for data, _ in held.values()]


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


def numbered(n: int) -> Enquiry:
    return Enquiry(Subject.SERVICE_PROVIDER, "Ann", "Library", "ann@example.org", f"Number {n}")


def test_an_enquiry_is_kept_and_told(office: Office) -> None:
    office.service.enquire(ENQUIRY, HOME)
    assert office.kept == [ENQUIRY]
    (message,) = office.mailbox.sent
    assert (message.to, message.subject) == ("office@example.org", "Enquiry about membership")
    assert "ann@example.org\n\nFirst line\nBcc: everybody@x.org" in message.text
    assert "in the space x-enquiries" in message.text


def test_only_administrators_read_it_and_there_is_one_copy(office: Office) -> None:
    office.service.enquire(ENQUIRY, HOME)
    office.world.work()
    space = office.world.spaces.readable(ADMIN, ENQUIRIES)
    (item,) = office.world.index.items(ENQUIRIES)
    assert list(item.copies) == [ONE]
    assert dict(item.about.properties) == {}
    with pytest.raises(Denied):
        office.world.spaces.readable(Caller("member"), ENQUIRIES)
    with pytest.raises(Unauthenticated):
        office.world.spaces.readable(ANONYMOUS, ENQUIRIES)
    with pytest.raises(Denied, match="never open to the public"):
        office.world.spaces.replace_access_rules(ADMIN, ENQUIRIES, {"Group-Public": "READ"})
    office.world.spaces.replace_access_rules(ADMIN, ENQUIRIES, {"member": "READ"})
    assert office.world.spaces.readable(Caller("member"), ENQUIRIES).id == space.id


def test_nothing_is_kept_in_a_space_that_was_made_open_before(office: Office) -> None:
    space = office.world.spaces.create(ADMIN, ENQUIRIES)
    office.world.index.space_records[ENQUIRIES] = type(space)(
        space.id, space.created_at, "admin", {"group-public": "READ"}
    )
    with pytest.raises(Unavailable):
        office.service.enquire(ENQUIRY, HOME)
    assert office.kept == []


def test_while_the_space_is_being_emptied_the_visitor_is_asked_to_wait(office: Office) -> None:
    office.service.enquire(ENQUIRY, HOME)
    office.world.spaces.remove(ADMIN, ENQUIRIES)
    with pytest.raises(Unavailable):
        office.service.enquire(numbered(1), HOME)
    office.world.work()
    office.service.enquire(numbered(1), HOME)
    assert office.kept == [numbered(1)]


@pytest.mark.parametrize("notifier", [Broken(), None])
def test_a_mail_that_fails_loses_nothing(
    office: Office, notifier: Broken | None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        office.with_notifier(notifier).enquire(ENQUIRY, HOME)
    assert office.kept == [ENQUIRY]
    assert ("Nobody could be told" in caplog.text) is (notifier is not None)
    assert "ann@example.org" not in caplog.text


def test_without_a_recipient_nobody_is_told(office: Office) -> None:
    office.with_notifier(office.mailbox, "").enquire(ENQUIRY, HOME)
    assert (office.kept, office.mailbox.sent) == ([ENQUIRY], [])


def test_the_same_words_twice_are_one_item(office: Office) -> None:
    for _ in range(2):
        office.service.enquire(ENQUIRY, HOME)
    assert office.kept == [ENQUIRY]


def test_after_five_an_address_has_to_wait_and_others_have_not(office: Office) -> None:
    for n in range(5):
        office.service.enquire(numbered(n), HOME)
    with pytest.raises(TooOften, match="wait 1 s") as refused:
        office.service.enquire(numbered(5), HOME)
    assert refused.value.wait == 1
    office.service.enquire(numbered(6), ELSEWHERE)
    office.world.now += timedelta(seconds=1)
    office.service.enquire(numbered(5), HOME)
    with pytest.raises(TooOften, match="wait 2 s"):
        office.service.enquire(numbered(7), HOME)
    office.world.now += timedelta(days=1)
    office.service.enquire(numbered(7), HOME)
    assert len(office.kept) == 8


def test_of_many_at_once_no_more_pass_than_are_free(office: Office) -> None:
    def send(n: int) -> bool:
        try:
            office.service.enquire(numbered(n), HOME)
        except TooOften:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        passed = sum(threads.map(send, range(40)))
    assert 1 <= passed == len(office.kept) <= 5


def test_whenever_the_process_ends_a_second_try_keeps_it_once(world: World) -> None:
    office = Office(world)
    for calls in range(60):
        world.fuse.left = calls
        try:
            office.service.enquire(ENQUIRY, f"192.0.2.{calls}")
        except Crash:
            world.fuse.left = -1
            office.service.enquire(ENQUIRY, f"198.51.100.{calls}")
            assert office.kept == [ENQUIRY]
            world.work()
            assert [item.size for item in world.index.items(ENQUIRIES)] == [len(ENQUIRY.data)]
            world.spaces.remove(ADMIN, ENQUIRIES)
            world.work()
            continue
        world.fuse.left = -1
        return
    raise AssertionError("it never came to its end")
