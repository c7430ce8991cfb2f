"""Rules: which test holds which rule of the wire contract; a plugin that says so at the end (`make contract`)."""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

CATALOGUE = Path(__file__).with_name("rules.toml")


@dataclass(frozen=True)
class Rule:
    """One rule; `untestable` says why no test can hold it, or nothing."""

    id: str
    section: str
    text: str
    untestable: str = ""


def catalogue() -> dict[str, Rule]:
    """All rules by id, in the order of the contract."""
    tables = tomllib.loads(CATALOGUE.read_text())
    reasons = tables.pop("untestable")
    return {
        f"{number}.{key}": Rule(
            f"{number}.{key}", f"{number} {table['title']}", text, reasons.get(f"{number}.{key}", "")
        )
        for number, table in tables.items()
        for key, text in table.items()
        if key != "title"
    }


def marked(items: Iterable[pytest.Item]) -> dict[str, list[pytest.Item]]:
    """The tests of each rule. Raises UsageError for a rule that the catalogue does not know."""
    known, tests = catalogue(), defaultdict(list)
    for item in items:
        for rule in sorted({rule for mark in item.iter_markers("rule") for rule in mark.args}):
            if rule not in known:
                raise pytest.UsageError(f"{item.nodeid} is marked with rule {rule!r}, which rules.toml does not have")
            tests[rule].append(item)
    return tests


def lacking(tests: Mapping[str, object]) -> list[Rule]:
    """The rules without a test that could have one."""
    return [rule for rule in catalogue().values() if rule.id not in tests and not rule.untestable]


class Report:
    """What `make contract` prints, and whether it succeeds."""

    def __init__(self) -> None:
        self.tests: dict[str, list[pytest.Item]] = {}
        self.failed: set[str] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.tests = marked(session.items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:  # skipped ones hold nothing
            self.failed.add(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if lacking(self.tests) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Each section with its rules, and at last the sum."""
        rules, states = catalogue(), {rule.id: self._state(rule) for rule in catalogue().values()}
        width = max(map(len, rules))
        for section in dict.fromkeys(rule.section for rule in rules.values()):
            own = [rule for rule in rules.values() if rule.section == section]
            terminalreporter.section(f"{section}: {_sum(states[rule.id] for rule in own)}", "-")
            for rule in own:
                terminalreporter.line(f"{rule.id:{width}}  {states[rule.id]:9}  {self._by(rule)}")
        terminalreporter.section(f"the contract: {_sum(states.values())}")
        for rule in lacking(self.tests):
            terminalreporter.line(f"{rule.id:{width}}  {rule.text}")

    def _state(self, rule: Rule) -> str:
        if rule.id not in self.tests:
            return "no test" if rule.untestable else "LACKS"
        return "BROKEN" if any(item.nodeid in self.failed for item in self.tests[rule.id]) else "holds"

    def _by(self, rule: Rule) -> str:
        cases = Counter(f"{i.path.stem}.{getattr(i, 'originalname', i.name)}" for i in self.tests.get(rule.id, []))
        return ", ".join(f"{n} ({m} cases)" if m > 1 else n for n, m in cases.items()) or rule.untestable or rule.text


def _sum(states: Iterable[str]) -> str:
    counts = Counter(states)
    told = [f"{counts[state]} {state}" for state in ("holds", "BROKEN", "LACKS", "no test") if counts[state]]
    return f"{counts.total()} rules: {', '.join(told)}"


def pytest_configure(config: pytest.Config) -> None:
    """With `-p tests.contract.rules` the run ends with the report."""
    config.pluginmanager.register(Report(), "rules of the contract")
