"""Tasks: what a store does on request beyond keeping content (contract 8)."""

from collections.abc import Callable

from chalicelib.domain.errors import Invalid

TASKS: dict[str, Callable[[], str]] = {"noop": lambda: "Success"}

# Parts of the names of the original's tasks, and what those would need.
_NEEDS = {
    "storage-policy": "the storage class of a store is one of its own settings",
    "restore-content": "it needs a Glacier store, and this service has none",
    "snapshot": "it needs a snapshot store with its bridge, and this service has none",
    "restore": "it needs a snapshot store with its bridge, and this service has none",
    "hls": "it needs a CloudFront distribution, and this service has none",
    "url": "it needs a CloudFront distribution, and this service has none",
    "streaming": "it needs a CloudFront distribution, and this service has none",
}


def perform_task(name: str) -> str:
    """Do a task; its result as text. Raises Invalid, with the name, for what this service does not do."""
    if name not in TASKS:
        reason = next((need for part, need in _NEEDS.items() if part in name), "no task has this name")
        raise Invalid(f"Task {name} is not supported: {reason}")
    return TASKS[name]()
