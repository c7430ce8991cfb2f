"""Notifiers: messages arrive whole by every way, and no code gets into a log."""

import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import boto3
import pytest
from aiosmtpd.controller import Controller
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from chalicelib.adapters.mail import OutboxNotifier, SmtpNotifier
from chalicelib.adapters.ses import SesNotifier
from chalicelib.domain.errors import Rejected, Unavailable
from chalicelib.ports_accounts import Message, Notifier

SENDER, REGION = "archive@example.org", "eu-central-1"
MESSAGE = Message("zoe@example.org", "Invitation, né", "Hello Zoë,\n\n  code-of-256-bits\n\n.\nA line with a dot.\n")


def now() -> datetime:
    return datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Mailbox:
    """What a mail server takes; addresses at `refused` are refused for good, those at `busy` for now."""

    received: list[bytes] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.endswith("@refused"):
            return "550 no such user"
        if address.endswith("@busy"):
            return "450 later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.received.append(envelope.content)
        return "250 OK"


@pytest.fixture
def server() -> Iterator[tuple[Mailbox, SmtpNotifier]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield mailbox, SmtpNotifier("127.0.0.1", port, SENDER, now, plain=True)
    controller.stop()


def parsed(data: bytes) -> EmailMessage:
    found = message_from_bytes(data, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def holds(mail: EmailMessage) -> None:
    assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, MESSAGE.to, MESSAGE.subject)
    assert mail["Date"].datetime == now()
    assert mail.get_content().replace("\r\n", "\n") == MESSAGE.text


def test_a_mail_server_gets_the_message(server: tuple[Mailbox, SmtpNotifier]) -> None:
    mailbox, notifier = server
    notifier.send(MESSAGE)
    (data,) = mailbox.received
    holds(parsed(data))


def test_refusals_are_final_or_not(server: tuple[Mailbox, SmtpNotifier]) -> None:
    mailbox, notifier = server
    with pytest.raises(Rejected, match="zoe@refused"):
        notifier.send(Message("zoe@refused", "s", "t"))
    with pytest.raises(Unavailable):
        notifier.send(Message("zoe@busy", "s", "t"))
    assert mailbox.received == []


def test_without_encryption_nothing_goes_to_another_machine(server: tuple[Mailbox, SmtpNotifier]) -> None:
    mailbox, notifier = server
    with pytest.raises(Unavailable):
        SmtpNotifier(notifier.host, notifier.port, SENDER, now).send(MESSAGE)
    assert mailbox.received == []


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unavailable):
        SmtpNotifier("127.0.0.1", port, SENDER, now, plain=True).send(MESSAGE)


def test_an_outbox_has_one_file_for_each_message_for_its_owner_alone(tmp_path: Path) -> None:
    notifier = OutboxNotifier(tmp_path / "a" / "outbox", SENDER, now)
    notifier.send(MESSAGE)
    notifier.send(Message("bob@example.org", "s", "t"))
    files = sorted(notifier.folder.iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    holds(next(mail for file in files if (mail := parsed(file.read_bytes()))["To"] == MESSAGE.to))


def test_an_outbox_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        OutboxNotifier(tmp_path / "file", SENDER, now).send(MESSAGE)


@pytest.fixture
def ses() -> Iterator[SesNotifier]:
    with mock_aws():
        boto3.client("ses", REGION).verify_email_identity(EmailAddress=SENDER)
        yield SesNotifier(boto3.client("sesv2", REGION), SENDER)


def test_ses_gets_the_message(ses: SesNotifier) -> None:
    ses.send(MESSAGE)
    (sent,) = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    assert (sent.source, sent.destinations["ToAddresses"]) == (SENDER, [MESSAGE.to])
    assert (sent.subject, sent.body) == (MESSAGE.subject, MESSAGE.text)


def test_what_ses_will_never_send_is_rejected(ses: SesNotifier) -> None:
    with pytest.raises(Rejected):
        SesNotifier(ses.client, "somebody@example.com").send(MESSAGE)


def test_an_ses_that_does_not_answer_is_unavailable() -> None:
    client = boto3.client(
        "sesv2", REGION, endpoint_url="http://127.0.0.1:9", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with pytest.raises(Unavailable):
        SesNotifier(client, SENDER).send(MESSAGE)


@pytest.mark.parametrize("kind", ["smtp", "outbox", "ses"])
def test_no_code_gets_into_a_log_or_an_error(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, caplog: Any
) -> None:
    makers: dict[str, Callable[[], Notifier]] = {
        "smtp": lambda: request.getfixturevalue("server")[1],
        "outbox": lambda: OutboxNotifier(tmp_path, SENDER, now),
        "ses": lambda: request.getfixturevalue("ses"),
    }
    caplog.set_level(logging.INFO)
    makers[kind]().send(MESSAGE)
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable) as error:
        OutboxNotifier(tmp_path / "file", SENDER, now).send(MESSAGE)
    assert "code-of-256-bits" not in caplog.text + str(error.value)
