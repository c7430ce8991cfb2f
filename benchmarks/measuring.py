"""Measuring: medians of repeated runs."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from local.stack import Stack


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """The median wall time of some work."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def resident(stack: Stack, name: str) -> tuple[int, int]:
    """The memory of a server of the stack, now and at its peak, in MiB (Linux)."""
    (pid,) = [process.pid for command, process in stack.processes.running if command.name == name]
    rows = dict(row.split(":", 1) for row in Path(f"/proc/{pid}/status").read_text().splitlines())
    now, peak = (int(rows[field].split()[0]) >> 10 for field in ("VmRSS", "VmHWM"))
    return now, peak


def line(name: str, figure: str, beside: str) -> None:
    """One figure with what stands beside it."""
    print(f"{name:<44} {figure:>12}   {beside}", flush=True)
