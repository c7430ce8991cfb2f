"""Does an item of SyncTool's largest size pass through in little memory? (`make big`: minutes, and 15 GB of disk)"""

import os
import sys
import tempfile
from hashlib import md5
from pathlib import Path

from benchmarks.measuring import line, resident, seconds
from benchmarks.wire import Wire
from local.folder import DataFolder
from local.stack import Ports, Stack

_SIZE = 5_000_000_000
_LIMIT = 300  # MiB


def main() -> None:
    """PUT with its checksum and GET of 5 GB; fails when a byte differs or the gateway ever held 300 MiB."""
    with tempfile.TemporaryDirectory(prefix="duracloud-big-") as folder:
        stack = Stack(DataFolder(Path(folder)), Ports.choose())
        stack.start()
        try:
            stack.end("worker")  # copies would need the disk and the memory of the laptop's stores once more
            held = run(stack)
        finally:
            stack.stop()
    if held >= _LIMIT:
        sys.exit(f"The gateway held {held} MiB; {_LIMIT} are allowed")


def run(stack: Stack) -> int:
    """The most memory that the gateway held, in MiB."""
    wire = Wire(stack, "big")
    wire.request("PUT", "")()
    chunk = os.urandom((1 << 20) - 1)  # no part of the item is like another
    sent, got = md5(usedforsecurity=False), md5(usedforsecurity=False)
    for left in range(_SIZE, 0, -len(chunk)):
        sent.update(chunk[:left])
    checksum = f"Content-MD5: {sent.hexdigest()}\r\n"
    put = seconds(lambda: wire.send("/item", chunk, _SIZE, checksum), 1)
    line("PUT of 5 GB with its MD5", f"{_SIZE / put / 1e6:.0f} MB/s", f"peak of the gateway {_peak(stack)} MiB")
    get = seconds(lambda: wire.receive("/item", _SIZE, got.update), 1)
    line("GET of it, MD5 computed", f"{_SIZE / get / 1e6:.0f} MB/s", f"peak of the gateway {_peak(stack)} MiB")
    assert got.hexdigest() == sent.hexdigest()
    line("peak of the laptop's primary store", f"{resident(stack, 'primary')[1]} MiB", "it holds an upload in memory")
    return _peak(stack)


def _peak(stack: Stack) -> int:
    return resident(stack, "gateway")[1]


if __name__ == "__main__":
    main()
