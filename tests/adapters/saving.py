"""Saving: a process that saves records in a database file and prints each id once it is acknowledged.

Arguments: the file, the name of this writer, and the size in bytes beyond which the disk is to count as full (or 0).
"""

import resource
import sys
from itertools import count
from pathlib import Path

from chalicelib.adapters.sqlite import SqliteFile, SqliteIndex
from chalicelib.domain.errors import Unavailable
from tests.adapters.samples import event, item


def main(path: str, writer: str, room: int) -> None:
    """Save until killed, or until the index says that it is unavailable."""
    if room:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    index = SqliteIndex(SqliteFile(Path(path)))
    for n in count():
        name = f"{writer}-{n}"
        try:
            assert index.save(item(name), [event("saved", name)])
        except Unavailable as error:
            print(f"unavailable: {error}", flush=True)
            return
        print(name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
