"""A table at the end: how each suite went, and what is excluded with which reason."""

import re
from collections import Counter

import pytest

from tests.conformance.suite import EXCLUDED

_SUITE = re.compile(r"tests/conformance/test_(\w+)\.py::")
_OUTCOMES = ("passed", "failed", "skipped")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    cases: Counter[tuple[str, str]] = Counter()
    for outcome in _OUTCOMES:
        for report in terminalreporter.getreports(outcome):
            if (found := _SUITE.match(report.nodeid)) and (
                report.when == "call" or outcome != "passed"
            ):
                cases[found[1], outcome] += 1
    suites = sorted({suite for suite, _ in cases})
    if not suites:
        return
    terminalreporter.section("conformance")
    terminalreporter.write_line(
        f"{'suite':<12}{'cases':>7}{'passed':>8}{'failed':>8}{'excluded':>10}"
    )
    for suite in suites:
        passed, failed, skipped = (cases[suite, outcome] for outcome in _OUTCOMES)
        excluded = skipped + sum(each.suite == suite for each in EXCLUDED)
        total = passed + failed + excluded
        terminalreporter.write_line(f"{suite:<12}{total:>7}{passed:>8}{failed:>8}{excluded:>10}")
    for each in sorted(EXCLUDED):
        if each.suite in suites:
            terminalreporter.write_line(f"excluded: {each.suite} {each.case}: {each.reason}")
