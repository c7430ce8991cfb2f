"""Run all benchmarks (`make bench`) on a scratch stack; figures are medians, and hold for this machine and this run."""

import os
import platform
import tempfile
from pathlib import Path

from benchmarks import (
    fixity,
    fixity_costs,
    imports,
    planner,
    portal,
    replication,
    requests,
    site,
    streaming,
    sweep,
    transfer,
    wire,
)
from local.folder import DataFolder
from local.stack import Ports, Stack


def main() -> None:
    """Everything, one after another."""
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    imports.run()
    requests.run()
    planner.run()
    fixity_costs.run()
    sweep.run()
    with tempfile.TemporaryDirectory(prefix="duracloud-bench-") as folder:
        stack = Stack(DataFolder(Path(folder)), Ports.choose())
        stack.start()
        try:
            stack.end("worker")  # it would take the cores from what is measured, and the rest calls the services itself
            site.run(stack)
            portal.run(stack)
            wire.run(stack)
            streaming.run(stack)
            os.environ.update(stack.environment)
            fixity.run()
            replication.run()
            transfer.run()
        finally:
            stack.stop()


if __name__ == "__main__":
    main()
