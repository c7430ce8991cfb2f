"""The tests of the judge are tested: a few of the mutants of `make mutants`."""

from tests.mutants import EQUIVALENT, mutants, run, some


def test_some_mutants_of_the_judge_are_all_noticed() -> None:
    assert run(some(5)) == []


def test_every_mutant_that_is_said_to_change_nothing_exists() -> None:
    assert set(EQUIVALENT) <= {mutant.name for mutant in mutants()}
