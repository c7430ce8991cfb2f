"""SES: messages to people by Amazon's Simple Email Service."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import Rejected, Unavailable
from chalicelib.ports_accounts import Message


@dataclass(frozen=True)
class SesNotifier:
    """See Notifier. `client` is boto3's `sesv2`; the sender's address or domain must be verified there."""

    client: Any
    sender: str

    def send(self, message: Message) -> None:
        """See Notifier."""
        text = {"Data": message.text, "Charset": "UTF-8"}
        simple = {"Subject": {"Data": message.subject, "Charset": "UTF-8"}, "Body": {"Text": text}}
        try:
            self.client.send_email(
                FromEmailAddress=self.sender, Destination={"ToAddresses": [message.to]}, Content={"Simple": simple}
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ("BadRequestException", "MessageRejected"):
                raise Rejected(f"SES refuses mail for {message.to!r}: {code}") from error
            raise Unavailable(f"SES did not take the message: {code}") from error
        except BotoCoreError as error:
            raise Unavailable(f"SES did not take the message: {type(error).__name__}") from error
