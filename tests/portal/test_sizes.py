"""What the portal makes a browser load: small enough for a slow line."""

import gzip
from pathlib import Path

BUILT = Path(__file__).parents[2] / "build/site/portal"
BUDGET = 120 << 10  # bytes, compressed


def test_the_first_load_with_the_hashing_program_keeps_its_budget():
    files = [path for path in BUILT.rglob("*") if path.suffix in {".html", ".js", ".css", ".svg", ".wasm"}]
    assert {path.suffix for path in files} >= {".html", ".js", ".css"}
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) <= BUDGET
