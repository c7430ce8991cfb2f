"""What was told, said at the end of a run, so that a hole in it can be seen."""

from typing import Any

from . import test_everything


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if test_everything.SOAKING:
        terminalreporter.section("what happened")
        for name, times in sorted(test_everything.told.items()):
            terminalreporter.line(f"{times:>9,}  {name}")
