"""Says at the end how many answers were compared with a second opinion."""

import pytest

_COUNTED = "second_opinions"
_OBJECTS = "every_object"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed = terminalreporter.getreports("passed")
    counts = [value for report in passed for name, value in report.user_properties if name == _COUNTED]
    if counts:
        terminalreporter.write_line(f"{sum(counts):,} flows and requests judged alike by both readings of the rules")
    for outcomes in (value for report in passed for name, value in report.user_properties if name == _OBJECTS):
        listed = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(outcomes.items()))
        terminalreporter.write_line(f"{sum(outcomes.values()):,} objects added to a plan: {listed}")
