"""Benchmarks: one script for each question; each prints its figure beside a peer or a limit of the same run."""
