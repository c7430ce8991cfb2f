"""Contract suites of the ports: each promise of `chalicelib/ports.py`, kept by every implementation."""
