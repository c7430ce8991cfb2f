"""Exit drill: the same as `make drill`, with a few small items."""

from pathlib import Path

import pytest

from local.drill import Drill, Failed, odd_items
from tests.conftest import stack_on


def test_either_store_may_be_lost_and_everything_is_read_on_and_made_whole_again(tmp_path: Path) -> None:
    stack = stack_on(tmp_path / "data")
    stack.start()
    try:
        Drill(stack, odd_items(6 << 20, 1)).run()
    finally:
        stack.stop()


def test_what_is_not_as_promised_ends_a_drill() -> None:
    told: list[str] = []
    drill = Drill(stack_on(Path("nowhere")), {}, told.append)
    drill.see("what is so", 1, 1)
    with pytest.raises(Failed, match="what is not: 1, and 2 was promised"):
        drill.see("what is not", 1, 2)
    assert [line.split("s  ")[1] for line in told] == ["  what is so: 1", "  what is not: 1"]
