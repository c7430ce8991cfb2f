"""S3 clients: two with different patience that pass for one, and send what is small without asking first."""

from dataclasses import dataclass
from typing import Any

# Requests that carry no bytes to the store, and move none within it.
_QUICK = ("get_", "head_", "list_")
_SMALL = 1 << 20  # bytes


@dataclass(frozen=True)
class TwoClients:
    """Any S3 client's methods: of the quick one for what is answered at once, of the patient one for the rest."""

    quick: Any
    patient: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.quick if name.startswith(_QUICK) else self.patient, name)


def send_small_at_once(client: Any) -> Any:
    """The client, which now sends small objects without waiting for a word of the store that it would take them.

    That word takes a way to the store and back, to spare it bodies that it refuses; a small one is sent in that time.
    """
    client.meta.events.register_last("before-call.s3", _without_asking)
    return client


def _without_asking(model: Any, params: dict[str, Any], **_: Any) -> None:
    # The SDK makes a file of the bytes that it is given.
    if model.name == "PutObject" and params["body"].getbuffer().nbytes <= _SMALL:
        params["headers"].pop("Expect", None)
