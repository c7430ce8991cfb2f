"""Mail: messages to people over SMTP, or into a folder where somebody on the same machine finds them."""

import hashlib
import os
import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from chalicelib.domain.errors import Rejected, Unavailable
from chalicelib.ports import Clock
from chalicelib.ports_accounts import Message

_TIMEOUT = 20  # seconds: somebody waits for the answer


def composed(message: Message, sender: str, at: datetime) -> EmailMessage:
    """The message as it is mailed; a line break in an address or a subject cannot start a header."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, message.to, message.subject
    mail["Date"] = format_datetime(at)
    mail["Auto-Submitted"] = "auto-generated"  # no answers from people who are away
    mail.set_content(message.text)
    return mail


@dataclass(frozen=True)
class SmtpNotifier:
    """See Notifier. A mail server; encrypted by STARTTLS, except to this machine itself (`plain`)."""

    host: str
    port: int
    sender: str
    clock: Clock
    plain: bool = False
    login: tuple[str, str] | None = field(default=None, repr=False)  # user and password

    def send(self, message: Message) -> None:
        """See Notifier."""
        mail = composed(message, self.sender, self.clock())
        try:
            with smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT) as server:
                if not self.plain:
                    server.starttls(context=ssl.create_default_context())
                if self.login:
                    server.login(*self.login)
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = {code for code, _ in error.recipients.values()}
            if all(500 <= code < 600 for code in codes):
                raise Rejected(f"The mail server refuses {message.to!r}") from error
            raise Unavailable(f"The mail server does not take mail for {message.to!r} now") from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable(f"The mail server did not take the message: {type(error).__name__}") from error


@dataclass(frozen=True)
class OutboxNotifier:
    """See Notifier. A folder with one .eml file for each message, readable by its owner alone."""

    folder: Path
    sender: str
    clock: Clock

    def send(self, message: Message) -> None:
        """See Notifier."""
        now = self.clock()
        data = bytes(composed(message, self.sender, now))
        name = f"{now.strftime('%Y%m%dT%H%M%S.%f')}-{hashlib.sha256(data).hexdigest()[:8]}.eml"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = self.folder / f"{name}.new"
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(self.folder / name)
        except OSError as error:
            raise Unavailable(f"The outbox could not be written: {error.strerror}") from error
