"""The progress of long work: one live line on a terminal, plain lines in a pipe."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

_SECONDS_BETWEEN_PLAIN_LINES = 15


class Step:
    """A piece of work that takes a while."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.started = time.monotonic()

    def at(self, detail: str) -> None:
        """Says how far the step is; called as often as it likes."""

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


class _LiveStep(Step):
    def __init__(self, title: str, expected: str, live: Progress) -> None:
        super().__init__(title)
        self._live = live
        self._task = live.add_task(title, detail=expected)

    def at(self, detail: str) -> None:
        self._live.update(self._task, detail=detail)


class _PlainStep(Step):
    def __init__(self, title: str, report: "Report") -> None:
        super().__init__(title)
        self._report = report
        self._said = self.started

    def at(self, detail: str) -> None:
        if time.monotonic() - self._said >= _SECONDS_BETWEEN_PLAIN_LINES:
            self._said = time.monotonic()
            self._report.line(f"    {duration(self.seconds)}  {detail}")


class Report:
    def __init__(self, console: Console) -> None:
        self._console = console
        self.current: str | None = None
        """The title of the step in progress, or of the one that was interrupted."""

    def line(self, text: str, style: str | None = None) -> None:
        self._console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)

    @contextmanager
    def step(self, title: str, expected: str = "") -> Iterator[Step]:
        """A step that takes a while; `expected` says how long it may, so that nobody thinks it hangs."""
        self.current = title
        if self._console.is_terminal:
            columns = (
                SpinnerColumn(table_column=Column(width=1)),
                TextColumn("{task.description}", table_column=Column(no_wrap=True)),
                TimeElapsedColumn(table_column=Column(width=7)),
                TextColumn("{task.fields[detail]}", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
            )
            with Progress(*columns, console=self._console, transient=True, expand=True) as live:
                step: Step = _LiveStep(title, expected, live)
                yield step
        else:
            self.line(f"… {title} ({expected})" if expected else f"… {title}")
            step = _PlainStep(title, self)
            yield step
        self.line(f"✓ {title} ({duration(step.seconds)})", style="green")
        self.current = None


def duration(seconds: float) -> str:
    """4 min 41 s, or 12 s."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
