"""The catalogue of the contract's rules itself: complete, and without rules that nobody knows."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from .rules import catalogue, lacking, marked


def test_a_mark_with_an_unknown_rule_fails_the_collection():
    test = SimpleNamespace(nodeid="a test", iter_markers=lambda name: [pytest.mark.rule("12.1", "12.99").mark])
    with pytest.raises(pytest.UsageError, match=r"a test is marked with rule .12\.99."):
        marked([test])


def test_what_cannot_be_tested_is_a_rule_and_says_why():
    assert all(len(rule.untestable) > 20 for rule in catalogue().values() if rule.untestable)
    assert {rule.id for rule in lacking({})} == {rule.id for rule in catalogue().values() if not rule.untestable}


def test_no_rule_lacks_a_test(request):
    tests = request.session.items
    if not {test.path for test in tests} >= set(Path(__file__).parent.glob("test_*.py")):
        pytest.skip("only some of the contract's tests were chosen")
    assert [f"{rule.id}: {rule.text}" for rule in lacking(marked(tests))] == []
    assert [rule for rule in marked(tests) if catalogue()[rule].untestable] == []
