"""What does a cold start of `app.py` import? CPU time, beside `chalice` and `boto3` alone."""

import resource
import subprocess
import sys

from benchmarks.measuring import line

_ROUNDS = 9


def run() -> None:
    """Aim: at most 15 % more than chalice and boto3 together."""
    empty = _cpu("pass")
    ours = _cpu("import app") - empty
    peers = _cpu("import chalice, boto3") - empty
    with_client = _cpu("import app, boto3; boto3.Session(region_name='us-east-1').client('s3')") - empty
    peers_client = _cpu("import chalice, boto3; boto3.Session(region_name='us-east-1').client('s3')") - empty
    line("import app", f"{ours * 1000:.0f} ms", f"chalice + boto3: {peers * 1000:.0f} ms ({ours / peers - 1:+.0%})")
    line(
        "import app, with a first S3 client",
        f"{with_client * 1000:.0f} ms",
        f"the same with chalice + boto3: {peers_client * 1000:.0f} ms ({with_client / peers_client - 1:+.0%})",
    )


def _cpu(code: str) -> float:
    """The least CPU time of several fresh interpreters."""
    taken = []
    for _ in range(_ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken)
