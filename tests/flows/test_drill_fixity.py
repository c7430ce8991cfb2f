"""Corruption drill: `make drill-fixity` small; `make test-days` adds three stores and an item of six parts."""

from pathlib import Path

import pytest

from local.damage import KINDS
from local.drill import Failed
from local.drill_big import BigDrill
from local.drill_fixity import FixityDrill, Row, drill_three_stores, drill_two_stores
from tests.conftest import stack_on

SEED = 7


def test_whatever_happens_to_copies_is_found_and_repaired_and_nothing_else_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drill_two_stores(tmp_path, 12, SEED)
    table = capsys.readouterr().out
    assert [kind for kind in KINDS if f"\n{kind}" not in table] == []


@pytest.mark.thorough
def test_two_of_three_copies_may_be_damaged_at_once(tmp_path: Path) -> None:
    drill_three_stores(tmp_path, 4, SEED)


@pytest.mark.thorough
def test_of_a_large_copy_only_the_damaged_part_is_replaced_whichever_store_it_is_in(tmp_path: Path) -> None:
    BigDrill.on(tmp_path, 81 << 20, SEED).run("1", "2")


@pytest.mark.parametrize("row", [Row(1), Row(1, 1), Row(1, 1, 1), Row(2, 2, 2, 1)])
def test_what_is_missed_ends_a_drill(row: Row) -> None:
    drill = FixityDrill(stack_on(Path("nowhere")), {}, rows={"bit flip": row})
    with pytest.raises(Failed):
        drill.tell_table()


def test_so_does_what_was_touched_without_need() -> None:
    drill = FixityDrill(stack_on(Path("nowhere")), {}, rows={"bit flip": Row(1, 1, 1, 1)}, misses=["touched"])
    with pytest.raises(Failed, match="touched"):
        drill.tell_table()
