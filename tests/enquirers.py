"""How often somebody on this machine has written to the operators of an instance, as tests need it."""

from datetime import UTC, datetime, timedelta

from chalicelib.domain.guessing import Keys
from chalicelib.ports_accounts import Attempts


def wrote(attempts: Attempts, times: int, address: str = "127.0.0.1") -> None:
    """As if so many enquiries had come from the address until now; after 12 the next has to wait two minutes."""
    now, key = datetime.now(UTC), Keys("", address).enquiries
    attempts.forget(key)
    for _ in range(times):
        attempts.count(key, now, now + timedelta(days=1))
