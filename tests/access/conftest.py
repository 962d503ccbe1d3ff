"""Says at the end how many answers were compared with a second opinion."""

import pytest

_COUNTED = "second_opinions"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed = terminalreporter.getreports("passed")
    counts = [value for report in passed for name, value in report.user_properties if name == _COUNTED]
    if counts:
        terminalreporter.write_line(f"{sum(counts):,} flows and requests judged alike by both readings of the rules")
