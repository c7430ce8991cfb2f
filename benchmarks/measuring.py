"""Measuring: medians of repeated runs."""

import statistics
import time
from collections.abc import Callable


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """The median wall time of some work."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def line(name: str, figure: str, beside: str) -> None:
    """One figure with what stands beside it."""
    print(f"{name:<44} {figure:>12}   {beside}", flush=True)
