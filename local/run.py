"""Run: the one command (`make run`): start the stack, say where it is, keep it going until Ctrl-C."""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from local.folder import DataFolder, InUse
from local.processes import StartError
from local.stack import Ports, Stack

_WELCOME = """
DuraCloud is running: {address}

  site and documentation   {address}/
  portal                   {address}/portal/
  content API              {address}/durastore/spaces

  first login              {admin} / {admin_password}       (administrator)
                           {member} / {member_password}      (user)

Try this:
  curl -u {admin}:{admin_password} -X PUT {address}/durastore/first-space
  curl -u {admin}:{admin_password} -T README.md {address}/durastore/first-space/README.md
  curl -u {admin}:{admin_password} {address}/api/spaces/first-space/items/README.md
  make demo                (in another terminal: two copies are damaged, found and repaired)

  data                     {folder}    (logs in {logs})
  stores                   1: {primary}    2: {second}    (keys in {keys})
Ctrl-C stops everything.
"""


def main() -> None:
    """Start on the folder in DURACLOUD_DATA (default: `data`), at DURACLOUD_PORT (default: 8080, else a free port)."""
    folder = DataFolder(Path(os.environ.get("DURACLOUD_DATA", "data")).absolute())
    ports = Ports.choose(int(os.environ.get("DURACLOUD_PORT", "8080")), 8081, 8082)
    stack = Stack(folder, ports)

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)  # a shell starts its background jobs with Ctrl-C switched off
    try:
        stack.start()
        print(_welcome(stack), flush=True)
        while True:
            time.sleep(1)
            for name in stack.restart_dead():
                print(f"{name} had ended by itself and was started again; see {folder.logs / name}.log", flush=True)
    except (InUse, StartError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not cut the orderly stop short
        stack.stop()
    print("Stopped. The data are kept; 'make run' continues where you left.")


def _welcome(stack: Stack) -> str:
    keys = stack.secrets
    return _WELCOME.format(
        address=stack.address,
        admin=keys.admin,
        admin_password=keys.admin_password,
        member=keys.member,
        member_password=keys.member_password,
        folder=stack.folder.path,
        logs=stack.folder.logs,
        keys=stack.folder.path / "secrets.json",
        primary=f"http://127.0.0.1:{stack.ports.primary}",
        second=f"http://127.0.0.1:{stack.ports.second}",
    )


if __name__ == "__main__":
    main()
