"""The tests of the judge are tested: a few of the mutants of `make mutants`."""

from tests.mutants import EQUIVALENT, mutants, run


def test_some_mutants_of_the_judge_are_all_noticed() -> None:
    judge = [mutant for mutant in mutants() if mutant.module == "chalicelib/domain/fixity.py"]
    assert run(judge[:: len(judge) // 3][:3]) == []


def test_every_mutant_that_is_said_to_change_nothing_exists() -> None:
    assert set(EQUIVALENT) <= {mutant.name for mutant in mutants()}
