"""S3 clients: two with different patience that pass for one."""

from dataclasses import dataclass
from typing import Any

# Requests that carry no bytes to the store, and move none within it.
_QUICK = ("get_", "head_", "list_")


@dataclass(frozen=True)
class TwoClients:
    """Any S3 client's methods: of the quick one for what is answered at once, of the patient one for the rest."""

    quick: Any
    patient: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.quick if name.startswith(_QUICK) else self.patient, name)
