"""Lighthouse: what it says of a page that the gateway serves."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_PROGRAM = Path(__file__).resolve().parents[1] / "site/checks/lighthouse/node_modules/.bin/lighthouse"
_CHROME = "--chrome-flags=--headless=new --no-sandbox --disable-gpu"
Report = dict[str, dict[str, Any]]


def report(address: str, *options: str) -> Report:
    """The report on one page, as a phone on a slow line loads it, unless the options say otherwise."""
    environment = {**os.environ, "CHROME_PATH": shutil.which("chromium") or ""}
    command = [str(_PROGRAM), address, "--quiet", "--output=json", _CHROME, *options]
    done = subprocess.run(command, env=environment, check=True, capture_output=True)
    told: Report = json.loads(done.stdout)
    return told


def scores(told: Report, categories: Iterable[str]) -> str:
    """The scores of a report, of 100 each."""
    return "/".join(f"{told['categories'][category]['score'] * 100:.0f}" for category in categories)
