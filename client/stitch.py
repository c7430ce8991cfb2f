"""Stitch: have a file that was deposited in chunks made one item again, inside the service."""

import argparse
import time
from typing import Any

from client.service import Service, ServiceError

_LONGEST_PAUSE = 15  # seconds between two looks


def add_command(commands: Any) -> None:
    """Add `duracloud stitch`."""
    parser = commands.add_parser("stitch", help="make one item out of chunks, inside the service")
    parser.add_argument("space", metavar="SPACE")
    parser.add_argument("id", metavar="ID", help="of the whole file: without .dura-manifest")
    parser.add_argument(
        "--remove-chunks", action="store_true", help="delete chunks and manifest once every copy of the whole is proven"
    )
    parser.add_argument("--replace", action="store_true", help="also when another item of that id exists")
    parser.add_argument("--wait", action="store_true", help="end when it is done, or has failed")
    parser.add_argument("--state", action="store_true", help="ask for nothing, only tell how far it is")
    parser.set_defaults(run=_stitch)


def _stitch(service: Service, given: argparse.Namespace) -> None:
    if given.state:
        state = service.stitching(given.space, given.id)
    else:
        state = service.stitch(given.space, given.id, remove_chunks=given.remove_chunks, replace=given.replace)
    print(_line(state), flush=True)
    pause = 1.0
    while given.wait and state["state"] in ("asked", "verifying"):
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        before, state = state, service.stitching(given.space, given.id)
        if _line(state) != _line(before):
            print(_line(state), flush=True)
    if state["state"] == "failed":
        raise ServiceError(f"{given.id} was not stitched to the end: {state['reason']}")


def _line(state: dict[str, Any]) -> str:
    """The state in words, with the last problem if there is one."""
    told = {
        "asked": "waits to be put together, or is being put together",
        "verifying": "is whole; its chunks are removed when every copy of it is proven",
        "done": "is whole, and its chunks are removed" if state["remove_chunks"] else "is whole; its chunks are kept",
        "failed": "failed",
    }[state["state"]]
    waiting = f" (not yet: store {', '.join(state['waiting_for'])})" if state["waiting_for"] else ""
    problem = f" (last problem: {state['reason']})" if state["reason"] and state["state"] != "failed" else ""
    return f"{state['id']} {told}{waiting}{problem}"
