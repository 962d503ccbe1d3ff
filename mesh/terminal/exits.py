"""Exceptions → a message and an exit code, never a traceback."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from mesh.declaration.problems import Invalid, report
from mesh.failures import Failure
from mesh.terminal.progress import Report

FOUND_SOMETHING = 1
BAD_STACK_FILE = 2
JOB_FAILED = 3


@contextmanager
def readable(
    progress: Report, *, again: str, stack_file: str = "stack file", shown: Callable[[str], str] = str
) -> Iterator[None]:
    """`again` is the command that takes up what was interrupted; `shown` takes out what may not be shown."""
    try:
        yield
    except Invalid as invalid:
        progress.line(report(invalid.problems, stack_file))
        raise typer.Exit(BAD_STACK_FILE) from None
    except Failure as failure:
        progress.line(shown(str(failure)), style="red")
        raise typer.Exit(JOB_FAILED) from None
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        progress.line(f"{error.strerror or error}{where}. Once that is mended: {again}", style="red")
        raise typer.Exit(JOB_FAILED) from None
    except KeyboardInterrupt:
        during = f": {progress.current}" if progress.current else ""
        progress.line(f"Interrupted{during}. What is done stays; to go on: {again}", style="yellow")
        raise typer.Exit(JOB_FAILED) from None
