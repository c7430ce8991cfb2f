"""Delays: how long work that could not be done now waits for its next attempt."""

from chalicelib.domain.errors import Archived, Overtaken, StoreDown, Throttled

MOST_ATTEMPTS = 12  # the queues' maxReceiveCount: whoever works on a message for the last time has to know

_MINUTE, _HOUR = 60, 3600
_OTHERWISE = (5, 15 * _MINUTE)
_KINDS: dict[type[BaseException], tuple[int, int]] = {
    Overtaken: (1, 30),
    Throttled: (30, 30 * _MINUTE),
    StoreDown: (_MINUTE, _HOUR),
    Archived: (6 * _HOUR, 11 * _HOUR),  # SQS hides no message for more than 12 hours
}


def delay(error: BaseException, attempts: int, spread: float) -> int:
    """Seconds until the next attempt, after so many; they double from the first wait up to the longest.

    | what went wrong               | first wait | longest    | all twelve attempts take about |
    |-------------------------------|------------|------------|--------------------------------|
    | others were faster: Overtaken | 1 s        | 30 s       | 4 minutes                      |
    | anything else                 | 5 s        | 15 minutes | an hour                        |
    | too many requests: Throttled  | 30 s       | 30 minutes | 3 hours                        |
    | a store is down: StoreDown    | 1 minute   | 1 hour     | 5 hours                        |
    | to be restored: Archived      | 6 hours    | 11 hours   | 4 days                         |

    `spread`, at random from 0 to 1, makes each between half and all of it: what failed together comes back apart.
    """
    first, longest = next((_KINDS[kind] for kind in type(error).__mro__ if kind in _KINDS), _OTHERWISE)
    whole = min(longest, first << min(max(attempts, 1) - 1, 20))
    return max(1, round(whole * (0.5 + spread / 2)))
